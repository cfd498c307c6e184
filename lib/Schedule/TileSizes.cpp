// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How large a workgroup of the generic schedule is: static sizes where shapes are static, host arithmetic where they are not.
#include "lib/Schedule/Schedule.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

using namespace mlir;

namespace tenon::schedule {

static Value toIndex(OpBuilder &builder, Location loc, OpFoldResult value) { return getValueOrCreateConstantIndexOp(builder, loc, value); }

static OpFoldResult multiply(OpBuilder &builder, Location loc, OpFoldResult a, OpFoldResult b) {
  std::optional<int64_t> x = getConstantIntValue(a), y = getConstantIntValue(b);
  int64_t product;
  if (x && y && !llvm::MulOverflow(*x, *y, product))
    return builder.getIndexAttr(product);
  return arith::MulIOp::create(builder, loc, toIndex(builder, loc, a), toIndex(builder, loc, b)).getResult();
}

/// max(1, budget / max(1, size))
static OpFoldResult divideBudget(OpBuilder &builder, Location loc, int64_t budget, OpFoldResult size) {
  if (std::optional<int64_t> constant = getConstantIntValue(size))
    return builder.getIndexAttr(std::max<int64_t>(1, budget / std::max<int64_t>(1, *constant)));
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);
  Value total = arith::ConstantIndexOp::create(builder, loc, budget);
  Value divisor = arith::MaxSIOp::create(builder, loc, toIndex(builder, loc, size), one);
  Value quotient = arith::DivSIOp::create(builder, loc, total, divisor);
  return arith::MaxSIOp::create(builder, loc, quotient, one).getResult();
}

/// True if every operand with summed dims is contiguous along one of them: threads then share each of a few sums.
static bool sumsRows(linalg::LinalgOp op) {
  auto iterators = op.getIteratorTypesArray();
  return llvm::all_of(op.getDpsInputOperands(), [&](OpOperand *operand) {
    AffineMap map = op.getMatchingIndexingMap(operand);
    auto usesSummed = [&](AffineExpr expr) {
      return llvm::any_of(llvm::seq(op.getNumLoops()),
                          [&](unsigned loop) { return linalg::isReductionIterator(iterators[loop]) && expr.isFunctionOfDim(loop); });
    };
    if (llvm::none_of(map.getResults(), usesSummed))
      return true;
    auto last = dyn_cast<AffineDimExpr>(map.getResults().back());
    return last && usesSummed(last);
  });
}

bool isInLoop(Operation *op) { return isa<LoopLikeOpInterface>(op->getParentOp()); }

bool hasElementLoops(linalg::LinalgOp op) {
  return op->walk([](LoopLikeOpInterface) { return WalkResult::interrupt(); }).wasInterrupted();
}

std::optional<TurnedLoops> findTurnedLoops(linalg::LinalgOp op) {
  constexpr int64_t kLeast = 16;
  if (op.getNumReductionLoops() > 0 || op.getNumDpsInits() != 1 || op.getNumLoops() < 2)
    return std::nullopt;
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  auto isLong = [&](unsigned loop) { return ShapedType::isDynamic(ranges[loop]) || ranges[loop] >= kLeast; };
  AffineMap written = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  auto fastest = dyn_cast<AffineDimExpr>(written.getResults().back());
  if (!fastest || !isLong(fastest.getPosition()))
    return std::nullopt;
  for (OpOperand *operand : op.getDpsInputOperands()) {
    AffineMap read = op.getMatchingIndexingMap(operand);
    if (!read.isProjectedPermutation() || read.getNumResults() < 2 || !read.isFunctionOfDim(fastest.getPosition()))
      continue;
    unsigned loop = read.getDimPosition(read.getNumResults() - 1);
    if (loop != fastest.getPosition() && isLong(loop))
      return TurnedLoops{operand, fastest.getPosition(), loop};
  }
  return std::nullopt;
}

int64_t getTurnedTile(Type element) { return element.getIntOrFloatBitWidth() > 8 ? 64 : 128; }

namespace {
/// How much a workgroup gets.
struct Budget {
  int64_t elements;
  int64_t cost;                  // of an element
  bool ignoresReduction = false; // the op's own summed loops are not counted
};
} // namespace

