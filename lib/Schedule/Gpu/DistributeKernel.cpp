// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The ops of a kernel, one after the other, each dealt to the threads of the block, with barriers between what depends on each other.
//
// Ops that hold no linalg op and write no memory are left to every thread. Ops that hold linalg ops, loops over time for example, are
// entered: all threads take the same way through them. What else writes memory is done by a thread per row where rows are independent, else
// by the first thread, which hands the values that are needed afterwards to the others through the scratch.
#include "lib/Schedule/Gpu/Accesses.h"
#include "lib/Schedule/Gpu/BlockProduct.h"
#include "lib/Schedule/Gpu/Distribute.h"
#include "lib/Schedule/Gpu/RowProgram.h"
#include "lib/Schedule/Gpu/TurnedTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace tenon::schedule {

namespace {

class KernelDistribution {
public:
  KernelDistribution(RewriterBase &rewriter, ThreadBlock &block) : b(rewriter), block(block) {}

  LogicalResult visit(Block &code);
  /// True if elements were computed by bodies that branch, padding for example, or rows in loops.
  bool hasBranches() const { return branches; }

private:
  LogicalResult visit(Operation *op);
  Operation *distribute(linalg::GenericOp op);
  Operation *distributeIfProduct(linalg::GenericOp op);
  bool becomesStart(linalg::GenericOp fill);
  void fill(TurnedTile &tile, linalg::GenericOp op);
  LogicalResult enter(Operation *op);
  LogicalResult runOnFirstThread(Operation *op);
  void waitIfNeeded(Operation *op, const Accesses &accesses);
  void barrier(Location loc);

