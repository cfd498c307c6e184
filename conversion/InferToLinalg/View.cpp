// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reshapes -> tensor.collapse_shape and tensor.expand_shape: one of them where dims can be matched, else both through a vector.
#include "conversion/InferToLinalg/Table.h"

#include "dialects/Infer/IR/Infer.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace tenon;

/// Groups of consecutive dims of `wide` whose products are the dims of `narrow`; none if they cannot be matched.
static std::optional<SmallVector<ReassociationIndices>> matchDims(Lowering &l, ArrayRef<AffineExpr> wide, ArrayRef<AffineExpr> narrow) {
  SmallVector<ReassociationIndices> groups;
  size_t next = 0;
  for (AffineExpr dim : narrow) {
    ReassociationIndices group;
    AffineExpr product = l.b.getAffineConstantExpr(1);
    while (next < wide.size() && (group.empty() || product != dim)) {
      product = l.multiply(product, wide[next]);
      group.push_back(next++);
    }
    if (group.empty() || product != dim)
      return std::nullopt;
    groups.push_back(group);
  }
  for (; next < wide.size(); ++next) {
    if (infer::constantValue(wide[next]) != 1)
      return std::nullopt;
    if (!groups.empty())
      groups.back().push_back(next);
  }
  return groups;
}

static Value collapse(Lowering &l, Value tensor, ArrayRef<ReassociationIndices> groups) {
  return tensor::CollapseShapeOp::create(l.b, l.loc, tensor, groups);
}

static Value expand(Lowering &l, Value tensor, ArrayRef<ReassociationIndices> groups, const Dims &dims) {
  auto type = cast<RankedTensorType>(tensor.getType());
  auto result = RankedTensorType::get(decomposeMixedValues(dims).first, type.getElementType());
  // A group is dynamic as a whole on both sides or on none.
  SmallVector<int64_t> narrow;
  for (const ReassociationIndices &group : groups) {
    int64_t size = 1;
    for (int64_t dim : group)
      size = ShapedType::isDynamic(size) || result.isDynamicDim(dim) ? ShapedType::kDynamic : size * result.getDimSize(dim);
    narrow.push_back(size);
  }
  auto source = RankedTensorType::get(narrow, type.getElementType());
  if (source != type)
    tensor = tensor::CastOp::create(l.b, l.loc, source, tensor);
  return tensor::ExpandShapeOp::create(l.b, l.loc, result, tensor, groups, dims);
}

/// Whether a group of dims has more than one unknown size: lowering such a view to strides is not possible upstream.
static bool isAmbiguous(ArrayRef<ReassociationIndices> groups, const Dims &dims) {
  return llvm::any_of(groups, [&](const ReassociationIndices &group) {
    return llvm::count_if(group, [&](int64_t dim) { return !getConstantIntValue(dims[dim]); }) > 1;
  });
}

/// A copy of a vector in the dims of `y`, element by element.
static Value copyFromVector(Lowering &l, Value vector, Value y, const Dims &dims) {
  SmallVector<Value> sizes;
  for (OpFoldResult dim : dims)
    sizes.push_back(l.value(dim));
  return l.map(dims, l.elementOf(y), [&](ArrayRef<Scalar> at) {
    Scalar flat = at[0];
    for (auto [index, size] : llvm::zip(at.drop_front(), ArrayRef<Value>(sizes).drop_front()))
      flat = flat * flat.with(size) + index;
    return Scalar(l.b, l.loc, tensor::ExtractOp::create(l.b, l.loc, vector, flat.get()));
  });
}

/// The same elements in the dims of `y`, whose values are `dims`.
static void lowerView(Value x, Value y, const Dims &dims, Lowering &l) {
  infer::SymbolicDims from = l.exprs(x), to = l.exprs(y);
  Value tensor = l.get(x);
  if (llvm::equal(from, to))
    return l.replace(y, tensor);
  if (from.size() >= to.size())
    if (auto groups = matchDims(l, from, to))
      return l.replace(y, collapse(l, tensor, *groups));
  if (to.size() >= from.size())
    if (auto groups = matchDims(l, to, from); groups && !isAmbiguous(*groups, dims))
      return l.replace(y, expand(l, tensor, *groups, dims));
  if (!from.empty())
    tensor = collapse(l, tensor, {llvm::to_vector<2>(llvm::seq<int64_t>(0, from.size()))});
  ReassociationIndices all = llvm::to_vector<2>(llvm::seq<int64_t>(0, to.size()));
  if (to.empty())
    return l.replace(y, collapse(l, tensor, {}));
  if (!from.empty() && isAmbiguous({all}, dims))
    return l.replace(y, copyFromVector(l, tensor, y, dims));
  l.replace(y, expand(l, tensor, from.empty() ? ArrayRef<ReassociationIndices>() : ArrayRef<ReassociationIndices>(all), dims));
}

/// The dims that a shape of unknown numbers means at run time: -1 is what is left, 0 copies, negative ones count as 0.
static std::optional<Dims> readShape(infer::ReshapeOp op, Lowering &l) {
  std::optional<Dims> numbers = l.integers(op.getShape());
  if (!numbers)
    return std::nullopt;
  Scalar total = l.scalar(l.index(1)), known = total;
  for (int64_t axis = 0; axis < l.rank(op.getData()); ++axis)
    total = total * l.scalar(l.dimValue(op.getData(), axis));
  SmallVector<Scalar> sizes;
  for (auto [axis, number] : llvm::enumerate(*numbers)) {
    Scalar size = l.scalar(l.value(number));
    if (!op.getAllowzero() && static_cast<int64_t>(axis) < l.rank(op.getData()))
      size = select(size == 0, l.scalar(l.dimValue(op.getData(), axis)), size);
    known = known * select(size == -1, size.constant(1), size);
    sizes.push_back(size);
  }
  Scalar rest = divide(total, max(known, known.constant(1)));
  Dims dims;
  for (auto [axis, size] : llvm::enumerate(sizes)) {
    OpFoldResult fixed = l.dimIfKnown(op.getReshaped(), axis);
    dims.push_back(fixed ? fixed : OpFoldResult(max(select(size == -1, rest, size), size.constant(0)).get()));
  }
  return dims;
}

static LogicalResult lowerReshape(infer::ReshapeOp op, Lowering &l) {
  Value x = op.getData(), y = op.getReshaped();
  bool allKnown = llvm::all_of(llvm::seq<int64_t>(0, l.rank(y)), [&](int64_t axis) { return bool(l.dimIfKnown(y, axis)); });
  std::optional<Dims> dims = allKnown ? l.dims(y) : readShape(op, l);
  if (!dims)
    return op.emitOpError("expected a shape of static size");
  lowerView(x, y, *dims, l);
  return success();
}
static void lowerSqueeze(infer::SqueezeOp op, Lowering &l) { lowerView(op.getData(), op.getY(), l.dims(op.getY()), l); }
static void lowerUnsqueeze(infer::UnsqueezeOp op, Lowering &l) { lowerView(op.getData(), op.getY(), l.dims(op.getY()), l); }

void tenon::addViewLowerings(LoweringTable &table) {
  table.add<infer::ReshapeOp, lowerReshape>();
  table.add<infer::SqueezeOp, lowerSqueeze>();
  table.add<infer::UnsqueezeOp, lowerUnsqueeze>();
}
