// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The schedule for few rows: weights stream through a ring, K is split over a cluster.
//
// Weights do not depend on the kernel before, so their first tiles are asked for before this one waits for it; only A is waited for. That
// is why A and B have a ring of barriers each. At the end each CTA sends every other its columns of the sums, to memory of their own:
// no CTA asks another whether it may.
#include "lib/Schedule/Tile/SmallGemm.h"

#include "lib/Schedule/Tile/Builder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::schedule;
using namespace tenon::tile;

namespace {

class SmallGenerator : KernelBuilder {
public:
  SmallGenerator(OpBuilder &builder, Location loc, const GemmProblem &problem, const SmallGemmSchedule &schedule)
      : KernelBuilder(builder, loc), problem(problem), schedule(schedule) {}

  LogicalResult check();
  KernelOp build(StringRef name);

private:
  void computeGrid(ValueRange arguments);
  void buildProducer();
  SmallVector<Value> weightsAt(Value count);
  void loadWeights(Value count);
  void loadRows(Value count);
  Value multiply(Value index);
  Value multiplySteps(Value index, Value from, Value end);
  void exchange(Value index, Value sum);
  void finish(Value index, Value sum, Value column);
  Value kOf(Value count) { return emit.multiply(emit.add(emit.multiply(count, schedule.split), rank), stepK(problem)); }

  const GemmProblem &problem;
  const SmallGemmSchedule &schedule;

  SmemType bTiles, aTiles, sumTiles;
  BarriersType fullType, emptyType;
  Value zero, one, a, b, c, m, n, bRing, aRing, sums, bFull, aFull, empty, landed;
  Value rank, m0, n0, steps;            // steps along K that this CTA takes
  SmallVector<Value> operands, further; // of the epilogue: pointers, and those of results
};

} // namespace

LogicalResult SmallGenerator::check() {
  auto refuse = [&](const Twine &reason) { return emitError(loc, "the schedule does not fit: ") << reason; };
  if (problem.transposeA || problem.isBatched)
    return refuse("expected A stored [M, K] without batch");
  if (problem.transposeB && tile::elementBytes(problem.element) != 2)
    return refuse("expected 16-bit elements of a transposed operand");
  if (problem.element.isInteger(8) && schedule.tileM % 16)
    return refuse("expected a multiple of 16 rows for i8, got " + Twine(schedule.tileM));
  if (schedule.consumers < 1 || schedule.consumers > 4 || schedule.stages < 2)
    return refuse("expected 1 to 4 consumers and at least 2 stages");
  if (schedule.ahead < 0 || schedule.release < 0)
    return refuse("expected no negative steps, got " + Twine(schedule.ahead) + " ahead and " + Twine(schedule.release) + " of release");
  // What a thread has at launch holds its sums and addresses.
  int64_t registers = std::min<int64_t>(65536 / ((1 + schedule.consumers) * kWarpgroup), 255);
  int64_t most = std::min<int64_t>(2 * (registers - 40) / 8 * 8, 256);
  if (schedule.promote < 0 || (schedule.promote && problem.element.isInteger(8)))
    return refuse("expected promoted sums of floats");
  if (schedule.promote)
    most /= 2;
  if (schedule.tileM < 8 || schedule.tileM > most || schedule.tileM % 8)
    return refuse("expected a multiple of 8 rows up to " + Twine(most) + ", got " + Twine(schedule.tileM));
  if (!llvm::is_contained({1, 2, 4, 8}, schedule.split) || schedule.tileM % 16)
    if (schedule.split != 1)
      return refuse("expected a split of 1, 2, 4 or 8 and a multiple of 16 rows, got " + Twine(schedule.split));
  // Each CTA of a split adds its share of the columns, in groups of eight as fragments have them.
  if (schedule.tileM > 8 * schedule.split && schedule.tileM % (8 * schedule.split))
    return refuse("expected a multiple of 8 rows for each CTA of the split, got " + Twine(schedule.tileM) + " rows of " +
                  Twine(schedule.split));
  if (schedule.stages > mostStages(schedule))
    return refuse("expected at most " + Twine(mostStages(schedule)) + " stages of its tiles, got " + Twine(schedule.stages));
  return success();
}

