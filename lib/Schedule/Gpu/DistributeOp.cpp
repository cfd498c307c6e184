// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A linalg op on buffers -> one thread per iteration of its parallel loops, summed loops inside.
//
//   linalg.generic (parallel i, j; reduction k)
//   ->
//   scf.for %n = %thread to %I * %J step 256 { %i = %n / %J; %j = %n % %J; %sum = scf.for %k { body }; store %sum }
//
// Ops move vectors where these are contiguous and aligned; the body is repeated for each element. Where there are fewer results than
// threads, several threads share the outermost summed loop of a result, and what they find is joined in shared memory.
#include "lib/Schedule/Gpu/Combine.h"
#include "lib/Schedule/Gpu/TurnedTile.h"
#include "lib/Schedule/Gpu/VectorAccess.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Utils/Utils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace tenon::schedule {

namespace {

/// Most rounds of a summed loop that become one. Loads of all of them are then under way at once; it takes eight of 16 bytes a thread, and
/// four blocks a multiprocessor, to keep an H200's memory busy.
constexpr int64_t kUnrolled = 8;

class OpDistribution {
public:
  OpDistribution(RewriterBase &rewriter, linalg::GenericOp op, ThreadBlock &block, Value start, const TurnedTile *turned)
      : b(rewriter), op(op), block(block), loc(op.getLoc()), start(start), turned(turned) {}

  void run();

private:
  Value constant(int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }
  void orderLoops();
  void boundLoops();
  void moveTo(Value flat);
  AccessKind classify(OpOperand &operand);
  SmallVector<Value> load(OpOperand &operand);
  SmallVector<Value> loadStart(OpOperand &init) { return start ? SmallVector<Value>(width, start) : load(init); }
  SmallVector<Value> computeBody(ValueRange sums);
  SmallVector<Value> reduce(size_t depth, ValueRange sums);
  SmallVector<Value> reduceSlice(ValueRange sums);
  void unrollLater(scf::ForOp loop);
  void store(OpOperand &init, ValueRange values);
  void compute();
  void computeInside();
  int64_t chooseSlices(int64_t mostResults);
  void computeSlices(Value numResults, const Combiner &combiner);

