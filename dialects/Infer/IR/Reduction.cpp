// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shape functions of the reduction family.
#include "dialects/Infer/IR/ShapeFunctions.h"

using namespace mlir;
using namespace tenon::infer;

LogicalResult tenon::infer::reduceShape(ShapeScope &scope, Value x, ArrayRef<int64_t> axes, bool keepdims, ResultShapes &results) {
  if (failed(expectAxes(scope, axes, rankOf(x)))) // C1
    return failure();
  SymbolicDims dims;
  for (auto [i, dim] : llvm::enumerate(scope.dims(x))) {
    if (!llvm::is_contained(axes, static_cast<int64_t>(i)))
      dims.push_back(dim);
    else if (keepdims)
      dims.push_back(scope.constant(1));
  }
  results.push_back({elementType(x), dims});
  return success();
}

LogicalResult tenon::infer::argReduceShape(ShapeScope &scope, Value x, int64_t axis, bool keepdims, ResultShapes &results) {
  if (failed(reduceShape(scope, x, {axis}, keepdims, results))) // C1
    return failure();
  results.back().element = IntegerType::get(scope.context, 64);
  return success();
}

LogicalResult CumSumOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  return sameShapeAlongAxis(scope, op.getX(), op.getAxis(), results); // C1
}
