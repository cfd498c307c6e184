// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// infer-narrow-quantised-products: products of dequantised elements -> products of the elements, which are scaled.
//
// A scale that is one for all of the operand, for a row of the first or for a column of the second is the same for all that a sum adds, so
// the sum may be scaled instead. That costs M N multiplications, not M K + K N, leaves a product that tensor cores take at their highest
// rate, and rounds less: sums of integers are exact.
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
#define GEN_PASS_DEF_INFERNARROWQUANTISEDPRODUCTSPASS
#include "dialects/Infer/Transforms/Passes.h.inc"
} // namespace tenon::infer

namespace {

/// Sums of so many products of differences of bytes fit i32: each is at most 255 * 255.
constexpr int64_t kMostIntegers = INT32_MAX / (255 * 255);

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// Is it known at build time?
bool isConstant(Value value) {
  while (isa_and_nonnull<CastOp, TransposeOp>(value.getDefiningOp()))
    value = value.getDefiningOp()->getOperand(0);
  return matchPattern(value, m_Constant());
}

Value castTo(PatternRewriter &rewriter, Location loc, Value value, Type element) {
  return elementType(value) == element ? value : CastOp::create(rewriter, loc, value, element, /*saturate=*/true).getResult();
}

/// elements * scale, in f32; the elements are floats of 8 bits, or i32 of what bytes are centred to.
struct Quantised {
  Value elements, scale; // no scale: 1

  bool areFloats() const { return isFloat8(elementType(elements)); }
};

/// How `value`, of f32 or of what that is rounded to, is dequantised; no elements if it is not.
Quantised matchQuantised(Value value) {
  auto rounded = value.getDefiningOp<CastOp>();
  if (rounded && (rounded.getTo().isF16() || rounded.getTo().isBF16()) && elementType(rounded.getInput()).isF32())
    value = rounded.getInput();
  auto elementsOf = [&](Value wide) -> Value {
    auto widening = wide.getDefiningOp<CastOp>();
    if (!widening || !widening.getTo().isF32() || typeOf(wide).getShape() != typeOf(value).getShape())
      return {};
    Value elements = widening.getInput();
    return isFloat8(elementType(elements)) || matchCentred(elements).bytes ? elements : Value();
  };
  if (Value elements = elementsOf(value))
    return {elements, {}};
  if (auto scaled = value.getDefiningOp<MulOp>())
    for (unsigned i : {0, 1})
      if (Value elements = elementsOf(scaled.getOperand(i)))
        return {elements, scaled.getOperand(1 - i)};
  return {};
}

/// Is the scale the same along `axis`, counted from the last one?
bool isOneAlong(Value scale, int64_t axis) {
  return !scale || typeOf(scale).getRank() <= axis || typeOf(scale).getDimSize(typeOf(scale).getRank() - 1 - axis) == 1;
}

bool isOne(Value scale) {
  return !scale || llvm::all_of(typeOf(scale).getShape(), [](int64_t dim) { return dim == 1; });
}

/// y * scales, in f32.
Value scale(PatternRewriter &rewriter, Location loc, Value y, Value a, Value b) {
  y = castTo(rewriter, loc, y, rewriter.getF32Type());
  // What is known is multiplied at build time.
  if (a && b && isConstant(a) && isConstant(b) && isOne(a)) {
    b = MulOp::create(rewriter, loc, b, a);
    a = {};
  }
  for (Value factor : {a, b})
    if (factor)
      y = MulOp::create(rewriter, loc, y, factor);
  return y;
}

/// The second operand: [K, N], or [N, K] if `isTurned`.
struct Weights : Quantised {
  bool isTurned = false;
};

/// How the second operand of a product is dequantised, which may be before it is transposed.
Weights matchWeights(Value value, bool isTurned) {
  if (auto turn = value.getDefiningOp<TransposeOp>(); turn && typeOf(value).getRank() == 2 && turn.getPerm() == ArrayRef<int64_t>{1, 0}) {
    value = turn.getX();
    isTurned = !isTurned;
  }
  return {matchQuantised(value), isTurned};
}

/// [N, K], which tensor cores read.
Value turnFloats(PatternRewriter &rewriter, Location loc, const Weights &b) {
  return b.isTurned ? b.elements : transposeMatrix(rewriter, loc, b.elements);
}

/// The scale beside the result.
Value turnScale(PatternRewriter &rewriter, Location loc, const Weights &b) {
  return b.scale && b.isTurned && typeOf(b.scale).getRank() == 2 ? transposeMatrix(rewriter, loc, b.scale) : b.scale;
}

LogicalResult check(PatternRewriter &rewriter, Operation *op, const Quantised &a, const Weights &b) {
  if (!a.elements || !b.elements || a.areFloats() != b.areFloats())
    return rewriter.notifyMatchFailure(op, "expected dequantised operands");
  if (typeOf(a.elements).getRank() < 2 || typeOf(b.elements).getRank() != 2 || !typeOf(b.elements).hasStaticShape())
    return rewriter.notifyMatchFailure(op, "expected a matrix of weights of known size");
  if (!isOneAlong(a.scale, 0) || !isOneAlong(b.scale, b.isTurned ? 0 : 1))
    return rewriter.notifyMatchFailure(op, "expected scales that are one for each sum");
  return success();
}

/// Does an i32 hold what a byte does? Then so many sums as kMostIntegers of differences to it fit 32 bits.
bool holdsByte(Value zero) {
  if (!zero)
    return true;
  if (auto widening = zero.getDefiningOp<CastOp>())
    return elementType(widening.getInput()).isInteger(8);
  DenseIntElementsAttr constant;
  return matchPattern(zero, m_Constant(&constant)) &&
         llvm::all_of(constant.getValues<APInt>(), [](const APInt &value) { return value.sge(INT8_MIN) && value.sle(UINT8_MAX); });
}

/// The product of i32 that infer-narrow-integer-products takes; null if it does not.
Value multiplyIntegers(PatternRewriter &rewriter, Operation *op, const Quantised &a, const Weights &b) {
  Location loc = op->getLoc();
  Centred rows = matchCentred(a.elements), weights = matchCentred(b.elements);
  StringRef reason = refuseByteProduct(rows, weights, b.isTurned);
  if (!reason.empty() || !holdsByte(rows.zero) || !holdsByte(weights.zero) ||
      typeOf(weights.bytes).getDimSize(b.isTurned ? 1 : 0) > kMostIntegers)
    return {};
  if (b.isTurned)
    weights.bytes = transposeMatrix(rewriter, loc, weights.bytes);
  if (b.isTurned && weights.zero && typeOf(weights.zero).getRank() == 2)
    weights.zero = transposeMatrix(rewriter, loc, weights.zero);
  Value right = castTo(rewriter, loc, weights.bytes, rewriter.getI32Type());
  if (weights.zero)
    right = SubOp::create(rewriter, loc, right, weights.zero);
  return MatMulOp::create(rewriter, loc, a.elements, right);
}

// %y = mat_mul(cast %a * s, cast %b * t)
// becomes
// %y = cast(mat_mul(%a, %b)) * s * t    and for floats of 8 bits    gemm(%a, transpose %b) {trans_b} * s * t
struct QuantisedMatMul : OpRewritePattern<MatMulOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MatMulOp op, PatternRewriter &rewriter) const override {
    Quantised a = matchQuantised(op.getA());
    Weights b = matchWeights(op.getB(), /*isTurned=*/false);
    if (failed(check(rewriter, op, a, b)))
      return failure();
    Location loc = op.getLoc();
    auto finish = [&](Value, Value sums) {
      Value y = scale(rewriter, loc, sums, a.scale, turnScale(rewriter, loc, b));
      return castTo(rewriter, loc, y, elementType(op.getResult()));
    };
    if (a.areFloats()) {
      if (!isOne(a.scale) && typeOf(op.getA()).getRank() > 2)
        return rewriter.notifyMatchFailure(op, "expected one scale for a tensor of more than two dims");
      replaceByFlatGemm(rewriter, op, a.elements, turnFloats(rewriter, loc, b), finish);
      return success();
    }
    Value sums = multiplyIntegers(rewriter, op, a, b);
    if (!sums)
      return rewriter.notifyMatchFailure(op, "expected integers that are multiplied as bytes");
    rewriter.replaceOp(op, finish({}, sums));
    return success();
  }
};