void SmallGenerator::computeGrid(ValueRange arguments) {
  b = arguments[0], a = arguments[1], c = arguments[2], m = arguments[3], n = arguments[4];
  operands = llvm::to_vector(arguments.slice(6, problem.operands.size()));
  further = llvm::to_vector(arguments.drop_front(6 + problem.operands.size()));
  zero = emit.constant(0), one = emit.constant(1);
  Type i32 = builder.getI32Type();
  Value block = create<NVVM::BlockIdXOp>(i32), tile = emit.divide(block, schedule.split);
  Value tilesN = emit.divide(emit.add(n, schedule.tileN() - 1), schedule.tileN());
  rank = emit.remainder(block, schedule.split);
  n0 = emit.multiply(emit.remainder(tile, tilesN), schedule.tileN());
  m0 = emit.multiply(emit.divide(tile, tilesN), schedule.tileM);
  Value all = emit.divide(emit.add(arguments[5], stepK(problem) - 1), stepK(problem));
  // Rank r takes steps r, r + split, ...: as many as fit. One that has none takes a step outside of the matrices, which copies as zeros.
  steps = emit.divide(emit.subtract(emit.add(all, schedule.split - 1), rank), schedule.split);
  steps = create<arith::MaxUIOp>(steps, one);
}

/// Of the weights of a step.
SmallVector<Value> SmallGenerator::weightsAt(Value count) {
  SmallVector<Value> coordinates{kOf(count), n0};
  if (problem.transposeB)
    std::swap(coordinates[0], coordinates[1]);
  return coordinates;
}

void SmallGenerator::loadWeights(Value count) {
  create<ExpectOp>(bFull, count, bTiles.getTileBytes());
  create<LoadOp>(b, weightsAt(count), ValueRange(), bRing, count, Value(), bFull, /*multicast=*/false, Keep::shortly);
}

void SmallGenerator::loadRows(Value count) {
  create<ExpectOp>(aFull, count, aTiles.getTileBytes());
  create<LoadOp>(a, ValueRange{kOf(count), m0}, ValueRange(), aRing, count, Value(), aFull, /*multicast=*/false, Keep::longer);
}

void SmallGenerator::buildProducer() {
  elect([&] {
    if (schedule.split > 1)
      create<ExpectOp>(landed, zero, sumTiles.getTileBytes());
    Value early = emit.minimum(steps, emit.constant(schedule.stages));
    auto each = [&](Value from, Value end, function_ref<void(Value)> body) {
      loop(from, end, one, {}, [&](Value count, ValueRange) {
        body(count);
        return SmallVector<Value>();
      });
    };
    each(zero, early, [&](Value count) { loadWeights(count); });
    create<PrefetchOp>(a);
    if (schedule.ahead)
      each(early, emit.minimum(steps, emit.constant(schedule.stages + schedule.ahead)),
           [&](Value count) { create<PrefetchTileOp>(b, weightsAt(count), Value(), bTiles, Keep::shortly); });
    create<WaitDependencyOp>();
    each(zero, early, [&](Value count) { loadRows(count); });
    Value last = emit.subtract(steps, schedule.release);
    each(early, steps, [&](Value count) {
      create<WaitOp>(empty, count, /*previous=*/true);
      Value isLate = create<arith::CmpIOp>(arith::CmpIPredicate::eq, count, last);
      onlyIf(isLate, [&] { create<LaunchDependentsOp>(); });
      loadWeights(count);
      loadRows(count);
    });
    create<LaunchDependentsOp>(); // once more does no harm
  });
}

