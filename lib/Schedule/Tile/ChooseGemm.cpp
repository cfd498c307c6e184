// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The choice among schedules of products: by the cost model for large ones, by rows and splits of K for small ones.
#include "lib/Schedule/Tile/ChooseGemm.h"
#include "lib/Schedule/Tile/CostModel.h"
#include "lib/Schedule/Tile/EpilogueRegisters.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::schedule;

namespace {

/// CTAs that are enough for the machine.
constexpr int64_t kEnough = 72;

/// Weights from which a kernel streams long enough for the next one to start early: its own are better late than between these.
constexpr int64_t kLongStream = 64 << 20;

/// Splits K until more than half of the SMs have a CTA: of 72 not split, or twice as many, the former are faster. Each part keeps three
/// steps, or the exchange costs more than it saves.
SmallGemmSchedule splitSteps(const GemmProblem &problem, const GemmSizes &sizes, int64_t tileM, int64_t stages, int64_t consumers = 1) {
  constexpr int64_t kLeastSteps = 3;
  SmallGemmSchedule schedule;
  schedule.consumers = consumers;
  schedule.tileM = tileM;
  schedule.stages = stages;
  schedule.promote = stepsOfPromotion(problem);
  int64_t tiles = llvm::divideCeil(sizes.n, schedule.tileN()) * llvm::divideCeil(sizes.m, tileM);
  int64_t steps = llvm::divideCeil(sizes.k, stepK(problem));
  int64_t split = 1;
  while (split < 8 && tiles * split < kEnough && steps / (2 * split) >= kLeastSteps)
    split *= 2;
  if (tileM == 16 && sizes.n * sizes.k * tile::elementBytes(problem.element) > kLongStream)
    schedule.release = 12;
  return splitInto(schedule, split);
}

/// Elements along K up to which tiles of half the height are faster than a split: 512x512x512 2.7 us, 3.0 with tiles of 64 rows in two
/// parts.
constexpr int64_t kShortSum = 1024;

/// About half of the SMs, and three quarters.
constexpr int64_t kFewTiles = 64, kAllTiles = 100;

/// Operations that the generic schedule does in a microsecond with elements that are not 16 bits long.
constexpr double kGenericRate = 45e6;

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

/// Adds the large schedule that helps most until what is lost to the best of all is small: the mean logarithm of time over the best time,
/// or, if `countsPeaks`, its mean square. Where tiles just fill the machine one shape is a tenth faster than all others, and sizes of
/// models often are such.
SmallVector<GemmSchedule> pickSeveral(function_ref<double(const GemmSizes &, const GemmSchedule &)> estimate, ArrayRef<GemmSizes> samples,
                                      SmallVector<GemmSchedule> candidates, size_t most, bool countsPeaks) {
  const double mostLoss = countsPeaks ? 0.03 * 0.03 : 0.02;
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
    for (size_t i = 0; i < row.size(); ++i) {
      double loss = std::log((reached.empty() ? row[i] : std::min(reached[i], row[i])) / best[i]);
      sum += countsPeaks ? loss * loss : loss;
    }
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
    if (loss <= mostLoss)
      break;
  }
  return picked;
}

} // namespace

void tenon::schedule::fitStrides(const GemmProblem &problem, const GemmSizes &sizes, GemmSchedule &schedule, PaddedOperands padded) {
  auto isRagged = [](int64_t columns, Type element) { return columns * tile::elementBytes(element) % 16 != 0; };
  schedule.storeDirectly = isRagged(sizes.n, problem.output);
  bool isEmpty = sizes.k == 0; // no map has a dim of zero
  schedule.readsA = !padded.a && (problem.turnsA || isEmpty || isRagged(problem.transposeA ? sizes.m : sizes.k, problem.element));
  schedule.readsB = !padded.b && (problem.turnsB || isEmpty || isRagged(problem.transposeB ? sizes.n : sizes.k, problem.element));
}

bool tenon::schedule::fitsFewRows(const GemmProblem &problem, const GemmSizes &sizes, PaddedOperands padded) {
  GemmSchedule strides;
  fitStrides(problem, sizes, strides, padded);
  return !problem.transposeA && (!problem.transposeB || !problem.wantsRowsAlongK()) && !problem.isBatched && !strides.reads();
}

