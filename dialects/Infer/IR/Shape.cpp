// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shape functions of the shape family: ops that read, compute or change shapes.
#include "dialects/Infer/IR/ShapeFunctions.h"
#include <cmath>

using namespace mlir;
using namespace tenon::infer;

LogicalResult ShapeOfOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  int64_t rank = rankOf(op.getX()), start = op.getStart(), end = op.getEnd().value_or(rank);
  if (start < 0 || end < 0)
    return scope.error("expected start and end not to be negative, got ", start, " and ", end); // C1
  int64_t size = std::max<int64_t>(0, std::min(end, rank) - std::min(start, rank));
  results.push_back({IntegerType::get(scope.context, 64), {scope.constant(size)}});
  return success();
}

LogicalResult SizeOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  results.push_back({IntegerType::get(scope.context, 64), {}});
  return success();
}

/// Removes the factors that both lists hold, but for a 0, beside which no other factor counts; true if one of them was not a constant.
static bool cancelFactors(SymbolicDims &a, SymbolicDims &b) {
  bool symbolic = false;
  for (size_t i = 0; i < a.size();) {
    auto *it = llvm::find(b, a[i]);
    if (it == b.end() || constantValue(a[i]) == 0) {
      ++i;
      continue;
    }
    symbolic |= !isa<AffineConstantExpr>(a[i]);
    b.erase(it);
    a.erase(a.begin() + i);
  }
  return symbolic;
}

LogicalResult ReshapeOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  FailureOr<SymbolicDims> shape = shapeOperand(scope, op.getShape(), "shape"); // C1
  if (failed(shape))
    return failure();
  SymbolicDims data = scope.dims(op.getData()), dims;
  std::optional<size_t> inferred;
  bool zero = false, complete = true;
  for (auto [i, element] : llvm::enumerate(*shape)) {
    auto value = constantValue(element);
    if (value && *value < -1)
      return scope.error("expected dimensions of -1 or more, got ", *value); // C2
    if (value && *value == -1) {
      if (inferred)
        return scope.error("expected at most one -1 in shape, got several"); // C2
      inferred = i;
      dims.push_back(scope.constant(1));
    } else if (value && *value == 0 && !op.getAllowzero()) {
      if (i >= data.size())
        return scope.error("expected a 0 at a place that data of rank ", data.size(), " has, got one at ", i); // C3
      dims.push_back(data[i]);
    } else {
      zero |= value && *value == 0;
      bool known = value || scope.isNonNegative(element);
      complete &= known;
      dims.push_back(known ? element : scope.unknown());
    }
  }
  if (inferred && zero)
    return scope.error("expected no -1 beside a 0 that means 0"); // C4
  SymbolicDims from = data, to = dims;
  bool symbolic = cancelFactors(from, to);
  AffineExpr before = scope.product(from), after = scope.product(to);
  auto x = constantValue(before), y = constantValue(after);
  if (inferred) {
    dims[*inferred] = complete ? scope.floorDiv(before, after) : scope.unknown();
    if (x && y && !symbolic && (*y == 0 || *x % *y != 0))
      return scope.error("expected a shape of ", *x, " elements, got a multiple of ", *y); // C5
  } else if (complete && !(symbolic && x && y) && !scope.equate(before, after)) {
    return scope.error("expected a shape of as many elements as data has"); // C5
  }
  results.push_back({elementType(op.getData()), dims});
  return success();
}

LogicalResult TransposeOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  SymbolicDims input = scope.dims(op.getX()), dims;
  if (op.getPerm().size() != input.size())
    return scope.error("expected a permutation of ", input.size(), " dimensions, got ", op.getPerm().size()); // C1
  if (failed(expectAxes(scope, op.getPerm(), input.size())))                                                  // C1
    return failure();
  for (int64_t axis : op.getPerm())
    dims.push_back(input[axis]);
  results.push_back({elementType(op.getX()), dims});
  return success();
}

LogicalResult ConcatOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  ValueRange inputs = op.getInputs();
  if (inputs.empty())
    return scope.error("expected at least one input"); // C1
  int64_t rank = rankOf(inputs.front()), axis = op.getAxis();
  if (failed(expectSameElementType(scope, inputs)) || failed(expectAxis(scope, axis, rank))) // C1, C2
    return failure();
  SymbolicDims dims = scope.dims(inputs.front());
  for (Value input : inputs.drop_front()) {
    if (failed(expectRank(scope, input, rank, "inputs"))) // C1
      return failure();
    for (auto [i, dim] : llvm::enumerate(scope.dims(input))) {
      if (static_cast<int64_t>(i) == axis)
        dims[i] = scope.add(dims[i], dim);
      else if (failed(expectEqual(scope, dims[i], dim, "the dimensions that are not joined"))) // C3
        return failure();
      else if (isa<AffineConstantExpr>(dim))
        dims[i] = dim;
    }
  }
  results.push_back({elementType(inputs.front()), dims});
  return success();
}

