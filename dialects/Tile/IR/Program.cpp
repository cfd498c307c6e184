// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What kernels, roles and barriers must satisfy: most of these constraints are what a GPU would answer with a hang.
#include "dialects/Tile/IR/Tile.h"

#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/FunctionImplementation.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace tenon::tile;

void YieldOp::build(OpBuilder &, OperationState &) {}

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  auto type = [](Builder &builder, ArrayRef<Type> inputs, ArrayRef<Type> results, function_interface_impl::VariadicFlag,
                 std::string &) -> Type { return builder.getFunctionType(inputs, results); };
  return function_interface_impl::parseFunctionOp(parser, result, /*allowVariadic=*/false, getFunctionTypeAttrName(result.name), type,
                                                  getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void KernelOp::print(OpAsmPrinter &printer) {
  function_interface_impl::printFunctionOp(printer, *this, /*isVariadic=*/false, getFunctionTypeAttrName(), getArgAttrsAttrName(),
                                           getResAttrsAttrName());
}

LogicalResult KernelOp::verify() {
  if (getThreads() < kWarpgroup || getThreads() > 1024 || getThreads() % kWarpgroup)
    return emitOpError("expected a multiple of 128 threads up to 1024, got ") << getThreads();
  if (!llvm::is_contained({1, 2, 4, 8}, getCluster()))
    return emitOpError("expected a cluster of 1, 2, 4 or 8, got ") << getCluster();
  return success();
}

static int64_t clusterOf(Operation *op) {
  auto kernel = op->getParentOfType<KernelOp>();
  return kernel ? kernel.getCluster() : 1;
}

/// Warpgroups that run `op`, and the op that says so: its role, or else the kernel.
static std::pair<Operation *, int64_t> warpgroupsOf(Operation *op) {
  if (auto role = op->getParentOfType<RoleOp>())
    return {role, role.getWarpgroups()};
  auto kernel = op->getParentOfType<KernelOp>();
  return {kernel, kernel.getThreads() / kWarpgroup};
}

/// Arrivals that each use of `barriers` gets, in the belief that a role with several arrivals does one of them.
static int64_t countArrivals(AllocBarriersOp barriers) {
  llvm::MapVector<Operation *, int64_t> arrivals;
  for (Operation *user : barriers->getUsers()) {
    if (!isa<ExpectOp, ArriveOp>(user))
      continue;
    auto [owner, count] = warpgroupsOf(user);
    if (barriers.getTurns())
      count = 1;
    auto arrive = dyn_cast<ArriveOp>(user);
    int64_t total = count * (arrive && arrive.getCluster() ? clusterOf(user) : 1);
    arrivals[owner] = std::max(arrivals[owner], total);
  }
  int64_t sum = 0;
  for (auto [owner, count] : arrivals)
    sum += count;
  return sum;
}

LogicalResult KernelOp::verifyRegions() {
  WalkResult result = walk([&](AllocBarriersOp barriers) {
    int64_t inits = llvm::count_if(barriers->getUsers(), [](Operation *user) { return isa<InitOp>(user); });
    if (inits != 1) {
      barriers.emitOpError("expected one tile.init of the barriers, got ") << inits;
      return WalkResult::interrupt();
    }
    if (int64_t arrivals = countArrivals(barriers); arrivals != barriers.getType().getArrivals()) {
      barriers.emitOpError("expected ") << barriers.getType().getArrivals() << " arrivals, got " << arrivals << " warpgroups that arrive";
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  Operation *last = getBody().empty() ? nullptr : getBody().back().getTerminator()->getPrevNode();
  auto sync = dyn_cast_or_null<SyncOp>(last);
  if (getCluster() == 1 || (sync && sync.getScope() == Scope::cluster))
    return success();
  // In another role than the arrivals, or behind them: what a role says itself is not what others have said.
  auto isBehind = [](Operation *drain, ArriveOp arrive) {
    bool isSameBlock = drain->getBlock() == arrive->getBlock();
    return isSameBlock ? arrive->isBeforeInBlock(drain) : drain->getParentOfType<RoleOp>() != arrive->getParentOfType<RoleOp>();
  };
  auto isDrained = [&](ArriveOp arrive) {
    return llvm::any_of(arrive.getBarriers().getUsers(), [&](Operation *user) { return isa<DrainOp>(user) && isBehind(user, arrive); });
  };
  bool arrives = false, copies = false, drains = true; // at and to other CTAs; all rings at which they arrive
  walk([&](ArriveOp arrive) {
    arrives |= arrive.getCluster();
    drains &= !arrive.getCluster() || isDrained(arrive);
  });
  walk([&](LoadOp load) { copies |= load.getMulticast(); });
  if ((arrives && !drains) || (copies && !arrives))
    return emitOpError("expected tile.sync cluster at the end, or tile.drain, of a kernel whose CTAs reach each other's memory");
  return success();
}

LogicalResult RolesOp::verifyRegions() {
  int64_t warpgroups = 0, registers = 0;
  for (Operation &op : getBody().front()) {
    auto role = dyn_cast<RoleOp>(op);
    if (!role)
      return op.emitOpError("expected tile.role inside of tile.roles");
    warpgroups += role.getWarpgroups();
    registers += role.getWarpgroups() * role.getRegisters().value_or(24) * kWarpgroup;
  }
  auto kernel = (*this)->getParentOfType<KernelOp>();
  if (kernel && warpgroups * kWarpgroup != static_cast<int64_t>(kernel.getThreads()))
    return emitOpError("expected roles for ") << kernel.getThreads() / kWarpgroup << " warpgroups, got " << warpgroups;
  if (registers > 65536)
    return emitOpError("expected at most 65536 registers, got ") << registers;
  return success();
}

LogicalResult RoleOp::verify() {
  if (getWarpgroups() < 1 || getWarpgroups() > 8)
    return emitOpError("expected 1 to 8 warpgroups, got ") << getWarpgroups();
  if (int64_t registers = getRegisters().value_or(24); registers < 24 || registers > 256 || registers % 8)
    return emitOpError("expected a multiple of 8 registers from 24 to 256, got ") << registers;
  Block &body = getBody().front();
  if (body.getNumArguments() != 1 || !body.getArgument(0).getType().isInteger(32))
    return emitOpError("expected a body that takes one i32");
  return success();
}

LogicalResult SyncOp::verify() {
  if ((*this)->getParentOfType<ElectOp>())
    return emitOpError("expected to stand outside of tile.elect: its other threads never come");
  auto role = (*this)->getParentOfType<RoleOp>();
  if (getScope() == Scope::role && !role)
    return emitOpError("expected to stand in a tile.role");
  if ((getScope() == Scope::cta || getScope() == Scope::cluster) && role)
    return emitOpError("expected to stand outside of tile.role: other roles never come");
  return success();
}

/// A copy or an arrival that all 128 threads would do 128 times.
static LogicalResult verifyElected(Operation *op) {
  if (!op->getParentOfType<ElectOp>())
    return op->emitOpError("expected to stand in tile.elect");
  return success();
}

LogicalResult ExpectOp::verify() {
  if (failed(verifyElected(*this)))
    return failure();
  if (getBytes() < 1 || getBytes() >= 1 << 20)
    return emitOpError("expected between 1 and 1048575 bytes, got ") << getBytes();
  int64_t arriving = 0;
  for (Operation *op = (*this)->getNextNode(); op; op = op->getNextNode()) {
    auto next = dyn_cast<ExpectOp>(op);
    if (next && next.getBarriers() == getBarriers())
      break;
    auto load = dyn_cast<LoadOp>(op);
    if (load && load.getBarriers() == getBarriers())
      arriving += load.getArrivingBytes(clusterOf(*this));
  }
  // Other CTAs fill the whole tiles that they send to.
  SmallPtrSet<Value, 2> filled;
  for (Operation *user : getBarriers().getUsers())
    if (auto send = dyn_cast<SendRegistersOp>(user); send && filled.insert(send.getTiles()).second)
      arriving += send.getTiles().getType().getTileBytes();
  if (arriving != static_cast<int64_t>(getBytes()))
    return emitOpError("expected the ") << getBytes() << " bytes that it announces, got " << arriving;
  return success();
}

LogicalResult ArriveOp::verify() { return verifyElected(*this); }
