// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks and rules that several shape functions share.
#include "dialects/Infer/IR/ShapeFunctions.h"

using namespace mlir;
using namespace tenon::infer;

LogicalResult tenon::infer::expectEqual(ShapeScope &scope, AffineExpr a, AffineExpr b, StringRef what) {
  if (scope.equate(a, b))
    return success();
  auto x = constantValue(a), y = constantValue(b);
  if (x && y)
    return scope.error("expected ", what, " to be equal, got ", *x, " and ", *y);
  return scope.error("expected ", what, " to be equal");
}

LogicalResult tenon::infer::expectAxis(ShapeScope &scope, int64_t axis, int64_t rank) {
  if (axis >= 0 && axis < rank)
    return success();
  return scope.error("expected an axis in [0, ", rank, "), got ", axis);
}

LogicalResult tenon::infer::expectAxes(ShapeScope &scope, ArrayRef<int64_t> axes, int64_t rank) {
  SmallVector<bool> seen(rank, false);
  for (int64_t axis : axes) {
    if (failed(expectAxis(scope, axis, rank)))
      return failure();
    if (seen[axis])
      return scope.error("expected distinct axes, got ", axis, " twice");
    seen[axis] = true;
  }
  return success();
}

LogicalResult tenon::infer::expectRank(ShapeScope &scope, Value tensor, int64_t rank, StringRef what) {
  if (rankOf(tensor) == rank)
    return success();
  return scope.error("expected rank ", rank, " ", what, ", got rank ", rankOf(tensor));
}

LogicalResult tenon::infer::expectMinRank(ShapeScope &scope, Value tensor, int64_t rank, StringRef what) {
  if (rankOf(tensor) >= rank)
    return success();
  return scope.error("expected ", what, " of rank ", rank, " or more, got rank ", rankOf(tensor));
}

LogicalResult tenon::infer::expectSameElementType(ShapeScope &scope, ValueRange values) {
  for (Value value : values)
    if (value && elementType(value) != elementType(values.front()))
      return scope.error("expected operands of one element type, got ", elementType(values.front()), " and ", elementType(value));
  return success();
}

LogicalResult tenon::infer::expectOneElement(ShapeScope &scope, Value tensor, StringRef what) {
  if (!tensor)
    return success();
  for (AffineExpr dim : scope.dims(tensor))
    if (!scope.equate(dim, scope.constant(1)))
      return scope.error("expected ", what, " to have one element");
  return success();
}

LogicalResult tenon::infer::expectBroadcastsTo(ShapeScope &scope, Value operand, ArrayRef<AffineExpr> shape, StringRef what) {
  if (!operand)
    return success();
  SymbolicDims dims = scope.dims(operand);
  if (dims.size() > shape.size())
    return scope.error("expected ", what, " of rank ", shape.size(), " or less, got rank ", dims.size());
  for (auto [dim, target] : llvm::zip(dims, shape.take_back(dims.size()))) {
    auto one = constantValue(dim);
    if (one && *one == 1)
      continue;
    // An unknown dim may be 1, so it is equated only where both are known.
    auto to = constantValue(target);
    if (one && failed(expectEqual(scope, dim, target, what)))
      return failure();
    if (!one && to && *to == 1 && !scope.equate(dim, target))
      return scope.error("expected ", what, " not to enlarge the result");
    if (!one && !(to && *to == 1))
      (void)scope.broadcast(dim, target);
  }
  return success();
}

FailureOr<SymbolicDims> tenon::infer::shapeOperand(ShapeScope &scope, Value tensor, StringRef what, int64_t count) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (type.getRank() == 1 && type.getElementType().isInteger()) {
    // With a known count a vector of unknown size has that one.
    if (count >= 0 && type.isDynamicDim(0) && failed(expectEqual(scope, scope.dims(tensor)[0], scope.constant(count), what)))
      return failure();
    if (auto elements = scope.elements(tensor))
      return *elements;
    if (type.isDynamicDim(0) && count >= 0) {
      SymbolicDims unknown;
      for (int64_t i = 0; i < count; ++i)
        unknown.push_back(scope.unknown());
      return unknown;
    }
  }
  return scope.error("expected ", what, " to have rank 1, integers and a static size up to ", kMaxTrackedElements, ", got ", type);
}

LogicalResult tenon::infer::expectWindow(ShapeScope &scope, const Window &window, int64_t spatial) {
  auto check = [&](ArrayRef<int64_t> values, int64_t count, int64_t least, StringRef what) {
    if (static_cast<int64_t>(values.size()) != count)
      return scope.error("expected ", count, " ", what, ", got ", values.size());
    for (int64_t value : values)
      if (value < least || value > INT32_MAX)
        return scope.error("expected ", what, " in [", least, ", 2^31), got ", value);
    return success();
  };
  if (failed(check(window.strides, spatial, 1, "strides")) || failed(check(window.dilations, spatial, 1, "dilations")) ||
      failed(check(window.pads, 2 * spatial, 0, "pads")))
    return failure();
  if (!llvm::is_contained({"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"}, window.autoPad))
    return scope.error("expected auto_pad NOTSET, VALID, SAME_UPPER or SAME_LOWER, got ", window.autoPad);
  return success();
}

FailureOr<AffineExpr> tenon::infer::windowPositions(ShapeScope &scope, const Window &window, int64_t i, int64_t spatial, AffineExpr input,
                                                    AffineExpr kernel) {
  int64_t stride = window.strides[i];
  if (auto size = constantValue(kernel); size && *size <= 0)
    return scope.error("expected a kernel that is not empty, got size ", *size);
  if (window.autoPad.starts_with("SAME"))
    return scope.ceilDiv(input, scope.constant(stride));
  int64_t begin = window.autoPad == "VALID" ? 0 : window.pads[i], end = window.autoPad == "VALID" ? 0 : window.pads[spatial + i];
  // extent = (kernel - 1) * dilation + 1; rest = input + pads - extent; positions = rest / stride + 1
  AffineExpr extent = scope.add(scope.mul(scope.add(kernel, -1), window.dilations[i]), 1);
  AffineExpr rest = scope.sub(scope.add(input, begin + end), extent);
  if (auto value = constantValue(rest); value && *value < 0)
    return scope.error("expected a window not larger than the padded input, it is ", -*value, " larger");
  AffineExpr divisor = scope.constant(stride);
  if (!window.ceilMode)
    return scope.add(scope.floorDiv(rest, divisor), 1);
  AffineExpr positions = scope.add(scope.ceilDiv(rest, divisor), 1);
  // A window that would begin in the padding at the end is left out.
  if (auto size = constantValue(extent); end == 0 && size && *size >= stride)
    return positions;
  return scope.minimum(positions, scope.ceilDiv(scope.add(input, begin), divisor));
}

LogicalResult tenon::infer::sameShape(ShapeScope &scope, Value x, ResultShapes &results) {
  results.push_back({elementType(x), scope.dims(x)});
  return success();
}

LogicalResult tenon::infer::sameShapeAlongAxis(ShapeScope &scope, Value x, int64_t axis, ResultShapes &results) {
  if (failed(expectAxis(scope, axis, rankOf(x)))) // C1
    return failure();
  return sameShape(scope, x, results);
}
