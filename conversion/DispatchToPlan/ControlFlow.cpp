// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Branches and loops over tensors -> the same over buffers.
//
// A branch yields buffers: its results refer to whatever the branch that ran gave. A loop keeps each carried tensor of a static size in
// memory of its own that is allocated before it, and copies into it at the end of the body: a body that is run again writes to the same
// places again. A tensor whose type leaves a dim open may have another size in each round: it is carried as a buffer and its dims, and
// what a round gives is in new memory from the pool.
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

/// A branch of which both sides only name a tensor, as canonicalisation leaves it.
LogicalResult HostProgram::convertSelect(arith::SelectOp op) {
  SmallVector<Type> types;
  appendHostTypes(op.getType(), types);
  auto branch = scf::IfOp::create(builder, location, types, scalars.lookup(op.getCondition()), /*withElseRegion=*/true);
  for (auto [region, value] : {std::pair(&branch.getThenRegion(), op.getTrueValue()), {&branch.getElseRegion(), op.getFalseValue()}}) {
    OpBuilder::InsertionGuard guard(builder);
    region->front().clear();
    builder.setInsertionPointToEnd(&region->front());
    SmallVector<Value> values;
    appendHostValues(value, op.getType(), values);
    scf::YieldOp::create(builder, location, values);
  }
  ValueRange values = branch.getResults();
  takeHostValues(op.getResult(), values);
  return success();
}

/// True for what a loop copies into memory of its own: a tensor that has one size in every round.
static bool hasOwnMemory(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.hasStaticShape();
}

/// Memory of a carried tensor, or a null buffer for what is carried as values.
HostTensor HostProgram::carry(Value init) {
  if (!hasOwnMemory(init.getType()))
    return {};
  HostTensor source = tensors.lookup(init);
  return {allocate(source.elementType, source.dims), source.dims, source.elementType};
}

/// True for memory that is what it is wherever it stands; a branch's or a loop's result may be any of several.
static bool isKnownMemory(Value buffer) {
  auto argument = dyn_cast<BlockArgument>(buffer);
  return argument ? isa<func::FuncOp>(argument.getOwner()->getParentOp())
                  : isa<plan::AllocOp, plan::ConstantOp, plan::OutputBufferOp>(buffer.getDefiningOp());
}

/// True for memory that a loop fills in: there is nothing to copy yet.
static bool isUnwritten(Value value) { return static_cast<bool>(plan::behindTensorViews(value).getDefiningOp<tensor::EmptyOp>()); }

/// Copies the tensors among `from` into `to`. Values that are or may be carried themselves are saved first: a loop may swap two of them.
void HostProgram::copyCarried(ValueRange from, ArrayRef<HostTensor> to) {
  SmallVector<std::tuple<Value, Value, Value>> copies;
  for (auto [value, target] : llvm::zip_equal(from, to)) {
    if (!target.buffer || isUnwritten(value))
      continue;
    const HostTensor &source = tensors[value];
    if (source.buffer == target.buffer)
      continue;
    Value bytes = bytesOf(target.elementType, target.dims), buffer = source.buffer;
    Value whole = plan::wholeOf(buffer);
    if (!isKnownMemory(whole) || llvm::any_of(to, [&](const HostTensor &other) { return other.buffer == whole; })) {
      Value saved = allocate(target.elementType, target.dims);
      plan::CopyOp::create(builder, location, buffer, saved, bytes);
      buffer = saved;
    }
    copies.emplace_back(buffer, target.buffer, bytes);
  }
  for (auto [source, target, bytes] : copies)
    plan::CopyOp::create(builder, location, source, target, bytes);
}

/// A copy of a tensor that nothing else refers to, in memory of the pool; memory alone if nobody wrote the tensor yet.
HostTensor HostProgram::copyToPool(const HostTensor &source, bool isUnwritten) {
  Value bytes = bytesOf(source.elementType, source.dims);
  Value memory = plan::AllocOp::create(builder, location, bufferType, bytes, /*pool=*/true);
  if (!isUnwritten)
    plan::CopyOp::create(builder, location, source.buffer, memory, bytes);
  return {memory, source.dims, source.elementType};
}

/// True if nothing else reads the value's memory.
static bool isOnlyUse(Value value) {
  while (value.hasOneUse() && plan::isTensorView(value.getDefiningOp()))
    value = value.getDefiningOp()->getOperand(0);
  return value.hasOneUse();
}

/// The host values among `values` for the types of a loop: scalars, and buffers with dims. What a round makes anywhere but in the pool is
/// written again by the next round, so it is copied. So is what is carried twice, and what a loop (`round` is null) gets that others read
/// as well: rows may be filled in in one place.
SmallVector<Value> HostProgram::carriedValues(ValueRange values, TypeRange types, Block *round) {
  SmallVector<Value> result;
  llvm::SmallDenseSet<Value> taken;
  for (auto [value, type] : llvm::zip_equal(values, types)) {
    auto tensorType = dyn_cast<RankedTensorType>(type);
    if (!tensorType) {
      result.push_back(scalars.lookup(value));
    } else if (!hasOwnMemory(type)) {
      HostTensor tensor = tensors.lookup(value);
      auto pool = tensor.buffer.getDefiningOp<plan::AllocOp>();
      auto argument = dyn_cast<BlockArgument>(tensor.buffer);
      bool isCarried = argument && argument.getOwner() == round;
      bool isOwn = round ? isCarried || (pool && pool.getPool()) : pool && pool.getPool() && isOnlyUse(value);
      if (!taken.insert(tensor.buffer).second || !isOwn)
        tensor = copyToPool(tensor, isUnwritten(value));
      result.push_back(tensor.buffer);
      llvm::append_range(result, dynamicDimsOf(tensorType, tensor));
    }
  }
  return result;
}

