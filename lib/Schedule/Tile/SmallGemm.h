// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products of a few rows with a large matrix of weights, which are streamed at the memory's speed.
#ifndef TENON_LIB_SCHEDULE_TILE_SMALLGEMM_H
#define TENON_LIB_SCHEDULE_TILE_SMALLGEMM_H

#include "lib/Schedule/Tile/Gemm.h"

namespace tenon::schedule {

/// The weights B[N, K] are the operand with 64 rows a warpgroup, so that no tensor core rows are spent on the few rows of A; a tile of C is
/// computed transposed. `split` CTAs of a cluster take turns in the steps along K, send each other their sums and add them in the order of
/// their ranks: the same bits in every run.
struct SmallGemmSchedule {
  int64_t consumers = 1, tileM = 16, stages = 8, split = 1;
  /// Steps whose weights come to the L2 cache before the wait for the kernel ahead, beyond those that the ring has room for.
  int64_t ahead = 0;
  /// Steps before its last at which a CTA lets the next kernel start: its weights then come while this one ends, not while this one
  /// streams.
  int64_t release = 4;
  /// As of GemmSchedule.
  int64_t promote = 0;

  int64_t tileN() const { return 64 * consumers; }
  /// Columns of the transposed tile that each CTA of a split ends, in groups of eight as fragments have them; the last may have none.
  int64_t share() const { return std::max<int64_t>(8, tileM / split); }
  bool operator==(const SmallGemmSchedule &other) const {
    auto tie = [](const SmallGemmSchedule &it) {
      return std::tie(it.consumers, it.tileM, it.stages, it.split, it.ahead, it.release, it.promote);
    };
    return tie(*this) == tie(other);
  }
};

/// Stages that fit `bytes` of shared memory, of which the CTAs of a split need a part for sums.
int64_t mostStages(const SmallGemmSchedule &schedule, int64_t bytes = tile::kSharedBytes);

/// The schedule with its K split: with fewer stages where sums need their memory, and two CTAs still fit an SM if they did.
SmallGemmSchedule splitInto(SmallGemmSchedule schedule, int64_t split);

/// Writes the kernel `name`: arguments are descriptors of B and A, a pointer to C, then M, N, K as i32, then a pointer for each operand of
/// the epilogue and for each further result. The grid is split * ceil(N / tileN) * ceil(M / tileM) CTAs, ranks of a cluster innermost,
/// tiles along N next. Fails with a diagnostic where the schedule does not fit.
mlir::FailureOr<tile::KernelOp> buildSmallGemm(mlir::OpBuilder &builder, mlir::Location loc, llvm::StringRef name,
                                               const GemmProblem &problem, const SmallGemmSchedule &schedule);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_TILE_SMALLGEMM_H
