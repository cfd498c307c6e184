// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// infer-narrow-products: products of f32 -> products of f16 or bf16 between casts, which then move to where they cost least.
//
// Sums keep their f32 accumulators: that is what the op means for short floats. Everything that is not a product stays in f32, biases too:
// they are added after the cast back, as the product's epilogue.
#include "dialects/Infer/IR/Infer.h"
#include "dialects/Infer/Transforms/FusionGroups.h"
#include "dialects/Infer/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace tenon::infer;

namespace tenon::infer {
#define GEN_PASS_DEF_INFERNARROWPRODUCTSPASS
#include "dialects/Infer/Transforms/Passes.h.inc"
} // namespace tenon::infer

namespace {

bool isProduct(Operation *op) {
  return isa_and_nonnull<InferDialect>(op->getDialect()) &&
         llvm::StringSwitch<bool>(op->getName().stripDialect()).Cases({"mat_mul", "gemm", "conv", "conv_transpose"}, true).Default(false);
}

/// How many products each sum of `product` has; unknown ones are many.
int64_t sumLength(Operation *product) {
  auto a = cast<RankedTensorType>(product->getOperand(0).getType()), b = cast<RankedTensorType>(product->getOperand(1).getType());
  if (!product->hasAttr("strides")) {
    auto isTurned = product->getAttrOfType<BoolAttr>("trans_a");
    return isTurned && isTurned.getValue() ? a.getDimSize(0) : a.getShape().back();
  }
  // Filters are [out, in of a group, window...], those of conv_transpose [in, out of a group, window...].
  int64_t length = b.getDimSize(product->getName().stripDialect() == "conv" ? 1 : 0);
  for (int64_t size : b.getShape().drop_front(2))
    length = ShapedType::isDynamic(length) || ShapedType::isDynamic(size) || llvm::MulOverflow(length, size, length) ? ShapedType::kDynamic
                                                                                                                     : length;
  return length;
}

/// True for an op whose result holds elements of its first operand and nothing else.
bool onlyMoves(Operation *op) {
  return isFreeView(op) ||
         (isa_and_nonnull<InferDialect>(op->getDialect()) &&
          llvm::StringSwitch<bool>(op->getName().stripDialect()).Cases({"transpose", "slice", "expand"}, true).Default(false));
}

RankedTensorType withElement(Type type, Type element) { return cast<RankedTensorType>(type).clone(element); }

Value castTo(OpBuilder &builder, Location loc, Value value, Type element) {
  return CastOp::create(builder, loc, withElement(value.getType(), element), value, element, /*saturate=*/true);
}

/// A bias of one element per channel, with ones behind it so that it broadcasts over `rank - 2` spatial dims.
Value spreadBias(OpBuilder &builder, Location loc, Value bias, int64_t rank) {
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(1, rank - 1)), dims(rank - 1, 1);
  dims[0] = cast<RankedTensorType>(bias.getType()).getDimSize(0);
  if (axes.empty())
    return bias;
  auto type = RankedTensorType::get(dims, elementType(bias));
  return UnsqueezeOp::create(builder, loc, type, bias, builder.getDenseI64ArrayAttr(axes));
}

/// What a product adds to its sums, in f32 and in a form that broadcasts to the result; null if it adds nothing.
Value getAddend(OpBuilder &builder, Operation *product, Location loc) {
  if (product->getNumOperands() < 3)
    return {};
  // A gemm's addend broadcasts as it is, scaled by `beta`; a convolution's has one element per channel.
  if (auto beta = product->getAttrOfType<FloatAttr>("beta")) {
    Value c = product->getOperand(2);
    if (beta.getValue().isZero() || beta.getValue().isExactlyValue(1))
      return beta.getValue().isZero() ? Value() : c;
    auto scalar = RankedTensorType::get({}, elementType(c));
    Value factor = ConstantOp::create(builder, loc, scalar, DenseElementsAttr::get(scalar, beta.getValue()));
    return MulOp::create(builder, loc, c.getType(), c, factor);
  }
  return spreadBias(builder, loc, product->getOperand(2), cast<RankedTensorType>(product->getResult(0).getType()).getRank());
}

