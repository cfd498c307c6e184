// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// infer-narrow-integer-products: products of 8-bit integers without their zero points -> products of the integers as they are, and what
// zero points take from them.
//
// ONNX's MatMulInteger and QLinearMatMul are imported as products of i32, which say what is meant; tensor cores take the bytes. All sums
// are exact modulo 2^32, so what comes out is the same, bit by bit. Sums and transposes of constant weights are computed at build time.
#include "dialects/Infer/Transforms/Centred.h"
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
#define GEN_PASS_DEF_INFERNARROWINTEGERPRODUCTSPASS
#include "dialects/Infer/Transforms/Passes.h.inc"
} // namespace tenon::infer

namespace {

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

Value widen(PatternRewriter &rewriter, Location loc, Value bytes) {
  return CastOp::create(rewriter, loc, bytes, rewriter.getI32Type(), /*saturate=*/true);
}

// %y = mat_mul %a - p, %b - q
// becomes
// %y = gemm(%a, transpose %b) {trans_b} - p * (sums of columns of %b) - q * (sums of rows of %a) + K p q
struct NarrowIntegerProduct : OpRewritePattern<MatMulOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MatMulOp op, PatternRewriter &rewriter) const override {
    Centred a = matchCentred(op.getOperand(0)), b = matchCentred(op.getOperand(1));
    if (StringRef reason = refuseByteProduct(a, b); !reason.empty())
      return rewriter.notifyMatchFailure(op, reason);
    int64_t k = typeOf(b.bytes).getDimSize(0);
    Location loc = op.getLoc();
    Value turned = transposeMatrix(rewriter, loc, b.bytes);
    auto sum = [&](Value bytes, int64_t axis) -> Value {
      return ReduceSumOp::create(rewriter, loc, widen(rewriter, loc, bytes), rewriter.getDenseI64ArrayAttr({axis}), /*keepdims=*/true);
    };
    replaceByFlatGemm(rewriter, op, a.bytes, turned, [&](Value flat, Value y) -> Value {
      auto take = [&](Value zero, Value sums) { y = SubOp::create(rewriter, loc, y, MulOp::create(rewriter, loc, zero, sums)); };
      if (a.zero)
        take(a.zero, sum(b.bytes, 0));
      if (b.zero)
        take(b.zero, sum(flat, 1));
      if (!a.zero || !b.zero)
        return y;
      auto scalar = RankedTensorType::get({}, rewriter.getI32Type());
      Value count = ConstantOp::create(rewriter, loc, scalar, DenseElementsAttr::get(scalar, APInt(32, k)));
      Value both = MulOp::create(rewriter, loc, a.zero, MulOp::create(rewriter, loc, b.zero, count));
      return AddOp::create(rewriter, loc, y, both);
    });
    return success();
  }
};

struct NarrowIntegerProducts : tenon::infer::impl::InferNarrowIntegerProductsPassBase<NarrowIntegerProducts> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<NarrowIntegerProduct>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
