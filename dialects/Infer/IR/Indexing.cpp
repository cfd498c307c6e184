// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shape functions of the indexing family.
#include "dialects/Infer/IR/ShapeFunctions.h"

using namespace mlir;
using namespace tenon::infer;

LogicalResult GatherOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  SymbolicDims data = scope.dims(op.getData()), indices = scope.dims(op.getIndices());
  int64_t axis = op.getAxis();
  if (failed(expectAxis(scope, axis, data.size()))) // C1
    return failure();
  SymbolicDims dims(data.begin(), data.begin() + axis);
  llvm::append_range(dims, indices);
  dims.append(data.begin() + axis + 1, data.end());
  results.push_back({elementType(op.getData()), dims});
  return success();
}

LogicalResult GatherElementsOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  if (failed(expectMinRank(scope, op.getData(), 1, "data")) ||
      failed(expectRank(scope, op.getIndices(), rankOf(op.getData()), "indices")) || // C1
      failed(expectAxis(scope, op.getAxis(), rankOf(op.getData()))))                 // C2
    return failure();
  results.push_back({elementType(op.getData()), scope.dims(op.getIndices())});
  return success();
}

LogicalResult GatherNDOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  if (failed(expectMinRank(scope, op.getData(), 1, "data")) || failed(expectMinRank(scope, op.getIndices(), 1, "indices"))) // C1
    return failure();
  SymbolicDims data = scope.dims(op.getData()), indices = scope.dims(op.getIndices());
  int64_t batch = op.getBatchDims(), rank = data.size();
  if (batch < 0 || batch >= rank || batch >= static_cast<int64_t>(indices.size()))
    return scope.error("expected batch_dims not negative and less than both ranks, got ", batch); // C2
  auto depth = constantValue(indices.back());
  if (!depth || *depth < 1 || *depth > rank - batch)
    return scope.error("expected a static last dimension of indices in [1, ", rank - batch, "]"); // C3
  for (int64_t i = 0; i < batch; ++i)
    if (failed(expectEqual(scope, data[i], indices[i], "the batch dimensions"))) // C4
      return failure();
  SymbolicDims dims(indices.begin(), indices.end() - 1);
  dims.append(data.begin() + batch + *depth, data.end());
  results.push_back({elementType(op.getData()), dims});
  return success();
}

static LogicalResult expectReduction(ShapeScope &scope, StringRef name) {
  if (llvm::is_contained({"none", "add", "mul", "max", "min"}, name))
    return success();
  return scope.error("expected reduction none, add, mul, max or min, got ", name);
}

LogicalResult ScatterElementsOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  int64_t rank = rankOf(op.getData());
  if (failed(expectSameElementType(scope, {op.getData(), op.getUpdates()})) || failed(expectMinRank(scope, op.getData(), 1, "data")) ||
      failed(expectRank(scope, op.getIndices(), rank, "indices")) || failed(expectRank(scope, op.getUpdates(), rank, "updates")) || // C1
      failed(expectAxis(scope, op.getAxis(), rank)) ||                                                                              // C2
      failed(expectReduction(scope, op.getReduction())))                                                                            // C4
    return failure();
  for (auto [a, b] : llvm::zip(scope.dims(op.getIndices()), scope.dims(op.getUpdates())))
    if (failed(expectEqual(scope, a, b, "the dimensions of indices and updates"))) // C3
      return failure();
  return sameShape(scope, op.getData(), results);
}

LogicalResult ScatterNDOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  if (failed(expectSameElementType(scope, {op.getData(), op.getUpdates()})) || failed(expectMinRank(scope, op.getData(), 1, "data")) ||
      failed(expectMinRank(scope, op.getIndices(), 1, "indices")) || // C1
      failed(expectReduction(scope, op.getReduction())))             // C4
    return failure();
  SymbolicDims data = scope.dims(op.getData()), dims = scope.dims(op.getIndices());
  auto depth = constantValue(dims.back());
  if (!depth || *depth < 1 || *depth > static_cast<int64_t>(data.size()))
    return scope.error("expected a static last dimension of indices in [1, ", data.size(), "]"); // C2
  dims.pop_back();
  dims.append(data.begin() + *depth, data.end());
  if (failed(expectRank(scope, op.getUpdates(), dims.size(), "updates"))) // C3
    return failure();
  for (auto [a, b] : llvm::zip(dims, scope.dims(op.getUpdates())))
    if (failed(expectEqual(scope, a, b, "the dimensions of updates and of the slices"))) // C3
      return failure();
  return sameShape(scope, op.getData(), results);
}

LogicalResult TopKOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  SymbolicDims dims = scope.dims(op.getX());
  int64_t axis = op.getAxis();
  if (failed(expectAxis(scope, axis, dims.size())) || failed(expectOneElement(scope, op.getK(), "k"))) // C1, C2
    return failure();
  auto elements = scope.elements(op.getK());
  AffineExpr k = elements && elements->size() == 1 ? elements->front() : scope.unknown();
  auto count = constantValue(k), dim = constantValue(dims[axis]);
  if (count && (*count < 0 || (dim && *count > *dim)))
    return scope.error("expected k not negative and not more than the dimension, got ", *count); // C2
  if (!scope.limit(k, dims[axis]))
    return scope.error("expected k not more than the dimension"); // C2
  dims[axis] = k;
  results.push_back({elementType(op.getX()), dims});
  results.push_back({IntegerType::get(scope.context, 64), dims});
  return success();
}

