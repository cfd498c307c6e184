// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Index values for the dims of what fusions exchange: from the shape analysis, or by the rule of the op where the analysis has none.
#include "dialects/Infer/Analysis/HostValues.h"
#include "dialects/Infer/Transforms/FusionGroups.h"

using namespace mlir;
using namespace tenon::infer;

/// A dim of a tensor whose dims can be known; null if they cannot.
Value FusionDims::notedDim(SymbolicShapes &shapes, OpBuilder &builder, Value tensor, int64_t axis) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(axis))
    return arith::ConstantIndexOp::create(builder, tensor.getLoc(), type.getDimSize(axis));
  return failed(note(shapes, tensor)) ? Value() : known[tensor][llvm::count_if(type.getShape().take_front(axis), ShapedType::isDynamic)];
}

/// Length of a concatenation of so many parts that the analysis does not follow the sum: an addition per part. Null for other dims.
Value FusionDims::concatenatedDim(SymbolicShapes &shapes, Value tensor, int64_t axis) {
  Operation *op = tensor.getDefiningOp();
  auto concatAxis = op ? op->getAttrOfType<IntegerAttr>("axis") : IntegerAttr();
  if (!op || op->getName().stripDialect() != "concat" || !concatAxis || concatAxis.getInt() != axis)
    return {};
  OpBuilder builder(op);
  Value sum;
  for (Value part : op->getOperands()) {
    Value length = notedDim(shapes, builder, part, axis);
    if (!length)
      return {};
    sum = sum ? arith::AddIOp::create(builder, op->getLoc(), sum, length).getResult() : length;
  }
  return sum;
}

/// Length of a slice whose start, end or step was read back and may have any value. Null for other dims.
Value FusionDims::slicedDim(SymbolicShapes &shapes, Value tensor, int64_t axis) {
  Operation *op = tensor.getDefiningOp();
  auto axes = op ? op->getAttrOfType<DenseI64ArrayAttr>("axes") : DenseI64ArrayAttr();
  if (!op || op->getName().stripDialect() != "slice" || !axes || !llvm::is_contained(axes.asArrayRef(), axis))
    return {};
  int64_t position = llvm::find(axes.asArrayRef(), axis) - axes.asArrayRef().begin();
  OpBuilder builder(op);
  Value size = notedDim(shapes, builder, op->getOperand(0), axis);
  return size ? sliceLength(builder, op, position, size) : Value();
}

LogicalResult FusionDims::note(SymbolicShapes &shapes, Value tensor) {
  auto type = dyn_cast<RankedTensorType>(tensor.getType());
  if (!type || type.hasStaticShape() || known.contains(tensor))
    return success();
  SmallVector<Value, 2> dims;
  for (int64_t axis = 0; axis < type.getRank(); ++axis) {
    if (!type.isDynamicDim(axis))
      continue;
    bool onlyHere = tensor.getDefiningOp() && isDeviceOp(tensor.getDefiningOp()) && shapes.isDimOf(shapes.dim(tensor, axis), tensor);
    Value dim = onlyHere ? concatenatedDim(shapes, tensor, axis) : shapes.materializeDim(tensor, axis);
    if (!dim)
      dim = slicedDim(shapes, tensor, axis);
    if (!dim)
      return emitError(tensor.getLoc(), "expected dimension ") << axis << " of " << type << " to be known before the tensor is computed";
    dims.push_back(dim);
  }
  known[tensor] = std::move(dims);
  return success();
}

LogicalResult FusionDims::collect(SymbolicShapes &shapes, ArrayRef<FusionGroup> groups) {
  for (const FusionGroup &group : groups)
    for (Operation *op : group.ops) {
      for (Value operand : op->getOperands())
        if (failed(note(shapes, operand)))
          return failure();
      for (Value result : op->getResults())
        if (failed(note(shapes, result)))
          return failure();
    }
  return success();
}

ArrayRef<Value> FusionDims::dynamicDims(Value tensor) const {
  auto found = known.find(tensor);
  return found == known.end() ? ArrayRef<Value>() : ArrayRef<Value>(found->second);
}

void FusionDims::replace(Value before, Value after) {
  auto found = known.find(before);
  if (found == known.end())
    return;
  SmallVector<Value, 2> dims = std::move(found->second);
  known.erase(found);
  known[after] = std::move(dims);
}
