// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// infer-align-weights: weights whose rows no copy engine or tensor core takes -> transposed weights whose rows these do.
//
// Tile copies of GPUs want rows that begin at multiples of 16 bytes. The head of a language model has one column for each word, 50257 say,
// but a width that is a multiple of 8. Tensor cores read tf32 in rows along K only. The transpose is of a constant: it is computed at build
// time.
#include "dialects/Infer/Transforms/FlatGemm.h"
#include "dialects/Infer/Transforms/Passes.h"
#include "dialects/Infer/Transforms/Weights.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace tenon::infer;

namespace tenon::infer {
#define GEN_PASS_DEF_INFERALIGNWEIGHTSPASS
#include "dialects/Infer/Transforms/Passes.h.inc"
} // namespace tenon::infer

namespace {

constexpr int64_t kUnit = 8; // elements of 16 bits in 16 bytes

/// What weights become.
struct Rules {
  bool isTf32 = false;  // products of f32 are computed as tf32
  bool isShort = false; // from 16 bits
  bool pads = false;    // rows along K are padded afterwards

  bool isMultipliedShort(Type element) const { return element.isF16() || element.isBF16() || (element.isF32() && isShort); }

  /// Shall weights [k, n] become [n, k]?
  bool wantRowsAlongK(Type element, int64_t k, int64_t n) const {
    if (k == 0 || n == 0)
      return false;
    bool canBePadded = pads && n * k >= kLeastPadded;
    return (element.isF32() && isTf32) || (isMultipliedShort(element) && n % kUnit != 0 && (k % kUnit == 0 || canBePadded));
  }

  /// Shall weights [n, k] become [k, n]?
  bool wantRowsAlongN(Type element, int64_t k, int64_t n) const {
    return k != 0 && n != 0 && isMultipliedShort(element) && k % kUnit != 0 && n % kUnit == 0;
  }
};

// %y = mat_mul %x, %w : [batch, length, K] * [K, N]
// becomes
// %y = reshape(gemm(reshape %x, transpose %w) {trans_b})
struct AlignWeights : OpRewritePattern<MatMulOp> {
  AlignWeights(MLIRContext *context, const Rules &rules) : OpRewritePattern(context), rules(rules) {}
  LogicalResult matchAndRewrite(MatMulOp op, PatternRewriter &rewriter) const override {
    auto x = cast<RankedTensorType>(op.getOperand(0).getType()), w = cast<RankedTensorType>(op.getOperand(1).getType());
    if (w.getRank() != 2 || x.getRank() < 2 || !w.hasStaticShape())
      return rewriter.notifyMatchFailure(op, "expected a matrix of weights of known size");
    if (!isConstantMatrix(op.getOperand(1)))
      return rewriter.notifyMatchFailure(op, "expected constant weights");
    if (!rules.wantRowsAlongK(w.getElementType(), w.getDimSize(0), w.getDimSize(1)))
      return rewriter.notifyMatchFailure(op, "expected rows that only the transpose has as they shall be");
    // A head that shares its weights with the embedding comes as the transpose already.
    Value turned = transposeMatrix(rewriter, op.getLoc(), op.getOperand(1));
    replaceByFlatGemm(rewriter, op, op.getOperand(0), turned);
    return success();
  }

private:
  const Rules &rules;
};

// %y = gemm %x, %w
// becomes
// %y = gemm %x, transpose %w {trans_b}    and the other way round
struct AlignGemmWeights : OpRewritePattern<GemmOp> {
  AlignGemmWeights(MLIRContext *context, const Rules &rules) : OpRewritePattern(context), rules(rules) {}
  LogicalResult matchAndRewrite(GemmOp op, PatternRewriter &rewriter) const override {
    auto w = cast<RankedTensorType>(op.getB().getType());
    if (!w.hasStaticShape() || !isConstantMatrix(op.getB()))
      return rewriter.notifyMatchFailure(op, "expected constant weights of known size");
    bool wantsTurn = op.getTransB() ? rules.wantRowsAlongN(w.getElementType(), w.getDimSize(1), w.getDimSize(0))
                                    : rules.wantRowsAlongK(w.getElementType(), w.getDimSize(0), w.getDimSize(1));
    if (!wantsTurn)
      return rewriter.notifyMatchFailure(op, "expected rows that only the transpose has as they shall be");
    Value turned = transposeMatrix(rewriter, op.getLoc(), op.getB());
    rewriter.modifyOpInPlace(op, [&] {
      op.getBMutable().assign(turned);
      op.setTransB(!op.getTransB());
    });
    return success();
  }

private:
  const Rules &rules;
};

struct AlignWeightsPass : tenon::infer::impl::InferAlignWeightsPassBase<AlignWeightsPass> {
  using Base::Base;
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    Rules rules;
    rules.isTf32 = type == "tf32";
    rules.isShort = type == "f16" || type == "bf16";
    rules.pads = pads;
    patterns.add<AlignWeights, AlignGemmWeights>(&getContext(), rules);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
