// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The warp-specialised persistent schedule of matrix products.
//
// Two rings of barriers connect the roles: `full` counts bytes of A and B tiles that have arrived, `empty` counts warpgroups that no longer
// read them. Consumers run up to the number of stages apart, which is what hides a part of the epilogue of one behind the products of the
// other. Consumers that take turns with tiles hide all of it; a third ring, `turn`, counts tiles whose products are on their way, and lets
// nobody wait for a step before all steps ahead of it have arrived: a barrier more than one round behind would take an old phase for it.
#include "lib/Schedule/Tile/EpilogueRegisters.h"
#include "lib/Schedule/Tile/GemmGenerator.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::schedule;
using namespace tenon::tile;

int64_t schedule::stepsOfPromotion(const GemmProblem &problem) { return isFloat8(problem.element) ? 4 : 0; }

int64_t schedule::stepK(const GemmProblem &problem) { return 128 / elementBytes(problem.element); }

/// Bytes of the staging tile for C of all consumers, and its columns: as wide as the widest swizzle that divides the tile.
static std::pair<int64_t, int64_t> stagingOf(const GemmProblem &problem, const GemmSchedule &schedule) {
  int64_t bytes = elementBytes(problem.output), swizzle = 128;
  while (schedule.tileN * bytes % swizzle)
    swizzle /= 2;
  return {64 * schedule.consumers * swizzle, swizzle / bytes};
}

bool schedule::canSwizzle(const GemmProblem &problem, int64_t tileN) { return tileN * elementBytes(problem.output) % 32 == 0; }

/// Of shared memory, bytes that A, B and their barriers leave.
static int64_t leftBytes(const GemmProblem &problem, const GemmSchedule &schedule) {
  int64_t barriers = 16 * schedule.stages + (schedule.pingPong ? 16 : 0);
  return kSharedBytes - schedule.stages * (schedule.tileM() + schedule.tileN) * 128 - barriers;
}

/// Copied pieces of an operand that each consumer has room for.
static constexpr int64_t kOperandPieces = 2;

std::optional<size_t> schedule::findCopiedOperand(const GemmProblem &problem, const GemmSchedule &schedule) {
  if (schedule.storeDirectly || problem.isBatched)
    return std::nullopt;
  int64_t piece = stagingOf(problem, schedule).first, barriers = 8 * kOperandPieces * schedule.consumers;
  if (leftBytes(problem, schedule) < (1 + kOperandPieces) * piece + barriers)
    return std::nullopt;
  for (size_t i = 0; i < problem.operands.size(); ++i)
    if (problem.operands[i] == EpilogueOperand::matrix && elementBytes(problem.getOperandType(i)) == elementBytes(problem.output))
      return i;
  return std::nullopt;
}

bool schedule::isCopiedResult(const GemmProblem &problem, const GemmSchedule &schedule, size_t index) {
  return !schedule.storeDirectly && problem.furtherOutputs[index] == problem.output;
}

LogicalResult GemmGenerator::check() {
  auto refuse = [&](const Twine &reason) { return emitError(loc, "the schedule does not fit: ") << reason; };
  if (schedule.pingPong && schedule.consumers != 2)
    return refuse("expected two consumers that take turns, got " + Twine(schedule.consumers));
  if (schedule.consumers < 1 || schedule.consumers > 3)
    return refuse("expected 1 to 3 consumers, got " + Twine(schedule.consumers));
  // The sums of a thread, and what is left for addresses and the epilogue, or for fragments that are read.
  int64_t sums = schedule.sums();
  int64_t room = schedule.reads() ? 32 : schedule.consumers == 3 ? 112 : 192;
  if (schedule.blocks < 1 || schedule.tileN < 16 || schedule.tileN > 256 || schedule.tileN % 16 || sums > room)
    return refuse("expected tiles of at most " + Twine(room) + " sums a thread, got " + Twine(sums));
  if (!llvm::is_contained({1, 2, 4}, schedule.cluster))
    return refuse("expected a cluster of 1, 2 or 4, got " + Twine(schedule.cluster));
  if (schedule.stages < 2 || schedule.group < 1)
    return refuse("expected at least 2 stages and a group, got " + Twine(schedule.stages) + " and " + Twine(schedule.group));
  // Between two parts of a sum the tensor cores are the other consumer's.
  if (schedule.promote < 0 || (schedule.promote && (schedule.pingPong || problem.element.isInteger(8))))
    return refuse("expected promoted sums of floats, of consumers that do not take turns");
  bool isShort = problem.element.isF16() || problem.element.isBF16();
  if ((problem.transposeA || problem.transposeB) && !isShort)
    return refuse("expected 16-bit elements of a transposed operand");
  if (problem.transposeB && schedule.tileN % 64)
    return refuse("expected a multiple of 64 columns for a transposed B, got " + Twine(schedule.tileN));
  if (!canSwizzle(problem, schedule.tileN))
    return refuse("expected a multiple of 32 columns for results of one byte, got " + Twine(schedule.tileN));
  if (schedule.reads() && !isShort)
    return refuse("expected 16-bit elements of an operand that threads read");
  if (schedule.reads() && (schedule.consumers > 2 || schedule.cluster > 1 || schedule.tileN % 64))
    return refuse("expected two consumers at most, no cluster and a multiple of 64 columns where threads read an operand");
  if (schedule.tileM() > 256)
    return refuse("expected at most 256 rows, got " + Twine(schedule.tileM()));
  // What else needs room is seen when it is placed.
  int64_t most = kSharedBytes / (128 * (schedule.tileM() + schedule.tileN));
  if (schedule.stages > most)
    return refuse("expected at most " + Twine(most) + " stages of its tiles, got " + Twine(schedule.stages));
  return success();
}

