// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// infer-narrow-integer-products: products of 8-bit integers without their zero points -> products of the integers as they are, and what
// zero points take from them.
//
// ONNX's MatMulInteger and QLinearMatMul are imported as products of i32, which say what is meant; tensor cores take the bytes. All sums
// are exact modulo 2^32, so what comes out is the same, bit by bit. Sums and transposes of constant weights are computed at build time.
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
#define GEN_PASS_DEF_INFERNARROWINTEGERPRODUCTSPASS
#include "dialects/Infer/Transforms/Passes.h.inc"
} // namespace tenon::infer

namespace {

constexpr int64_t kUnit = 16, kLeast = 64; // K: bytes that the copy engine moves at once, and sums that are worth it

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// bytes - zero, in i32. A zero point of none, or of the constant 0, is null.
struct Centred {
  Value bytes, zero;
};

bool isZero(Value value) {
  if (auto cast = value.getDefiningOp<CastOp>())
    value = cast.getInput();
  DenseElementsAttr constant;
  return matchPattern(value, m_Constant(&constant)) && constant.isSplat() && constant.getElementType().isInteger() &&
         constant.getSplatValue<APInt>().isZero();
}

/// How `value` is computed from bytes; no bytes if it is not.
Centred matchCentred(Value value) {
  Value zero;
  if (auto difference = value.getDefiningOp<SubOp>()) {
    if (difference.getOperand(0).getType() != value.getType())
      return {};
    zero = difference.getOperand(1);
    value = difference.getOperand(0);
  }
  auto widening = value.getDefiningOp<CastOp>();
  if (!widening || !elementType(widening.getInput()).isInteger(8) || !elementType(value).isSignlessInteger(32))
    return {};
  return {widening.getInput(), zero && !isZero(zero) ? zero : Value()};
}

/// Is a zero point one for all, or one for each element along `axis` of a matrix of `size` rows or columns?
bool isAlong(Value zero, int64_t axis, int64_t size) {
  if (!zero)
    return true;
  RankedTensorType type = typeOf(zero);
  if (!type.hasStaticShape() || type.getRank() > 2)
    return false;
  SmallVector<int64_t> dims(2 - type.getRank(), 1);
  llvm::append_range(dims, type.getShape());
  return dims[1 - axis] == 1 && (dims[axis] == 1 || dims[axis] == size);
}

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
    if (!a.bytes || !b.bytes)
      return rewriter.notifyMatchFailure(op, "expected operands of 8-bit integers less zero points");
    RankedTensorType left = typeOf(a.bytes), right = typeOf(b.bytes);
    if (left.getRank() < 2 || right.getRank() != 2 || !right.hasStaticShape())
      return rewriter.notifyMatchFailure(op, "expected a matrix of weights of known size");
    int64_t k = right.getDimSize(0), n = right.getDimSize(1), rows = left.getRank() == 2 ? left.getDimSize(0) : 1;
    if (k % kUnit != 0 || k < kLeast || k > INT32_MAX || n == 0)
      return rewriter.notifyMatchFailure(op, "expected sums of a multiple of 16 elements, 64 at least and fewer than 2^31");
    if (!isAlong(a.zero, 0, rows) || !isAlong(b.zero, 1, n))
      return rewriter.notifyMatchFailure(op, "expected zero points for all, for rows of a or for columns of b");
    Location loc = op.getLoc();
    Value turned = TransposeOp::create(rewriter, loc, b.bytes, rewriter.getDenseI64ArrayAttr({1, 0}));
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