LogicalResult HostProgram::convertWhile(scf::WhileOp op) {
  SmallVector<HostTensor> carried, forwarded;
  for (Value init : op.getInits())
    carried.push_back(carry(init));
  copyCarried(op.getInits(), carried);
  SmallVector<Value> inits = carriedValues(op.getInits(), op.getInits().getTypes(), nullptr);
  SmallVector<Type> forwardedTypes;
  for (auto [result, operand] : llvm::zip_equal(op.getResults(), op.getConditionOp().getArgs())) {
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (!hasOwnMemory(result.getType())) {
      forwarded.push_back({});
      appendHostTypes(result.getType(), forwardedTypes);
      continue;
    }
    // A carried tensor that the condition passes on unchanged needs no second place.
    auto argument = dyn_cast<BlockArgument>(operand);
    if (argument && argument.getOwner() == op.getBeforeBody())
      forwarded.push_back(carried[argument.getArgNumber()]);
    else
      forwarded.push_back({allocate(type.getElementType(), dimsOf(type, {})), dimsOf(type, {}), type.getElementType()});
  }

  auto loop = scf::WhileOp::create(builder, location, forwardedTypes, inits);
  auto enter = [&](Block &before, Region &after, ArrayRef<HostTensor> memory) {
    Block *block = builder.createBlock(&after);
    for (Type type : before.getArgumentTypes()) {
      SmallVector<Type> types;
      if (!hasOwnMemory(type))
        appendHostTypes(type, types);
      block->addArguments(types, SmallVector<Location>(types.size(), location));
    }
    ValueRange values = block->getArguments();
    for (auto [argument, tensor] : llvm::zip_equal(before.getArguments(), memory)) {
      if (tensor.buffer)
        tensors[argument] = tensor;
      else
        takeHostValues(argument, values);
    }
    return convertBlock(before);
  };
  {
    OpBuilder::InsertionGuard guard(builder);
    scf::ConditionOp condition = op.getConditionOp();
    if (failed(enter(*op.getBeforeBody(), loop.getBefore(), carried)))
      return failure();
    copyCarried(condition.getArgs(), forwarded);
    SmallVector<Value> passed = carriedValues(condition.getArgs(), op.getResultTypes(), loop.getBeforeBody());
    scf::ConditionOp::create(builder, op.getLoc(), scalars.lookup(condition.getCondition()), passed);
    if (failed(enter(*op.getAfterBody(), loop.getAfter(), forwarded)))
      return failure();
    ValueRange yielded = op.getYieldOp().getOperands();
    copyCarried(yielded, carried);
    SmallVector<Value> next = carriedValues(yielded, op.getInits().getTypes(), loop.getAfterBody());
    scf::YieldOp::create(builder, op.getLoc(), next);
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

/// Rows that a loop fills in: they go to their place in the carried memory, if nothing else refers to that, else into a copy of it.
LogicalResult HostProgram::convertInsertSlice(tensor::InsertSliceOp op) {
  HostTensor source = tensors.lookup(op.getSource()), whole = tensors.lookup(op.getDest());
  SmallVector<OpFoldResult> offsets = op.getMixedOffsets(), sizes = op.getMixedSizes();
  bool isRow = op.hasUnitStride() && isConstantIntValue(sizes.front(), 1) &&
               llvm::all_of(ArrayRef(offsets).drop_front(), [](OpFoldResult offset) { return isConstantIntValue(offset, 0); });
  if (!isRow)
    return op.emitError("expected a whole row to be filled in");
  auto hostValue = [&](OpFoldResult number) {
    std::optional<int64_t> known = getConstantIntValue(number);
    return known ? constant(*known) : scalars.lookup(cast<Value>(number));
  };
  for (auto [size, dim] : llvm::zip(ArrayRef(sizes).drop_front(), ArrayRef(whole.dims).drop_front())) {
    Value own = hostValue(size);
    if (own == dim)
      continue;
    Value equal = arith::CmpIOp::create(builder, location, arith::CmpIPredicate::eq, own, dim);
    plan::GuardOp::create(builder, location, equal, "expected values of one shape in every round of a loop");
  }
  auto argument = dyn_cast<BlockArgument>(op.getDest());
  if (!argument || !isa<scf::WhileOp>(argument.getOwner()->getParentOp()) || !op.getDest().hasOneUse())
    whole = copyToPool(whole);
  Value bytes = bytesOf(source.elementType, source.dims);
  Value place = arith::MulIOp::create(builder, location, hostValue(offsets.front()), bytes);
  Value view = plan::ViewOp::create(builder, location, bufferType, whole.buffer, place, bytes);
  plan::CopyOp::create(builder, location, source.buffer, view, bytes);
  tensors[op.getResult()] = whole;
  return success();
}