  RewriterBase &b;
  linalg::GenericOp op;
  ThreadBlock &block;
  Location loc;
  Value start;                               // of all sums; null: what the result holds
  const TurnedTile *turned;                  // may be null
  SmallVector<unsigned> parallel, reduction; // loops, innermost last
  SmallVector<Value> sizes, indices;         // per loop
  SmallVector<Value> ends;                   // of loops that run further, to a known bound; null for others
  int64_t width = 1;                         // elements that a thread computes at once, along the last `numInner` parallel loops
  size_t numInner = 1;
  int64_t slices = 1;                                   // threads that share the outermost summed loop of a result
  Value slice;                                          // of this thread
  SmallVector<std::pair<scf::ForOp, int64_t>> unrolled; // later, by how much
};

/// Neighbouring threads write neighbouring elements, or read those of the largest operand of a reduction: the parallel loops in the order
/// of its dims.
void OpDistribution::orderLoops() {
  OpOperand *leader = op.getDpsInitOperand(0);
  if (op.getNumReductionLoops() > 0)
    for (OpOperand *input : op.getDpsInputOperands())
      if (op.getMatchingIndexingMap(input).getNumResults() > op.getMatchingIndexingMap(leader).getNumResults())
        leader = input;
  llvm::SetVector<unsigned> order;
  for (AffineExpr expr : llvm::reverse(op.getMatchingIndexingMap(leader).getResults()))
    expr.walk([&](AffineExpr part) {
      if (auto dim = dyn_cast<AffineDimExpr>(part))
        order.insert(dim.getPosition());
    });
  auto iterators = op.getIteratorTypesArray();
  for (unsigned loop = op.getNumLoops(); loop-- > 0;)
    order.insert(loop);
  for (unsigned loop : llvm::reverse(order))
    (linalg::isParallelIterator(iterators[loop]) ? parallel : reduction).push_back(loop);
}

/// A tile at an edge is dealt out as if it were whole, and what is outside of it is left out: numbers of iterations then cost no divisions,
/// and how many there are is known.
void OpDistribution::boundLoops() {
  for (unsigned loop : parallel)
    if (std::optional<int64_t> bound = findBound(sizes[loop]); bound && !getConstantIntValue(sizes[loop])) {
      ends[loop] = sizes[loop];
      sizes[loop] = constant(loop == parallel.back() ? llvm::alignTo(*bound, width) : *bound);
    }
}

void OpDistribution::moveTo(Value flat) {
  SmallVector<Value> parallelSizes = llvm::map_to_vector(parallel, [&](unsigned loop) { return sizes[loop]; });
  for (auto [loop, index] : llvm::zip(parallel, delinearize(b, loc, flat, parallelSizes)))
    indices[loop] = index;
}

AccessKind OpDistribution::classify(OpOperand &operand) {
  return VectorAccess(ArrayRef(parallel).take_back(numInner), width).classify(op.getMatchingIndexingMap(&operand), operand.get());
}

static llvm::MaybeAlign alignmentOf(VectorType type) {
  return llvm::MaybeAlign(type.getNumElements() * llvm::divideCeil(type.getElementTypeBitWidth(), 8));
}

/// The elements of all lanes at the present indices; of an operand that an elementwise body does not use, nothing.
SmallVector<Value> OpDistribution::load(OpOperand &operand) {
  if (!isa<MemRefType>(operand.get().getType()))
    return SmallVector<Value>(width, operand.get());
  if (reduction.empty() && !op.payloadUsesValueFromOperand(&operand))
    return SmallVector<Value>(width);
  SmallVector<Value> at = applyMap(b, loc, op.getMatchingIndexingMap(&operand), indices), lanes;
  if (turned && turned->holds(operand))
    return turned->load(b, at, width);
  AccessKind kind = width == 1 ? AccessKind::broadcast : classify(operand);
  if (kind == AccessKind::broadcast)
    return SmallVector<Value>(width, memref::LoadOp::create(b, loc, operand.get(), at));
  if (kind == AccessKind::contiguous) {
    auto type = VectorType::get({width}, cast<MemRefType>(operand.get().getType()).getElementType());
    Value whole = vector::LoadOp::create(b, loc, type, operand.get(), at, false, alignmentOf(type));
    for (int64_t lane = 0; lane < width; ++lane)
      lanes.push_back(vector::ExtractOp::create(b, loc, whole, lane));
    return lanes;
  }
  SmallVector<Value> loops = indices;
  for (int64_t lane = 0; lane < width; ++lane) {
    loops[parallel.back()] = b.createOrFold<arith::AddIOp>(loc, indices[parallel.back()], constant(lane));
    at = applyMap(b, loc, op.getMatchingIndexingMap(&operand), loops);
    lanes.push_back(memref::LoadOp::create(b, loc, operand.get(), at));
  }
  return lanes;
}

/// What the body yields in each lane. `sums`: what each result has so far, lane by lane.
SmallVector<Value> OpDistribution::computeBody(ValueRange sums) {
  SmallVector<SmallVector<Value>> inputs;
  for (OpOperand *operand : op.getDpsInputOperands())
    inputs.push_back(load(*operand));
  int64_t numResults = op.getNumDpsInits();
  SmallVector<Value> results(numResults * width), loops = indices;
  for (int64_t lane = 0; lane < width; ++lane) {
    if (lane > 0)
      loops[parallel.back()] = arith::AddIOp::create(b, loc, indices[parallel.back()], constant(lane));
    SmallVector<Value> arguments = llvm::map_to_vector(inputs, [&](const SmallVector<Value> &lanes) { return lanes[lane]; });
    for (int64_t i = 0; i < numResults; ++i)
      arguments.push_back(sums[i * width + lane]);
    for (auto [i, value] : llvm::enumerate(inlineBody(b, op, loops, arguments)))
      results[i * width + lane] = value;
  }
  return results;
}

void OpDistribution::unrollLater(scf::ForOp loop) {
  std::optional<int64_t> rounds = getConstantIntValue(loop.getUpperBound());
  // Elements that are no vectors are little: it takes more of them.
  for (int64_t factor = slices > 1 && width == 1 ? 2 * kUnrolled : kUnrolled; rounds && factor > 1; --factor)
    if (*rounds % factor == 0)
      return unrolled.emplace_back(loop, factor), void();
}

SmallVector<Value> OpDistribution::reduce(size_t depth, ValueRange sums) {
  if (depth == reduction.size())
    return computeBody(sums);
  if (depth == 0 && slice)
    return reduceSlice(sums);
  unsigned loop = reduction[depth];
  auto forOp = scf::ForOp::create(b, loc, constant(0), sizes[loop], constant(1), sums);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(forOp.getBody());
  indices[loop] = forOp.getInductionVar();
  SmallVector<Value> next = reduce(depth + 1, forOp.getRegionIterArgs());
  b.setInsertionPointToEnd(forOp.getBody());
  scf::YieldOp::create(b, loc, next);
  SmallVector<Value> results = llvm::to_vector_of<Value>(forOp.getResults());
  if (depth + 1 == reduction.size())
    unrollLater(forOp);
  return results;
}

/// Iterations `slice`, `slice + slices` and so on of the outermost summed loop: rounds that all slices have, then what is left.
SmallVector<Value> OpDistribution::reduceSlice(ValueRange sums) {
  unsigned loop = reduction.front();
  std::optional<int64_t> length = getConstantIntValue(sizes[loop]);
  Value step = constant(slices);
  Value rounds = length ? constant(*length / slices) : arith::DivUIOp::create(b, loc, sizes[loop], step).getResult();
  auto at = [&](Value round) { return arith::AddIOp::create(b, loc, arith::MulIOp::create(b, loc, round, step), slice); };
  auto forOp = scf::ForOp::create(b, loc, constant(0), rounds, constant(1), sums);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(forOp.getBody());
  indices[loop] = at(forOp.getInductionVar());
  SmallVector<Value> next = reduce(1, forOp.getRegionIterArgs());
  b.setInsertionPointToEnd(forOp.getBody());
  scf::YieldOp::create(b, loc, next);
  SmallVector<Value> results = llvm::to_vector_of<Value>(forOp.getResults());
  if (reduction.size() == 1)
    unrollLater(forOp);
  if (length && *length % slices == 0)
    return results;
  b.setInsertionPointAfter(forOp);
  indices[loop] = at(rounds);
  Value inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, indices[loop], sizes[loop]);
  auto last = scf::IfOp::create(b, loc, TypeRange(sums), inside, /*withElseRegion=*/true);
  b.setInsertionPointToStart(last.thenBlock());
  SmallVector<Value> longer = reduce(1, results);
  scf::YieldOp::create(b, loc, longer);
  b.setInsertionPointToStart(last.elseBlock());
  scf::YieldOp::create(b, loc, results);
  return llvm::to_vector_of<Value>(last.getResults());
}

