// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The choice among schedules of products: by the cost model for large ones, by rows and splits of K for small ones.
#include "lib/Schedule/Tile/ChooseGemm.h"
#include "lib/Schedule/Tile/CostModel.h"
#include "lib/Schedule/Tile/EpilogueRegisters.h"

#include "llvm/ADT/STLExtras.h"

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

SmallVector<GemmSchedule> tenon::schedule::largeGemms(const GemmProblem &problem, const GemmSizes &sizes, PaddedOperands padded,
                                                      StraddlingOperands straddling) {
  bool readsMatrix = llvm::is_contained(problem.operands, EpilogueOperand::matrix) || !problem.furtherOutputs.empty();
  EpilogueRegisters registers(problem);
  SmallVector<GemmSchedule> candidates;
  for (const TileShape &shape : tileShapes()) {
    if ((problem.transposeB && shape.tileN % 64) || !canSwizzle(problem, shape.tileN) || (shape.onlyInClusters && readsMatrix))
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
    if (!registers.fit(schedule))
      continue;
    if (!shape.onlyInClusters)
      candidates.push_back(schedule);
    if (straddling.any())
      candidates.append(clustersOf(schedule, sizes));
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
    if (cluster / 2 * schedule.tileM() < sizes.m)
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
  for (const GemmSchedule &schedule : largeGemms(problem, sizes, padded, findStraddling(problem, sizes))) {
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

PaddedOperands tenon::schedule::findRagged(const GemmProblem &problem, const GemmSizes &sizes) {
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

FailureOr<tenon::tile::KernelOp> tenon::schedule::buildAnyGemm(OpBuilder &builder, Location loc, StringRef name, const GemmProblem &problem,
                                                               const AnyGemmSchedule &schedule) {
  if (auto *large = std::get_if<GemmSchedule>(&schedule))
    return buildGemm(builder, loc, name, problem, *large);
  return buildSmallGemm(builder, loc, name, problem, std::get<SmallGemmSchedule>(schedule));
}
