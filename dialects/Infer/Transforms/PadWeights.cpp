// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// infer-pad-weights: weights whose rows along K no copy engine takes -> rows with zeros behind, beside an operand that has as many.
//
// The weights are a constant, padded at build time; what is left for the run is a copy of the other operand. Without that a launch before
// the product copies both.
#include "dialects/Infer/Transforms/Passes.h"
#include "dialects/Infer/Transforms/Weights.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace tenon::infer;

namespace tenon::infer {
#define GEN_PASS_DEF_INFERPADWEIGHTSPASS
#include "dialects/Infer/Transforms/Passes.h.inc"
} // namespace tenon::infer

namespace {

constexpr int64_t kUnitBytes = 16; // that the copy engine moves at once

/// Matrix [rows, k] with zeros behind its rows.
Value padRows(PatternRewriter &rewriter, Location loc, Value matrix, int64_t more) {
  auto type = cast<RankedTensorType>(matrix.getType());
  auto pads = RankedTensorType::get({2}, rewriter.getI64Type());
  Value counts = ConstantOp::create(rewriter, loc, pads, DenseElementsAttr::get(pads, ArrayRef<int64_t>{0, more}));
  auto padded = RankedTensorType::get({type.getDimSize(0), type.getDimSize(1) + more}, type.getElementType());
  return PadOp::create(rewriter, loc, padded, matrix, counts, Value(), rewriter.getDenseI64ArrayAttr({1}),
                       rewriter.getStringAttr("constant"));
}

// %y = gemm %x, %w {trans_b} : [M, K] * [N, K]
// becomes
// %y = gemm (pad %x), (pad %w) {trans_b}
struct PadGemmWeights : OpRewritePattern<GemmOp> {
  PadGemmWeights(MLIRContext *context, int64_t floatBytes) : OpRewritePattern(context), floatBytes(floatBytes) {}

  LogicalResult matchAndRewrite(GemmOp op, PatternRewriter &rewriter) const override {
    auto w = cast<RankedTensorType>(op.getB().getType());
    if (!w.hasStaticShape() || !isConstantMatrix(op.getB()))
      return rewriter.notifyMatchFailure(op, "expected constant weights of known size");
    if (cast<RankedTensorType>(op.getA().getType()).isDynamicDim(1))
      return rewriter.notifyMatchFailure(op, "expected rows of known length beside them");
    int64_t bytes = w.getElementType().isF32() ? floatBytes : w.getElementTypeBitWidth() / 8;
    if (op.getTransA() || !op.getTransB() || bytes == 0 || bytes > 4 || w.getElementType().isInteger(32))
      return rewriter.notifyMatchFailure(op, "expected rows along K of elements that tensor cores multiply");
    int64_t k = w.getDimSize(1), unit = kUnitBytes / bytes;
    if (k % unit == 0 || w.getNumElements() < kLeastPadded)
      return rewriter.notifyMatchFailure(op, "expected many rows of no whole 16 bytes");
    int64_t more = unit - k % unit;
    Value x = padRows(rewriter, op.getLoc(), op.getA(), more), padded = padRows(rewriter, op.getLoc(), op.getB(), more);
    rewriter.modifyOpInPlace(op, [&] {
      op.getAMutable().assign(x);
      op.getBMutable().assign(padded);
    });
    return success();
  }

private:
  int64_t floatBytes; // that an f32 is multiplied as; 0: they are no matter of tensor cores
};

struct PadWeights : tenon::infer::impl::InferPadWeightsPassBase<PadWeights> {
  using Base::Base;
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<PadGemmWeights>(&getContext(), type == "f32" ? 0 : type == "tf32" ? 4 : 2);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
