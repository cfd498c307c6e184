// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// infer-fold-conv-normalization: what scales and shifts each output channel of a convolution moves into its weight and bias. The new
// weights are infer ops on constants; they are computed once, at compile time.
#include "dialects/Infer/IR/Infer.h"
#include "dialects/Infer/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace tenon::infer;

namespace tenon::infer {
#define GEN_PASS_DEF_INFERFOLDCONVNORMALIZATIONPASS
#include "dialects/Infer/Transforms/Passes.h.inc"
} // namespace tenon::infer

namespace {

/// Whether the value is a constant or arithmetic on constants, which a fold before this one may have made.
bool isConstant(Value value, int depth = 6) {
  Operation *op = value.getDefiningOp();
  if (!op || depth == 0 || op->getNumRegions() != 0 || !isMemoryEffectFree(op))
    return false;
  return op->hasTrait<OpTrait::ConstantLike>() ||
         (op->getNumOperands() != 0 && llvm::all_of(op->getOperands(), [&](Value operand) { return isConstant(operand, depth - 1); }));
}

/// A constant that holds one element per channel of a tensor of rank `rank`, as a vector; null if it is something else.
Value perChannel(PatternRewriter &rewriter, Value constant, int64_t channels, int64_t rank) {
  auto type = cast<RankedTensorType>(constant.getType());
  int64_t channelAxis = type.getRank() - (rank - 1);
  if (!type.hasStaticShape() || type.getNumElements() != channels || channelAxis < 0 || channelAxis >= type.getRank() ||
      type.getDimSize(channelAxis) != channels || !isConstant(constant))
    return {};
  SmallVector<int64_t> axes;
  for (int64_t i = 0; i < type.getRank(); ++i)
    if (i != channelAxis)
      axes.push_back(i);
  if (axes.empty())
    return constant;
  auto vector = RankedTensorType::get({channels}, type.getElementType());
  return SqueezeOp::create(rewriter, constant.getLoc(), vector, constant, rewriter.getDenseI64ArrayAttr(axes));
}

/// The convolution that `value` is the only use of, with a constant weight and bias.
FailureOr<ConvOp> foldableConv(PatternRewriter &rewriter, Operation *user, Value value) {
  auto conv = value.getDefiningOp<ConvOp>();
  if (!conv)
    return rewriter.notifyMatchFailure(user, "expected a convolution before it");
  if (!conv->hasOneUse())
    return rewriter.notifyMatchFailure(user, "expected the convolution to have a single use");
  if (!isConstant(conv.getW()) || (conv.getB() && !isConstant(conv.getB())))
    return rewriter.notifyMatchFailure(user, "expected constant weight and bias");
  if (!cast<RankedTensorType>(conv.getW().getType()).hasStaticShape() || !isa<FloatType>(elementType(conv.getW())))
    return rewriter.notifyMatchFailure(user, "expected a static floating-point weight");
  return conv;
}

/// The convolution with weight * scale and bias * scale + shift; scale and shift are vectors, null for 1 and 0.
void replaceConv(PatternRewriter &rewriter, Operation *user, ConvOp conv, Value scale, Value shift) {
  Location loc = rewriter.getFusedLoc({conv.getLoc(), user->getLoc()});
  Value weight = conv.getW(), bias = conv.getB();
  auto weightType = cast<RankedTensorType>(weight.getType());
  if (scale) {
    SmallVector<int64_t> axes, dims(weightType.getRank(), 1);
    for (int64_t i = 1; i < weightType.getRank(); ++i)
      axes.push_back(i);
    dims[0] = weightType.getDimSize(0);
    Value column = UnsqueezeOp::create(rewriter, loc, RankedTensorType::get(dims, weightType.getElementType()), scale,
                                       rewriter.getDenseI64ArrayAttr(axes));
    weight = MulOp::create(rewriter, loc, weightType, weight, column);
    if (bias)
      bias = MulOp::create(rewriter, loc, bias.getType(), bias, scale);
  }
  if (shift)
    bias = bias ? Value(AddOp::create(rewriter, loc, bias.getType(), bias, shift)) : shift;
  auto folded = ConvOp::create(rewriter, loc, conv.getType(), conv.getX(), weight, bias, conv.getStrides(), conv.getPads(),
                               conv.getDilations(), conv.getGroup(), conv.getAutoPad());
  rewriter.replaceOp(user, folded);
  rewriter.eraseOp(conv);
}

// batch_normalization(conv(x, w, b), scale, bias, mean, var)
// becomes
// s = scale / sqrt(var + epsilon) ; conv(x, w * s, (b - mean) * s + bias)
struct FoldBatchNormalization : OpRewritePattern<BatchNormalizationOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BatchNormalizationOp op, PatternRewriter &rewriter) const override {
    FailureOr<ConvOp> conv = foldableConv(rewriter, op, op.getX());
    if (failed(conv))
      return failure();
    for (Value parameter : {op.getScale(), op.getBias(), op.getMean(), op.getVar()})
      if (!isConstant(parameter) || parameter.getType() != op.getScale().getType() || elementType(parameter) != elementType(op.getX()))
        return rewriter.notifyMatchFailure(op, "expected constant parameters of the input's element type");
    Location loc = op.getLoc();
    auto type = cast<RankedTensorType>(op.getScale().getType());
    auto scalar = RankedTensorType::get({}, type.getElementType());
    auto element = cast<FloatType>(type.getElementType());
    APFloat epsilon = op.getEpsilon();
    bool inexact;
    epsilon.convert(element.getFloatSemantics(), APFloat::rmNearestTiesToEven, &inexact);
    Value e = ConstantOp::create(rewriter, loc, scalar, DenseElementsAttr::get(scalar, epsilon));
    Value variance = AddOp::create(rewriter, loc, type, op.getVar(), e);
    Value scale = DivOp::create(rewriter, loc, type, op.getScale(), SqrtOp::create(rewriter, loc, type, variance).getResult());
    Value shift = SubOp::create(rewriter, loc, type, op.getBias(), MulOp::create(rewriter, loc, type, op.getMean(), scale).getResult());
    replaceConv(rewriter, op, *conv, scale, shift);
    return success();
  }
};

// mul(conv(x, w, b), c) with one constant per channel becomes conv(x, w * c, b * c); add becomes conv(x, w, b + c)
template <typename OpTy> struct FoldChannelwise : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    for (auto [convSide, constantSide] :
         {std::pair<Value, Value>(op->getOperand(0), op->getOperand(1)), {op->getOperand(1), op->getOperand(0)}}) {
      FailureOr<ConvOp> conv = foldableConv(rewriter, op, convSide);
      if (failed(conv))
        continue;
      if (op.getType() != conv->getType())
        return rewriter.notifyMatchFailure(op, "expected the constant not to enlarge the result");
      int64_t channels = cast<RankedTensorType>(conv->getW().getType()).getDimSize(0);
      Value vector = perChannel(rewriter, constantSide, channels, rankOf(convSide));
      if (!vector)
        return rewriter.notifyMatchFailure(op, "expected a constant with one element per channel");
      bool isScale = std::is_same_v<OpTy, MulOp>;
      replaceConv(rewriter, op, *conv, isScale ? vector : Value(), isScale ? Value() : vector);
      return success();
    }
    return rewriter.notifyMatchFailure(op, "expected a convolution of constants as an operand");
  }
};

struct FoldConvNormalization : tenon::infer::impl::InferFoldConvNormalizationPassBase<FoldConvNormalization> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FoldBatchNormalization, FoldChannelwise<AddOp>, FoldChannelwise<MulOp>>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