/// In the widest vectors that the result allows; sums and the block's memory may be less aligned than what was loaded.
void OpDistribution::store(OpOperand &init, ValueRange values) {
  AffineMap map = op.getMatchingIndexingMap(&init);
  int64_t part = width;
  while (part > 1 && VectorAccess(ArrayRef(parallel).take_back(numInner), part).classify(map, init.get()) != AccessKind::contiguous)
    part /= 2;
  SmallVector<Value> loops = indices;
  for (int64_t lane = 0; lane < width; lane += part) {
    if (lane > 0)
      loops[parallel.back()] = b.createOrFold<arith::AddIOp>(loc, indices[parallel.back()], constant(lane));
    SmallVector<Value> at = applyMap(b, loc, map, loops);
    if (part == 1) {
      memref::StoreOp::create(b, loc, values[lane], init.get(), at);
      continue;
    }
    auto type = VectorType::get({part}, values.front().getType());
    Value whole = vector::FromElementsOp::create(b, loc, type, values.slice(lane, part));
    vector::StoreOp::create(b, loc, whole, init.get(), at, false, alignmentOf(type));
  }
}

/// All lanes from the present indices on.
void OpDistribution::compute() {
  SmallVector<Value> sums;
  for (OpOperand &init : op.getDpsInitsMutable())
    llvm::append_range(sums, loadStart(init));
  SmallVector<Value> results = reduce(0, sums);
  for (auto [i, init] : llvm::enumerate(op.getDpsInitsMutable()))
    store(init, ArrayRef(results).slice(i * width, width));
}

void OpDistribution::computeInside() {
  Value inside;
  for (unsigned loop : parallel)
    if (ends[loop]) {
      Value before = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, indices[loop], ends[loop]);
      inside = inside ? arith::AndIOp::create(b, loc, inside, before).getResult() : before;
    }
  OpBuilder::InsertionGuard guard(b);
  if (inside)
    b.setInsertionPointToStart(scf::IfOp::create(b, loc, inside, /*withElseRegion=*/false).thenBlock());
  compute();
}

