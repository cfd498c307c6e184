// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// infer-align-weights: weights whose rows no copy engine takes -> transposed weights whose rows it does.
//
// Tile copies of GPUs want rows that begin at multiples of 16 bytes. The head of a language model has one column for each word, 50257 say,
// but a width that is a multiple of 8. The transpose is of a constant: it is computed at build time.
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

/// A constant, or its transpose.
bool isConstant(Value weights) {
  auto transpose = weights.getDefiningOp<TransposeOp>();
  return matchPattern(transpose ? transpose.getX() : weights, m_Constant());
}

// %y = mat_mul %x, %w : [batch, length, K] * [K, N]
// becomes
// %y = reshape(gemm(reshape %x, transpose %w) {trans_b})
struct AlignWeights : OpRewritePattern<MatMulOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MatMulOp op, PatternRewriter &rewriter) const override {
    auto x = cast<RankedTensorType>(op.getOperand(0).getType()), w = cast<RankedTensorType>(op.getOperand(1).getType());
    if (w.getRank() != 2 || x.getRank() < 2 || !w.hasStaticShape() || !isa<FloatType>(w.getElementType()))
      return rewriter.notifyMatchFailure(op, "expected a matrix of weights of known size");
    // A head that shares its weights with the embedding comes as the transpose already: no other permutation of two dims is left by
    // folding.
    auto transpose = op.getOperand(1).getDefiningOp<TransposeOp>();
    if (!isConstant(op.getOperand(1)))
      return rewriter.notifyMatchFailure(op, "expected constant weights");
    int64_t k = w.getDimSize(0), n = w.getDimSize(1);
    if (n % kUnit == 0 || k % kUnit != 0 || k == 0)
      return rewriter.notifyMatchFailure(op, "expected rows of a length that only the transpose's is a multiple of 8");
    Value turned = transpose
                       ? transpose.getX()
                       : TransposeOp::create(rewriter, op.getLoc(), op.getOperand(1), rewriter.getDenseI64ArrayAttr({1, 0})).getResult();
    replaceByFlatGemm(rewriter, op, op.getOperand(0), turned);
    return success();
  }
};

// %y = gemm %x, %w
// becomes
// %y = gemm %x, transpose %w {trans_b}    and the other way round
struct AlignGemmWeights : OpRewritePattern<GemmOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(GemmOp op, PatternRewriter &rewriter) const override {
    auto w = cast<RankedTensorType>(op.getB().getType());
    if (!w.hasStaticShape() || !isa<FloatType>(w.getElementType()) || !isConstant(op.getB()))
      return rewriter.notifyMatchFailure(op, "expected constant weights of known size");
    if (w.getDimSize(1) % kUnit == 0 || w.getDimSize(0) % kUnit != 0 || w.getDimSize(0) == 0)
      return rewriter.notifyMatchFailure(op, "expected rows of a length that only the transpose's is a multiple of 8");
    auto transpose = op.getB().getDefiningOp<TransposeOp>();
    Value turned = transpose ? transpose.getX()
                             : TransposeOp::create(rewriter, op.getLoc(), op.getB(), rewriter.getDenseI64ArrayAttr({1, 0})).getResult();
    rewriter.modifyOpInPlace(op, [&] {
      op.getBMutable().assign(turned);
      op.setTransB(!op.getTransB());
    });
    return success();
  }
};

struct AlignWeightsPass : tenon::infer::impl::InferAlignWeightsPassBase<AlignWeightsPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<AlignWeights, AlignGemmWeights>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