void GemmGenerator::chooseTypes() {
  int64_t tileM = schedule.tileM(), tileN = schedule.tileN, tileK = stepK(problem), rank = problem.isBatched ? 3 : 2;
  bool inParts = schedule.sharesInParts();
  int64_t aShare = inParts ? schedule.clusterN() : 1, bShare = inParts ? schedule.clusterM() : 1;
  auto types = [&](int64_t extent, Type element, bool isTransposed, int64_t share, SmemType &tiles, DescriptorType &box) {
    int64_t rows = isTransposed ? tileK : extent, columns = isTransposed ? extent : tileK;
    tiles = SmemType::get(builder.getContext(), rows, columns, element, 128, schedule.stages);
    box = DescriptorType::get(builder.getContext(), rows / share, tileK, element, 128, rank, false);
  };
  types(tileM, problem.element, problem.transposeA, aShare, aTiles, aBox);
  types(tileN, problem.getElementB(), problem.transposeB, bShare, bTiles, bBox);

  auto [bufferBytes, columns] = stagingOf(problem, schedule);
  storedColumns = columns;
  int64_t swizzle = columns * outputBytes(), left = leftBytes(problem, schedule);
  holdsRows = EpilogueRegisters(problem).holdRows(schedule);
  copied = findCopiedOperand(problem, schedule);
  if (copied) {
    int64_t pieces = kOperandPieces * schedule.consumers;
    Type element = problem.getOperandType(*copied);
    rTiles = SmemType::get(builder.getContext(), 64, storedColumns, element, swizzle, pieces);
    rBox = DescriptorType::get(builder.getContext(), 64, storedColumns, element, swizzle, rank, false);
    left -= rTiles.getBytes() + 8 * pieces;
  }
  // The number of buffers divides the number of pieces, so that each piece always goes through the same one and its address is a constant.
  int64_t pieces = tileN / storedColumns * schedule.blocks, buffers = 1;
  for (int64_t count : {2, 3, 4})
    if (pieces % count == 0 && count * bufferBytes <= left)
      buffers = count;
  cTiles = SmemType::get(builder.getContext(), 64 * schedule.consumers, storedColumns, problem.output, swizzle, buffers);
  cBox = DescriptorType::get(builder.getContext(), 64, storedColumns, problem.output, swizzle, rank, false);
  fullType = BarriersType::get(builder.getContext(), schedule.stages, 1);
  emptyType = BarriersType::get(builder.getContext(), schedule.stages, schedule.sharers() * schedule.cluster);
}

void GemmGenerator::computeGrid(ValueRange arguments) {
  a = arguments[0], b = arguments[1], c = arguments[2], m = arguments[3], n = arguments[4], k = arguments[5];
  batches = problem.isBatched ? arguments[6] : Value();
  ValueRange pointers = arguments.drop_front(problem.isBatched ? 7 : 6);
  operands = llvm::to_vector(pointers.take_front(problem.operands.size()));
  further = llvm::to_vector(pointers.drop_front(problem.operands.size()));
  zero = emit.constant(0), one = emit.constant(1);
  Type i32 = builder.getI32Type();
  Value block = create<NVVM::BlockIdXOp>(i32), blocks = create<NVVM::GridDimXOp>(i32);
  rank = emit.remainder(block, schedule.cluster);
  first = emit.divide(block, schedule.cluster);
  step = emit.divide(blocks, schedule.cluster);
  auto count = [&](Value extent, int64_t size) { return emit.divide(emit.add(extent, size - 1), size); };
  tilesM = count(m, schedule.tileM() * schedule.clusterM());
  tilesN = count(n, schedule.tileN * schedule.clusterN());
  tilesPerBatch = emit.multiply(tilesM, tilesN);
  tiles = problem.isBatched ? emit.multiply(tilesPerBatch, batches) : tilesPerBatch;
  steps = count(k, stepK(problem));
  // Sums of nothing are zeros, as what is read outside of an operand is.
  if (schedule.readsA && schedule.readsB)
    steps = create<arith::MaxUIOp>(steps, one);
}