Value SmallGenerator::multiply(Value index) {
  if (!schedule.promote)
    return multiplySteps(index, zero, steps);
  auto type = FragmentType::get(builder.getContext(), 64, schedule.tileM, problem.getSumType());
  Value nothing = create<SplatOp>(type, create<arith::ConstantOp>(builder.getF32FloatAttr(0)));
  return loop(zero, steps, emit.constant(schedule.promote), nothing, [&](Value from, ValueRange carried) {
    Value end = emit.minimum(steps, emit.add(from, schedule.promote)), part = multiplySteps(index, from, end);
    elect([&] { create<ArriveOp>(empty, emit.subtract(end, 1), false); });
    return SmallVector<Value>{addFragments(carried[0], part)};
  })[0];
}

/// The sum of the steps `from` to `end`, waited for. The tiles of the last one are not given back.
Value SmallGenerator::multiplySteps(Value index, Value from, Value end) {
  auto type = FragmentType::get(builder.getContext(), 64, schedule.tileM, problem.getSumType());
  Value start = create<UndefOp>(type);
  Value sum = loop(from, end, one, start, [&](Value count, ValueRange carried) {
    Value isLater = create<arith::CmpIOp>(arith::CmpIPredicate::ne, count, from);
    create<WaitOp>(bFull, count, /*previous=*/false);
    create<WaitOp>(aFull, count, /*previous=*/false);
    Value next = create<MmaOp>(type, bRing, count, index, aRing, count, carried[0], isLater, problem.transposeB, false);
    create<WaitMmaOp>(TypeRange(), 1, ValueRange());
    onlyIf(isLater, [&] { elect([&] { create<ArriveOp>(empty, emit.subtract(count, 1), false); }); });
    return SmallVector<Value>{next};
  })[0];
  return create<WaitMmaOp>(TypeRange(type), 0, sum).getReady()[0];
}

/// Epilogue and store of columns of the transposed tile: rows are along N, columns along M.
void SmallGenerator::finish(Value index, Value sum, Value column) {
  Value row = emit.add(n0, emit.multiply(index, 64));
  auto type = cast<FragmentType>(sum.getType());
  SmallVector<Value> inputs{sum};
  for (auto [i, kind] : llvm::enumerate(problem.operands)) {
    bool hasRows = isAlongN(kind), hasColumns = isAlongM(kind); // M and N of C stand the other way here
    auto vector = FragmentType::get(builder.getContext(), hasRows ? 64 : 1, hasColumns ? type.getColumns() : 1, problem.getOperandWord(i));
    inputs.push_back(create<ReadOp>(vector, operands[i], hasRows ? row : zero, hasColumns ? column : zero, hasRows && hasColumns ? n : one,
                                    hasRows ? n : one, hasColumns ? m : one, problem.getOperandType(i),
                                    /*transposed=*/kind == EpilogueOperand::matrix));
  }
  auto write = [&](size_t result, Value pointer, Type output) {
    create<WriteOp>(mapEpilogue(problem, inputs, result), pointer, row, column, n, n, m, output, /*transposed=*/true);
  };
  write(0, c, problem.output);
  for (auto [i, pointer] : llvm::enumerate(further))
    write(1 + i, pointer, problem.furtherOutputs[i]);
}

/// Sends columns to the CTAs that end them, itself among them, and ends those of this one: the sum over the cluster in the order of ranks.
void SmallGenerator::exchange(Value index, Value sum) {
  auto type = FragmentType::get(builder.getContext(), 64, schedule.share(), problem.getSumType());
  int64_t receivers = schedule.tileM / schedule.share();
  auto partOf = [&](Value sender) { return emit.add(emit.multiply(sender, schedule.consumers), index); };
  for (int64_t receiver = 0; receiver < receivers; ++receiver)
    create<SendRegistersOp>(create<ColumnsOp>(type, sum, receiver * schedule.share()), sums, partOf(rank), emit.constant(receiver), landed,
                            zero);
  onlyIf(emit.isLess(rank, emit.constant(receivers)), [&] {
    create<WaitOp>(landed, zero, /*previous=*/false);
    Value total;
    for (int64_t sender = 0; sender < schedule.split; ++sender) {
      Value part = create<ReadRegistersOp>(type, sums, partOf(emit.constant(sender)));
      total = total ? addFragments(total, part) : part;
    }
    finish(index, total, emit.add(m0, emit.multiply(rank, schedule.share())));
  });
}

