// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which schedule a product gets, without a GPU: a model of an H200 with a few measured constants.
#ifndef TENON_LIB_SCHEDULE_TILE_CHOOSEGEMM_H
#define TENON_LIB_SCHEDULE_TILE_CHOOSEGEMM_H

#include "lib/Schedule/Schedule.h"
#include "lib/Schedule/Tile/SmallGemm.h"

#include <variant>

namespace tenon::schedule {
struct TunedEntry;

struct GemmSizes {
  int64_t m = 1, n = 1, k = 1, batch = 1;
};

using AnyGemmSchedule = std::variant<GemmSchedule, SmallGemmSchedule>;

/// Operands that a launch before the product copies to rows of whole 16 bytes, from which the copy engine takes them.
struct PaddedOperands {
  bool a = false, b = false;
  bool any() const { return a || b; }
  int64_t count() const { return a + b; }
};

/// Those of `padded` that the problem has turned on the way.
inline PaddedOperands turnedOf(const GemmProblem &problem, PaddedOperands padded) {
  return {padded.a && problem.turnsA, padded.b && problem.turnsB};
}

/// The operands that threads would read, because the copy engine cannot. Of nothing there is nothing to copy.
PaddedOperands findRagged(const GemmProblem &problem, const GemmSizes &sizes);

/// The operands that shall be padded where all sizes are known: those that threads would read otherwise, or none. No matter of measured
/// schedules.
PaddedOperands choosePadding(const GemmProblem &problem, const GemmSizes &sizes);

/// The schedule for `problem` at `sizes`. The sizes need not be exact: a dispatch with unknown dims asks with typical ones.
AnyGemmSchedule chooseGemm(const GemmProblem &problem, const GemmSizes &sizes, PaddedOperands padded = {});

/// Cycles as a line in the number of steps along K.
struct Cycles {
  double step = 0, rest = 0;
};

/// What the cost model says of a large schedule before M, N and the batch are known.
struct LargeCost {
  llvm::SmallVector<Cycles, 2> wave; // the most of these lines is what a tile on each multiprocessor takes
  double last = 0;                   // cycles after all waves
  double straddled = 0;              // cycles of the L2 cache for a step of one tile where rows begin anywhere in its lines
};

/// One of the kernels among which the host chooses when it knows all sizes, of those whose matrices the copy engine can move: one that was
/// measured for a range that holds M, else the first one for few rows whose `mostRows` is not below M, else the one whose waves take the
/// fewest cycles.
struct GemmChoice {
  AnyGemmSchedule schedule;
  int64_t mostRows = 0;                 // of the schedule for few rows
  LargeCost cost = {};                  // of the others
  const TunedEntry *measured = nullptr; // borrowed from the table; null for the cost model's
  PaddedOperands padded = {};           // the same in all choices that pad any
};

/// Which of the sizes are not known before the run.
struct OpenSizes {
  bool rows = false, columns = false, sums = false, batch = false; // M, N, K
  bool any() const { return rows || columns || sums || batch; }
};

/// The choices for `problem`, those for few rows first, in ascending order. A size that is open stands for what it is a multiple of. One
/// choice if none is open; else a handful whose best is within a few percent of the best of all schedules, whatever the open sizes are. If
/// these decide whether the copy engine can move the matrices, one of the last choices does without it, others pad them for it.
llvm::SmallVector<GemmChoice> chooseGemms(const GemmProblem &problem, const GemmSizes &sizes, OpenSizes open);

/// Does the generic schedule compute it faster? It reads operands whose rows are no multiples of 16 bytes with all threads of its
/// workgroups, and needs no launch to pad them, which decides where there is little to compute.
bool isBetterGeneric(const GemmProblem &problem, const GemmSizes &sizes, OpenSizes open);

/// Takes from the copy engine the matrices whose rows are no multiples of 16 bytes.
void fitStrides(const GemmProblem &problem, const GemmSizes &sizes, GemmSchedule &schedule, PaddedOperands padded = {});

/// Can the schedule for few rows compute it at all?
bool fitsFewRows(const GemmProblem &problem, const GemmSizes &sizes, PaddedOperands padded = {});

/// Operands whose rows begin anywhere in the lines of the L2 cache, so that a tile asks it for more of them. Rows that the copy engine
/// cannot take are copied to whole lines, or read by threads.
struct StraddlingOperands {
  bool a = false, b = false;
  bool any() const { return a || b; }
};
StraddlingOperands findStraddling(const GemmProblem &problem, const GemmSizes &sizes);

/// The large schedules that fit, one for each tile shape. Where rows straddle also those of clusters, which ask for less of the operands
/// that they share. Clusters cost a little, which the model does not know: where the cache is no bound they are left to measurements.
llvm::SmallVector<GemmSchedule> largeGemms(const GemmProblem &problem, const GemmSizes &sizes, PaddedOperands padded = {},
                                           StraddlingOperands straddling = {});

/// The same with CTAs that share operands: those that have something to share.
llvm::SmallVector<GemmSchedule> clustersOf(const GemmSchedule &schedule, const GemmSizes &sizes);

/// Writes the kernel `name` of either schedule.
mlir::FailureOr<tile::KernelOp> buildAnyGemm(mlir::OpBuilder &builder, mlir::Location loc, llvm::StringRef name, const GemmProblem &problem,
                                             const AnyGemmSchedule &schedule);

/// Microseconds that the large schedule is expected to take.
double estimateGemm(const GemmProblem &problem, const GemmSizes &sizes, const GemmSchedule &schedule);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_TILE_CHOOSEGEMM_H
