// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The cost model of products.
//
// A persistent kernel ends when its busiest SM ends: the number of tiles that this one gets, times the time of a tile, is nearly all there
// is to know; how evenly tiles divide among 132 SMs decides between tile shapes that are equally good by themselves. On the large fp16
// shapes of an H200 (tools/bench/gemm, 2026-11-26) the choice was 1.0 % slower than the best of these tiles in the geometric mean.
#include "lib/Schedule/Tile/ChooseGemm.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::schedule;

namespace {

constexpr double kClock = 1.75e3;  // cycles a microsecond under load
constexpr double kOperations = 32; // elements of a tile that a step of 128 bytes along K passes a cycle: 4096 operations for 16 bits
constexpr double kBytes = 4.0e6;   // of global memory a microsecond
constexpr double kLaunch = 1.6;    // microseconds of an empty kernel in a graph
constexpr double kFill = 1600;     // cycles until the first tiles have arrived

// Of the end of a tile, cycles an element: conversion and store; each operation of the epilogue; each matrix read; each further result.
constexpr double kEpilogue = 1400. / 32768, kEpilogueOperation = 0.011, kEpilogueMatrix = 0.06, kFurtherResult = 0.1;
constexpr double kAlone = 3.3;

/// A tile shape and the share of the tensor cores' rate that its main loop reaches: larger tiles read less shared memory for the same work.
struct Shape {
  int64_t consumers, blocks, tileN, stages;
  double rate;
  bool pingPong = false;
};

constexpr Shape kShapes[] = {
    {2, 2, 128, 6, 0.94, true}, {2, 2, 192, 4, 0.98, true}, {2, 2, 160, 5, 0.95, true}, {2, 2, 192, 3, 0.85}, {2, 1, 256, 4, 1.00},
    {3, 1, 192, 4, 0.97},       {2, 2, 128, 4, 0.97},       {2, 1, 192, 4, 0.95},       {3, 1, 128, 5, 0.93}, {2, 1, 128, 6, 0.92},
    {2, 1, 96, 6, 0.80},        {1, 1, 128, 8, 0.75},       {2, 1, 64, 8, 0.55},        {1, 1, 64, 12, 0.47}, {1, 1, 32, 12, 0.30},
};

/// Cycles of an element that threads read: two to look up the two rows of a warp's 32, half of one to write them, the rest for conflicts.
/// Reckoned, not measured.
constexpr double kRead = 0.1;

double rateOf(const GemmSchedule &schedule) {
  for (const Shape &shape : kShapes)
    if (shape.consumers == schedule.consumers && shape.blocks == schedule.blocks && shape.tileN == schedule.tileN &&
        shape.pingPong == schedule.pingPong)
      return shape.rate;
  return 0.8;
}

/// Splits K until the grid fills the SMs; each part keeps four steps, or the exchange costs more than it saves.
SmallGemmSchedule splitSteps(const GemmProblem &problem, const GemmSizes &sizes, int64_t tileM, int64_t stages, int64_t enough) {
  SmallGemmSchedule schedule;
  schedule.tileM = tileM;
  schedule.stages = stages;
  int64_t tiles = llvm::divideCeil(sizes.n, schedule.tileN()) * llvm::divideCeil(sizes.m, tileM);
  int64_t steps = llvm::divideCeil(sizes.k, stepK(problem));
  while (schedule.split < 8 && tiles * schedule.split < enough && steps / (2 * schedule.split) >= 4)
    schedule.split *= 2;
  return schedule;
}

/// Instructions that an operation becomes, about.
double weightOf(Operation &op) {
  if (op.hasTrait<OpTrait::ConstantLike>())
    return 0;
  return llvm::TypeSwitch<Operation *, double>(&op)
      .Case<math::ErfOp, math::TanhOp>([](auto) { return 20; })
      .Case<math::ExpOp, math::LogOp>([](auto) { return 8; })
      .Default([](Operation *) { return 1; });
}

/// Operations of the epilogue's body.
double countEpilogueOperations(const GemmProblem &problem) {
  if (!problem.epilogue)
    return 0;
  OpBuilder builder(problem.element.getContext());
  Location loc = builder.getUnknownLoc();
  Block body;
  builder.setInsertionPointToStart(&body);
  body.addArgument(problem.element.isInteger(8) ? Type(builder.getI32Type()) : builder.getF32Type(), loc);
  for (size_t i = 0; i < problem.operands.size(); ++i)
    body.addArgument(builder.getF32Type(), loc);
  problem.epilogue(builder, loc, body.getArguments());
  double sum = 0;
  for (Operation &op : body)
    sum += weightOf(op);
  return sum;
}

/// Cycles of tiles by their shape, for one problem.
class CostModel {
public:
  explicit CostModel(const GemmProblem &problem)
      : problem(problem),
        end(kEpilogue + kEpilogueOperation * countEpilogueOperations(problem) +
            kEpilogueMatrix * llvm::count(problem.operands, EpilogueOperand::matrix) + kFurtherResult * problem.furtherOutputs.size()) {}

