// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Device code of a dispatch function -> a kernel function. What the code uses from outside becomes arguments: memories by their base,
// with views of them repeated inside; index values as scalars; all else that is pure is computed again inside.
#include "dialects/Plan/Transforms/KernelBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace tenon::plan {

static bool isView(Operation *op) { return op && isa<ViewLikeOpInterface>(op) && isa<MemRefType>(op->getResult(0).getType()); }

bool isHostOp(Operation *op) {
  return isa<memref::AllocOp>(op) || isView(op) || (isMemoryEffectFree(op) && !isa<scf::ForallOp>(op)) ||
         op->hasTrait<OpTrait::IsTerminator>();
}

static Value findBase(Value memory) {
  while (Operation *op = memory.getDefiningOp()) {
    if (!isView(op))
      break;
    memory = cast<ViewLikeOpInterface>(op).getViewSource();
  }
  return memory;
}

namespace {

/// Builds one kernel; lives for one call of outlineKernel.
class Outliner {
public:
  Outliner(OpBuilder &host, SmallVectorImpl<Operation *> &ops, bool flatGrid)
      : host(host), ops(ops), mostGridDims(flatGrid ? 1 : 3), loc(fuseLocations(ops)) {}
  FailureOr<OutlinedKernel> run();

private:
  static Location fuseLocations(ArrayRef<Operation *> ops);
  LogicalResult collectAll();
  LogicalResult collect(Value value, Operation *user);
  void createFunction();
  void addBufferDims();
  Value materialize(OpBuilder &body, Value value);
  void cloneForall(OpBuilder &body, scf::ForallOp forall);
  void createGrid();
  void noteWrites();
  bool isLocal(Value value) const;

