// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Branches and loops over tensors -> the same over buffers.
//
// A branch yields buffers: its results refer to whatever the branch that ran gave. A loop keeps each carried tensor in memory of its own
// that is allocated before it, and copies into it at the end of the body: a body that is run again writes to the same places again.
#include "conversion/DispatchToPlan/HostProgram.h"

using namespace mlir;
using namespace tenon;

/// The types that stand for `type` in the host program: a buffer and its open dims, or the scalar itself.
static void appendHostTypes(Type type, SmallVectorImpl<Type> &types) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor) {
    types.push_back(type);
    return;
  }
  types.push_back(plan::BufferType::get(type.getContext()));
  types.append(tensor.getNumDynamicDims(), IndexType::get(type.getContext()));
}

void HostProgram::appendHostValues(Value value, Type type, SmallVectorImpl<Value> &values) {
  auto tensorType = dyn_cast<RankedTensorType>(type);
  if (!tensorType) {
    values.push_back(scalars.lookup(value));
    return;
  }
  const HostTensor &tensor = tensors[value];
  values.push_back(tensor.buffer);
  llvm::append_range(values, dynamicDimsOf(tensorType, tensor));
}

/// Takes the values that stand for `value` from the front of `values`.
void HostProgram::takeHostValues(Value value, ValueRange &values) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type) {
    scalars.map(value, values.front());
    values = values.drop_front();
    return;
  }
  int64_t open = type.getNumDynamicDims();
  tensors[value] = {values.front(), dimsOf(type, values.slice(1, open)), type.getElementType()};
  values = values.drop_front(1 + open);
}

LogicalResult HostProgram::convertIf(scf::IfOp op) {
  SmallVector<Type> types;
  for (Type type : op.getResultTypes())
    appendHostTypes(type, types);
  auto branch =
      scf::IfOp::create(builder, location, types, scalars.lookup(op.getCondition()), /*withElseRegion=*/!op.getElseRegion().empty());
  auto fill = [&](Region &before, Region &after) -> LogicalResult {
    if (before.empty())
      return success();
    OpBuilder::InsertionGuard guard(builder);
    Block &block = after.front();
    block.clear();
    builder.setInsertionPointToEnd(&block);
    if (failed(convertBlock(before.front())))
      return failure();
    SmallVector<Value> values;
    for (auto [operand, result] : llvm::zip_equal(before.front().getTerminator()->getOperands(), op.getResults()))
      appendHostValues(operand, result.getType(), values);
    scf::YieldOp::create(builder, op.getLoc(), values);
    return success();
  };
  if (failed(fill(op.getThenRegion(), branch.getThenRegion())) || failed(fill(op.getElseRegion(), branch.getElseRegion())))
    return failure();
  ValueRange values = branch.getResults();
  for (Value result : op.getResults())
    takeHostValues(result, values);
  return success();
}

/// Memory of a carried tensor, or a null buffer for a scalar.
HostTensor HostProgram::carry(Value init) {
  if (!isa<RankedTensorType>(init.getType()))
    return {};
  HostTensor source = tensors.lookup(init);
  return {allocate(source.elementType, source.dims), source.dims, source.elementType};
}

/// Copies the tensors among `from` into `to`. Values that are themselves carried are saved first: a loop may swap two of them.
LogicalResult HostProgram::copyCarried(ValueRange from, ArrayRef<HostTensor> to, Operation *op) {
  SmallVector<std::tuple<Value, Value, Value>> copies;
  for (auto [value, target] : llvm::zip_equal(from, to)) {
    if (!target.buffer)
      continue;
    const HostTensor &source = tensors[value];
    if (source.dims != target.dims)
      return op->emitError("expected tensors carried by a loop to keep their size");
    if (source.buffer == target.buffer)
      continue;
    Value bytes = bytesOf(target.elementType, target.dims), buffer = source.buffer;
    bool carried = llvm::any_of(to, [&](const HostTensor &other) { return other.buffer == buffer; });
    if (carried) {
      Value saved = allocate(target.elementType, target.dims);
      plan::CopyOp::create(builder, location, buffer, saved, bytes);
      buffer = saved;
    }
    copies.emplace_back(buffer, target.buffer, bytes);
  }
  for (auto [source, target, bytes] : copies)
    plan::CopyOp::create(builder, location, source, target, bytes);
  return success();
}

LogicalResult HostProgram::convertWhile(scf::WhileOp op) {
  SmallVector<HostTensor> carried, forwarded;
  SmallVector<Value> inits;
  SmallVector<Type> forwardedTypes;
  for (Value init : op.getInits()) {
    carried.push_back(carry(init));
    if (!carried.back().buffer)
      inits.push_back(scalars.lookup(init));
  }
  if (failed(copyCarried(op.getInits(), carried, op)))
    return failure();
  for (auto [result, operand] : llvm::zip_equal(op.getResults(), op.getConditionOp().getArgs())) {
    // A carried tensor that the condition passes on unchanged needs no second place.
    auto argument = dyn_cast<BlockArgument>(operand);
    bool direct = argument && argument.getOwner() == op.getBeforeBody();
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (type && direct)
      forwarded.push_back(carried[argument.getArgNumber()]);
    else if (type && type.hasStaticShape())
      forwarded.push_back({allocate(type.getElementType(), dimsOf(type, {})), dimsOf(type, {}), type.getElementType()});
    else if (type)
      return op.emitError("expected tensors made by a loop's condition to have a static size");
    else
      forwarded.push_back({}), forwardedTypes.push_back(result.getType());
  }

  auto loop = scf::WhileOp::create(builder, location, forwardedTypes, inits);
  auto enter = [&](Block &before, Region &after, ArrayRef<HostTensor> memory) {
    Block *block = builder.createBlock(&after);
    for (auto [argument, tensor] : llvm::zip_equal(before.getArguments(), memory)) {
      if (tensor.buffer)
        tensors[argument] = tensor;
      else
        scalars.map(argument, block->addArgument(argument.getType(), argument.getLoc()));
    }
    return convertBlock(before);
  };
  auto scalarsAmong = [&](ValueRange values) {
    SmallVector<Value> result;
    for (Value value : values)
      if (!isa<RankedTensorType>(value.getType()))
        result.push_back(scalars.lookup(value));
    return result;
  };
  {
    OpBuilder::InsertionGuard guard(builder);
    scf::ConditionOp condition = op.getConditionOp();
    if (failed(enter(*op.getBeforeBody(), loop.getBefore(), carried)) || failed(copyCarried(condition.getArgs(), forwarded, op)))
      return failure();
    scf::ConditionOp::create(builder, op.getLoc(), scalars.lookup(condition.getCondition()), scalarsAmong(condition.getArgs()));
    if (failed(enter(*op.getAfterBody(), loop.getAfter(), forwarded)) || failed(copyCarried(op.getYieldOp().getOperands(), carried, op)))
      return failure();
    scf::YieldOp::create(builder, op.getLoc(), scalarsAmong(op.getYieldOp().getOperands()));
  }
  ValueRange values = loop.getResults();
  for (auto [result, tensor] : llvm::zip_equal(op.getResults(), forwarded)) {
    if (tensor.buffer)
      tensors[result] = tensor;
    else
      takeHostValues(result, values);
  }
  return success();
}
