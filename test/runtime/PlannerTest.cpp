// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The arena planner: no overlap, determinism, closeness to the lower bound, refusal of nonsense.
#include "runtime/memory/Planner.h"

#include <gtest/gtest.h>
#include <random>

using namespace tenon::memory;

namespace {

void expectValid(const std::vector<Interval> &intervals, const Plan &plan) {
  ASSERT_EQ(plan.offsets.size(), intervals.size());
  for (size_t i = 0; i < intervals.size(); ++i) {
    const Interval &a = intervals[i];
    ASSERT_EQ(plan.offsets[i] % 64, 0);
    ASSERT_LE(plan.offsets[i] + a.bytes, plan.bytes);
    for (size_t k = i + 1; k < intervals.size(); ++k) {
      const Interval &b = intervals[k];
      bool together = a.first <= b.last && b.first <= a.last && a.bytes > 0 && b.bytes > 0;
      ASSERT_FALSE(together && plan.offsets[i] < plan.offsets[k] + b.bytes && plan.offsets[k] < plan.offsets[i] + a.bytes)
          << i << " and " << k;
    }
  }
  EXPECT_GE(plan.bytes, plan.lowerBound);
}

Plan planOrFail(const std::vector<Interval> &intervals) {
  Plan plan;
  EXPECT_TRUE(planArena(intervals, 64, plan));
  expectValid(intervals, plan);
  return plan;
}

TEST(Planner, PlansNothing) {
  Plan plan = planOrFail({});
  EXPECT_EQ(plan.bytes, 0);
  EXPECT_EQ(plan.lowerBound, 0);
}

TEST(Planner, ReusesMemoryAfterALifetimeEnds) {
  Plan plan = planOrFail({{0, 1, 100}, {1, 2, 100}, {2, 3, 100}});
  EXPECT_EQ(plan.offsets[0], plan.offsets[2]);
  EXPECT_EQ(plan.bytes, 256);
  EXPECT_EQ(plan.lowerBound, 256);
}

TEST(Planner, LetsBothEndsLive) {
  EXPECT_EQ(planOrFail({{0, 1, 64}, {1, 1, 64}}).bytes, 128);
  EXPECT_EQ(planOrFail({{0, 0, 64}, {1, 1, 64}}).bytes, 64);
}

TEST(Planner, GivesEmptyBuffersNoRoom) { EXPECT_EQ(planOrFail({{0, 5, 0}, {0, 5, 1}}).bytes, 64); }

TEST(Planner, MeetsTheBoundOnChainsWithSkips) {
  // A residual network: each block of three keeps its input until its end; sizes shrink as stages go on.
  std::vector<Interval> intervals;
  for (uint32_t block = 0; block < 50; ++block) {
    int64_t bytes = int64_t(1 << 20) >> (block / 12);
    uint32_t at = 4 * block;
    intervals.push_back({at, at + 4, bytes});
    intervals.push_back({at + 1, at + 2, bytes / 4});
    intervals.push_back({at + 2, at + 3, bytes / 4});
    intervals.push_back({at + 3, at + 4, bytes});
  }
  Plan plan = planOrFail(intervals);
  EXPECT_EQ(plan.bytes, plan.lowerBound);
}

TEST(Planner, StaysCloseToTheBoundOnRandomPrograms) {
  std::mt19937 random(7);
  double worst = 1;
  for (int round = 0; round < 40; ++round) {
    std::vector<Interval> intervals;
    for (uint32_t i = 0; i < 150; ++i) {
      uint32_t first = i, last = first + 1 + random() % (random() % 8 == 0 ? 60 : 6);
      intervals.push_back({first, last, int64_t(64) << (random() % 12)});
    }
    Plan plan = planOrFail(intervals);
    worst = std::max(worst, double(plan.bytes) / double(plan.lowerBound));
  }
  EXPECT_LT(worst, 1.15); // of the bound, which no plan may reach for some of these
}

TEST(Planner, IsDeterministic) {
  std::mt19937 random(3);
  std::vector<Interval> intervals;
  for (uint32_t i = 0; i < 300; ++i)
    intervals.push_back({i, i + uint32_t(random() % 40), int64_t(random() % 100000)});
  EXPECT_EQ(planOrFail(intervals).offsets, planOrFail(intervals).offsets);
}

TEST(Planner, RefusesWhatCannotBe) {
  Plan plan;
  EXPECT_FALSE(planArena({{0, 1, -1}}, 64, plan));
  EXPECT_FALSE(planArena({{2, 1, 8}}, 64, plan));
  EXPECT_FALSE(planArena({{0, 1, INT64_MAX}}, 64, plan));
  EXPECT_FALSE(planArena({{0, 1, INT64_MAX / 2}, {0, 1, INT64_MAX / 2}, {0, 1, INT64_MAX / 2}}, 64, plan));
}

} // namespace