/// Of who reads: with less shared memory more CTAs wait for memory on one multiprocessor.
static constexpr int64_t kReadingStages = 4;

/// Fragments of wider tiles do not fit the registers that threads have at launch.
static bool fitsReading(const TileShape &shape) { return shape.consumers <= 2 && shape.blocks * shape.tileN == 64 && !shape.pingPong; }

SmallVector<GemmSchedule> tenon::schedule::largeGemms(const GemmProblem &problem, const GemmSizes &sizes, PaddedOperands padded) {
  bool readsMatrix = llvm::is_contained(problem.operands, EpilogueOperand::matrix) || !problem.furtherOutputs.empty();
  EpilogueRegisters registers(problem);
  SmallVector<GemmSchedule> candidates;
  for (const TileShape &shape : tileShapes()) {
    if (problem.transposeB && shape.tileN % 64)
      continue;
    GemmSchedule schedule;
    fitStrides(problem, sizes, schedule, padded);
    if (schedule.reads() && !fitsReading(shape))
      continue;
    schedule.consumers = shape.consumers;
    schedule.blocks = shape.blocks;
    schedule.tileN = shape.tileN;
    schedule.stages = schedule.reads() ? kReadingStages : shape.stages;
    schedule.pingPong = shape.pingPong;
    schedule.promote = stepsOfPromotion(problem);
    // A matrix that the copy engine brings takes the place of a stage or two.
    for (GemmSchedule fewer = schedule; readsMatrix && fewer.stages >= 3; --fewer.stages)
      if (findCopiedOperand(problem, fewer)) {
        schedule.stages = fewer.stages;
        break;
      }
    if (registers.fit(schedule))
      candidates.push_back(schedule);
  }
  return candidates;
}

double tenon::schedule::estimateGemm(const GemmProblem &problem, const GemmSizes &sizes, const GemmSchedule &schedule) {
  return CostModel(problem).estimate(sizes, schedule);
}

SmallVector<GemmSchedule> tenon::schedule::clustersOf(const GemmSchedule &schedule, const GemmSizes &sizes) {
  SmallVector<GemmSchedule> variants;
  if (schedule.reads())
    return variants;
  auto add = [&](int64_t cluster, bool isAlongN) {
    variants.push_back(schedule);
    variants.back().cluster = cluster;
    variants.back().clusterAlongN = isAlongN;
  };
  for (int64_t cluster : {2, 4}) {
    // Each CTA brings its part of the common operand in groups of eight rows.
    if (cluster / 2 * schedule.tileM() < sizes.m && schedule.tileN % (8 * cluster) == 0)
      add(cluster, false);
    if (cluster / 2 * schedule.tileN < sizes.n)
      add(cluster, true);
  }
  return variants;
}

/// The large schedule that the model prefers, and its microseconds.
static std::pair<GemmSchedule, double> chooseLarge(const GemmProblem &problem, const GemmSizes &sizes, PaddedOperands padded) {
  GemmSchedule best;
  CostModel model(problem);
  double least = 0;
  SmallVector<GemmSchedule> candidates = largeGemms(problem, sizes, padded);
  // Clusters cost a little, which the model does not know: where the cache is no bound they are left to measurements.
  if (findStraddling(problem, sizes).any())
    for (size_t i = 0, count = candidates.size(); i < count; ++i)
      candidates.append(clustersOf(candidates[i], sizes));
  for (const GemmSchedule &schedule : candidates) {
    double estimate = model.estimate(sizes, schedule);
    if (least == 0 || estimate < least) {
      least = estimate;
      best = schedule;
    }
  }
  return {best, least};
}