  /// Of a tile on each multiprocessor, the most of lines. Consumers that take turns end one tile while the other's products run; each is
  /// alone with it, and one warpgroup takes 3.3 times as long as two together.
  SmallVector<Cycles, 2> linesOf(const GemmSchedule &schedule) const {
    double step = std::max(areaOf(schedule) / kOperations / rateOf(schedule), readingOf(schedule));
    if (!schedule.pingPong)
      return {{step, endOf(schedule)}};
    return {{step, 0}, {step / 2, kAlone / 2 * endOf(schedule)}};
  }
  double wave(int64_t k, const GemmSchedule &schedule) const {
    double steps = llvm::divideCeil(k, stepK(problem)), most = 0;
    for (Cycles line : linesOf(schedule))
      most = std::max(most, steps * line.step + line.rest);
    return most;
  }
  /// Of the last tile that nothing hides.
  double last(const GemmSchedule &schedule) const { return schedule.pingPong ? kAlone * endOf(schedule) : 0; }
  /// Microseconds of all, without those that only memory takes.
  double compute(const GemmSizes &sizes, const GemmSchedule &schedule) const;
  /// Microseconds of all.
  double estimate(const GemmSizes &sizes, const GemmSchedule &schedule) const;

private:
  static double areaOf(const GemmSchedule &schedule) { return double(schedule.tileM()) * schedule.tileN; }
  double endOf(const GemmSchedule &schedule) const { return end * areaOf(schedule); }
  double readingOf(const GemmSchedule &schedule) const {
    int64_t rows = (schedule.readsA ? schedule.tileM() : 0) + (schedule.readsB ? schedule.tileN : 0);
    return kRead * static_cast<double>(rows * stepK(problem));
  }

  const GemmProblem &problem;
  double end;
};

double CostModel::compute(const GemmSizes &sizes, const GemmSchedule &schedule) const {
  double tiles = double(llvm::divideCeil(sizes.m, schedule.tileM())) * llvm::divideCeil(sizes.n, schedule.tileN) * sizes.batch;
  double cycles = kFill + std::ceil(tiles / kProcessors) * wave(sizes.k, schedule) + last(schedule);
  return kLaunch + cycles / kClock;
}

double CostModel::estimate(const GemmSizes &sizes, const GemmSchedule &schedule) const {
  double elements = double(sizes.m) * sizes.k + double(sizes.n) * sizes.k;
  double bytes =
      sizes.batch * (elements * tile::elementBytes(problem.element) + double(sizes.m) * sizes.n * tile::elementBytes(problem.output));
  return std::max(compute(sizes, schedule), kLaunch + bytes / kBytes);
}

/// Lengths that stand for an N or K that is not known: those of sequences.
constexpr int64_t kLengths[] = {64, 128, 512, 2048};

/// Sizes that stand for all that the open ones may have: of rows, or else of the batch, four to each doubling, for ragged last waves.
SmallVector<GemmSizes> sampleSizes(const GemmSizes &sizes, OpenSizes open, int64_t leastRows) {
  SmallVector<int64_t> factors{1};
  if (open.rows || open.batch)
    factors.clear();
  for (int64_t power = 1; power <= 16384 && (open.rows || open.batch); power *= 2)
    for (int64_t quarters = 4; quarters < 8; ++quarters)
      factors.push_back(power * quarters / 4);
  auto lengths = [](bool isOpen, const int64_t &size) { return isOpen ? ArrayRef(kLengths) : ArrayRef(size); };
  SmallVector<GemmSizes> samples;
  for (int64_t factor : factors)
    for (int64_t n : lengths(open.columns, sizes.n))
      for (int64_t k : lengths(open.sums, sizes.k)) {
        GemmSizes sample{open.rows ? sizes.m * factor : sizes.m, n, k, open.rows ? sizes.batch : sizes.batch * factor};
        if (sample.m > leastRows && sample.m <= std::max<int64_t>(32768, sizes.m))
          samples.push_back(sample);
      }
  return samples;
}

/// Adds the large schedule that helps most until what is lost to the best of all is small.
SmallVector<GemmSchedule> pickSeveral(function_ref<double(const GemmSizes &, const GemmSchedule &)> estimate, ArrayRef<GemmSizes> samples,
                                      SmallVector<GemmSchedule> candidates, size_t most) {
  constexpr double kLoss = 0.02; // mean logarithm of time over the best time
  auto timesOf = [&](const GemmSchedule &schedule) {
    return llvm::map_to_vector(samples, [&](const GemmSizes &sample) { return estimate(sample, schedule); });
  };
  auto times = llvm::map_to_vector(candidates, timesOf);
  SmallVector<double> best(times.front()), reached;
  for (ArrayRef<double> row : times)
    for (auto [least, time] : llvm::zip_equal(best, row))
      least = std::min(least, time);
  auto lossWith = [&](ArrayRef<double> row) {
    double sum = 0;
    for (size_t i = 0; i < row.size(); ++i)
      sum += std::log((reached.empty() ? row[i] : std::min(reached[i], row[i])) / best[i]);
    return sum / samples.size();
  };
  SmallVector<GemmSchedule> picked;
  while (picked.size() < std::min(most, candidates.size())) {
    size_t next = 0;
    for (size_t i = 1; i < times.size(); ++i)
      if (lossWith(times[i]) < lossWith(times[next]))
        next = i;
    double loss = lossWith(times[next]);
    if (!picked.empty() && loss >= lossWith(reached))
      break;
    picked.push_back(candidates[next]);
    if (reached.empty())
      reached = times[next];
    for (auto [least, time] : llvm::zip_equal(reached, times[next]))
      least = std::min(least, time);
    if (loss <= kLoss)
      break;
  }
  return picked;
}

} // namespace

