// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The cost model of products.
//
// A persistent kernel ends when its busiest SM ends: the number of tiles that this one gets, times the time of a tile, is nearly all there
// is to know; how evenly tiles divide among 132 SMs decides between tile shapes that are equally good by themselves. Constants are fitted
// to runs of tools/bench/gemm on an H200 and an H100 (2026-11-27: 64 problems, epilogues among them): what the model chooses is 0.5 %
// slower than the best of these tiles in the geometric mean, 10 % at most.
#include "lib/Schedule/Tile/CostModel.h"
#include "lib/Schedule/Tile/EpilogueRegisters.h"
#include "lib/Schedule/Tile/PadRows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::schedule;

namespace {

constexpr double kOperations = 32; // elements of a tile that a step of 128 bytes along K passes a cycle: 4096 operations for 16 bits
constexpr double kFill = 2290;     // cycles until the first tiles have arrived

// Of the end of a tile, cycles an element: conversion and store; each operation of the epilogue; each matrix that threads read; each
// further result.
constexpr double kEpilogue = 0.082, kEpilogueOperation = 0.0044, kReadMatrix = 0.12, kFurtherResult = 0.056;
/// A matrix that the copy engine brings, in pieces of 128 bytes and in narrower ones.
constexpr double kCopiedMatrix = 0.029, kCopiedNarrowly = 0.09;
/// Against both consumers together, one that ends a tile alone; the same where the other one is done.
constexpr double kAlone = 2.75, kLast = 1.1;

constexpr TileShape kShapes[] = {
    {2, 2, 128, 6, 0.90, true},
    {2, 2, 192, 4, 0.94, true},
    {2, 2, 160, 5, 0.915, true},
    {2, 2, 192, 3, 0.94},
    {2, 1, 256, 4, 1.00},
    {3, 1, 192, 4, 0.98},
    {2, 2, 128, 4, 0.95},
    {2, 1, 192, 4, 0.948},
    {3, 1, 128, 5, 0.90},
    {2, 1, 128, 6, 0.91},
    {2, 1, 96, 6, 0.80},
    {1, 1, 128, 8, 0.763},
    {1, 1, 144, 7, 0.78, false, true},
    {2, 1, 64, 8, 0.67},
    {1, 1, 64, 12, 0.44},
    {1, 1, 32, 12, 0.263},
    {2, 1, 256, 4, 0.80, true},
    {2, 1, 192, 6, 0.74, true},
};

/// How much of the shorter one of products and memory, or of products and copies, is seen beside the longer.
constexpr double kOverlap = 0.05;

/// Of the end of a tile, where an element of C has 32 bits.
constexpr double kWide = 1.8;

/// Cycles of an element that threads read: 249 us of 4095x4097x511 on an H100, 16 waves of 128x64 tiles, both operands read.
constexpr double kRead = 0.25;

/// Bytes that the L2 cache gives all multiprocessors in a cycle where rows straddle its lines: 1000x1000x1000 takes 10.5 us with tiles of
/// 64x128, 8.7 with 128x128, 7.7 with 64x128 in clusters of 2 along M.
constexpr double kStraddled = 4000;

double rateOf(const GemmSchedule &schedule) {
  for (const TileShape &shape : kShapes)
    if (shape.consumers == schedule.consumers && shape.blocks == schedule.blocks && shape.tileN == schedule.tileN &&
        shape.pingPong == schedule.pingPong)
      return shape.rate;
  return 0.8;
}

/// Instructions that an operation becomes, about.
double weightOf(Operation &op) {
  if (op.hasTrait<OpTrait::ConstantLike>())
    return 0;
  return llvm::TypeSwitch<Operation *, double>(&op)
      .Case<math::ErfOp>([](auto) { return 25; })
      .Case<math::ExpOp, math::LogOp>([](auto) { return 11; })
      .Case<math::TanhOp>([](auto) { return 8; })
      .Case<math::Exp2Op>([](auto) { return 5; })
      .Case<arith::DivFOp>([](auto) { return 3; })
      .Default([](Operation *) { return 1; });
}

double countEpilogueOperations(const GemmProblem &problem) {
  double sum = 0;
  visitEpilogue(problem, [&](Operation &op) { sum += weightOf(op); });
  return sum;
}

double areaOf(const GemmSchedule &schedule) { return double(schedule.tileM()) * schedule.tileN; }

/// Whole clusters.
double countTiles(const GemmSizes &sizes, const GemmSchedule &schedule) {
  double clusters = double(llvm::divideCeil(sizes.m, schedule.clusterM() * schedule.tileM())) *
                    llvm::divideCeil(sizes.n, schedule.clusterN() * schedule.tileN);
  return clusters * schedule.cluster * sizes.batch;
}

} // namespace