AnyGemmSchedule tenon::schedule::chooseGemm(const GemmProblem &problem, const GemmSizes &sizes, PaddedOperands padded) {
  bool mayBeSmall = fitsFewRows(problem, sizes, padded);
  if (!mayBeSmall || sizes.m > 512)
    return chooseLarge(problem, sizes, padded).first;
  if (sizes.m <= 16)
    return splitSteps(problem, sizes, 16, 11);
  if (sizes.m <= 32)
    return splitSteps(problem, sizes, 32, 9);
  // Tiles that do not fill the SMs: a multiprocessor takes in 64 bytes a cycle, so where K is long larger tiles that share it are faster.
  auto countTiles = [&](int64_t rows) { return int64_t(llvm::divideCeil(sizes.m, rows) * llvm::divideCeil(sizes.n, 64)); };
  int64_t tiles = countTiles(64), halves = countTiles(32);
  bool isLong = sizes.k >= 2048;
  // Where K is short, no exchange of sums is the better half.
  if (tiles < kEnough && halves >= kAllTiles && halves <= kProcessors && sizes.k <= kShortSum)
    return splitSteps(problem, sizes, 32, 9);
  // With 64 rows each CTA reads as much of A as of its weights: more than one wave of them shares A better.
  if (sizes.m <= 64 && tiles > kProcessors)
    return splitSteps(problem, sizes, 64, 8, /*consumers=*/2);
  if (sizes.m <= 64 || tiles <= (isLong ? kFewTiles : kAllTiles))
    return splitSteps(problem, sizes, 64, 7);
  GemmSchedule best = chooseLarge(problem, sizes, padded).first;
  tiles = llvm::divideCeil(sizes.m, best.tileM()) * llvm::divideCeil(sizes.n, best.tileN);
  // Rows that straddle lines want operands that a cluster shares.
  if (isLong && tiles < kAllTiles && !findStraddling(problem, sizes).any())
    return splitSteps(problem, sizes, 128, 9);
  return best;
}

/// The schedules for few rows, in ascending order.
static SmallVector<GemmChoice> chooseForFewRows(const GemmProblem &problem, const GemmSizes &sizes, int64_t leastRows,
                                                PaddedOperands padded) {
  SmallVector<GemmChoice> choices;
  for (int64_t rows : {16, 64, 128, 256, 384, 512}) {
    if (rows < leastRows)
      continue;
    GemmSizes limit = sizes;
    limit.m = rows;
    AnyGemmSchedule chosen = chooseGemm(problem, limit, padded);
    auto *small = std::get_if<SmallGemmSchedule>(&chosen);
    if (!small)
      break;
    if (!choices.empty() && std::get<SmallGemmSchedule>(choices.back().schedule) == *small)
      choices.back().mostRows = rows;
    else
      choices.push_back({*small, rows, {}, 0, nullptr, padded});
  }
  return choices;
}

/// The operands that threads would read. Of nothing there is nothing to copy.
static PaddedOperands findRagged(const GemmProblem &problem, const GemmSizes &sizes) {
  GemmSchedule strides;
  fitStrides(problem, sizes, strides);
  bool isAny = sizes.m > 0 && sizes.k > 0 && sizes.batch > 0;
  return {strides.readsA && isAny, strides.readsB && isAny};
}

/// Measured on an H200: 33x65x129 3.1 against 5.1 us, 197x768x65 2.8 against 3.0, but 257x129x513 7.7 against 6.8 and 385x1001x129 8.1
/// against 7.9.
bool tenon::schedule::isBetterGeneric(const GemmProblem &problem, const GemmSizes &sizes, OpenSizes open) {
  constexpr int64_t kShort = 257, kTile = 64;
  if (open.any())
    return false;
  PaddedOperands ragged = findRagged(problem, sizes);
  int64_t tiles = llvm::divideCeil(sizes.m, kTile) * llvm::divideCeil(sizes.n, kTile);
  if (ragged.any() && !problem.isBatched && sizes.k <= kShort && tiles <= kFewTiles)
    return true;
  if (!ragged.any() || !problem.wantsRowsAlongK())
    return false;
  double generic = kLaunch + 2. * sizes.m * sizes.n * sizes.k * sizes.batch / kGenericRate;
  return generic < CostModel(problem).estimatePadding(sizes, ragged) + chooseLarge(problem, sizes, ragged).second;
}

/// For few rows the model has no estimate: the schedule for many is no better.
PaddedOperands tenon::schedule::choosePadding(const GemmProblem &problem, const GemmSizes &sizes) {
  PaddedOperands ragged = findRagged(problem, sizes);
  if (!ragged.any() || problem.wantsRowsAlongK())
    return ragged;
  double padded = CostModel(problem).estimatePadding(sizes, ragged) + chooseLarge(problem, sizes, ragged).second;
  return kPaddingPrice * padded < chooseLarge(problem, sizes, {}).second ? ragged : PaddedOperands();
}

