// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shape functions of the normalization family.
#include "dialects/Infer/IR/ShapeFunctions.h"

using namespace mlir;
using namespace tenon::infer;

/// Each parameter has rank 1 and `channels` elements.
static LogicalResult expectPerChannel(ShapeScope &scope, ValueRange parameters, AffineExpr channels) {
  for (Value parameter : parameters)
    if (failed(expectRank(scope, parameter, 1, "parameters")) ||
        failed(expectEqual(scope, scope.dims(parameter)[0], channels, "the channels and the elements of each parameter")))
      return failure();
  return success();
}

LogicalResult BatchNormalizationOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  if (failed(expectMinRank(scope, op.getX(), 1, "x"))) // C1
    return failure();
  SymbolicDims dims = scope.dims(op.getX());
  AffineExpr channels = dims.size() > 1 ? dims[1] : scope.constant(1);
  if (failed(expectPerChannel(scope, {op.getScale(), op.getBias(), op.getMean(), op.getVar()}, channels))) // C2
    return failure();
  return sameShape(scope, op.getX(), results);
}

LogicalResult LayerNormalizationOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  SymbolicDims dims = scope.dims(op.getX());
  int64_t axis = op.getAxis(), statistics = op.getNumStatistics();
  if (failed(expectAxis(scope, axis, dims.size())) ||                    // C1
      failed(expectBroadcastsTo(scope, op.getScale(), dims, "scale")) || // C2
      failed(expectBroadcastsTo(scope, op.getBias(), dims, "bias")))     // C2
    return failure();
  if (statistics < 0 || statistics > 2)
    return scope.error("expected 0 to 2 statistics, got ", statistics); // C3
  results.push_back({elementType(op.getX()), dims});
  std::fill(dims.begin() + axis, dims.end(), scope.constant(1));
  for (int64_t i = 0; i < statistics; ++i)
    results.push_back({elementType(op.getX()), dims});
  return success();
}

LogicalResult RMSNormalizationOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  if (failed(sameShapeAlongAxis(scope, op.getX(), op.getAxis(), results))) // C1
    return failure();
  return expectBroadcastsTo(scope, op.getScale(), results.back().dims, "scale"); // C2
}

LogicalResult InstanceNormalizationOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  if (failed(expectMinRank(scope, op.getX(), 3, "x")) ||                                        // C1
      failed(expectPerChannel(scope, {op.getScale(), op.getBias()}, scope.dims(op.getX())[1]))) // C2
    return failure();
  return sameShape(scope, op.getX(), results);
}

LogicalResult GroupNormalizationOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  if (failed(expectMinRank(scope, op.getX(), 2, "x"))) // C1
    return failure();
  AffineExpr channels = scope.dims(op.getX())[1];
  int64_t groups = op.getNumGroups();
  if (failed(expectPerChannel(scope, {op.getScale(), op.getBias()}, channels))) // C2
    return failure();
  auto count = constantValue(channels);
  if (groups < 1 || (count && *count % groups != 0))
    return scope.error("expected a positive number of groups that divides the channels, got ", groups); // C3
  return sameShape(scope, op.getX(), results);
}

LogicalResult LpNormalizationOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  int64_t p = op.getP();
  if (p != 1 && p != 2)
    return scope.error("expected p to be 1 or 2, got ", p);           // C2
  return sameShapeAlongAxis(scope, op.getX(), op.getAxis(), results); // C1
}

LogicalResult LRNOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  int64_t size = op.getSize();
  if (size < 1 || size > INT32_MAX)
    return scope.error("expected a positive size, got ", size); // C2
  if (failed(expectMinRank(scope, op.getX(), 2, "x")))          // C1
    return failure();
  return sameShape(scope, op.getX(), results);
}