std::array<Value, 3> GemmGenerator::placeOf(Value tile) {
  Value batch = problem.isBatched ? emit.divide(tile, tilesPerBatch) : Value();
  if (batch)
    tile = emit.remainder(tile, tilesPerBatch);
  Value perGroup = emit.multiply(tilesN, schedule.group);
  Value firstM = emit.multiply(emit.divide(tile, perGroup), schedule.group);
  Value rows = emit.minimum(emit.subtract(tilesM, firstM), emit.constant(schedule.group));
  Value inGroup = emit.remainder(tile, perGroup);
  Value tileM = emit.add(firstM, emit.remainder(inGroup, rows)), tileN = emit.divide(inGroup, rows);
  Value &shared = schedule.clusterAlongN ? tileN : tileM;
  if (schedule.cluster > 1)
    shared = emit.add(emit.multiply(shared, schedule.cluster), rank);
  return {emit.multiply(tileM, schedule.tileM()), emit.multiply(tileN, schedule.tileN), batch};
}

Value GemmGenerator::forEachTile(function_ref<Value(Value, Value)> body) {
  return loop(first, tiles, step, zero, [&](Value tile, ValueRange carried) { return SmallVector<Value>{body(tile, carried[0])}; })[0];
}

void GemmGenerator::buildProducer() {
  Source first{a, aRing, m, aTiles, problem.transposeA, schedule.readsA, schedule.clusterN() > 1};
  Source second{b, bRing, n, bTiles, problem.transposeB, schedule.readsB, schedule.clusterM() > 1};
  auto produce = [&] {
    create<WaitDependencyOp>();
    Value uses = forEachTile([&](Value tile, Value done) -> Value {
      auto [m0, n0, batch] = placeOf(tile);
      SmallVector<Part> parts{{first, m0, problem.isSharedA ? zero : batch}, {second, n0, batch}};
      return loop(zero, steps, one, done, [&](Value index, ValueRange carried) {
        bring(parts, carried[0], emit.multiply(index, stepK(problem)));
        return SmallVector<Value>{emit.add(carried[0], 1)};
      })[0];
    });
    // Cheaper than a barrier of the cluster, which waits for all that was written to memory, too.
    if (schedule.cluster > 1)
      create<DrainOp>(empty, uses);
  };
  // While the kernel before still runs.
  auto prefetch = [&] {
    for (const Source &source : {first, second})
      if (!source.isRead)
        create<PrefetchOp>(source.memory);
  };
  if (schedule.reads()) {
    elect(prefetch);
    produce();
  } else {
    elect([&] {
      prefetch();
      produce();
    });
  }
}

void GemmGenerator::forEachTurn(Value index, function_ref<void(Value, Value)> body) {
  loop(emit.add(first, emit.multiply(index, step)), tiles, emit.multiply(step, 2), index, [&](Value tile, ValueRange carried) {
    body(tile, carried[0]);
    return SmallVector<Value>{emit.add(carried[0], 2)};
  });
}

/// The sums of this consumer's blocks over K, waited for, after the number of steps done by then.
SmallVector<Value> GemmGenerator::multiplyTile(Value index, Value done, Value number) {
  if (!schedule.promote)
    return multiplySteps(index, zero, steps, done, number);
  SmallVector<Value> carried{done};
  Value none = create<arith::ConstantOp>(builder.getF32FloatAttr(0));
  carried.append(schedule.blocks, create<SplatOp>(sumType(), none));
  return llvm::to_vector(loop(zero, steps, emit.constant(schedule.promote), carried, [&](Value from, ValueRange totals) {
    Value end = emit.minimum(steps, emit.add(from, schedule.promote));
    SmallVector<Value> next = multiplySteps(index, from, end, totals[0], number);
    for (int64_t block = 1; block <= schedule.blocks; ++block)
      next[block] = addFragments(totals[block], next[block]);
    return next;
  }));
}

