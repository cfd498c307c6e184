// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shape functions of the control family: what regions yield becomes the results.
#include "dialects/Infer/IR/ShapeFunctions.h"

using namespace mlir;
using namespace tenon::infer;

/// The values that a region of one block yields; none if it does not end in a yield.
static std::optional<OperandRange> yieldedValues(Region &region) {
  if (region.empty() || region.front().empty())
    return std::nullopt;
  auto yield = dyn_cast<YieldOp>(region.front().back());
  if (!yield || !llvm::all_of(yield.getOperandTypes(), [](Type type) { return isa<RankedTensorType>(type); }))
    return std::nullopt;
  return yield.getValues();
}

/// Dims where both agree, unknown where they differ. Fails unless element types and ranks are equal.
static FailureOr<SymbolicDims> join(ShapeScope &scope, Value a, Value b, StringRef what) {
  if (elementType(a) != elementType(b) || rankOf(a) != rankOf(b))
    return scope.error("expected ", what, " of one element type and rank, got ", a.getType(), " and ", b.getType());
  SymbolicDims dims = scope.dims(a);
  for (auto [dim, other] : llvm::zip(dims, scope.dims(b)))
    if (dim != other)
      dim = scope.unknown();
  return dims;
}

LogicalResult IfOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  if (failed(expectOneElement(scope, op.getCond(), "cond"))) // C1
    return failure();
  auto a = yieldedValues(op.getThenBranch()), b = yieldedValues(op.getElseBranch());
  if (!a || !b || a->size() != b->size())
    return scope.error("expected both branches to yield as many tensors"); // C2
  for (auto [x, y] : llvm::zip(*a, *b)) {
    FailureOr<SymbolicDims> dims = join(scope, x, y, "what both branches yield"); // C3
    if (failed(dims))
      return failure();
    results.push_back({elementType(x), *dims});
  }
  return success();
}

/// A block argument of the element type and rank of a value.
static LogicalResult expectLike(ShapeScope &scope, Value argument, Type element, int64_t rank) {
  if (isa<RankedTensorType>(argument.getType()) && elementType(argument) == element && rankOf(argument) == rank)
    return success();
  return scope.error("expected a body argument of rank ", rank, " with elements ", element, ", got ", argument.getType());
}

/// Carried values: a dim that the body leaves as it is, or makes what it was before the loop, stays that of the initial value.
static LogicalResult carry(ShapeScope &scope, ValueRange initial, ValueRange arguments, ValueRange yielded, ResultShapes &results) {
  for (auto [from, argument, to] : llvm::zip(initial, arguments, yielded)) {
    if (failed(expectLike(scope, argument, elementType(from), rankOf(from))) || failed(join(scope, argument, to, "a carried value")))
      return failure();
    SymbolicDims dims = scope.dims(from);
    for (auto [dim, before, after] : llvm::zip(dims, scope.dims(argument), scope.dims(to))) {
      if (isa<AffineConstantExpr>(dim) && isa<AffineConstantExpr>(before) && dim != before)
        return scope.error("expected a body argument of type ", from.getType(), ", got ", argument.getType());
      if (before != after && after != dim)
        dim = scope.unknown();
    }
    results.push_back({elementType(from), dims});
  }
  return success();
}