void tenon::schedule::fitStrides(const GemmProblem &problem, const GemmSizes &sizes, GemmSchedule &schedule) {
  auto isRagged = [](int64_t columns, Type element) { return columns * tile::elementBytes(element) % 16 != 0; };
  schedule.storeDirectly = isRagged(sizes.n, problem.output);
  bool isEmpty = sizes.k == 0; // no map has a dim of zero
  schedule.readsA = isEmpty || isRagged(problem.transposeA ? sizes.m : sizes.k, problem.element);
  schedule.readsB = isEmpty || isRagged(problem.transposeB ? sizes.n : sizes.k, problem.element);
}

bool tenon::schedule::fitsFewRows(const GemmProblem &problem, const GemmSizes &sizes) {
  bool isShort = tile::elementBytes(problem.element) == 2;
  GemmSchedule strides;
  fitStrides(problem, sizes, strides);
  return !problem.transposeA && (!problem.transposeB || isShort) && !problem.isBatched && !strides.reads();
}

/// Of who reads: with less shared memory more CTAs wait for memory on one multiprocessor.
static constexpr int64_t kReadingStages = 4;

/// Fragments of wider tiles do not fit the registers that threads have at launch.
static bool fitsReading(const Shape &shape) { return shape.consumers <= 2 && shape.blocks * shape.tileN == 64 && !shape.pingPong; }

/// Do registers hold what ends a tile beside its sums? Of 232 a thread, 192 sums leave room for nothing else, 160 for a short epilogue; of
/// 160, 96 sums for no addresses of matrices.
static bool holdsEpilogue(const Shape &shape, const GemmProblem &problem, bool isDirect) {
  size_t matrices = llvm::count(problem.operands, EpilogueOperand::matrix) + problem.furtherOutputs.size();
  int64_t sums = shape.blocks * shape.tileN / 2;
  if (shape.consumers == 3)
    return sums <= 64 || matrices == 0;
  if (sums > 160)
    return !problem.epilogue && (shape.pingPong || !isDirect);
  return sums <= 128 || problem.operands.size() + problem.furtherOutputs.size() <= 2;
}

SmallVector<GemmSchedule> tenon::schedule::largeGemms(const GemmProblem &problem, const GemmSizes &sizes) {
  bool readsMatrix = llvm::is_contained(problem.operands, EpilogueOperand::matrix) || !problem.furtherOutputs.empty();
  SmallVector<GemmSchedule> candidates;
  for (const Shape &shape : kShapes) {
    if (problem.transposeB && shape.tileN % 64)
      continue;
    GemmSchedule schedule;
    fitStrides(problem, sizes, schedule);
    if (!holdsEpilogue(shape, problem, schedule.storeDirectly) || (schedule.reads() && !fitsReading(shape)))
      continue;
    schedule.consumers = shape.consumers;
    schedule.blocks = shape.blocks;
    schedule.tileN = shape.tileN;
    schedule.stages = schedule.reads() ? kReadingStages : shape.stages;
    schedule.pingPong = shape.pingPong;
    // A matrix that the copy engine brings takes the place of a stage or two.
    for (GemmSchedule fewer = schedule; readsMatrix && fewer.stages >= 3; --fewer.stages)
      if (findCopiedOperand(problem, fewer)) {
        schedule.stages = fewer.stages;
        break;
      }
    candidates.push_back(schedule);
  }
  return candidates;
}

