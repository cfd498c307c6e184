// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The choice where only the run knows some of the sizes: a handful of kernels, one of which is near the best whatever these are.
#include "lib/Schedule/Tile/ChooseGemm.h"
#include "lib/Schedule/Tile/CostModel.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::schedule;

namespace {

/// Lengths that stand for an N or K that is not known: those of sequences.
constexpr int64_t kLengths[] = {64, 128, 512, 2048};

/// Sizes that stand for all that the open ones may have: of rows, or else of the batch, eight to each doubling, for ragged last waves.
SmallVector<GemmSizes> sampleSizes(const GemmSizes &sizes, OpenSizes open, int64_t leastRows) {
  SmallVector<int64_t> factors{1};
  if (open.rows || open.batch)
    factors.clear();
  for (int64_t power = 1; power <= 16384 && (open.rows || open.batch); power *= 2)
    for (int64_t eighths = 8; eighths < 16; ++eighths)
      factors.push_back(power * eighths / 8);
  auto lengths = [](bool isOpen, const int64_t &size) { return isOpen ? ArrayRef(kLengths) : ArrayRef(size); };
  SmallVector<GemmSizes> samples;
  for (int64_t factor : factors)
    for (int64_t n : lengths(open.columns, sizes.n))
      for (int64_t k : lengths(open.sums, sizes.k)) {
        GemmSizes sample{open.rows ? sizes.m * factor : sizes.m, n, k, open.rows ? sizes.batch : sizes.batch * factor};
        if (sample.m > leastRows && sample.m <= std::max<int64_t>(32768, sizes.m))
          samples.push_back(sample);
      }
  return samples;
}

/// Adds the large schedule that helps most until what is lost to the best of all is small: the mean logarithm of time over the best time,
/// or, if `countsPeaks`, the mean of its fourth power. Where tiles just fill the machine one shape is a tenth faster than all others, and
/// sizes of models often are such.
SmallVector<GemmSchedule> pickSeveral(function_ref<double(const GemmSizes &, const GemmSchedule &)> estimate, ArrayRef<GemmSizes> samples,
                                      SmallVector<GemmSchedule> candidates, size_t most, bool countsPeaks) {
  const double power = countsPeaks ? 4 : 1, mostLoss = std::pow(0.02, power);
  // Of each candidate at each sample.
  auto losses = llvm::map_to_vector(candidates, [&](const GemmSchedule &schedule) {
    return llvm::map_to_vector(samples, [&](const GemmSizes &sample) { return estimate(sample, schedule); });
  });
  for (size_t i = 0; i < samples.size(); ++i) {
    double best = losses.front()[i];
    for (ArrayRef<double> times : losses)
      best = std::min(best, times[i]);
    for (MutableArrayRef<double> times : losses)
      times[i] = std::pow(std::log(times[i] / best), power);
  }
  SmallVector<double> reached(samples.size(), HUGE_VAL);
  auto meanWith = [&](ArrayRef<double> row) {
    double sum = 0;
    for (auto [loss, least] : llvm::zip_equal(row, reached))
      sum += std::min(loss, least);
    return sum / samples.size();
  };
  SmallVector<GemmSchedule> picked;
  while (picked.size() < std::min(most, candidates.size())) {
    auto means = llvm::map_to_vector(losses, meanWith);
    size_t next = std::min_element(means.begin(), means.end()) - means.begin();
    if (means[next] >= meanWith(reached))
      break;
    picked.push_back(candidates[next]);
    for (auto [least, loss] : llvm::zip_equal(reached, losses[next]))
      least = std::min(least, loss);
    if (means[next] <= mostLoss)
      break;
  }
  return picked;
}

/// The schedules for few rows, in ascending order.
SmallVector<GemmChoice> chooseForFewRows(const GemmProblem &problem, const GemmSizes &sizes, int64_t leastRows, PaddedOperands padded) {
  SmallVector<GemmChoice> choices;
  for (int64_t rows : {16, 64, 128, 256, 384, 512}) {
    if (rows < leastRows)
      continue;
    GemmSizes limit = sizes;
    limit.m = rows;
    AnyGemmSchedule chosen = chooseGemm(problem, limit, padded);
    auto *small = std::get_if<SmallGemmSchedule>(&chosen);
    if (!small)
      break;
    if (!choices.empty() && std::get<SmallGemmSchedule>(choices.back().schedule) == *small)
      choices.back().mostRows = rows;
    else
      choices.push_back({*small, rows, {}, nullptr, padded});
  }
  return choices;
}

} // namespace