LogicalResult LoopOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  if (failed(expectOneElement(scope, op.getMaxTripCount(), "max_trip_count")) ||
      failed(expectOneElement(scope, op.getCond(), "cond"))) // C1
    return failure();
  auto yielded = yieldedValues(op.getBody());
  size_t carried = op.getInitial().size();
  if (!yielded || yielded->size() < carried + 1)
    return scope.error("expected the body to yield a condition and ", carried, " carried values"); // C3
  auto arguments = op.getBody().getArguments();
  if (arguments.size() != carried + 2)
    return scope.error("expected ", carried + 2, " body arguments, got ", arguments.size()); // C2
  Type i1 = IntegerType::get(scope.context, 1), i64 = IntegerType::get(scope.context, 64);
  for (auto [value, element] : {std::pair<Value, Type>(arguments[0], i64), {arguments[1], i1}, {(*yielded)[0], i1}}) {
    if (!isa<RankedTensorType>(value.getType()) || elementType(value) != element)
      return scope.error("expected elements ", element, ", got ", value.getType()); // C2, C3
    if (failed(expectOneElement(scope, value, "the iteration number and the condition")))
      return failure();
  }
  if (failed(carry(scope, op.getInitial(), ValueRange(arguments).drop_front(2), yielded->slice(1, carried), results))) // C2, C3
    return failure();
  // The stacks have one slice per iteration.
  AffineExpr iterations = scope.unknown();
  for (Value slice : yielded->drop_front(carried + 1)) {
    SymbolicDims dims = {iterations};
    for (int64_t dim : cast<RankedTensorType>(slice.getType()).getShape())
      dims.push_back(ShapedType::isDynamic(dim) ? scope.unknown() : scope.constant(dim));
    results.push_back({elementType(slice), dims});
  }
  return success();
}

/// C4: empty, or one number per tensor.
static LogicalResult expectCount(ShapeScope &scope, ArrayRef<int64_t> values, size_t count) {
  if (values.empty() || values.size() == count)
    return success();
  return scope.error("expected ", count, " axes or directions, got ", values.size());
}

LogicalResult ScanOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  ValueRange operands = op.getOperandsAndInputs();
  int64_t inputs = op.getNumScanInputs(), states = static_cast<int64_t>(operands.size()) - inputs;
  if (inputs < 1 || states < 0)
    return scope.error("expected 1 to ", operands.size(), " scan inputs, got ", inputs); // C1
  auto arguments = op.getBody().getArguments();
  auto yielded = yieldedValues(op.getBody());
  if (arguments.size() != operands.size())
    return scope.error("expected ", operands.size(), " body arguments, got ", arguments.size()); // C2
  if (!yielded || static_cast<int64_t>(yielded->size()) < states)
    return scope.error("expected the body to yield ", states, " states"); // C3
  size_t outputs = yielded->size() - states;
  if (failed(carry(scope, operands.take_front(states), ValueRange(arguments).take_front(states), yielded->take_front(states),
                   results)) || // C2, C3
      failed(expectCount(scope, op.getScanInputAxes(), inputs)) ||
      failed(expectCount(scope, op.getScanInputDirections(), inputs)) || failed(expectCount(scope, op.getScanOutputAxes(), outputs)) ||
      failed(expectCount(scope, op.getScanOutputDirections(), outputs))) // C4
    return failure();
  AffineExpr length;
  for (int64_t i = 0; i < inputs; ++i) {
    Value input = operands[states + i];
    int64_t axis = op.getScanInputAxes().empty() ? 0 : op.getScanInputAxes()[i];
    if (failed(expectAxis(scope, axis, rankOf(input))) ||                                        // C4
        failed(expectLike(scope, arguments[states + i], elementType(input), rankOf(input) - 1))) // C2
      return failure();
    AffineExpr dim = scope.dims(input)[axis];
    if (length && failed(expectEqual(scope, length, dim, "the sequence dimensions"))) // C4
      return failure();
    length = !length || isa<AffineConstantExpr>(dim) ? dim : length;
  }
  for (auto [i, slice] : llvm::enumerate(yielded->drop_front(states))) {
    int64_t axis = op.getScanOutputAxes().empty() ? 0 : op.getScanOutputAxes()[i];
    if (failed(expectAxis(scope, axis, rankOf(slice) + 1))) // C4
      return failure();
    SymbolicDims dims;
    for (int64_t dim : cast<RankedTensorType>(slice.getType()).getShape())
      dims.push_back(ShapedType::isDynamic(dim) ? scope.unknown() : scope.constant(dim));
    dims.insert(dims.begin() + axis, length);
    results.push_back({elementType(slice), dims});
  }
  return success();
}