LogicalResult SplitOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  SymbolicDims input = scope.dims(op.getInput());
  int64_t axis = op.getAxis(), count = op.getNumOutputs();
  if (failed(expectAxis(scope, axis, input.size()))) // C1
    return failure();
  if (count < 1 || count > 65536)
    return scope.error("expected 1 to 65536 outputs, got ", count); // C2
  if (op.getSizes() && op.getSplit())
    return scope.error("expected sizes or split, got both"); // C3
  SymbolicDims sizes;
  if (std::optional<ArrayRef<int64_t>> given = op.getSizes()) {
    for (int64_t size : *given)
      sizes.push_back(scope.constant(size));
  } else if (op.getSplit()) {
    auto type = cast<RankedTensorType>(op.getSplit().getType());
    if (type.getRank() != 1 || !scope.equate(scope.dims(op.getSplit())[0], scope.constant(count)))
      return scope.error("expected split of ", count, " elements, got ", type); // C3
    auto elements = scope.elements(op.getSplit());
    for (int64_t i = 0; i < count; ++i)
      sizes.push_back(elements && static_cast<int64_t>(elements->size()) == count ? (*elements)[i] : scope.unknown());
  } else {
    AffineExpr part = scope.ceilDiv(input[axis], scope.constant(count));
    sizes.assign(count - 1, part);
    sizes.push_back(scope.sub(input[axis], scope.mul(part, count - 1)));
  }
  if (static_cast<int64_t>(sizes.size()) != count)
    return scope.error("expected ", count, " sizes, got ", sizes.size()); // C3
  AffineExpr sum = scope.constant(0);
  for (AffineExpr size : sizes) {
    if (auto value = constantValue(size); value && *value < 0)
      return scope.error("expected sizes that are not negative, got ", *value); // C3, C4
    sum = scope.add(sum, size);
  }
  if (failed(expectEqual(scope, sum, input[axis], "the sum of the sizes and the dimension"))) // C4
    return failure();
  for (AffineExpr size : sizes) {
    input[axis] = size;
    results.push_back({elementType(op.getInput()), input});
  }
  return success();
}

LogicalResult SqueezeOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  SymbolicDims input = scope.dims(op.getData()), dims;
  if (failed(expectAxes(scope, op.getAxes(), input.size()))) // C1
    return failure();
  for (auto [i, dim] : llvm::enumerate(input)) {
    if (!llvm::is_contained(op.getAxes(), static_cast<int64_t>(i)))
      dims.push_back(dim);
    else if (failed(expectEqual(scope, dim, scope.constant(1), "a squeezed dimension and 1"))) // C2
      return failure();
  }
  results.push_back({elementType(op.getData()), dims});
  return success();
}

LogicalResult UnsqueezeOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  SymbolicDims input = scope.dims(op.getData()), dims;
  size_t rank = input.size() + op.getAxes().size();
  if (failed(expectAxes(scope, op.getAxes(), rank))) // C1
    return failure();
  for (size_t i = 0, next = 0; i < rank; ++i)
    dims.push_back(llvm::is_contained(op.getAxes(), static_cast<int64_t>(i)) ? scope.constant(1) : input[next++]);
  results.push_back({elementType(op.getData()), dims});
  return success();
}

/// The elements of a shape operand as dims; fails if one is negative.
static FailureOr<SymbolicDims> dimsOperand(ShapeScope &scope, Value tensor, StringRef what, int64_t count = -1) {
  FailureOr<SymbolicDims> dims = shapeOperand(scope, tensor, what, count);
  if (failed(dims))
    return failure();
  for (AffineExpr dim : *dims)
    if (auto value = constantValue(dim); value && *value < 0)
      return scope.error("expected ", what, " not to be negative, got ", *value);
  return dims;
}

LogicalResult ExpandOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  FailureOr<SymbolicDims> shape = dimsOperand(scope, op.getShape(), "shape"); // C1, C2
  if (failed(shape))
    return failure();
  FailureOr<SymbolicDims> dims = scope.broadcast(scope.dims(op.getInput()), *shape); // C3
  if (failed(dims))
    return failure();
  results.push_back({elementType(op.getInput()), *dims});
  return success();
}