LogicalResult NonZeroOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  results.push_back({IntegerType::get(scope.context, 64), {scope.constant(rankOf(op.getX())), scope.unknown()}});
  return success();
}

LogicalResult NonZeroCountOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  results.push_back({IntegerType::get(scope.context, 64), {}});
  return success();
}

LogicalResult NonZeroFillOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  results.push_back({IntegerType::get(scope.context, 64), {scope.constant(rankOf(op.getX())), scope.scalar(op.getCount())}});
  return success();
}

/// What both forms of non-maximum suppression expect.
template <typename Adaptor> static LogicalResult expectBoxes(ShapeScope &scope, Adaptor op) {
  if (failed(expectRank(scope, op.getBoxes(), 3, "boxes")) || failed(expectRank(scope, op.getScores(), 3, "scores")))
    return failure();
  SymbolicDims boxes = scope.dims(op.getBoxes()), scores = scope.dims(op.getScores());
  if (failed(expectEqual(scope, boxes[2], scope.constant(4), "the coordinates of a box and 4")) || // C1
      failed(expectEqual(scope, boxes[0], scores[0], "the batches of boxes and scores")) ||
      failed(expectEqual(scope, boxes[1], scores[2], "the numbers of boxes and of scores")) ||
      failed(expectOneElement(scope, op.getMaxOutputBoxesPerClass(), "max_output_boxes_per_class")) || // C2
      failed(expectOneElement(scope, op.getIouThreshold(), "iou_threshold")) ||
      failed(expectOneElement(scope, op.getScoreThreshold(), "score_threshold")))
    return failure();
  if (op.getCenterPointBox() > 1)
    return scope.error("expected center_point_box 0 or 1, got ", op.getCenterPointBox()); // C3
  return success();
}

LogicalResult NonMaxSuppressionOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  if (failed(expectBoxes(scope, op)))
    return failure();
  results.push_back({IntegerType::get(scope.context, 64), {scope.unknown(), scope.constant(3)}});
  return success();
}

LogicalResult NonMaxSuppressionPaddedOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  if (failed(expectBoxes(scope, op)))
    return failure();
  results.push_back({IntegerType::get(scope.context, 64), {scope.scalar(op.getCapacity()), scope.constant(3)}});
  results.push_back({IntegerType::get(scope.context, 64), {}});
  return success();
}

LogicalResult UniqueOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  SymbolicDims dims = scope.dims(op.getX());
  AffineExpr number = scope.unknown(), size = scope.product(dims);
  if (std::optional<int64_t> axis = op.getAxis()) {
    if (failed(expectAxis(scope, *axis, dims.size()))) // C1
      return failure();
    size = std::exchange(dims[*axis], number);
  } else {
    dims = {number};
  }
  Type i64 = IntegerType::get(scope.context, 64);
  results.push_back({elementType(op.getX()), dims});
  results.push_back({i64, {number}});
  results.push_back({i64, {size}});
  results.push_back({i64, {number}});
  return success();
}

LogicalResult UniquePaddedOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  AffineExpr size = scope.scalar(op.getSize());
  AffineExpr elements = scope.mul(scope.mul(scope.scalar(op.getOuter()), size), scope.scalar(op.getInner()));
  Type i64 = IntegerType::get(scope.context, 64);
  results.push_back({elementType(op.getX()), {elements}});
  results.append(3, {i64, {size}});
  results.push_back({i64, {}});
  return success();
}

HostCall UniquePaddedOp::buildHostCall(OpBuilder &builder) {
  HostCall call{"unique", cast<RankedTensorType>(getX().getType()).getElementType(), {getOuter(), getSize(), getInner()}, {}};
  call.scalars.push_back(arith::ConstantIndexOp::create(builder, getLoc(), getSorted()));
  if (getY().getType().isDynamicDim(0)) {
    Value slices = arith::MulIOp::create(builder, getLoc(), getOuter(), getSize());
    call.resultDims.push_back(arith::MulIOp::create(builder, getLoc(), slices, getInner()));
  }
  for (Value result : {getIndices(), getInverse(), getCounts()})
    if (cast<RankedTensorType>(result.getType()).isDynamicDim(0))
      call.resultDims.push_back(getSize());
  return call;
}

LogicalResult OneHotOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  SymbolicDims dims = scope.dims(op.getIndices());
  int64_t axis = op.getAxis();
  if (failed(expectAxis(scope, axis, dims.size() + 1)) || failed(expectOneElement(scope, op.getDepth(), "depth")) || // C1, C2
      failed(expectRank(scope, op.getValues(), 1, "values")) ||                                                      // C3
      failed(expectEqual(scope, scope.dims(op.getValues())[0], scope.constant(2), "the number of values and 2")))    // C3
    return failure();
  auto elements = scope.elements(op.getDepth());
  AffineExpr depth = elements && elements->size() == 1 ? elements->front() : scope.unknown();
  if (auto value = constantValue(depth); value && *value < 0)
    return scope.error("expected a depth that is not negative, got ", *value); // C2
  dims.insert(dims.begin() + axis, depth);
  results.push_back({elementType(op.getValues()), dims});
  return success();
}