ArrayRef<TileShape> tenon::schedule::tileShapes() { return kShapes; }

StraddlingOperands tenon::schedule::findStraddling(const GemmProblem &problem, const GemmSizes &sizes) {
  auto straddles = [&](int64_t columns) {
    int64_t bytes = columns * tile::elementBytes(problem.element);
    return bytes % kRowUnit == 0 && bytes % kRowPitch != 0;
  };
  return {!problem.turnsA && straddles(problem.transposeA ? sizes.m : sizes.k),
          !problem.turnsB && straddles(problem.transposeB ? sizes.n : sizes.k)};
}

CostModel::CostModel(const GemmProblem &problem)
    : problem(problem), body(kEpilogue * (tile::elementBytes(problem.output) == 4 ? kWide : 1) +
                             kEpilogueOperation * countEpilogueOperations(problem) + kFurtherResult * problem.furtherOutputs.size()) {}

/// Consumers that take turns end one tile while the other's products run; each is alone with it, and one warpgroup takes 2.75 times as
/// long as two together.
SmallVector<Cycles, 2> CostModel::linesOf(const GemmSchedule &schedule) const {
  double step = std::max(areaOf(schedule) / kOperations / rateOf(schedule), readingOf(schedule));
  if (!schedule.pingPong)
    return {{step, endOf(schedule)}};
  return {{step, 0}, {step / 2, kAlone / 2 * endOf(schedule)}};
}

LargeCost CostModel::costOf(const GemmSchedule &schedule, StraddlingOperands straddling) const {
  // Of an operand that a cluster shares each CTA asks for a part.
  double rows = straddling.a ? double(schedule.tileM()) / schedule.clusterN() : 0;
  rows += straddling.b ? double(schedule.tileN) / schedule.clusterM() : 0;
  return {linesOf(schedule), schedule.pingPong ? kLast * endOf(schedule) : 0, rows * kRowPitch / kStraddled};
}

double CostModel::endOf(const GemmSchedule &schedule) const {
  int64_t matrices = llvm::count(problem.operands, EpilogueOperand::matrix), copied = findCopiedOperand(problem, schedule).has_value();
  bool isNarrow = schedule.tileN * tile::elementBytes(problem.output) % kRowPitch != 0;
  double copy = isNarrow ? kCopiedNarrowly : kCopiedMatrix;
  return (body + copy * copied + kReadMatrix * (matrices - copied)) * areaOf(schedule);
}

double CostModel::readingOf(const GemmSchedule &schedule) const {
  int64_t rows = (schedule.readsA ? schedule.tileM() : 0) + (schedule.readsB ? schedule.tileN : 0);
  return kRead * static_cast<double>(rows * stepK(problem));
}

double CostModel::compute(const GemmSizes &sizes, const GemmSchedule &schedule) const {
  LargeCost cost = costOf(schedule, findStraddling(problem, sizes));
  double steps = llvm::divideCeil(sizes.k, stepK(problem)), all = 0;
  for (Cycles line : cost.wave)
    all = std::max(all, steps * line.step + line.rest);
  double tiles = countTiles(sizes, schedule), waves = std::ceil(tiles / kProcessors);
  if (schedule.cluster == 4 && tiles > kInFours)
    waves *= 2;
  // Copies go on while consumers that take turns end tiles, others multiply only.
  double copying = waves * (schedule.pingPong ? all : steps * cost.wave.front().step), slow = tiles * steps * cost.straddled;
  double late = std::max(slow - copying, 0.) + kOverlap * std::min(slow, copying);
  return kLaunch + (kFill + waves * all + cost.last + late) / kClock;
}

double CostModel::estimate(const GemmSizes &sizes, const GemmSchedule &schedule) const {
  double elements = double(sizes.m) * sizes.k + double(sizes.n) * sizes.k;
  double bytes =
      sizes.batch * (elements * tile::elementBytes(problem.element) + double(sizes.m) * sizes.n * tile::elementBytes(problem.output));
  double products = compute(sizes, schedule), memory = kLaunch + bytes / kBytes;
  return std::max(products, memory) + kOverlap * std::min(products, memory);
}

int64_t tenon::schedule::countPaddingLaunches(const GemmProblem &problem, PaddedOperands padded) {
  int64_t turned = turnedOf(problem, padded).count();
  return turned + (padded.count() > turned);
}

double CostModel::estimatePadding(const GemmSizes &sizes, PaddedOperands padded) const {
  double rows = padded.a ? double(sizes.m) * (problem.isSharedA ? 1 : sizes.batch) : 0;
  rows += padded.b ? double(sizes.n) * sizes.batch : 0;
  return kLaunch * countPaddingLaunches(problem, padded) + 2 * rows * sizes.k * tile::elementBytes(problem.element) / kBytes;
}