double tenon::schedule::estimateGemm(const GemmProblem &problem, const GemmSizes &sizes, const GemmSchedule &schedule) {
  return CostModel(problem).estimate(sizes, schedule);
}

AnyGemmSchedule tenon::schedule::chooseGemm(const GemmProblem &problem, const GemmSizes &sizes) {
  bool mayBeSmall = fitsFewRows(problem, sizes);
  if (mayBeSmall && sizes.m <= 16)
    return splitSteps(problem, sizes, 16, 11, 128);
  if (mayBeSmall && sizes.m <= 64)
    return sizes.m <= 32 ? splitSteps(problem, sizes, 32, 9, 128) : splitSteps(problem, sizes, 64, 7, 128);
  GemmSchedule best;
  CostModel model(problem);
  double least = 0;
  for (const GemmSchedule &schedule : largeGemms(problem, sizes)) {
    double estimate = model.estimate(sizes, schedule);
    if (least == 0 || estimate < least) {
      least = estimate;
      best = schedule;
    }
  }
  // Too few tiles of any shape for the SMs, and a long way along K to share.
  int64_t tiles = llvm::divideCeil(sizes.m, best.tileM()) * llvm::divideCeil(sizes.n, best.tileN);
  if (mayBeSmall && sizes.m <= 512 && tiles < 100 && sizes.k >= 2048)
    return splitSteps(problem, sizes, 128, 9, 96);
  return best;
}

/// The schedules for few rows, in ascending order.
static SmallVector<GemmChoice> chooseForFewRows(const GemmProblem &problem, const GemmSizes &sizes, int64_t leastRows) {
  SmallVector<GemmChoice> choices;
  for (int64_t rows : {16, 64, 128, 256, 512}) {
    if (rows < leastRows)
      continue;
    GemmSizes limit = sizes;
    limit.m = rows;
    AnyGemmSchedule chosen = chooseGemm(problem, limit);
    auto *small = std::get_if<SmallGemmSchedule>(&chosen);
    if (!small)
      break;
    if (!choices.empty() && std::get<SmallGemmSchedule>(choices.back().schedule) == *small)
      choices.back().mostRows = rows;
    else
      choices.push_back({*small, rows, {}});
  }
  return choices;
}

SmallVector<GemmChoice> tenon::schedule::chooseGemms(const GemmProblem &problem, const GemmSizes &sizes, OpenSizes open) {
  if (!open.any())
    return {GemmChoice{chooseGemm(problem, sizes), sizes.m, {}}};
  constexpr size_t kMost = 4;
  constexpr int64_t kFitting = 512; // a length that fits whatever it is multiplied with
  GemmSizes fitting{open.rows ? sizes.m * kFitting : sizes.m, open.columns ? kFitting : sizes.n, open.sums ? kFitting : sizes.k,
                    sizes.batch};
  // Parts of a sum that is not known may be empty: it is not split.
  SmallVector<GemmChoice> choices;
  if (open.rows && !open.sums && fitsFewRows(problem, fitting))
    choices = chooseForFewRows(problem, fitting, sizes.m);
  SmallVector<GemmSizes> samples = sampleSizes(sizes, open, choices.empty() ? 0 : choices.back().mostRows);
  CostModel model(problem);
  // Products of attention wait for memory with any tile: the larger ones ask less of the L2 cache, which the model does not count.
  bool hasOpenLength = open.columns || open.sums;
  auto estimate = [&](const GemmSizes &sample, const GemmSchedule &schedule) {
    return hasOpenLength ? model.compute(sample, schedule) : model.estimate(sample, schedule);
  };
  auto add = [&](ArrayRef<GemmSchedule> candidates, size_t most) {
    for (const GemmSchedule &schedule : pickSeveral(estimate, samples, llvm::to_vector(candidates), most))
      choices.push_back({schedule, 0, model.linesOf(schedule)});
  };
  GemmSizes least = sizes;
  if (open.sums)
    least.k = 0;
  SmallVector<GemmSchedule> moved = largeGemms(problem, fitting), others = largeGemms(problem, least);
  add(moved, kMost);
  auto strides = [](const GemmSchedule &schedule) { return std::tuple(schedule.storeDirectly, schedule.readsA, schedule.readsB); };
  if (strides(moved.front()) != strides(others.front()))
    add(others, 1);
  return choices;
}

FailureOr<tenon::tile::KernelOp> tenon::schedule::buildAnyGemm(OpBuilder &builder, Location loc, StringRef name, const GemmProblem &problem,
                                                               const AnyGemmSchedule &schedule) {
  if (auto *large = std::get_if<GemmSchedule>(&schedule))
    return buildGemm(builder, loc, name, problem, *large);
  return buildSmallGemm(builder, loc, name, problem, std::get<SmallGemmSchedule>(schedule));
}