  RewriterBase &b;
  ThreadBlock &block;
  Accesses pending;                          // since the last barrier
  llvm::DenseMap<Operation *, Value> starts; // of sums, by reduction
  bool branches = false;
};

void KernelDistribution::barrier(Location loc) {
  gpu::BarrierOp::create(b, loc);
  pending.clear();
}

void KernelDistribution::waitIfNeeded(Operation *op, const Accesses &accesses) {
  b.setInsertionPoint(op);
  if (accesses.conflictsWith(pending))
    barrier(op->getLoc());
  pending.merge(accesses);
}

/// Returns the op to go on with; null if `op` is no product of a tile.
Operation *KernelDistribution::distributeIfProduct(linalg::GenericOp op) {
  if (!getMarkedTile(op))
    return nullptr;
  FailureOr<Product> product = matchBlockProduct(op);
  if (failed(product))
    return nullptr;
  SmallVector<EpilogueOp> epilogue = matchEpilogue(op);
  Accesses accesses = Accesses::of(op);
  Operation *last = op;
  for (EpilogueOp &entry : epilogue) {
    accesses.merge(Accesses::of(entry.op));
    last = entry.op;
  }
  Operation *next = last->getNextNode();
  waitIfNeeded(op, accesses);
  distributeProduct(b, op, *product, epilogue, block);
  return next;
}

/// What `op` puts into each element, if that is one value known before it.
static Value getFilled(linalg::GenericOp op) {
  Value yielded = op.getBlock()->getTerminator()->getOperand(0);
  if (op.getNumDpsInits() != 1 || !llvm::hasSingleElement(*op.getBlock()))
    return {};
  if (auto argument = dyn_cast<BlockArgument>(yielded); argument && argument.getOwner() == op.getBlock())
    yielded = op->getOperand(argument.getArgNumber());
  return isa<MemRefType>(yielded.getType()) ? Value() : yielded;
}

/// Whether the next op that touches what `fill` fills is a reduction into all of it: that then starts from a value, not from memory.
bool KernelDistribution::becomesStart(linalg::GenericOp fill) {
  Value value = getFilled(fill), target = fill.getDpsInits().front(), memory = findMemory(target);
  if (!value || !memory)
    return false;
  Accesses written = Accesses::of(fill);
  Operation *next = fill->getNextNode();
  while (next && !written.conflictsWith(Accesses::of(next)))
    next = next->getNextNode();
  auto sum = dyn_cast_or_null<linalg::GenericOp>(next);
  if (!sum || sum.getNumDpsInits() != 1 || sum.getDpsInits().front() != target || sum.getNumReductionLoops() == 0 ||
      sum.getMatchingIndexingMap(sum.getDpsInitOperand(0)).getNumResults() != sum.getNumParallelLoops() ||
      !sum.getMatchingIndexingMap(sum.getDpsInitOperand(0)).isProjectedPermutation() ||
      llvm::any_of(sum.getDpsInputs(), [&](Value input) { return isa<MemRefType>(input.getType()) && findMemory(input) == memory; }))
    return false;
  starts[sum] = value;
  return true;
}

void KernelDistribution::fill(TurnedTile &tile, linalg::GenericOp op) {
  // The round before may still read the tile.
  b.setInsertionPoint(op);
  if (!isa<func::FuncOp>(op->getParentOp()))
    barrier(op.getLoc());
  Accesses accesses;
  accesses.addRead(tile.getSource());
  accesses.addWrite(tile.getMemory());
  waitIfNeeded(op, accesses);
  tile.fill(b, block);
}

/// Returns the op to go on with.
Operation *KernelDistribution::distribute(linalg::GenericOp op) {
  if (Operation *next = distributeIfProduct(op))
    return next;
  std::optional<RowProgram> program = matchRowProgram(op);
  branches |= !program && llvm::any_of(*op.getBlock(), [](Operation &inner) { return inner.getNumRegions() > 0; });
  if (!program) {
    Operation *next = op->getNextNode();
    if (becomesStart(op)) {
      b.eraseOp(op);
      return next;
    }
    Accesses accesses = Accesses::of(op);
    std::optional<TurnedTile> turned = TurnedTile::allocate(b, op, block);
    if (turned) {
      fill(*turned, op);
      accesses.addRead(turned->getMemory());
    }
    waitIfNeeded(op, accesses);
    distributeOp(b, op, block, starts.lookup(op), turned ? &*turned : nullptr);
    return next;
  }
  Operation *next = program->ops.back()->op->getNextNode();
  Accesses accesses;
  for (const auto &row : program->ops)
    accesses.merge(Accesses::of(row->op));
  waitIfNeeded(op, accesses);
  branches |= emitRowProgram(b, *program, block);
  return next;
}

/// Loops: what the body's end has touched is pending at its begin. It also may not run at all.
LogicalResult KernelDistribution::enter(Operation *op) {
  Accesses all = Accesses::of(op);
  all.merge(pending);
  bool isLoop = !isa<scf::IfOp>(op);
  Accesses before = pending;
  for (Region &region : op->getRegions()) {
    pending = isLoop ? all : before;
    for (Block &code : region)
      if (failed(visit(code)))
        return failure();
  }
  pending = all;
  return success();
}

/// scf.for {...}  ->  scf.if first { scf.for {...}; store the results }; barrier; load the results
LogicalResult KernelDistribution::runOnFirstThread(Operation *op) {
  Location loc = op->getLoc();
  Accesses accesses = Accesses::of(op);
  b.setInsertionPoint(op);
  SmallVector<Value> slots;
  for (Type type : op->getResultTypes()) {
    if (!type.isIntOrIndexOrFloat())
      return op->emitError("expected values that threads can share, got one of type ") << type;
    Type stored = type.isIndex() || type.isInteger(1) ? b.getI64Type() : type;
    slots.push_back(block.allocate(MemRefType::get({1}, stored)));
  }
  if (!slots.empty())
    barrier(loc); // nobody reads what the slots held in an earlier round
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  Value first = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, block.getThread(), zero);
  auto choice = scf::IfOp::create(b, loc, first, /*withElseRegion=*/false);
  b.moveOpBefore(op, choice.thenBlock()->getTerminator());
  pending.merge(accesses);
  if (slots.empty())
    return success();
  b.setInsertionPointAfter(choice);
  barrier(loc);
  OpBuilder inside(choice.thenBlock()->getTerminator());
  for (auto [result, slot] : llvm::zip(op->getResults(), slots)) {
    Type type = result.getType(), stored = cast<MemRefType>(slot.getType()).getElementType();
    Value shared = memref::LoadOp::create(b, loc, slot, zero);
    if (type.isIndex())
      shared = arith::IndexCastOp::create(b, loc, type, shared);
    else if (type != stored)
      shared = arith::TruncIOp::create(b, loc, type, shared);
    result.replaceAllUsesWith(shared);
    Value own = result;
    if (type.isIndex())
      own = arith::IndexCastOp::create(inside, loc, stored, own);
    else if (type != stored)
      own = arith::ExtUIOp::create(inside, loc, stored, own);
    memref::StoreOp::create(inside, loc, own, slot, zero);
  }
  return success();
}

