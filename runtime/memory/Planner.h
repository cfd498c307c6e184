// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gives buffers with known lifetimes a place in one arena. The compiler uses it for static programs, the runtime when shapes are bound.
#ifndef TENON_RUNTIME_MEMORY_PLANNER_H
#define TENON_RUNTIME_MEMORY_PLANNER_H

#include <cstdint>
#include <vector>

namespace tenon::memory {

/// A buffer of `bytes` >= 0 that lives from instruction position `first` to `last`, both included.
struct Interval {
  uint32_t first;
  uint32_t last;
  int64_t bytes;
};

struct Plan {
  std::vector<int64_t> offsets; // one for each interval, multiples of the alignment; 0 for empty buffers
  int64_t bytes = 0;            // of the arena
  int64_t lowerBound = 0;       // the largest sum of live (rounded) buffers: no plan needs less
};

/// Plans deterministically: the same intervals give the same offsets everywhere. `alignment` is a power of two. False if a size is
/// negative, an interval ends before it begins, or the sum of all sizes exceeds 64 bits.
[[nodiscard]] bool planArena(const std::vector<Interval> &intervals, int64_t alignment, Plan &plan);

} // namespace tenon::memory

#endif // TENON_RUNTIME_MEMORY_PLANNER_H
