// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// nvgpu.mma.sync of short floats -> nvvm.mma.sync, before upstream's pattern, which knows no bf16: its pairs are integers of 32 bits there.
#include "lib/Target/Cuda/MmaSync.h"

#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"

using namespace mlir;

namespace {

// nvgpu.mma.sync(%a, %b, %c) : (vector<4x2xbf16>, vector<2x2xbf16>, vector<2x2xf32>) -> vector<2x2xf32>
// becomes
// nvvm.mma.sync A[4 registers of 2] B[2 registers of 2] C[4 x f32], whose result is a struct of four f32
struct LowerMmaSync : ConvertOpToLLVMPattern<nvgpu::MmaSyncOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;

  LogicalResult matchAndRewrite(nvgpu::MmaSyncOp op, OpAdaptor operands, ConversionPatternRewriter &rewriter) const override {
    Type element = op.getMatrixA().getType().getElementType();
    if (element != op.getMatrixB().getType().getElementType() || !(element.isF16() || element.isBF16()))
      return rewriter.notifyMatchFailure(op, "expected operands of f16 or of bf16");
    if (!op.getMatrixC().getType().getElementType().isF32())
      return rewriter.notifyMatchFailure(op, "expected sums of f32");
    Location loc = op.getLoc();
    auto pairs = [&](Value rows) {
      SmallVector<Value> registers;
      for (uint64_t row = 0; row < cast<LLVM::LLVMArrayType>(rows.getType()).getNumElements(); ++row) {
        Value pair = LLVM::ExtractValueOp::create(rewriter, loc, rows, static_cast<int64_t>(row));
        registers.push_back(element.isF16() ? pair : LLVM::BitcastOp::create(rewriter, loc, rewriter.getI32Type(), pair).getResult());
      }
      return registers;
    };
    SmallVector<Value> sums;
    auto at = [&](int64_t i) { return LLVM::ConstantOp::create(rewriter, loc, rewriter.getI32Type(), rewriter.getI32IntegerAttr(i)); };
    for (int64_t row = 0; row < 2; ++row) {
      Value pair = LLVM::ExtractValueOp::create(rewriter, loc, operands.getMatrixC(), row);
      for (int64_t i = 0; i < 2; ++i)
        sums.push_back(LLVM::ExtractElementOp::create(rewriter, loc, pair, at(i)));
    }
    auto kind = element.isF16() ? NVVM::MMATypes::f16 : NVVM::MMATypes::bf16;
    auto struct4 = LLVM::LLVMStructType::getLiteral(rewriter.getContext(), SmallVector<Type>(4, rewriter.getF32Type()));
    SmallVector<int64_t> shape;
    for (Attribute size : op.getMmaShape())
      shape.push_back(cast<IntegerAttr>(size).getInt());
    Value multiplied =
        NVVM::MmaOp::create(rewriter, loc, struct4, pairs(operands.getMatrixA()), pairs(operands.getMatrixB()), sums, shape, std::nullopt,
                            std::nullopt, std::array{kind, kind}, std::array{NVVM::MMALayout::row, NVVM::MMALayout::col});
    Type rows = getTypeConverter()->convertType(op.getType());
    Value result = LLVM::UndefOp::create(rewriter, loc, rows);
    for (int64_t row = 0; row < 2; ++row) {
      Value pair = LLVM::UndefOp::create(rewriter, loc, VectorType::get({2}, rewriter.getF32Type()));
      for (int64_t i = 0; i < 2; ++i)
        pair =
            LLVM::InsertElementOp::create(rewriter, loc, pair, LLVM::ExtractValueOp::create(rewriter, loc, multiplied, 2 * row + i), at(i));
      result = LLVM::InsertValueOp::create(rewriter, loc, result, pair, row);
    }
    rewriter.replaceOp(op, result);
    return success();
  }
};

} // namespace

void tenon::cuda::populateMmaSyncPatterns(const LLVMTypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<LowerMmaSync>(converter, /*benefit=*/2);
}