LogicalResult KernelDistribution::visit(Operation *op) {
  if (op->walk([](linalg::LinalgOp) { return WalkResult::interrupt(); }).wasInterrupted())
    return enter(op);
  Accesses accesses = Accesses::of(op);
  if (accesses.hasWrites()) {
    waitIfNeeded(op, accesses);
    return distributeIndependentLoops(b, op, block) ? success() : runOnFirstThread(op);
  }
  if (!accesses.empty())
    waitIfNeeded(op, accesses);
  return success();
}

LogicalResult KernelDistribution::visit(Block &code) {
  for (Operation *op = &code.front(); op;) {
    if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
      op = distribute(generic);
      continue;
    }
    Operation *next = op->getNextNode();
    if (failed(visit(op)))
      return failure();
    op = next;
  }
  return success();
}

} // namespace

/// A product starts from zero by itself.
static void dropFills(RewriterBase &rewriter, func::FuncOp kernel) {
  SmallVector<Operation *> fills;
  kernel.walk([&](linalg::GenericOp op) {
    if (!getMarkedTile(op) || failed(matchBlockProduct(op)))
      return;
    for (Operation *user : op.getDpsInitOperand(0)->get().getUsers())
      if (isa<linalg::FillOp>(user) && user->getBlock() == op->getBlock() && user->isBeforeInBlock(op))
        fills.push_back(user);
  });
  for (Operation *fill : fills)
    rewriter.eraseOp(fill);
}

/// Gives ops scalar bodies, and loops of which the summed ones come last.
static LogicalResult normalize(RewriterBase &rewriter, func::FuncOp kernel) {
  SmallVector<linalg::LinalgOp> ops;
  kernel.walk([&](linalg::LinalgOp op) { ops.push_back(op); });
  for (linalg::LinalgOp op : ops) {
    rewriter.setInsertionPoint(op);
    FailureOr<linalg::GenericOp> generic = dyn_cast<linalg::GenericOp>(op.getOperation());
    if (!*generic)
      generic = linalg::generalizeNamedOp(rewriter, op);
    if (failed(generic))
      return op->emitError("expected an op with a scalar body");
    // The mark of a product names a loop.
    if (generic->getNumReductionLoops() == 0 || getMarkedTile(*generic))
      continue;
    SmallVector<unsigned> order;
    SmallVector<unsigned> summed;
    generic->getParallelDims(order);
    generic->getReductionDims(summed);
    llvm::append_range(order, summed);
    if (!llvm::is_sorted(order) && failed(linalg::interchangeGenericOp(rewriter, *generic, order)))
      return failure();
  }
  return success();
}

LogicalResult distributeKernel(RewriterBase &rewriter, func::FuncOp kernel, ThreadBlock &block) {
  dropFills(rewriter, kernel);
  if (failed(normalize(rewriter, kernel)))
    return failure();
  KernelDistribution distribution(rewriter, block);
  if (failed(distribution.visit(kernel.getBody().front())))
    return failure();
  // Of unrolled branches ptxas keeps some bytes in local memory for the sake of more blocks; with 128 registers it need not. Other kernels
  // want the blocks: GELU of 8192x8192 in fp16 takes 73 us, and 86 us if it may have more registers.
  if (distribution.hasBranches())
    kernel->setAttr("cuda.min_blocks", rewriter.getI32IntegerAttr(2));
  return success();
}

} // namespace tenon::schedule