/// The same of the steps `from` to `end`.
SmallVector<Value> GemmGenerator::multiplySteps(Value index, Value from, Value end, Value done, Value number) {
  FragmentType type = sumType();
  SmallVector<Value> carried{done};
  for (int64_t block = 0; block < schedule.blocks; ++block)
    carried.push_back(create<UndefOp>(type));
  bool atCluster = schedule.cluster > 1;
  ValueRange last = loop(from, end, one, carried, [&](Value stepIndex, ValueRange values) {
    Value count = values[0];
    Value isLater = create<arith::CmpIOp>(arith::CmpIPredicate::ne, stepIndex, from);
    create<WaitOp>(full, count, /*previous=*/false);
    SmallVector<Value> next{emit.add(count, 1)};
    for (int64_t block = 0; block < schedule.blocks; ++block) {
      Value part = schedule.pingPong ? emit.constant(block) : emit.add(emit.multiply(index, schedule.blocks), block);
      next.push_back(
          create<MmaOp>(type, aRing, count, part, bRing, count, values[1 + block], isLater, problem.transposeA, problem.transposeB));
    }
    // The products of the step before are done: its tiles may be overwritten.
    create<WaitMmaOp>(TypeRange(), schedule.blocks, ValueRange());
    onlyIf(isLater, [&] { elect([&] { create<ArriveOp>(empty, emit.subtract(count, 1), atCluster); }); });
    return next;
  });
  if (schedule.pingPong)
    elect([&] { create<ArriveOp>(turn, number, /*cluster=*/false); });
  SmallVector<Value> results{last[0]};
  ValueRange sums = last.drop_front();
  llvm::append_range(results, create<WaitMmaOp>(sums.getTypes(), 0, sums).getReady());
  elect([&] { create<ArriveOp>(empty, emit.subtract(results[0], 1), atCluster); });
  return results;
}

void GemmGenerator::buildConsumer(Value index) {
  if (!operands.empty())
    create<WaitDependencyOp>();
  auto computeTile = [&](Value tile, Value done, Value number) {
    auto [m0, n0, batch] = placeOf(tile);
    startRows({m0, n0, batch});
    if (copied)
      startCopies({m0, n0, batch}, index, number ? emit.divide(number, 2) : emit.divide(emit.subtract(tile, first), step));
    if (schedule.pingPong)
      create<WaitOp>(turn, emit.add(number, 1), /*previous=*/true); // of the tile before this one
    SmallVector<Value> sums = multiplyTile(index, done, number);
    buildEpilogue({m0, n0, batch}, index, ArrayRef(sums).drop_front());
    return sums[0];
  };
  if (schedule.pingPong)
    forEachTurn(index, [&](Value tile, Value number) { computeTile(tile, emit.multiply(number, steps), number); });
  else
    forEachTile([&](Value tile, Value done) { return computeTile(tile, done, Value()); });
  // What depends on this kernel waits for its memory by itself; its tiles must live until they are read.
  elect([&] { create<WaitStoresOp>(0, /*read=*/true); });
}

KernelOp GemmGenerator::build(StringRef name) {
  chooseTypes();
  Type i32 = builder.getI32Type();
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext(), 1);
  auto inputOf = [&](bool isPointer, Type box) { return isPointer ? Type(pointer) : box; };
  SmallVector<Type> inputs{inputOf(schedule.readsA, aBox), inputOf(schedule.readsB, bBox), inputOf(schedule.storeDirectly, cBox)};
  inputs.append(3, i32);
  if (problem.isBatched)
    inputs.push_back(i32);
  for (size_t i = 0; i < problem.operands.size(); ++i)
    inputs.push_back(copied == i ? Type(rBox) : pointer);
  for (size_t i = 0; i < problem.furtherOutputs.size(); ++i)
    inputs.push_back(isCopiedResult(problem, schedule, i) ? Type(cBox) : pointer);
  return kernel(name, inputs, (1 + schedule.consumers) * kWarpgroup, schedule.cluster, [&](ValueRange arguments) {
    aRing = alloc(aTiles), bRing = alloc(bTiles);
    if (!schedule.storeDirectly)
      cRing = alloc(cTiles);
    SmallVector<Value> barriers{full = alloc(fullType), empty = alloc(emptyType, schedule.pingPong)};
    if (schedule.pingPong)
      barriers.push_back(turn = alloc(BarriersType::get(builder.getContext(), 2, 1), /*turns=*/true));
    if (copied) {
      rRing = alloc(rTiles);
      barriers.push_back(landed = alloc(BarriersType::get(builder.getContext(), rTiles.getStages(), 1), /*turns=*/true));
    }
    create<InitOp>(barriers);
    create<LaunchDependentsOp>();
    computeGrid(arguments);
    // Who reads needs registers, too: all keep what they have at launch.
    auto share = [&](int64_t crowded, int64_t registers) { return schedule.reads() ? 0 : schedule.consumers == 3 ? crowded : registers; };
    roles([&] {
      role("producer", 1, share(32, 40), [&](Value) { buildProducer(); });
      role("consumer", schedule.consumers, share(160, 232), [&](Value index) { buildConsumer(index); });
    });
  });
}

FailureOr<KernelOp> schedule::buildGemm(OpBuilder &builder, Location loc, StringRef name, const GemmProblem &problem,
                                        const GemmSchedule &schedule) {
  GemmGenerator generator(builder, loc, problem, schedule);
  if (failed(generator.check()))
    return failure();
  return generator.build(name);
}
