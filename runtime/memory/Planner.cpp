// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Offset planning is dynamic storage allocation, NP-hard in general. Placing buffers one by one, each into the smallest gap that fits
// between those already placed and alive at the same time, meets the lower bound on most networks if the order is good. So several orders
// are tried; then, while the bound is not met, the buffer that reaches the peak is moved to the front and all are placed again.
#include "runtime/memory/Planner.h"

#include "runtime/support/Checked.h"

#include <algorithm>
#include <numeric>

namespace tenon::memory {

namespace {

/// Rounds of the repair; each costs one placement.
constexpr int kRepairRounds = 24;
/// Above this many buffers one order is tried: placing is quadratic in the worst case.
constexpr size_t kManyBuffers = 20000;

class Placer {
public:
  Placer(const std::vector<Interval> &intervals, std::vector<int64_t> sizes) : intervals(intervals), sizes(std::move(sizes)) {}

  /// Places in `order`; returns the arena's size.
  int64_t place(const std::vector<uint32_t> &order, std::vector<int64_t> &offsets);

  /// The position in `order` of a buffer that ends at the arena's end.
  size_t findPeak(const std::vector<uint32_t> &order, const std::vector<int64_t> &offsets, int64_t bytes) const;

  const std::vector<int64_t> &getSizes() const { return sizes; }

private:
  struct Placed {
    int64_t offset, end;
    uint32_t first, last;
  };

  const std::vector<Interval> &intervals;
  std::vector<int64_t> sizes;
  std::vector<Placed> placed; // sorted by offset
};

} // namespace

int64_t Placer::place(const std::vector<uint32_t> &order, std::vector<int64_t> &offsets) {
  placed.clear();
  int64_t total = 0;
  for (uint32_t index : order) {
    const Interval &interval = intervals[index];
    int64_t size = sizes[index], cursor = 0, best = -1, bestGap = 0;
    for (const Placed &other : placed) {
      if (other.last < interval.first || interval.last < other.first)
        continue;
      int64_t gap = other.offset - cursor;
      if (gap >= size && (best < 0 || gap < bestGap)) {
        best = cursor;
        bestGap = gap;
      }
      cursor = std::max(cursor, other.end);
    }
    int64_t offset = best >= 0 ? best : cursor;
    offsets[index] = offset;
    total = std::max(total, offset + size);
    Placed entry = {offset, offset + size, interval.first, interval.last};
    placed.insert(
        std::upper_bound(placed.begin(), placed.end(), entry, [](const Placed &a, const Placed &b) { return a.offset < b.offset; }), entry);
  }
  return total;
}

size_t Placer::findPeak(const std::vector<uint32_t> &order, const std::vector<int64_t> &offsets, int64_t bytes) const {
  for (size_t i = 0; i < order.size(); ++i)
    if (offsets[order[i]] + sizes[order[i]] == bytes)
      return i;
  return 0;
}

/// The largest sum of sizes alive at one position. Sizes are rounded, sums fit.
static int64_t findLowerBound(const std::vector<Interval> &intervals, const std::vector<int64_t> &sizes) {
  struct Event {
    uint64_t position; // births at 2p, deaths at 2p + 1: lifetimes include both ends
    int64_t change;
  };
  std::vector<Event> events;
  events.reserve(2 * intervals.size());
  for (size_t i = 0; i < intervals.size(); ++i) {
    events.push_back({2 * uint64_t(intervals[i].first), sizes[i]});
    events.push_back({2 * uint64_t(intervals[i].last) + 1, -sizes[i]});
  }
  std::sort(events.begin(), events.end(), [](const Event &a, const Event &b) { return a.position < b.position; });
  int64_t live = 0, most = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    live += events[i].change;
    if (i + 1 == events.size() || events[i + 1].position != events[i].position)
      most = std::max(most, live);
  }
  return most;
}

/// Orders to try: by size; by the product of size and lifetime; by lifetime; as the program has them.
static std::vector<std::vector<uint32_t>> makeOrders(const std::vector<Interval> &intervals, const std::vector<int64_t> &sizes) {
  std::vector<uint32_t> filled;
  for (uint32_t i = 0; i < sizes.size(); ++i)
    if (sizes[i] > 0)
      filled.push_back(i);
  auto length = [&](uint32_t i) { return double(intervals[i].last) - double(intervals[i].first) + 1; };
  auto sortedBy = [&](auto key) {
    std::vector<uint32_t> order = filled;
    // Doubles only rank here, and the same operations give the same doubles on every host.
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return key(a) != key(b) ? key(a) > key(b) : a < b; });
    return order;
  };
  std::vector<std::vector<uint32_t>> orders;
  orders.push_back(sortedBy([&](uint32_t i) { return double(sizes[i]); }));
  if (filled.size() > kManyBuffers)
    return orders;
  orders.push_back(sortedBy([&](uint32_t i) { return double(sizes[i]) * length(i); }));
  orders.push_back(sortedBy([&](uint32_t i) { return length(i); }));
  orders.push_back(sortedBy([&](uint32_t i) { return -double(intervals[i].first); }));
  return orders;
}

bool planArena(const std::vector<Interval> &intervals, int64_t alignment, Plan &plan) {
  std::vector<int64_t> sizes(intervals.size());
  int64_t sum = 0;
  for (size_t i = 0; i < intervals.size(); ++i) {
    if (intervals[i].bytes < 0 || intervals[i].last < intervals[i].first ||
        !runtime::checkedAlignUp(intervals[i].bytes, alignment, sizes[i]) || !runtime::checkedAdd(sum, sizes[i], sum))
      return false;
  }
  plan.lowerBound = findLowerBound(intervals, sizes);
  plan.offsets.assign(intervals.size(), 0);
  Placer placer(intervals, std::move(sizes));
  std::vector<std::vector<uint32_t>> orders = makeOrders(intervals, placer.getSizes());
  std::vector<int64_t> offsets(intervals.size(), 0);
  std::vector<uint32_t> bestOrder;
  plan.bytes = -1;
  for (std::vector<uint32_t> &order : orders) {
    int64_t bytes = placer.place(order, offsets);
    if (plan.bytes < 0 || bytes < plan.bytes) {
      plan.bytes = bytes;
      plan.offsets = offsets;
      bestOrder = std::move(order);
    }
    if (plan.bytes == plan.lowerBound)
      return true;
  }
  if (bestOrder.size() > kManyBuffers)
    return true;
  std::vector<uint32_t> order = bestOrder;
  offsets = plan.offsets;
  int64_t bytes = plan.bytes;
  for (int round = 0; round < kRepairRounds && plan.bytes > plan.lowerBound; ++round) {
    size_t peak = placer.findPeak(order, offsets, bytes);
    std::rotate(order.begin(), order.begin() + peak, order.begin() + peak + 1);
    bytes = placer.place(order, offsets);
    if (bytes < plan.bytes) {
      plan.bytes = bytes;
      plan.offsets = offsets;
    }
  }
  return true;
}

} // namespace tenon::memory
