// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Folders and canonical patterns of the shape family. A fold returns an operand only where the types are equal.
#include "dialects/Infer/IR/Folding.h"
#include "dialects/Infer/IR/ShapeFunctions.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace tenon::infer;

/// Equal types that leave no doubt about the dims: static.
static bool isSameStaticType(Value operand, Type result) {
  return operand.getType() == result && cast<RankedTensorType>(result).hasStaticShape();
}

OpFoldResult ShapeOfOp::fold(FoldAdaptor adaptor) { return foldElements(*this, adaptor.getOperands()); }
OpFoldResult SizeOp::fold(FoldAdaptor adaptor) { return foldElements(*this, adaptor.getOperands()); }
OpFoldResult RangeOp::fold(FoldAdaptor adaptor) { return foldElements(*this, adaptor.getOperands()); }
OpFoldResult GatherOp::fold(FoldAdaptor adaptor) { return foldElements(*this, adaptor.getOperands()); }

OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  // With as many elements, one unknown dim is decided by the others.
  auto type = cast<RankedTensorType>(getType());
  if (getData().getType() == type && type.getNumDynamicDims() <= 1 && !llvm::is_contained(type.getShape(), 0))
    return getData();
  return foldElements(*this, adaptor.getOperands());
}

OpFoldResult TransposeOp::fold(FoldAdaptor adaptor) {
  bool identity = llvm::all_of(llvm::enumerate(getPerm()), [](auto it) { return static_cast<int64_t>(it.index()) == it.value(); });
  return identity && getX().getType() == getType() ? OpFoldResult(getX()) : foldElements(*this, adaptor.getOperands());
}

OpFoldResult ConcatOp::fold(FoldAdaptor adaptor) {
  if (getInputs().size() == 1 && getInputs().front().getType() == getType())
    return getInputs().front();
  return foldElements(*this, adaptor.getOperands());
}

OpFoldResult SliceOp::fold(FoldAdaptor adaptor) {
  auto steps = getSteps() ? constantIntegers(getSteps()) : SmallVector<int64_t>(getAxes().size(), 1);
  if (steps && llvm::all_of(*steps, [](int64_t step) { return step > 0; }) && isSameStaticType(getData(), getType()))
    return getData();
  return foldElements(*this, adaptor.getOperands());
}

OpFoldResult SqueezeOp::fold(FoldAdaptor adaptor) {
  return getAxes().empty() && getData().getType() == getType() ? OpFoldResult(getData()) : foldElements(*this, adaptor.getOperands());
}

OpFoldResult UnsqueezeOp::fold(FoldAdaptor adaptor) {
  return getAxes().empty() && getData().getType() == getType() ? OpFoldResult(getData()) : foldElements(*this, adaptor.getOperands());
}

OpFoldResult ExpandOp::fold(FoldAdaptor adaptor) {
  return isSameStaticType(getInput(), getType()) ? OpFoldResult(getInput()) : foldElements(*this, adaptor.getOperands());
}

OpFoldResult TileOp::fold(FoldAdaptor adaptor) {
  return isSameStaticType(getInput(), getType()) ? OpFoldResult(getInput()) : foldElements(*this, adaptor.getOperands());
}

OpFoldResult PadOp::fold(FoldAdaptor adaptor) {
  auto pads = constantIntegers(getPads());
  bool isNothing = pads && llvm::all_of(*pads, [](int64_t pad) { return pad == 0; });
  return isNothing && getData().getType() == getType() ? OpFoldResult(getData()) : OpFoldResult();
}

OpFoldResult ConstantOfShapeOp::fold(FoldAdaptor adaptor) {
  auto type = cast<RankedTensorType>(getType());
  auto value = dyn_cast<DenseElementsAttr>(getValue());
  if (!value || !type.hasStaticShape())
    return {};
  int64_t bytes = std::max<int64_t>(1, type.getElementTypeBitWidth() / 8), count = 1;
  for (int64_t dim : type.getShape())
    if (llvm::MulOverflow(count, dim, count) || count > kMaxFoldedBytes / bytes)
      return {};
  return DenseElementsAttr::get(type, *value.getValues<Attribute>().begin());
}

namespace {

// reshape(reshape(x, s), t)
// becomes
// reshape(x, t)
struct MergeReshapes : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReshapeOp op, PatternRewriter &rewriter) const override {
    Operation *inner = op.getData().getDefiningOp();
    if (!isa_and_nonnull<ReshapeOp, SqueezeOp, UnsqueezeOp>(inner))
      return rewriter.notifyMatchFailure(op, "expected a reshape of a reshape");
    auto shape = constantIntegers(op.getShape());
    if (!op.getAllowzero() && (!shape || llvm::is_contained(*shape, 0)))
      return rewriter.notifyMatchFailure(op, "expected a shape that copies no dimension of the inner reshape");
    rewriter.modifyOpInPlace(op, [&] { op.getDataMutable().assign(inner->getOperand(0)); });
    return success();
  }
};

// transpose(transpose(x, p), q)
// becomes
// transpose(x, p[q])
struct MergeTransposes : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<TransposeOp>();
    if (!inner)
      return rewriter.notifyMatchFailure(op, "expected a transpose of a transpose");
    SmallVector<int64_t> perm;
    for (int64_t axis : op.getPerm())
      perm.push_back(inner.getPerm()[axis]);
    rewriter.replaceOpWithNewOp<TransposeOp>(op, op.getType(), inner.getX(), rewriter.getDenseI64ArrayAttr(perm));
    return success();
  }
};

// split %x, dense<[a, b]>
// becomes
// split %x {sizes = [a, b]}
struct MakeSplitSizesAttribute : OpRewritePattern<SplitOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SplitOp op, PatternRewriter &rewriter) const override {
    auto sizes = op.getSplit() ? constantIntegers(op.getSplit()) : std::nullopt;
    if (!sizes)
      return rewriter.notifyMatchFailure(op, "expected constant sizes");
    rewriter.replaceOpWithNewOp<SplitOp>(op, op.getResultTypes(), op.getInput(), Value(), op.getAxisAttr(), op.getNumOutputsAttr(),
                                         rewriter.getDenseI64ArrayAttr(*sizes));
    return success();
  }
};

} // namespace

LogicalResult SplitOp::fold(FoldAdaptor adaptor, SmallVectorImpl<OpFoldResult> &results) {
  for (unsigned i = 0, e = getNumResults(); i < e; ++i) {
    Attribute part = foldElements(*this, i, adaptor.getOperands());
    if (!part)
      return failure();
    results.push_back(part);
  }
  return success();
}

void ReshapeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) { patterns.add<MergeReshapes>(context); }
void TransposeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) { patterns.add<MergeTransposes>(context); }
void SplitOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MakeSplitSizesAttribute>(context);
}