/// Sums of a thread block: one per thread, or a vector of up to 16 bytes where the largest operand has them side by side. Several threads
/// share a long one; there are fewer per block then, but 128 bytes, as long as that makes more blocks and leaves each thread enough loads
/// to have under way.
static int64_t chooseOutputs(linalg::LinalgOp op) {
  constexpr int64_t kThreads = 256, kFewestBytes = 128, kManyBlocks = 3 * kProcessors, kLoads = 8, kFewLoads = 2;
  if (op.getNumReductionLoops() == 0 || op.getNumDpsInputs() == 0)
    return kThreads;
  OpOperand *largest = *llvm::max_element(op.getDpsInputOperands(), [&](OpOperand *a, OpOperand *b) {
    return op.getMatchingIndexingMap(a).getNumResults() < op.getMatchingIndexingMap(b).getNumResults();
  });
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  auto last = dyn_cast<AffineDimExpr>(op.getMatchingIndexingMap(largest).getResults().back());
  int64_t bytes = std::max<int64_t>(1, getElementTypeOrSelf(largest->get().getType()).getIntOrFloatBitWidth() / 8), width = 16 / bytes;
  auto iterators = op.getIteratorTypesArray();
  if (!last || linalg::isReductionIterator(iterators[last.getPosition()]))
    return kThreads;
  while (ranges[last.getPosition()] % width != 0)
    width /= 2;
  int64_t outputs = 1, length = 1;
  for (auto [range, iterator] : llvm::zip(ranges, iterators)) {
    int64_t &total = linalg::isReductionIterator(iterator) ? length : outputs;
    if (ShapedType::isDynamic(range) || llvm::MulOverflow(total, range, total))
      return width * kThreads;
  }
  int64_t threads = kThreads;
  for (; threads * width * bytes > kFewestBytes; threads /= 2) {
    int64_t blocks = outputs / (threads * width), loads = length / (2 * kThreads / threads);
    if (blocks >= kManyBlocks || loads < (blocks < kProcessors ? kFewLoads : kLoads))
      break;
  }
  return width * threads;
}

/// 16384 elements are about 4 us of simple work on a CPU thread, so that handing out the next workgroup (about 50 ns) does not show. A
/// thread block moves some vectors per thread, or several rows; there should be two for each multiprocessor at least.
static Budget chooseBudget(linalg::LinalgOp op, ArrayRef<unsigned> tileable, const Machine &machine, const FusedReduction &heaviest) {
  constexpr int64_t kCpuElements = 16384, kThreads = 256, kVectors = 4096, kRows = 8192, kFewest = 1024, kBlocks = 264;
  if (!machine.hasThreadBlocks)
    return {kCpuElements, heaviest.iterations};
  if (hasElementLoops(op))
    return {kThreads, 1};
  // Sums that are not shared by threads: one thread computes each.
  linalg::LinalgOp sums = heaviest.op ? heaviest.op : op;
  if (sums.getNumReductionLoops() > 0 && !sumsRows(sums))
    return {chooseOutputs(sums), 1, true};
  int64_t elements = tileable.size() < op.getNumLoops() || heaviest.op ? kRows : kVectors, total = heaviest.iterations;
  for (int64_t range : op.getStaticLoopRanges())
    total = ShapedType::isDynamic(range) || llvm::MulOverflow(total, range, total) ? std::numeric_limits<int64_t>::max() : total;
  // The next step waits for this one: it is small, and spread over many blocks.
  if (isInLoop(op))
    elements /= 4;
  return {std::min(elements, std::max<int64_t>(kFewest, llvm::PowerOf2Ceil(total / kBlocks))), heaviest.iterations};
}

bool hasEmptyLoop(linalg::LinalgOp op) { return llvm::is_contained(op.getStaticLoopRanges(), 0); }

SmallVector<OpFoldResult> chooseTileSizes(RewriterBase &rewriter, linalg::LinalgOp op, ArrayRef<unsigned> tileable, const Machine &machine,
                                          const FusedReduction &heaviest) {
  Location loc = op.getLoc();
  SmallVector<Range> ranges = cast<TilingInterface>(op.getOperation()).getIterationDomain(rewriter);
  SmallVector<OpFoldResult> sizes(ranges.size(), rewriter.getIndexAttr(0));
  if (hasEmptyLoop(op))
    return sizes;
  std::optional<TurnedLoops> turned = heaviest.op ? std::nullopt : findTurnedLoops(op);
  if (machine.hasThreadBlocks && turned && llvm::is_contained(tileable, turned->result) && llvm::is_contained(tileable, turned->operand)) {
    int64_t side = getTurnedTile(getElementTypeOrSelf(turned->input->get().getType()));
    for (unsigned loop : tileable)
      sizes[loop] = rewriter.getIndexAttr(loop == turned->result || loop == turned->operand ? side : 1);
    return sizes;
  }
  Budget budget = chooseBudget(op, tileable, machine, heaviest);
  OpFoldResult inner = rewriter.getIndexAttr(budget.cost);
  for (unsigned loop = 0; loop < ranges.size(); ++loop)
    if (!llvm::is_contained(tileable, loop) && !budget.ignoresReduction)
      inner = multiply(rewriter, loc, inner, ranges[loop].size);
  for (unsigned loop : llvm::reverse(tileable)) {
    OpFoldResult tile = divideBudget(rewriter, loc, budget.elements, inner);
    std::optional<int64_t> tileSize = getConstantIntValue(tile), size = getConstantIntValue(ranges[loop].size);
    inner = multiply(rewriter, loc, inner, ranges[loop].size);
    if (tileSize && size && *tileSize >= *size)
      continue;
    // Vectors of a thread block stay aligned. A CPU's tiles are equal: 10 rows in tiles of at most 4 are 4, 4, 2 or better 4, 3, 3.
    if (tileSize && machine.hasThreadBlocks)
      tile = rewriter.getIndexAttr(llvm::bit_floor(static_cast<uint64_t>(*tileSize)));
    else if (tileSize && size)
      tile = rewriter.getIndexAttr(llvm::divideCeil(*size, llvm::divideCeil(*size, *tileSize)));
    sizes[loop] = tile;
  }
  return sizes;
}

} // namespace tenon::schedule
