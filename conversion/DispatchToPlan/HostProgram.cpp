// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Memory of a host program: sizes, allocations, and which tensors are made in the memory of a model output.
#include "conversion/DispatchToPlan/HostProgram.h"

using namespace mlir;
using namespace tenon;

Value HostProgram::constant(int64_t value) {
  Value &known = indexConstants[value];
  if (!known) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(entry);
    known = arith::ConstantIndexOp::create(builder, builder.getUnknownLoc(), value);
  }
  return known;
}

Value HostProgram::bytesOf(Type elementType, ValueRange dims) {
  // Static factors are multiplied here, in 64 bits; a product that does not fit becomes run-time arithmetic, which traps.
  int64_t statically = plan::elementBytes(elementType);
  SmallVector<Value> rest;
  for (Value dim : dims) {
    APInt size;
    int64_t product;
    if (matchPattern(dim, m_ConstantInt(&size)) && !llvm::MulOverflow(statically, size.getSExtValue(), product))
      statically = product;
    else
      rest.push_back(dim);
  }
  Value bytes = constant(statically);
  for (Value dim : rest)
    bytes = arith::MulIOp::create(builder, location, bytes, dim);
  return bytes;
}

SmallVector<Value> HostProgram::dimsOf(RankedTensorType type, ValueRange dynamic) {
  SmallVector<Value> dims;
  for (int64_t size : type.getShape()) {
    if (!ShapedType::isDynamic(size)) {
      dims.push_back(constant(size));
      continue;
    }
    dims.push_back(dynamic.front());
    dynamic = dynamic.drop_front();
  }
  return dims;
}

SmallVector<Value> HostProgram::dynamicDimsOf(RankedTensorType type, const HostTensor &tensor) {
  SmallVector<Value> dims;
  for (auto [size, dim] : llvm::zip_equal(type.getShape(), tensor.dims))
    if (ShapedType::isDynamic(size))
      dims.push_back(dim);
  return dims;
}

SmallVector<Value> HostProgram::takeDims(RankedTensorType type, ValueRange &dynamic) {
  SmallVector<Value> own =
      llvm::map_to_vector(dynamic.take_front(type.getNumDynamicDims()), [&](Value dim) { return scalars.lookup(dim); });
  dynamic = dynamic.drop_front(own.size());
  return dimsOf(type, own);
}

bool HostProgram::areKnownAtBinding(ValueRange values) {
  return llvm::all_of(values, [&](Value value) { return bindingTime.isKnown(value); });
}

Value HostProgram::allocate(Type elementType, ValueRange dims) {
  Value bytes = bytesOf(elementType, dims);
  return plan::AllocOp::create(builder, location, bufferType, bytes, /*pool=*/!areKnownAtBinding(dims));
}

Value HostProgram::destinationFor(Value value, Type elementType, ValueRange dims) {
  auto output = outputOf.find(value);
  if (output == outputOf.end() || !areKnownAtBinding(dims)) {
    Value place = placeInJoin(value, elementType, dims);
    return place ? place : allocate(elementType, dims);
  }
  return plan::OutputBufferOp::create(builder, location, bufferType, output->second, bytesOf(elementType, dims));
}

/// Follows each returned value back through views to the op that makes it. The first output to claim a value gets it; a second output
/// of the same value is a copy.
void HostProgram::noteDestinations(func::ReturnOp op) {
  for (auto [index, operand] : llvm::enumerate(op.getOperands())) {
    Value value = plan::behindTensorViews(operand);
    if (isa_and_nonnull<plan::DispatchOp, plan::HostDispatchOp, plan::JoinOp, tensor::FromElementsOp>(value.getDefiningOp()))
      outputOf.try_emplace(value, index);
  }
}

LogicalResult HostProgram::convertReturn(func::ReturnOp op) {
  for (auto [index, operand] : llvm::enumerate(op.getOperands())) {
    HostTensor tensor = tensors.lookup(operand);
    Value bytes = bytesOf(tensor.elementType, tensor.dims);
    auto own = tensor.buffer.getDefiningOp<plan::OutputBufferOp>();
    bool inPlace = own && own.getOutput() == index;
    // Inputs, constants, and values that another output holds are copied; memory of a pool is handed out as it is, unless it is shared.
    auto pool = tensor.buffer.getDefiningOp<plan::AllocOp>();
    bool handOut = pool && pool.getPool() && llvm::count_if(op.getOperands(), [&](Value other) {
                                               return plan::wholeOf(tensors.lookup(other).buffer) == tensor.buffer;
                                             }) == 1;
    if (!inPlace && !handOut) {
      Value target;
      if (areKnownAtBinding(tensor.dims))
        target = plan::OutputBufferOp::create(builder, location, bufferType, index, bytes);
      else
        target = plan::AllocOp::create(builder, location, bufferType, bytes, /*pool=*/true);
      plan::CopyOp::create(builder, location, tensor.buffer, target, bytes);
      tensor.buffer = target;
    }
    plan::OutputOp::create(builder, location, index, tensor.buffer, tensor.dims);
  }
  func::ReturnOp::create(builder, location);
  return success();
}
