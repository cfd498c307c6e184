// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What kernels, roles and barriers must satisfy: most of these constraints are what a GPU would answer with a hang.
#include "dialects/Tile/IR/Tile.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionImplementation.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tenon::tile;

void YieldOp::build(OpBuilder &, OperationState &) {}

bool tenon::tile::isElected(Operation *op) { return op->getParentOfType<ElectOp>() != nullptr; }

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

/// Arrivals that each use of `barriers` gets, in the belief that a role with several arrivals does one of them, or all that one block has
/// of one count.
static int64_t countArrivals(AllocBarriersOp barriers) {
  llvm::MapVector<Operation *, int64_t> arrivals;
  llvm::DenseMap<std::pair<Block *, Value>, int64_t> together;
  for (Operation *user : barriers->getUsers()) {
    auto arrive = dyn_cast<ArriveOp>(user);
    auto expect = dyn_cast<ExpectOp>(user);
    if (!arrive && !expect)
      continue;
    auto [owner, count] = warpgroupsOf(user);
    if (barriers.getTurns())
      count = 1;
    int64_t &total = together[{user->getBlock(), arrive ? arrive.getCount() : expect.getCount()}];
    total += count * (arrive && arrive.getCluster() ? clusterOf(user) : 1);
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
      barriers.emitOpError("expected ") << barriers.getType().getArrivals() << " arrivals at each use, got " << arrivals;
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
  int64_t warpgroups = 0;
  for (Operation &op : getBody().front()) {
    auto role = dyn_cast<RoleOp>(op);
    if (!role)
      return op.emitOpError("expected tile.role inside of tile.roles");
    warpgroups += role.getWarpgroups();
  }
  auto kernel = (*this)->getParentOfType<KernelOp>();
  if (kernel && warpgroups * kWarpgroup != static_cast<int64_t>(kernel.getThreads()))
    return emitOpError("expected roles for ") << kernel.getThreads() / kWarpgroup << " warpgroups, got " << warpgroups;
  if (warpgroups == 0)
    return success();
  // What the CTA gets is all that its warpgroups can pass on; the hardware gives registers out in eights.
  int64_t atLaunch = llvm::alignTo<8>(registersAtLaunch(warpgroups * kWarpgroup)), registers = 0;
  for (auto role : getBody().front().getOps<RoleOp>())
    registers += role.getWarpgroups() * role.getRegisters().value_or(atLaunch) * kWarpgroup;
  if (int64_t most = warpgroups * atLaunch * kWarpgroup; registers > most)
    return emitOpError("expected at most ") << most << " registers, got " << registers;
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
  if (isElected(*this))
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
  if (!isElected(op))
    return op->emitOpError("expected to stand in tile.elect");
  return success();
}

/// One value, or equal constants.
static bool isSameCount(Value left, Value right) {
  IntegerAttr one, other;
  return left == right || (matchPattern(left, m_Constant(&one)) && matchPattern(right, m_Constant(&other)) && one == other);
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
    if (!load || load.getBarriers() != getBarriers())
      continue;
    if (!isSameCount(load.getCount(), getCount()))
      return load.emitOpError("expected the count of the tile.expect before it");
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

LogicalResult WaitOp::verify() {
  if (getPrevious())
    return success();
  auto arrivals = llvm::make_filter_range(getBarriers().getUsers(), [](Operation *user) { return isa<ArriveOp, ExpectOp>(user); });
  if (!llvm::hasSingleElement(arrivals))
    return success();
  Operation *only = *arrivals.begin();
  auto arrive = dyn_cast<ArriveOp>(only);
  Value count = arrive ? arrive.getCount() : cast<ExpectOp>(only).getCount();
  if (count == getCount() && only->getBlock() == (*this)->getBlock() && (*this)->isBeforeInBlock(only))
    return emitOpError("expected an arrival before it: the only one is behind it");
  return success();
}

LogicalResult InitOp::verify() {
  if ((*this)->getParentOfType<RoleOp>() || isElected(*this))
    return emitOpError("expected to stand outside of tile.role and tile.elect: the CTA waits for it");
  return success();
}
