// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a large schedule takes: a model of an H200 with a few measured constants. Internal to this folder.
#ifndef TENON_LIB_SCHEDULE_TILE_COSTMODEL_H
#define TENON_LIB_SCHEDULE_TILE_COSTMODEL_H

#include "lib/Schedule/Tile/ChooseGemm.h"

namespace tenon::schedule {

inline constexpr double kClock = 1.6e3; // cycles a microsecond under load
inline constexpr double kBytes = 4.0e6; // of global memory a microsecond
inline constexpr double kLaunch = 1.6;  // microseconds of an empty kernel in a graph
/// What is said of a product with padded operands, in place of 1: a launch more costs memory and the host's time, too.
inline constexpr double kPaddingPrice = 1.25;

/// A tile shape and the share of the tensor cores' rate that its main loop reaches: larger tiles read less shared memory for the same work.
struct TileShape {
  int64_t consumers, blocks, tileN, stages;
  double rate;
  bool pingPong = false;
  /// C leaves in nine pieces of 32 bytes, which costs most of a microsecond more than two of 128: nothing but sharing pays for that, and
  /// not where matrices come or leave beside it.
  bool onlyInClusters = false;
};

llvm::ArrayRef<TileShape> tileShapes();

/// CTAs in clusters of four that run at once: groups of multiprocessors are no multiples of four. Of a launch of more the rest begins when
/// the first are done.
inline constexpr int64_t kInFours = 120;

/// Launches before the product: each operand that is turned has one, those that are padded share one.
int64_t countPaddingLaunches(const GemmProblem &problem, PaddedOperands padded);

/// Cycles of tiles by their shape, for one problem.
class CostModel {
public:
  /// `problem` is borrowed.
  explicit CostModel(const GemmProblem &problem);

  LargeCost costOf(const GemmSchedule &schedule, StraddlingOperands straddling) const;
  /// Microseconds of all, without those that only memory takes.
  double compute(const GemmSizes &sizes, const GemmSchedule &schedule) const;
  /// Microseconds of all.
  double estimate(const GemmSizes &sizes, const GemmSchedule &schedule) const;
  /// Microseconds of the launch that pads operands: what it reads and writes.
  double estimatePadding(const GemmSizes &sizes, PaddedOperands padded) const;

private:
  llvm::SmallVector<Cycles, 2> linesOf(const GemmSchedule &schedule) const;
  double endOf(const GemmSchedule &schedule) const;
  double readingOf(const GemmSchedule &schedule) const;

  const GemmProblem &problem;
  double body;
};

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_TILE_COSTMODEL_H
