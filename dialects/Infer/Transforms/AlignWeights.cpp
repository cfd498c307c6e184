// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// infer-align-weights: weights whose rows no copy engine or tensor core takes -> transposed weights whose rows these do.
//
// Tile copies of GPUs want rows that begin at multiples of 16 bytes. The head of a language model has one column for each word, 50257 say,
// but a width that is a multiple of 8. Tensor cores read tf32 in rows along K only. The transpose is of a constant: it is computed at build
// time.
#include "dialects/Infer/Transforms/FlatGemm.h"
#include "dialects/Infer/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace tenon::infer;

namespace tenon::infer {
#define GEN_PASS_DEF_INFERALIGNWEIGHTSPASS
#include "dialects/Infer/Transforms/Passes.h.inc"
} // namespace tenon::infer

namespace {

constexpr int64_t kUnit = 8; // elements of 16 bits in 16 bytes

/// What products of f32 are computed from.
enum class Factors { f32, tf32, short_ };

/// Shall weights [k, n] become [n, k]?
bool wantsTranspose(Type element, Factors factors, int64_t k, int64_t n) {
  if (k == 0 || n == 0 || !isa<FloatType>(element))
    return false;
  if (element.isF32() && factors == Factors::tf32)
    return true;
  bool isShort = element.isF16() || element.isBF16() || (element.isF32() && factors == Factors::short_);
  return isShort && n % kUnit != 0 && k % kUnit == 0;
}

/// A constant, or its transpose.
bool isConstant(Value weights) {
  auto transpose = weights.getDefiningOp<TransposeOp>();
  return matchPattern(transpose ? transpose.getX() : weights, m_Constant());
}

// %y = mat_mul %x, %w : [batch, length, K] * [K, N]
// becomes
// %y = reshape(gemm(reshape %x, transpose %w) {trans_b})
struct AlignWeights : OpRewritePattern<MatMulOp> {
  AlignWeights(MLIRContext *context, Factors factors) : OpRewritePattern(context), factors(factors) {}
  LogicalResult matchAndRewrite(MatMulOp op, PatternRewriter &rewriter) const override {
    auto x = cast<RankedTensorType>(op.getOperand(0).getType()), w = cast<RankedTensorType>(op.getOperand(1).getType());
    if (w.getRank() != 2 || x.getRank() < 2 || !w.hasStaticShape())
      return rewriter.notifyMatchFailure(op, "expected a matrix of weights of known size");
    // A head that shares its weights with the embedding comes as the transpose already: no other permutation of two dims is left by
    // folding.
    auto transpose = op.getOperand(1).getDefiningOp<TransposeOp>();
    if (!isConstant(op.getOperand(1)))
      return rewriter.notifyMatchFailure(op, "expected constant weights");
    if (!wantsTranspose(w.getElementType(), factors, w.getDimSize(0), w.getDimSize(1)))
      return rewriter.notifyMatchFailure(op, "expected rows that only the transpose has as they shall be");
    Value turned = transpose
                       ? transpose.getX()
                       : TransposeOp::create(rewriter, op.getLoc(), op.getOperand(1), rewriter.getDenseI64ArrayAttr({1, 0})).getResult();
    replaceByFlatGemm(rewriter, op, op.getOperand(0), turned);
    return success();
  }

private:
  Factors factors;
};

// %y = gemm %x, %w
// becomes
// %y = gemm %x, transpose %w {trans_b}    and the other way round
struct AlignGemmWeights : OpRewritePattern<GemmOp> {
  AlignGemmWeights(MLIRContext *context, Factors factors) : OpRewritePattern(context), factors(factors) {}
  LogicalResult matchAndRewrite(GemmOp op, PatternRewriter &rewriter) const override {
    auto w = cast<RankedTensorType>(op.getB().getType());
    if (!w.hasStaticShape() || !isConstant(op.getB()))
      return rewriter.notifyMatchFailure(op, "expected constant weights of known size");
    bool areAlongK = op.getTransB() && factors == Factors::tf32 && w.getElementType().isF32();
    if (areAlongK || !wantsTranspose(w.getElementType(), factors, w.getDimSize(0), w.getDimSize(1)))
      return rewriter.notifyMatchFailure(op, "expected rows that only the transpose has as they shall be");
    auto transpose = op.getB().getDefiningOp<TransposeOp>();
    Value turned = transpose ? transpose.getX()
                             : TransposeOp::create(rewriter, op.getLoc(), op.getB(), rewriter.getDenseI64ArrayAttr({1, 0})).getResult();
    rewriter.modifyOpInPlace(op, [&] {
      op.getBMutable().assign(turned);
      op.setTransB(!op.getTransB());
    });
    return success();
  }

private:
  Factors factors;
};

struct AlignWeightsPass : tenon::infer::impl::InferAlignWeightsPassBase<AlignWeightsPass> {
  using Base::Base;
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    Factors factors = type == "f32" ? Factors::f32 : type == "tf32" ? Factors::tf32 : Factors::short_;
    patterns.add<AlignWeights, AlignGemmWeights>(&getContext(), factors);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