// %y = mat_mul %a, %b : f32
// becomes
// %y = cast(mat_mul(cast %a to f16, cast %b to f16)) to f32
// and a conv or gemm with a bias adds it to %y.
struct NarrowProduct : RewritePattern {
  NarrowProduct(MLIRContext *context, Type element) : RewritePattern(MatchAnyOpTypeTag(), 1, context), element(element) {}

  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!isProduct(op))
      return rewriter.notifyMatchFailure(op, "expected a product");
    if (!elementType(op->getResult(0)).isF32() || !elementType(op->getOperand(0)).isF32())
      return rewriter.notifyMatchFailure(op, "expected elements of type f32");
    // What tensor cores sum at once. Shorter sums gain nothing, and lose what f32 is there for: angles of rotary embeddings are sums of
    // one.
    constexpr int64_t kLeast = 16;
    int64_t length = sumLength(op);
    if (!ShapedType::isDynamic(length) && length < kLeast)
      return rewriter.notifyMatchFailure(op, "expected sums of at least 16 elements");
    Location loc = op->getLoc();
    Type wide = rewriter.getF32Type();
    Value a = castTo(rewriter, loc, op->getOperand(0), element), b = castTo(rewriter, loc, op->getOperand(1), element);
    OperationState state(loc, op->getName(), {a, b}, {withElement(op->getResult(0).getType(), element)}, op->getAttrs());
    Value sums = castTo(rewriter, loc, rewriter.create(state)->getResult(0), wide);
    if (Value addend = getAddend(rewriter, op, loc))
      sums = AddOp::create(rewriter, loc, op->getResult(0).getType(), sums, addend);
    rewriter.replaceOp(op, sums);
    return success();
  }

private:
  Type element;
};

/// Whether a cast from `from` to `to` loses nothing.
bool isWidening(Type from, Type to) { return (from.isF16() || from.isBF16()) && to.isF32(); }

// cast(cast %x : f16 to f32) to f16  becomes  %x
struct FoldRoundTrip : OpRewritePattern<CastOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CastOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<CastOp>();
    if (!inner || inner.getInput().getType() != op.getType() || !isWidening(elementType(inner.getInput()), elementType(op.getInput())))
      return rewriter.notifyMatchFailure(op, "expected a cast that takes back one before it");
    rewriter.replaceOp(op, inner.getInput());
    return success();
  }
};

// cast(transpose %x) to f16  becomes  transpose(cast %x to f16), and so for every op that only moves elements
struct NarrowBeforeMoving : OpRewritePattern<CastOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CastOp op, PatternRewriter &rewriter) const override {
    Operation *view = op.getInput().getDefiningOp();
    if (!view || !onlyMoves(view))
      return rewriter.notifyMatchFailure(op, "expected an op before it that only moves elements");
    if (!isWidening(op.getTo(), elementType(op.getInput())))
      return rewriter.notifyMatchFailure(op, "expected a cast to a shorter float");
    bool isUndone = isa_and_nonnull<CastOp>(view->getOperand(0).getDefiningOp());
    if (!view->hasOneUse() && !isUndone)
      return rewriter.notifyMatchFailure(op, "expected the moved elements to have a single use");
    IRMapping map;
    map.map(view->getOperand(0), castTo(rewriter, op.getLoc(), view->getOperand(0), op.getTo()));
    Operation *moved = rewriter.clone(*view, map);
    moved->getResult(0).setType(op.getType());
    rewriter.replaceOp(op, moved->getResults());
    return success();
  }
};

struct NarrowProducts : tenon::infer::impl::InferNarrowProductsPassBase<NarrowProducts> {
  using InferNarrowProductsPassBase::InferNarrowProductsPassBase;

  void runOnOperation() override {
    Builder builder(&getContext());
    if (type != "f16" && type != "bf16") {
      getOperation()->emitError("expected type f16 or bf16, got '") << type << "'";
      return signalPassFailure();
    }
    Type element = type == "f16" ? Type(builder.getF16Type()) : builder.getBF16Type();
    RewritePatternSet patterns(&getContext());
    patterns.add<NarrowProduct>(&getContext(), element);
    patterns.add<FoldRoundTrip, NarrowBeforeMoving>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