SmallVector<GemmChoice> tenon::schedule::chooseGemms(const GemmProblem &problem, const GemmSizes &sizes, OpenSizes open) {
  if (!open.any()) {
    PaddedOperands padded = choosePadding(problem, sizes);
    return {GemmChoice{chooseGemm(problem, sizes, padded), sizes.m, {}, 0, nullptr, padded}};
  }
  constexpr int64_t kFitting = 512; // a length that fits whatever it is multiplied with
  GemmSizes fitting{open.rows ? sizes.m * kFitting : sizes.m, open.columns ? kFitting : sizes.n, open.sums ? kFitting : sizes.k,
                    sizes.batch};
  PaddedOperands ragged = findRagged(problem, sizes), always = problem.wantsRowsAlongK() ? ragged : PaddedOperands();
  // Parts of a sum that is not known may be empty: it is not split.
  SmallVector<GemmChoice> choices;
  if (open.rows && !open.sums && fitsFewRows(problem, fitting, always))
    choices = chooseForFewRows(problem, fitting, sizes.m, always);
  SmallVector<GemmSizes> samples = sampleSizes(sizes, open, choices.empty() ? 0 : choices.back().mostRows);
  CostModel model(problem);
  // Products of attention wait for memory with any tile: the larger ones ask less of the L2 cache, which the model does not count.
  bool hasOpenLength = open.columns || open.sums;
  const size_t mostKernels = hasOpenLength ? 4 : 5;
  auto estimate = [&](const GemmSizes &sample, const GemmSchedule &schedule) {
    return hasOpenLength ? model.compute(sample, schedule) : model.estimate(sample, schedule);
  };
  auto add = [&](const SmallVector<GemmSchedule> &candidates, size_t most, ArrayRef<GemmSizes> sampled, PaddedOperands padded = {}) {
    for (const GemmSchedule &schedule : pickSeveral(estimate, sampled, candidates, most, /*countsPeaks=*/!hasOpenLength))
      choices.push_back({schedule, 0, model.linesOf(schedule), model.last(schedule), nullptr, padded});
  };
  GemmSizes least = sizes;
  if (open.sums)
    least.k = 0;
  SmallVector<GemmSchedule> moved = largeGemms(problem, fitting, always), others = largeGemms(problem, least, always);
  bool alwaysReads = moved.front().reads();
  add(moved, alwaysReads ? 1 : mostKernels, samples, always);
  auto strides = [](const GemmSchedule &schedule) { return std::tuple(schedule.storeDirectly, schedule.readsA, schedule.readsB); };
  if (strides(moved.front()) != strides(others.front()))
    add(others, 1, samples, always);
  if (!ragged.any() || always.any())
    return choices;
  SmallVector<GemmSchedule> padded = largeGemms(problem, sizes, ragged);
  auto leastOf = [&](ArrayRef<GemmSchedule> candidates, const GemmSizes &sample) {
    auto times = llvm::map_range(candidates, [&](const GemmSchedule &schedule) { return estimate(sample, schedule); });
    return *std::min_element(times.begin(), times.end());
  };
  llvm::erase_if(samples, [&](const GemmSizes &sample) {
    return kPaddingPrice * (model.estimatePadding(sample, ragged) + leastOf(padded, sample)) >= leastOf(others, sample);
  });
  // Where no size fits the copy engine, these take the place of the kernels for rows that fit; attention is short.
  if (!samples.empty())
    add(padded, alwaysReads ? mostKernels : problem.isBatched ? 1 : 2, samples, ragged);
  return choices;
}

FailureOr<tenon::tile::KernelOp> tenon::schedule::buildAnyGemm(OpBuilder &builder, Location loc, StringRef name, const GemmProblem &problem,
                                                               const AnyGemmSchedule &schedule) {
  if (auto *large = std::get_if<GemmSchedule>(&schedule))
    return buildGemm(builder, loc, name, problem, *large);
  return buildSmallGemm(builder, loc, name, problem, std::get<SmallGemmSchedule>(schedule));
}
