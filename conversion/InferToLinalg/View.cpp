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

/// The same elements in the dims of `y`.
static void lowerView(Value x, Value y, Lowering &l) {
  infer::SymbolicDims from = l.exprs(x), to = l.exprs(y);
  Value tensor = l.get(x);
  Dims dims = l.dims(y);
  if (llvm::equal(from, to))
    return l.replace(y, tensor);
  if (from.size() >= to.size())
    if (auto groups = matchDims(l, from, to))
      return l.replace(y, collapse(l, tensor, *groups));
  if (to.size() >= from.size())
    if (auto groups = matchDims(l, to, from))
      return l.replace(y, expand(l, tensor, *groups, dims));
  if (!from.empty())
    tensor = collapse(l, tensor, {llvm::to_vector<2>(llvm::seq<int64_t>(0, from.size()))});
  ReassociationIndices all = llvm::to_vector<2>(llvm::seq<int64_t>(0, to.size()));
  if (to.empty())
    return l.replace(y, collapse(l, tensor, {}));
  l.replace(y, expand(l, tensor, from.empty() ? ArrayRef<ReassociationIndices>() : ArrayRef<ReassociationIndices>(all), dims));
}

static void lowerReshape(infer::ReshapeOp op, Lowering &l) { lowerView(op.getData(), op.getReshaped(), l); }
static void lowerSqueeze(infer::SqueezeOp op, Lowering &l) { lowerView(op.getData(), op.getY(), l); }
static void lowerUnsqueeze(infer::UnsqueezeOp op, Lowering &l) { lowerView(op.getData(), op.getY(), l); }

void tenon::addViewLowerings(LoweringTable &table) {
  table.add<infer::ReshapeOp, lowerReshape>();
  table.add<infer::SqueezeOp, lowerSqueeze>();
  table.add<infer::UnsqueezeOp, lowerUnsqueeze>();
}
