// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which schedule a product gets, without a GPU: a model of an H200 with a few measured constants.
#ifndef TENON_LIB_SCHEDULE_TILE_CHOOSEGEMM_H
#define TENON_LIB_SCHEDULE_TILE_CHOOSEGEMM_H

#include "lib/Schedule/Tile/SmallGemm.h"

#include <variant>

namespace tenon::schedule {

/// Multiprocessors of the GPUs that sm_90a is. Fewer tiles than these leave some idle.
inline constexpr int64_t kProcessors = 132;

struct GemmSizes {
  int64_t m = 1, n = 1, k = 1, batch = 1;
};

using AnyGemmSchedule = std::variant<GemmSchedule, SmallGemmSchedule>;

/// The schedule for `problem` at `sizes`. The sizes need not be exact: a dispatch with unknown dims asks with typical ones.
AnyGemmSchedule chooseGemm(const GemmProblem &problem, const GemmSizes &sizes);

/// Microseconds that the large schedule is expected to take.
double estimateGemm(const GemmProblem &problem, const GemmSizes &sizes, const GemmSchedule &schedule);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_TILE_CHOOSEGEMM_H