// The same of a gemm, whose C is added to what is scaled.
struct QuantisedGemm : OpRewritePattern<GemmOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(GemmOp op, PatternRewriter &rewriter) const override {
    Quantised a = matchQuantised(op.getA());
    Weights b = matchWeights(op.getB(), op.getTransB());
    if (failed(check(rewriter, op, a, b)))
      return failure();
    if (op.getTransA() || !op.getAlpha().isExactlyValue(1) || (op.addsC() && !op.getBeta().isExactlyValue(1)))
      return rewriter.notifyMatchFailure(op, "expected rows of a and neither alpha nor beta");
    Location loc = op.getLoc();
    Value sums = a.areFloats() ? GemmOp::create(rewriter, loc, a.elements, turnFloats(rewriter, loc, b), Value(), APFloat(1.0f),
                                                APFloat(1.0f), /*trans_a=*/false, /*trans_b=*/true)
                               : multiplyIntegers(rewriter, op, a, b);
    if (!sums)
      return rewriter.notifyMatchFailure(op, "expected integers that are multiplied as bytes");
    Value y = scale(rewriter, loc, sums, a.scale, turnScale(rewriter, loc, b));
    if (op.addsC())
      y = AddOp::create(rewriter, loc, y, castTo(rewriter, loc, op.getC(), rewriter.getF32Type()));
    rewriter.replaceOp(op, castTo(rewriter, loc, y, elementType(op.getResult())));
    return success();
  }
};

struct NarrowQuantisedProducts : tenon::infer::impl::InferNarrowQuantisedProductsPassBase<NarrowQuantisedProducts> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<QuantisedMatMul, QuantisedGemm>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
