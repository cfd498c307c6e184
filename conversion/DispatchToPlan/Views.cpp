// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Parts and joins of tensors -> plan.view. What is made directly in a join's memory takes its place there when the first part is made.
#include "conversion/DispatchToPlan/HostProgram.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;
using namespace tenon;

LogicalResult HostProgram::convertPart(plan::PartOp op) {
  HostTensor source = tensors.lookup(op.getSource());
  SmallVector<Value> dims = dimsOf(op.getType(), llvm::map_to_vector(op.getResultDims(), [&](Value dim) { return scalars.lookup(dim); }));
  Value offset = bytesOf(source.elementType, scalars.lookup(op.getOffset()));
  Value view = plan::ViewOp::create(builder, location, bufferType, source.buffer, offset, bytesOf(source.elementType, dims));
  tensors[op.getResult()] = {view, dims, source.elementType};
  return success();
}

/// Follows each direct part back through views to the op of its block that makes it.
void HostProgram::noteParts(func::FuncOp main) {
  main.walk([&](plan::JoinOp op) {
    for (auto [index, part] : llvm::enumerate(op.getParts())) {
      if (!op.getDirect()[index])
        continue;
      Value value = plan::behindTensorViews(part);
      Operation *def = value.getDefiningOp();
      if (isa_and_nonnull<plan::DispatchOp, plan::JoinOp>(def) && def->getBlock() == op->getBlock())
        partOf.try_emplace(value, op, index);
    }
  });
}

Value HostProgram::findScalar(Value value) {
  APInt known;
  return matchPattern(value, m_ConstantInt(&known)) ? constant(known.getSExtValue()) : scalars.lookupOrNull(value);
}

/// The memory of a join, made when it is first asked for; null if the host does not know its size yet.
Value HostProgram::memoryOf(plan::JoinOp op) {
  auto [entry, isNew] = joinMemory.try_emplace(op);
  if (!isNew)
    return entry->second;
  SmallVector<Value> dynamic = llvm::map_to_vector(op.getResultDims(), [&](Value dim) { return findScalar(dim); });
  if (!llvm::all_of(dynamic, [](Value dim) { return static_cast<bool>(dim); }))
    return {};
  auto type = cast<RankedTensorType>(op.getType());
  Value memory = destinationFor(op.getResult(), type.getElementType(), dimsOf(type, dynamic));
  return joinMemory[op] = memory;
}

/// The place of a direct part; null if `value` is none, or the place is not known yet.
Value HostProgram::placeInJoin(Value value, Type elementType, ValueRange dims) {
  auto part = partOf.find(value);
  if (part == partOf.end())
    return {};
  auto [join, index] = part->second;
  Value whole = memoryOf(join), offset = findScalar(join.getOffsets()[index]);
  if (whole && offset)
    return partPlaces[{join, index}] =
               plan::ViewOp::create(builder, location, bufferType, whole, bytesOf(elementType, offset), bytesOf(elementType, dims));
  partOf.erase(part);
  remark::missed(location, remark::RemarkOpts::name("PartCopied").category("memory"))
      << remark::metric("Reason", "the place is not known when the part is computed");
  return {};
}

LogicalResult HostProgram::convertJoin(plan::JoinOp op) {
  SmallVector<Value> dims = dimsOf(op.getType(), llvm::map_to_vector(op.getResultDims(), [&](Value dim) { return scalars.lookup(dim); }));
  Type elementType = op.getType().getElementType();
  Value whole = memoryOf(op);
  if (!whole)
    joinMemory[op] = whole = destinationFor(op.getResult(), elementType, dims);
  for (auto [index, part, offset] : llvm::enumerate(op.getParts(), op.getOffsets())) {
    HostTensor source = tensors.lookup(part);
    if (source.buffer == partPlaces.lookup({op, index}))
      continue; // it was made there
    Value begin = bytesOf(elementType, scalars.lookup(offset)), bytes = bytesOf(elementType, source.dims);
    Value place = plan::ViewOp::create(builder, location, bufferType, whole, begin, bytes);
    plan::CopyOp::create(builder, location, source.buffer, place, bytes);
  }
  tensors[op.getResult()] = {whole, dims, elementType};
  return success();
}