  OpBuilder &host;
  SmallVectorImpl<Operation *> &ops;
  int64_t mostGridDims;
  Location loc;
  memref::AllocOp arena; // stands for the scratch argument until the kernel exists
  llvm::SetVector<Value> captured, buffers, scalars;
  IRMapping mapping;
  OutlinedKernel kernel;
};

Location Outliner::fuseLocations(ArrayRef<Operation *> ops) {
  llvm::SetVector<Location> locations;
  for (Operation *op : ops)
    op->walk([&](Operation *inner) { locations.insert(inner->getLoc()); });
  return FusedLoc::get(ops.front()->getContext(), locations.getArrayRef());
}

bool Outliner::isLocal(Value value) const {
  Operation *owner = value.getDefiningOp();
  if (!owner)
    owner = cast<BlockArgument>(value).getOwner()->getParentOp();
  return llvm::any_of(ops, [&](Operation *op) { return op->isAncestor(owner); });
}

/// Sorts a value from outside into buffers, scalars or neither (it is then computed again inside).
LogicalResult Outliner::collect(Value value, Operation *user) {
  if (!captured.insert(value))
    return success();
  if (matchPattern(value, m_Constant()))
    return success();
  Operation *owner = value.getDefiningOp();
  if (isa<MemRefType>(value.getType())) {
    if (!isView(owner)) {
      if (value != arena.getResult())
        buffers.insert(value);
      return success();
    }
  } else if (value.getType().isIndex() || (!owner && value.getType().isInteger())) {
    scalars.insert(value);
    return success();
  } else if (!owner || !isMemoryEffectFree(owner) || owner->getNumRegions() != 0) {
    return user->emitError("expected operands that the host can hand to a kernel, got a value of type ") << value.getType();
  }
  for (Value operand : owner->getOperands())
    if (failed(collect(operand, user)))
      return failure();
  return success();
}

LogicalResult Outliner::collectAll() {
  for (Operation *op : ops) {
    WalkResult result = op->walk([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        if (!isLocal(operand) && failed(collect(operand, inner)))
          return WalkResult::interrupt();
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      return failure();
  }
  return success();
}

void Outliner::addBufferDims() {
  for (Value buffer : buffers) {
    auto type = cast<MemRefType>(buffer.getType());
    for (int64_t i = 0; i < type.getRank(); ++i)
      if (type.isDynamicDim(i))
        kernel.scalars.push_back(host.createOrFold<memref::DimOp>(loc, buffer, i));
  }
}

void Outliner::createFunction() {
  llvm::append_range(kernel.buffers, buffers);
  addBufferDims();
  size_t numDims = kernel.scalars.size();
  for (Value scalar : scalars)
    kernel.scalars.push_back(scalar.getType().isIndex() ? scalar
                                                        : arith::IndexCastOp::create(host, loc, host.getIndexType(), scalar).getResult());
  SmallVector<Type> types(ValueRange(kernel.buffers).getTypes());
  types.append(kernel.scalars.size() + 3, host.getIndexType());
  types.push_back(arena.getType());
  // Not inserted anywhere yet: an equal kernel may exist.
  kernel.function = func::FuncOp::create(loc, "kernel", host.getFunctionType(types, {}));
  Block *entry = kernel.function.addEntryBlock();
  auto body = OpBuilder::atBlockEnd(entry);
  unsigned next = 0;
  for (Value buffer : buffers)
    mapping.map(buffer, entry->getArgument(next++));
  next += numDims;
  for (Value scalar : scalars) {
    Value argument = entry->getArgument(next++);
    if (!scalar.getType().isIndex())
      argument = arith::IndexCastOp::create(body, loc, scalar.getType(), argument);
    mapping.map(scalar, argument);
  }
  mapping.map(arena.getResult(), entry->getArgument(types.size() - 1));
}

Value Outliner::materialize(OpBuilder &body, Value value) {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  Operation *owner = value.getDefiningOp();
  for (Value operand : owner->getOperands())
    materialize(body, operand);
  body.clone(*owner, mapping);
  return mapping.lookup(value);
}

/// x runs along the last loop; more loops than the grid has dims share x.
void Outliner::createGrid() {
  Value one = arith::ConstantIndexOp::create(host, loc, 1);
  kernel.grid.assign(3, one);
  auto forall = dyn_cast<scf::ForallOp>(ops.front());
  if (!forall)
    return;
  SmallVector<Value> counts;
  for (auto [lower, upper, step] : llvm::zip(forall.getMixedLowerBound(), forall.getMixedUpperBound(), forall.getMixedStep())) {
    std::optional<int64_t> l = getConstantIntValue(lower), u = getConstantIntValue(upper), s = getConstantIntValue(step);
    if (l && u && s) {
      counts.push_back(arith::ConstantIndexOp::create(host, loc, llvm::divideCeil(std::max<int64_t>(0, *u - *l), *s)));
      continue;
    }
    Value from = getValueOrCreateConstantIndexOp(host, loc, lower), to = getValueOrCreateConstantIndexOp(host, loc, upper);
    Value range = l == 0 ? to : arith::SubIOp::create(host, loc, to, from).getResult();
    Value by = getValueOrCreateConstantIndexOp(host, loc, step);
    counts.push_back(s == 1 ? range : arith::CeilDivSIOp::create(host, loc, range, by).getResult());
  }
  if (static_cast<int64_t>(counts.size()) > mostGridDims) {
    kernel.grid[0] = counts[0];
    for (Value count : ArrayRef(counts).drop_front())
      kernel.grid[0] = arith::MulIOp::create(host, loc, kernel.grid[0], count);
    return;
  }
  for (auto [i, count] : llvm::enumerate(llvm::reverse(counts)))
    kernel.grid[i] = count;
}

void Outliner::cloneForall(OpBuilder &body, scf::ForallOp forall) {
  ValueRange arguments = kernel.function.getArguments();
  ValueRange ids = arguments.slice(arguments.size() - 4, 3);
  int64_t rank = forall.getRank();
  Value rest = ids[0];
  for (int64_t i = rank - 1; i >= 0; --i) {
    Value id = rank <= mostGridDims ? ids[rank - 1 - i] : rest;
    auto inKernel = [&](OpFoldResult value) -> Value {
      if (auto constant = getConstantIntValue(value))
        return arith::ConstantIndexOp::create(body, loc, *constant);
      return mapping.lookup(cast<Value>(value));
    };
    Value lower = inKernel(forall.getMixedLowerBound()[i]), step = inKernel(forall.getMixedStep()[i]);
    // Of the outermost dim nothing but its index is left.
    if (rank > mostGridDims && i > 0) {
      Value range = arith::SubIOp::create(body, loc, inKernel(forall.getMixedUpperBound()[i]), lower);
      Value count = arith::CeilDivSIOp::create(body, loc, range, step);
      id = arith::RemUIOp::create(body, loc, rest, count);
      rest = arith::DivUIOp::create(body, loc, rest, count);
    }
    Value offset = arith::MulIOp::create(body, loc, id, step);
    mapping.map(forall.getInductionVar(i), body.createOrFold<arith::AddIOp>(loc, lower, offset));
  }
  for (Operation &op : forall.getBody()->without_terminator())
    body.clone(op, mapping);
}

void Outliner::noteWrites() {
  kernel.writes.assign(kernel.buffers.size(), false);
  kernel.function.walk([&](Operation *op) {
    auto effects = dyn_cast<MemoryEffectOpInterface>(op);
    if (!effects)
      return;
    SmallVector<MemoryEffects::EffectInstance> instances;
    effects.getEffects(instances);
    for (const MemoryEffects::EffectInstance &instance : instances) {
      if (!isa<MemoryEffects::Write>(instance.getEffect()))
        continue;
      Value value = instance.getValue();
      if (!value) {
        kernel.writes.assign(kernel.buffers.size(), true);
        continue;
      }
      auto base = isa<MemRefType>(value.getType()) ? dyn_cast<BlockArgument>(findBase(value)) : BlockArgument();
      if (base && base.getOwner()->getParentOp() == kernel.function && base.getArgNumber() < kernel.buffers.size())
        kernel.writes[base.getArgNumber()] = true;
    }
  });
}

FailureOr<OutlinedKernel> Outliner::run() {
  auto bytes = MemRefType::get({ShapedType::kDynamic}, host.getI8Type());
  Value nothing = arith::ConstantIndexOp::create(host, loc, 0);
  arena = memref::AllocOp::create(host, loc, bytes, ValueRange{nothing});
  FailureOr<Value> scratch = placeScratch(host, ops, arena);
  if (failed(scratch) || failed(collectAll()))
    return failure();
  kernel.scratch = *scratch;
  createGrid();
  createFunction();
  auto body = OpBuilder::atBlockEnd(&kernel.function.getBody().front());
  for (Value value : captured)
    materialize(body, value);
  if (auto forall = dyn_cast<scf::ForallOp>(ops.front()))
    cloneForall(body, forall);
  else
    for (Operation *op : ops)
      body.clone(*op, mapping);
  func::ReturnOp::create(body, loc);
  noteWrites();
  kernel.placeholder = arena;
  return kernel;
}

} // namespace

FailureOr<OutlinedKernel> outlineKernel(OpBuilder &host, SmallVectorImpl<Operation *> &ops, bool flatGrid) {
  return Outliner(host, ops, flatGrid).run();
}

} // namespace tenon::plan
