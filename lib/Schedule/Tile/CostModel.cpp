// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The cost model of products.
//
// A persistent kernel ends when its busiest SM ends: the number of tiles that this one gets, times the time of a tile, is nearly all there
// is to know; how evenly tiles divide among 132 SMs decides between tile shapes that are equally good by themselves. On the large fp16
// shapes of an H200 (tools/bench/gemm, 2026-11-26) the choice was 1.0 % slower than the best of these tiles in the geometric mean.
#include "lib/Schedule/Tile/CostModel.h"
#include "lib/Schedule/Tile/EpilogueRegisters.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::schedule;

namespace {

constexpr double kOperations = 32; // elements of a tile that a step of 128 bytes along K passes a cycle: 4096 operations for 16 bits
constexpr double kFill = 1600;     // cycles until the first tiles have arrived

// Of the end of a tile, cycles an element: conversion and store; each operation of the epilogue; each matrix read; each further result.
constexpr double kEpilogue = 1400. / 32768, kEpilogueOperation = 0.011, kEpilogueMatrix = 0.06, kFurtherResult = 0.1;
constexpr double kAlone = 3.3;

constexpr TileShape kShapes[] = {
    {2, 2, 128, 6, 0.94, true}, {2, 2, 192, 4, 0.98, true}, {2, 2, 160, 5, 0.95, true}, {2, 2, 192, 3, 0.85}, {2, 1, 256, 4, 1.00},
    {3, 1, 192, 4, 0.97},       {2, 2, 128, 4, 0.97},       {2, 1, 192, 4, 0.95},       {3, 1, 128, 5, 0.93}, {2, 1, 128, 6, 0.92},
    {2, 1, 96, 6, 0.80},        {1, 1, 128, 8, 0.75},       {2, 1, 64, 8, 0.55},        {1, 1, 64, 12, 0.47}, {1, 1, 32, 12, 0.30},
};

/// Cycles of an element that threads read: 249 us of 4095x4097x511 on an H100, 16 waves of 128x64 tiles, both operands read.
constexpr double kRead = 0.27;

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
      .Case<math::ErfOp, math::TanhOp>([](auto) { return 20; })
      .Case<math::ExpOp, math::LogOp>([](auto) { return 8; })
      .Default([](Operation *) { return 1; });
}

double countEpilogueOperations(const GemmProblem &problem) {
  double sum = 0;
  visitEpilogue(problem, [&](Operation &op) { sum += weightOf(op); });
  return sum;
}

double areaOf(const GemmSchedule &schedule) { return double(schedule.tileM()) * schedule.tileN; }

} // namespace

ArrayRef<TileShape> tenon::schedule::tileShapes() { return kShapes; }

CostModel::CostModel(const GemmProblem &problem)
    : problem(problem),
      end(kEpilogue + kEpilogueOperation * countEpilogueOperations(problem) +
          kEpilogueMatrix * llvm::count(problem.operands, EpilogueOperand::matrix) + kFurtherResult * problem.furtherOutputs.size()) {}

SmallVector<Cycles, 2> CostModel::linesOf(const GemmSchedule &schedule) const {
  double step = std::max(areaOf(schedule) / kOperations / rateOf(schedule), readingOf(schedule));
  if (!schedule.pingPong)
    return {{step, endOf(schedule)}};
  return {{step, 0}, {step / 2, kAlone / 2 * endOf(schedule)}};
}

double CostModel::wave(int64_t k, const GemmSchedule &schedule) const {
  double steps = llvm::divideCeil(k, stepK(problem)), most = 0;
  for (Cycles line : linesOf(schedule))
    most = std::max(most, steps * line.step + line.rest);
  return most;
}

double CostModel::last(const GemmSchedule &schedule) const { return schedule.pingPong ? kAlone * endOf(schedule) : 0; }

double CostModel::endOf(const GemmSchedule &schedule) const { return end * areaOf(schedule); }

double CostModel::readingOf(const GemmSchedule &schedule) const {
  int64_t rows = (schedule.readsA ? schedule.tileM() : 0) + (schedule.readsB ? schedule.tileN : 0);
  return kRead * static_cast<double>(rows * stepK(problem));
}

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

int64_t tenon::schedule::countPaddingLaunches(const GemmProblem &problem, PaddedOperands padded) {
  int64_t turned = turnedOf(problem, padded).count();
  return turned + (padded.count() > turned);
}

double CostModel::estimatePadding(const GemmSizes &sizes, PaddedOperands padded) const {
  double rows = padded.a ? double(sizes.m) * (problem.isSharedA ? 1 : sizes.batch) : 0;
  rows += padded.b ? double(sizes.n) * sizes.batch : 0;
  return kLaunch * countPaddingLaunches(problem, padded) + 2 * rows * sizes.k * tile::elementBytes(problem.element) / kBytes;
}