LogicalResult TileOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  SymbolicDims dims = scope.dims(op.getInput());
  FailureOr<SymbolicDims> repeats = dimsOperand(scope, op.getRepeats(), "repeats", dims.size()); // C1, C2
  if (failed(repeats))
    return failure();
  if (repeats->size() != dims.size())
    return scope.error("expected ", dims.size(), " repeats, got ", repeats->size()); // C1
  for (auto [dim, repeat] : llvm::zip(dims, *repeats))
    dim = scope.mul(dim, repeat);
  results.push_back({elementType(op.getInput()), dims});
  return success();
}

LogicalResult PadOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  SymbolicDims dims = scope.dims(op.getData());
  ArrayRef<int64_t> axes = op.getAxes();
  if (!llvm::is_contained({"constant", "reflect", "edge", "wrap"}, op.getMode()))
    return scope.error("expected mode constant, reflect, edge or wrap, got ", op.getMode()); // C1
  FailureOr<SymbolicDims> pads = shapeOperand(scope, op.getPads(), "pads", 2 * axes.size()); // C3
  if (failed(expectAxes(scope, axes, dims.size())) || failed(pads) ||                        // C2
      failed(expectOneElement(scope, op.getConstantValue(), "constant_value")))              // C4
    return failure();
  if (pads->size() != 2 * axes.size())
    return scope.error("expected ", 2 * axes.size(), " pads, got ", pads->size()); // C3
  if (op.getConstantValue() && elementType(op.getConstantValue()) != elementType(op.getData()))
    return scope.error("expected constant_value of element type ", elementType(op.getData())); // C4
  for (auto [i, axis] : llvm::enumerate(axes))
    dims[axis] = scope.add(dims[axis], scope.add((*pads)[i], (*pads)[axes.size() + i]));
  results.push_back({elementType(op.getData()), dims});
  return success();
}

LogicalResult ConstantOfShapeOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  FailureOr<SymbolicDims> dims = dimsOperand(scope, op.getShape(), "shape"); // C1, C2
  if (failed(dims))
    return failure();
  if (op.getValue().getNumElements() != 1)
    return scope.error("expected a value of one element, got ", op.getValue().getNumElements()); // C3
  results.push_back({op.getValue().getElementType(), *dims});
  return success();
}

/// Of what moves blocks between channels and space: C1, and the sign of C2.
static LogicalResult expectBlocks(ShapeScope &scope, Value x, int64_t block) {
  if (failed(expectRank(scope, x, 4, "x")))
    return failure();
  return block >= 1 && block <= INT32_MAX ? success() : scope.error("expected a positive blocksize, got ", block);
}

LogicalResult DepthToSpaceOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  int64_t block = op.getBlocksize();
  if (failed(expectBlocks(scope, op.getX(), block))) // C1, C2
    return failure();
  SymbolicDims dims = scope.dims(op.getX());
  if (op.getMode() != "DCR" && op.getMode() != "CRD")
    return scope.error("expected mode DCR or CRD, got ", op.getMode()); // C3
  if (auto channels = constantValue(dims[1]); channels && *channels % (block * block) != 0)
    return scope.error("expected channels that are a multiple of ", block * block, ", got ", *channels); // C2
  dims[1] = scope.floorDiv(dims[1], scope.constant(block * block));
  dims[2] = scope.mul(dims[2], block);
  dims[3] = scope.mul(dims[3], block);
  results.push_back({elementType(op.getX()), dims});
  return success();
}

LogicalResult SpaceToDepthOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  int64_t block = op.getBlocksize();
  if (failed(expectBlocks(scope, op.getX(), block))) // C1, C2
    return failure();
  SymbolicDims dims = scope.dims(op.getX());
  for (int64_t i : {2, 3}) {
    if (auto size = constantValue(dims[i]); size && *size % block != 0)
      return scope.error("expected spatial dimensions that are multiples of ", block, ", got ", *size); // C2
    dims[i] = scope.floorDiv(dims[i], scope.constant(block));
  }
  dims[1] = scope.mul(dims[1], scope.constant(block * block));
  results.push_back({elementType(op.getX()), dims});
  return success();
}

LogicalResult TriluOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  if (failed(expectMinRank(scope, op.getX(), 2, "x")) || failed(expectOneElement(scope, op.getK(), "k"))) // C1, C2
    return failure();
  return sameShape(scope, op.getX(), results);
}

LogicalResult EyeLikeOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  if (failed(expectRank(scope, op.getX(), 2, "x"))) // C1
    return failure();
  if (!op.getDtype().isIntOrFloat())
    return scope.error("expected a numeric dtype, got ", op.getDtype());
  results.push_back({op.getDtype(), scope.dims(op.getX())});
  return success();
}
