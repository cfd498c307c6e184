// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The cost model of products.
//
// A persistent kernel ends when its busiest SM ends: the number of tiles that this one gets, times the time of a tile, is nearly all there
// is to know; how evenly tiles divide among 132 SMs decides between tile shapes that are equally good by themselves. On 49 fp16 shapes of
// an H200 (tools/bench/gemm, 2026-11-26) the choice is 1.1 % slower than the best kernel of the table in the geometric mean.
#include "lib/Schedule/Tile/ChooseGemm.h"

using namespace mlir;
using namespace tenon::schedule;

namespace {

constexpr double kClock = 1.75e3;  // cycles a microsecond under load
constexpr double kOperations = 32; // elements of a tile that a step of 128 bytes along K passes a cycle: 4096 operations for 16 bits
constexpr double kBytes = 4.0e6;   // of global memory a microsecond
constexpr double kLaunch = 1.6;    // microseconds of an empty kernel in a graph
constexpr double kFill = 1600;     // cycles until the first tiles have arrived
constexpr double kEpilogue = 1400. / 32768; // cycles of the end of a tile, an element of it

/// A tile shape and the share of the tensor cores' rate that its main loop reaches: larger tiles read less shared memory for the same work.
struct Shape {
  int64_t consumers, blocks, tileN, stages;
  double rate;
};

constexpr Shape kShapes[] = {
    {2, 1, 256, 4, 1.00}, {3, 1, 192, 4, 0.97}, {2, 2, 128, 4, 0.97}, {2, 1, 192, 4, 0.95}, {3, 1, 128, 5, 0.93}, {2, 1, 128, 6, 0.92},
    {2, 1, 96, 6, 0.80},  {1, 1, 128, 8, 0.75}, {2, 1, 64, 8, 0.55},  {1, 1, 64, 12, 0.47}, {1, 1, 32, 12, 0.30},
};

double rateOf(const GemmSchedule &schedule) {
  for (const Shape &shape : kShapes)
    if (shape.consumers == schedule.consumers && shape.blocks == schedule.blocks && shape.tileN == schedule.tileN)
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

/// Can the schedule for few rows compute it at all?
bool isPlain(const GemmProblem &problem, const GemmSizes &sizes) {
  bool hasRowsOnly = llvm::all_of(problem.operands, [](EpilogueOperand kind) { return kind == EpilogueOperand::row; });
  bool isFused = problem.element.isInteger(8) && problem.epilogue;
  return !problem.transposeA && !problem.transposeB && !problem.isBatched && hasRowsOnly && !isFused && sizes.batch == 1;
}

} // namespace

double tenon::schedule::estimateGemm(const GemmProblem &problem, const GemmSizes &sizes, const GemmSchedule &schedule) {
  double rows = schedule.tileM(), columns = schedule.tileN, area = rows * columns;
  double tiles = double(llvm::divideCeil(sizes.m, schedule.tileM())) * llvm::divideCeil(sizes.n, schedule.tileN) * sizes.batch;
  double waves = std::ceil(tiles / kProcessors), steps = llvm::divideCeil(sizes.k, stepK(problem));
  double cycles = kFill + waves * (steps * area / kOperations / rateOf(schedule) + kEpilogue * area);
  double elements = double(sizes.m) * sizes.k + double(sizes.n) * sizes.k;
  double bytes =
      sizes.batch * (elements * tile::elementBytes(problem.element) + double(sizes.m) * sizes.n * tile::elementBytes(problem.output));
  return kLaunch + std::max(cycles / kClock, bytes / kBytes);
}

AnyGemmSchedule tenon::schedule::chooseGemm(const GemmProblem &problem, const GemmSizes &sizes) {
  bool mayBeSmall = isPlain(problem, sizes);
  if (mayBeSmall && sizes.m <= 16)
    return splitSteps(problem, sizes, 16, 11, 128);
  if (mayBeSmall && sizes.m <= 64)
    return sizes.m <= 32 ? splitSteps(problem, sizes, 32, 9, 128) : splitSteps(problem, sizes, 64, 7, 128);
  GemmSchedule best;
  double least = 0;
  for (const Shape &shape : kShapes) {
    GemmSchedule schedule;
    schedule.consumers = shape.consumers;
    schedule.blocks = shape.blocks;
    schedule.tileN = shape.tileN;
    schedule.stages = shape.stages;
    if (problem.transposeB && schedule.tileN % 64)
      continue;
    double estimate = estimateGemm(problem, sizes, schedule);
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
