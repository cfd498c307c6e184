// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The schedule that takes any linalg ops on tensors: producers are pulled into the tiles of the last op.
//
//   %m = max-reduce rows of %x; %e = exp(%x - %m); %s = sum-reduce rows of %e; %r = %e / %s
//   ->
//   scf.forall (row block) { the four ops on the block's rows }
//
// A matrix product or convolution is such a producer too, with its own choice of tiles; it takes what follows it as its epilogue.
// A loop of the last op may be tiled only if no fused reduction would be computed again for each of its tiles.
#include "lib/Schedule/Gpu/OfferTiles.h"
#include "lib/Schedule/HostLoops.h"

#include "dialects/Plan/IR/Plan.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace tenon::schedule {

bool isDispatchFunction(func::FuncOp function) {
  if (function.isExternal() || !function.isPrivate())
    return false;
  return !function.walk([](plan::DispatchOp) { return WalkResult::interrupt(); }).wasInterrupted();
}

namespace {

FailureOr<Product> matchProductFor(const Machine &machine, linalg::LinalgOp op, std::string *reason = nullptr) {
  return machine.hasThreadBlocks ? matchBlockProduct(op, reason) : matchProduct(op, reason);
}

/// Ops that are computed together, the last one first. For each, which loop of the last op a loop of its own follows, or -1 if a tile
/// needs all of it.
struct Group {
  explicit Group(const Machine &machine) : machine(machine) {}
  const Machine &machine;
  llvm::MapVector<Operation *, SmallVector<int64_t>> members;
  /// Ops that are too dear to be computed again: reductions, and what some consumer needs whole.
  llvm::SmallPtrSet<Operation *, 8> dear;
  /// Ops that stay outside.
  llvm::SmallPtrSet<Operation *, 4> excluded;
  /// What windows read, a padded tensor, is computed for all windows of a tile.
  bool hasWindows = false;
  bool contains(Operation *op) const { return members.contains(op); }
};

/// The loops of `producer` expressed in loops of the root, given how its consumer reads it; none if it is not read element by element.
std::optional<SmallVector<int64_t>> followLoops(linalg::LinalgOp producer, OpResult result, linalg::LinalgOp consumer, OpOperand &use,
                                                ArrayRef<int64_t> consumerLoops) {
  AffineMap read = consumer.getMatchingIndexingMap(&use);
  AffineMap written = producer.getIndexingMapMatchingResult(result);
  if (!read.isProjectedPermutation() || !written.isProjectedPermutation())
    return std::nullopt;
  SmallVector<int64_t> loops(producer.getNumLoops(), -1);
  for (unsigned i = 0; i < read.getNumResults(); ++i)
    loops[written.getDimPosition(i)] = consumerLoops[read.getDimPosition(i)];
  return loops;
}

/// The same for a read along windows: a tile needs all of the dims that they slide over. None if that is much, or if the other loops alone
/// make too few tiles.
std::optional<SmallVector<int64_t>> followWindows(linalg::LinalgOp producer, OpResult result, linalg::LinalgOp consumer, OpOperand &use,
                                                  ArrayRef<int64_t> consumerLoops) {
  constexpr int64_t kMostElements = 1 << 16, kFewestTiles = 8;
  AffineMap read = consumer.getMatchingIndexingMap(&use);
  AffineMap written = producer.getIndexingMapMatchingResult(result);
  if (!written.isProjectedPermutation() || producer.getNumReductionLoops() > 0)
    return std::nullopt;
  SmallVector<int64_t> loops(producer.getNumLoops(), -1), ranges = producer.getStaticLoopRanges();
  int64_t elements = 1, tiles = 1;
  for (unsigned i = 0; i < read.getNumResults(); ++i) {
    unsigned loop = written.getDimPosition(i);
    auto dim = dyn_cast<AffineDimExpr>(read.getResult(i));
    if (dim)
      loops[loop] = consumerLoops[dim.getPosition()];
    bool dynamic = ShapedType::isDynamic(ranges[loop]);
    if (dim ? loops[loop] < 0 : dynamic)
      return std::nullopt;
    int64_t &total = dim ? tiles : elements;
    if (!dynamic && llvm::MulOverflow(total, ranges[loop], total))
      return std::nullopt;
  }
  if (elements > kMostElements || tiles < kFewestTiles)
    return std::nullopt;
  return loops;
}

/// Adds `producer` if every use of it is in the group and no two uses need different tiles of it.
bool tryAddProducer(Group &group, linalg::LinalgOp producer) {
  std::optional<SmallVector<int64_t>> common;
  bool dear = producer.getNumReductionLoops() > 0;
  for (OpOperand &use : producer->getUses()) {
    auto consumer = dyn_cast<linalg::LinalgOp>(use.getOwner());
    if (!consumer || !group.contains(consumer)) {
      if (isCheapInit(producer))
        continue;
      return false;
    }
    // Tiles of a product read their operands again and again.
    if (!consumer.isDpsInit(&use) && succeeded(matchProductFor(group.machine, consumer)))
      return false;
    auto loops = followLoops(producer, cast<OpResult>(use.get()), consumer, use, group.members.lookup(consumer));
    if (!loops && group.hasWindows) {
      loops = followWindows(producer, cast<OpResult>(use.get()), consumer, use, group.members.lookup(consumer));
      dear = true;
    }
    if (!loops)
      return false;
    if (!common)
      common = loops;
    for (auto [mine, other] : llvm::zip(*common, *loops)) {
      if (mine == other)
        continue;
      if (mine >= 0 && other >= 0)
        return false;
      mine = -1;
      dear = true;
    }
  }
  if (!common)
    return false;
  group.members.insert({producer, *common});
  if (dear && !isCheapInit(producer))
    group.dear.insert(producer);
  return true;
}

void formGroup(Group &group, linalg::LinalgOp root) {
  group.members.clear();
  group.dear.clear();
  group.members.insert({root, llvm::to_vector(llvm::seq<int64_t>(0, root.getNumLoops()))});
  // In reverse program order every user of an op is seen before it.
  for (Operation *op = root->getPrevNode(); op; op = op->getPrevNode()) {
    auto producer = dyn_cast<linalg::LinalgOp>(op);
    if (producer && producer.hasPureTensorSemantics() && producer->getNumResults() == 1 && !group.excluded.contains(op) &&
        !op->hasAttr(kOwnLaunch))
      tryAddProducer(group, producer);
  }
}

/// Parallel loops of the root that every dear producer follows.
SmallVector<unsigned> findTileableLoops(linalg::LinalgOp root, const Group &group) {
  SmallVector<unsigned> loops;
  root.getParallelDims(loops);
  llvm::erase_if(loops, [&](unsigned loop) {
    return llvm::any_of(group.members, [&](const auto &member) {
      return group.dear.contains(member.first) && !llvm::is_contained(member.second, static_cast<int64_t>(loop));
    });
  });
  return loops;
}

/// The heaviest reduction whose own loops the root does not have, and its iterations per element of the root.
FusedReduction findHeaviest(linalg::LinalgOp root, const Group &group) {
  FusedReduction heaviest;
  for (const auto &[op, loops] : group.members) {
    auto linalgOp = cast<linalg::LinalgOp>(op);
    if (linalgOp.getNumReductionLoops() == 0 || linalgOp.getNumParallelLoops() < root.getNumLoops())
      continue;
    int64_t iterations = 1;
    SmallVector<int64_t> ranges = linalgOp.getStaticLoopRanges();
    for (auto [range, loop] : llvm::zip(ranges, loops))
      if (loop < 0 && !ShapedType::isDynamic(range))
        iterations = std::min<int64_t>(iterations * std::max<int64_t>(range, 1), 1 << 20);
    if (!heaviest.op || iterations > heaviest.iterations)
      heaviest = {linalgOp, iterations};
  }
  return heaviest;
}

/// The product of the group, if there is one whose tiles the root's loops can give; others are put outside of the group. In a loop of the
/// host a product has few rows, those of a batch: its sums are shared by threads like others.
linalg::LinalgOp settleProduct(Group &group, linalg::LinalgOp root, SmallVector<unsigned> &tileable, const Machine &machine) {
  for (;;) {
    formGroup(group, root);
    tileable = findTileableLoops(root, group);
    if (machine.hasThreadBlocks && isInLoop(root))
      return {};
    linalg::LinalgOp product;
    Operation *refused = nullptr;
    for (const auto &[op, loops] : group.members) {
      FailureOr<Product> match = matchProductFor(group.machine, cast<linalg::LinalgOp>(op));
      if (failed(match))
        continue;
      bool covered = llvm::all_of(llvm::enumerate(loops), [&, &follows = loops](auto entry) {
        return llvm::is_contained(match->k, entry.index()) || llvm::is_contained(tileable, static_cast<unsigned>(follows[entry.index()]));
      });
      if ((product || !covered) && op != root)
        refused = op;
      else if (covered)
        product = cast<linalg::LinalgOp>(op);
    }
    if (!refused)
      return product;
    group.excluded.insert(refused);
  }
}

/// The root's tile sizes that give each workgroup one tile of `op`, of `side` lines if that is not 0.
SmallVector<OpFoldResult> tileForProduct(RewriterBase &rewriter, linalg::LinalgOp root, linalg::LinalgOp op, ArrayRef<int64_t> loops,
                                         const Machine &machine, int64_t side) {
  Product product = *matchProductFor(machine, op);
  ProductTile tile = machine.hasThreadBlocks ? chooseBlockTile(op, product, side) : chooseProductTile(op, product, machine.unit);
  SmallVector<OpFoldResult> sizes(root.getNumLoops(), rewriter.getIndexAttr(0));
  SmallVector<int64_t> ranges = root.getStaticLoopRanges();
  auto set = [&](unsigned loop, int64_t size) {
    int64_t rootLoop = loops[loop];
    if (ShapedType::isDynamic(ranges[rootLoop]) || size < ranges[rootLoop])
      sizes[rootLoop] = rewriter.getIndexAttr(size);
  };
  set(product.m, tile.rows);
  set(product.n.back(), tile.inner);
  if (product.n.size() == 2)
    set(product.n.front(), tile.outer);
  for (unsigned loop : product.rest)
    set(loop, 1);
  markProduct(op, product, tile);
  return sizes;
}

/// A root with what is computed in its tiles.
struct RootedGroup {
  RootedGroup(linalg::LinalgOp root, const Machine &machine)
      : root(root), group(machine), product(settleProduct(group, root, tileable, machine)) {}
  linalg::LinalgOp root;
  Group group;
  SmallVector<unsigned> tileable; // loops of the root
  linalg::LinalgOp product;       // may be null
};

/// Returns the loop that replaced the root, or null. A product in it has tiles of `side` lines if that is not 0.
scf::ForallOp tileOnce(RewriterBase &rewriter, const RootedGroup &rooted, const Machine &machine, int64_t side) {
  linalg::LinalgOp root = rooted.root, product = rooted.product;
  const Group &group = rooted.group;
  if (rooted.tileable.empty() ||
      llvm::any_of(group.members, [](const auto &member) { return hasEmptyLoop(cast<linalg::LinalgOp>(member.first)); }))
    return {};
  rewriter.setInsertionPoint(root);
  scf::SCFTilingOptions tiling;
  SmallVector<OpFoldResult> sizes = product ? tileForProduct(rewriter, root, product, group.members.lookup(product), machine, side)
                                            : chooseTileSizes(rewriter, root, rooted.tileable, machine, findHeaviest(root, group));
  if (llvm::all_of(sizes, isZeroInteger))
    return {};
  tiling.setTileSizes(sizes);
  tiling.setLoopType(scf::SCFTilingOptions::LoopType::ForallOp);
  scf::SCFTileAndFuseOptions options;
  options.setTilingOptions(tiling);
  options.setFusionControlFn(
      [&](tensor::ExtractSliceOp, OpResult producer, bool) -> std::optional<scf::SCFTileAndFuseOptions::ControlFnResult> {
        if (!group.contains(producer.getOwner()))
          return std::nullopt;
        return scf::SCFTileAndFuseOptions::ControlFnResult{};
      });
  auto tiled = scf::tileConsumerAndFuseProducersUsingSCF(rewriter, cast<TilingInterface>(root.getOperation()), options);
  // It then runs as one workgroup.
  if (failed(tiled))
    return {};
  for (OpResult result : root->getResults())
    if (Value replacement = tiled->replacements.lookup(result))
      rewriter.replaceAllUsesWith(result, replacement);
  for (const auto &[op, loops] : group.members)
    if (op->use_empty())
      rewriter.eraseOp(op);
  return cast<scf::ForallOp>(tiled->loops.front().getOperation());
}

/// A copy of the group behind `root`; returns that of the root.
linalg::LinalgOp copyGroup(RewriterBase &rewriter, linalg::LinalgOp root, const Group &group) {
  IRMapping map;
  rewriter.setInsertionPointAfter(root);
  // The members are in reverse program order.
  for (const auto &[op, loops] : llvm::reverse(group.members))
    rewriter.clone(*op, map);
  return cast<linalg::LinalgOp>(map.lookup(root->getResult(0)).getDefiningOp());
}

/// Returns whether `root` was replaced by loops.
bool tileRoot(RewriterBase &rewriter, linalg::LinalgOp root, const Machine &machine) {
  RootedGroup first(root, machine);
  SmallVector<BlockSide> sides;
  if (machine.hasThreadBlocks && first.product)
    sides = offerSides(first.product, *matchBlockProduct(first.product));
  if (sides.size() < 2)
    return tileOnce(rewriter, first, machine, /*side=*/0) != nullptr;
  SmallVector<linalg::LinalgOp> copies;
  while (copies.size() + 1 < sides.size())
    copies.insert(copies.begin(), copyGroup(rewriter, root, first.group));
  SmallVector<scf::ForallOp> loops;
  if (scf::ForallOp loop = tileOnce(rewriter, first, machine, sides.front().lines))
    loops.push_back(loop);
  for (auto [copy, side] : llvm::zip_equal(copies, ArrayRef(sides).drop_front()))
    if (scf::ForallOp loop = tileOnce(rewriter, RootedGroup(copy, machine), machine, side.lines))
      loops.push_back(loop);
  if (loops.size() == sides.size())
    chooseAmong(rewriter, loops, sides);
  return !loops.empty();
}

} // namespace

