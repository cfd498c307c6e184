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
};

llvm::ArrayRef<TileShape> tileShapes();

/// Operands whose rows begin anywhere in the lines of the L2 cache, so that a tile asks it for more of them. Rows that the copy engine
/// cannot take are copied to whole lines, or read by threads.
struct StraddlingOperands {
  bool a = false, b = false;
  bool any() const { return a || b; }
};
StraddlingOperands findStraddling(const GemmProblem &problem, const GemmSizes &sizes);

/// Launches before the product: each operand that is turned has one, those that are padded share one.
int64_t countPaddingLaunches(const GemmProblem &problem, PaddedOperands padded);

/// Cycles of tiles by their shape, for one problem.
class CostModel {
public:
  /// `problem` is borrowed.
  explicit CostModel(const GemmProblem &problem);

  /// Of a tile on each multiprocessor, the most of lines. Consumers that take turns end one tile while the other's products run; each is
  /// alone with it, and one warpgroup takes 2.75 times as long as two together.
  llvm::SmallVector<Cycles, 2> linesOf(const GemmSchedule &schedule) const;
  /// Cycles of the last tile's end that nothing hides and no line has.
  double last(const GemmSchedule &schedule) const;
  /// Microseconds of all, without those that only memory takes.
  double compute(const GemmSizes &sizes, const GemmSchedule &schedule) const;
  /// Microseconds of all.
  double estimate(const GemmSizes &sizes, const GemmSchedule &schedule) const;
  /// Microseconds of the launch that pads operands: what it reads and writes.
  double estimatePadding(const GemmSizes &sizes, PaddedOperands padded) const;

private:
  double wave(int64_t k, const GemmSchedule &schedule) const;
  /// Cycles that the L2 cache takes for rows that begin anywhere in its lines.
  double straddling(const GemmSizes &sizes, const GemmSchedule &schedule) const;
  double endOf(const GemmSchedule &schedule) const;
  double readingOf(const GemmSchedule &schedule) const;

  const GemmProblem &problem;
  double body;
};

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_TILE_COSTMODEL_H