/// How many threads share a result: a power of two.
int64_t OpDistribution::chooseSlices(int64_t mostResults) {
  if (mostResults == 0 || reduction.empty())
    return 1;
  // The longest loop is shared.
  auto lengthOf = [&](unsigned loop) { return getConstantIntValue(sizes[loop]).value_or(std::numeric_limits<int64_t>::max()); };
  auto longest = llvm::max_element(reduction, [&](unsigned x, unsigned y) { return lengthOf(x) < lengthOf(y); });
  std::rotate(reduction.begin(), longest, std::next(longest));
  int64_t most = block.getNumThreads() / static_cast<int64_t>(llvm::PowerOf2Ceil(mostResults));
  while (most > 1 && lengthOf(reduction.front()) < 2 * most)
    most /= 2;
  return std::max<int64_t>(most, 1);
}

/// A slice has a thread for each of `numResults` vectors of results, and perhaps some more. Then a thread joins the parts of a result.
void OpDistribution::computeSlices(Value numResults, const Combiner &combiner) {
  int64_t numShares = block.getNumThreads() / slices;
  Value share = arith::RemUIOp::create(b, loc, block.getThread(), constant(numShares));
  slice = arith::DivUIOp::create(b, loc, block.getThread(), constant(numShares));
  Value last = b.createOrFold<arith::SubIOp>(loc, numResults, constant(1)), vectorSize = constant(width);
  Value number = arith::MinUIOp::create(b, loc, share, last);
  moveTo(arith::MulIOp::create(b, loc, number, vectorSize));
  SmallVector<Value> parts = reduce(0, SmallVector<Value>(width, combiner.createNeutral(b, loc)));
  Value slots = block.allocate(MemRefType::get({slices, numShares * width}, combiner.getType()));
  if (!isa<func::FuncOp>(op->getParentOp()))
    gpu::BarrierOp::create(b, loc); // the round before may still read
  auto type = VectorType::get({width}, combiner.getType());
  Value whole = vector::FromElementsOp::create(b, loc, type, parts), place = arith::MulIOp::create(b, loc, share, vectorSize);
  vector::StoreOp::create(b, loc, whole, slots, ValueRange{slice, place}, false, alignmentOf(type));
  gpu::BarrierOp::create(b, loc);
  Value total = b.createOrFold<arith::MulIOp>(loc, numResults, vectorSize);
  width = 1;
  forEachShare(b, loc, block, total, [&](Value result) {
    moveTo(result);
    OpOperand &init = *op.getDpsInitOperand(0);
    Value sum = loadStart(init).front();
    for (int64_t i = 0; i < slices; ++i)
      sum = combiner.combine(b, loc, sum, memref::LoadOp::create(b, loc, slots, ValueRange{constant(i), result}));
    store(init, sum);
  });
}

void OpDistribution::run() {
  b.setInsertionPoint(op);
  orderLoops();
  for (Range range : cast<linalg::LinalgOp>(op.getOperation()).createLoopRanges(b, loc))
    sizes.push_back(getValueOrCreateConstantIndexOp(b, loc, range.size));
  indices.assign(sizes.size(), constant(0));
  auto isTurned = [&](OpOperand &operand) { return turned && turned->holds(operand); };
  width = VectorAccess::choose(op, parallel, sizes, isTurned, numInner);
  ends.resize(sizes.size());
  if (turned)
    boundLoops();
  Value total = constant(1);
  for (unsigned loop : parallel)
    total = b.createOrFold<arith::MulIOp>(loc, total, sizes[loop]);
  std::optional<Combiner> combiner = Combiner::match(op);
  std::optional<int64_t> most = combiner ? findBound(total) : std::nullopt;
  if (width > 1)
    total = b.createOrFold<arith::DivUIOp>(loc, total, constant(width));
  slices = most ? chooseSlices(llvm::divideCeil(*most, width)) : 1;
  // ptxas would take fewer registers, for blocks that there are not, and have three loads under way at once. Of loads of elements it would
  // have 44, with too few blocks for one wave of them (sums of 50257 columns); 22 are enough.
  if (slices > 1)
    op->getParentOfType<func::FuncOp>()->setAttr("cuda.min_blocks", b.getI32IntegerAttr(width > 1 ? 4 : 6));
  if (slices > 1)
    computeSlices(total, *combiner);
  else
    forEachShare(b, loc, block, total, [&](Value number) {
      moveTo(width > 1 ? arith::MulIOp::create(b, loc, number, constant(width)).getResult() : number);
      computeInside();
    });
  for (auto [loop, factor] : unrolled)
    (void)loopUnrollByFactor(loop, factor);
  b.eraseOp(op);
}

} // namespace

void distributeOp(RewriterBase &rewriter, linalg::GenericOp op, ThreadBlock &block, Value start, const TurnedTile *turned) {
  OpDistribution(rewriter, op, block, start, turned).run();
}

} // namespace tenon::schedule