SmallVector<GemmChoice> tenon::schedule::chooseGemms(const GemmProblem &problem, const GemmSizes &sizes, OpenSizes open) {
  if (!open.any()) {
    PaddedOperands padded = choosePadding(problem, sizes);
    return {GemmChoice{chooseGemm(problem, sizes, padded), sizes.m, {}, nullptr, padded}};
  }
  constexpr int64_t kFitting = 512; // a length that fits whatever it is multiplied with
  GemmSizes fitting{open.rows ? sizes.m * kFitting : sizes.m, open.columns ? kFitting : sizes.n, open.sums ? kFitting : sizes.k,
                    sizes.batch};
  PaddedOperands ragged = findRagged(problem, sizes), always = problem.wantsRowsAlongK() ? ragged : PaddedOperands();
  // Parts of a sum that is not known may be empty: it is not split.
  SmallVector<GemmChoice> choices;
  if (open.rows && !open.sums && fitsFewRows(problem, fitting, always))
    choices = chooseForFewRows(problem, fitting, sizes.m, always);
  SmallVector<GemmSizes> samples = sampleSizes(sizes, open, choices.empty() ? 0 : choices.back().mostRows);
  CostModel model(problem);
  // Products of attention wait for memory with any tile: the larger ones ask less of the L2 cache, which the model does not count.
  bool hasOpenLength = open.columns || open.sums;
  const size_t mostKernels = hasOpenLength ? 4 : 12;
  auto estimate = [&](const GemmSizes &sample, const GemmSchedule &schedule) {
    return hasOpenLength ? model.compute(sample, schedule) : model.estimate(sample, schedule);
  };
  StraddlingOperands straddling = findStraddling(problem, sizes);
  straddling.a &= !(problem.transposeA ? open.rows : open.sums);
  straddling.b &= !(problem.transposeB ? open.columns : open.sums);
  auto add = [&](const SmallVector<GemmSchedule> &candidates, size_t most, ArrayRef<GemmSizes> sampled, PaddedOperands padded = {}) {
    for (const GemmSchedule &schedule : pickSeveral(estimate, sampled, candidates, most, /*countsPeaks=*/!hasOpenLength))
      choices.push_back({schedule, 0, model.costOf(schedule, straddling), nullptr, padded});
  };
  GemmSizes least = sizes;
  if (open.sums)
    least.k = 0;
  SmallVector<GemmSchedule> moved = largeGemms(problem, fitting, always, straddling), others = largeGemms(problem, least, always);
  bool alwaysReads = moved.front().reads();
  add(moved, alwaysReads ? 1 : mostKernels, samples, always);
  auto strides = [](const GemmSchedule &schedule) { return std::tuple(schedule.storeDirectly, schedule.readsA, schedule.readsB); };
  if (strides(moved.front()) != strides(others.front()))
    add(others, 1, samples, always);
  if (!ragged.any() || always.any())
    return choices;
  SmallVector<GemmSchedule> padded = largeGemms(problem, sizes, ragged);
  auto leastOf = [&](ArrayRef<GemmSchedule> candidates, const GemmSizes &sample) {
    auto times = llvm::map_range(candidates, [&](const GemmSchedule &schedule) { return estimate(sample, schedule); });
    return *std::min_element(times.begin(), times.end());
  };
  llvm::erase_if(samples, [&](const GemmSizes &sample) {
    return kPaddingPrice * (model.estimatePadding(sample, ragged) + leastOf(padded, sample)) >= leastOf(others, sample);
  });
  // Where no size fits the copy engine, these take the place of the kernels for rows that fit; attention is short.
  if (!samples.empty())
    add(padded, alwaysReads ? mostKernels : problem.isBatched ? 1 : 2, samples, ragged);
  return choices;
}