KernelOp SmallGenerator::build(StringRef name) {
  MLIRContext *context = builder.getContext();
  int64_t tileK = stepK(problem);
  int64_t bRows = problem.transposeB ? tileK : schedule.tileN(), bColumns = problem.transposeB ? schedule.tileN() : tileK;
  bTiles = SmemType::get(context, bRows, bColumns, problem.getElementB(), 128, schedule.stages);
  aTiles = SmemType::get(context, schedule.tileM, tileK, problem.element, 128, schedule.stages);
  if (schedule.split > 1)
    sumTiles = SmemType::get(context, schedule.split * schedule.tileN(), schedule.share(), problem.getSumType(), 0, 1);
  fullType = BarriersType::get(context, schedule.stages, 1);
  emptyType = BarriersType::get(context, schedule.stages, schedule.consumers);
  auto pointer = LLVM::LLVMPointerType::get(context, 1);
  Type i32 = builder.getI32Type();
  SmallVector<Type> inputs{DescriptorType::get(context, bRows, tileK, problem.getElementB(), 128, 2, false),
                           DescriptorType::get(context, schedule.tileM, tileK, problem.element, 128, 2, false),
                           pointer,
                           i32,
                           i32,
                           i32};
  inputs.append(problem.operands.size() + problem.furtherOutputs.size(), pointer);
  KernelOp result = kernel(name, inputs, (1 + schedule.consumers) * kWarpgroup, schedule.split, [&](ValueRange arguments) {
    bRing = alloc(bTiles), aRing = alloc(aTiles);
    SmallVector<Value> barriers{bFull = alloc(fullType), aFull = alloc(fullType), empty = alloc(emptyType)};
    if (schedule.split > 1) {
      sums = alloc(sumTiles);
      barriers.push_back(landed = alloc(BarriersType::get(context, 1, 1)));
    }
    create<InitOp>(barriers);
    computeGrid(arguments);
    roles([&] {
      role("producer", 1, 0, [&](Value) { buildProducer(); });
      role("consumer", schedule.consumers, 0, [&](Value index) {
        if (!operands.empty())
          create<WaitDependencyOp>();
        Value sum = multiply(index);
        if (schedule.split == 1)
          finish(index, sum, m0);
        else
          exchange(index, sum);
      });
    });
  });
  // Of an engine's buffers A, B ...: the weights are read before the kernel ahead of this one has ended.
  result->setDiscardableAttr("cuda.early", builder.getDenseI32ArrayAttr({1}));
  return result;
}

int64_t schedule::mostStages(const SmallGemmSchedule &schedule, int64_t bytes) {
  int64_t sums = (schedule.split > 1 ? schedule.split : 0) * schedule.share() * schedule.tileN() * 4, barriers = 8;
  return (bytes - sums - barriers) / (128 * (schedule.tileM + schedule.tileN()) + 3 * barriers);
}

SmallGemmSchedule schedule::splitInto(SmallGemmSchedule schedule, int64_t split) {
  constexpr int64_t kHalf = 228 * 1024 / 2 - 1024; // of an SM's shared memory, without what each CTA has reserved
  int64_t bytes = schedule.stages <= mostStages(schedule, kHalf) ? kHalf : kSharedBytes;
  schedule.split = split;
  schedule.stages = std::min(schedule.stages, mostStages(schedule, bytes));
  return schedule;
}

FailureOr<KernelOp> schedule::buildSmallGemm(OpBuilder &builder, Location loc, StringRef name, const GemmProblem &problem,
                                             const SmallGemmSchedule &schedule) {
  SmallGenerator generator(builder, loc, problem, schedule);
  if (failed(generator.check()))
    return failure();
  return generator.build(name);
}