/// Says which products become panels and why others do not.
static void reportProducts(func::FuncOp function, const Machine &machine) {
  for (auto op : function.getBody().front().getOps<linalg::LinalgOp>()) {
    std::string reason;
    if (failed(matchProductFor(machine, op, &reason)) && !reason.empty())
      remark::missed(op.getLoc(), remark::RemarkOpts::name("NoPanel").category("schedule")) << remark::metric("Reason", reason);
  }
}

static LogicalResult scheduleBlock(RewriterBase &rewriter, Block &block, const Machine &machine) {
  // From the end: the last op of a chain is met first and takes its producers with it.
  Operation *op = block.getTerminator();
  while (op) {
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      writeCarriedInPlace(loop);
      if (machine.hasThreadBlocks && isHostLoop(loop) && failed(scheduleBlock(rewriter, *loop.getBody(), machine)))
        return failure();
      op = op->getPrevNode();
      continue;
    }
    auto root = dyn_cast<linalg::LinalgOp>(op);
    if (!root || !root.hasPureTensorSemantics() || isCheapInit(root)) {
      op = op->getPrevNode();
      continue;
    }
    Operation *next = root->getNextNode();
    op = tileRoot(rewriter, root, machine) ? next->getPrevNode() : root->getPrevNode();
  }
  return success();
}

LogicalResult scheduleGeneric(RewriterBase &rewriter, func::FuncOp function, const Machine &machine) {
  reportProducts(function, machine);
  return scheduleBlock(rewriter, function.getBody().front(), machine);
}

} // namespace tenon::schedule
