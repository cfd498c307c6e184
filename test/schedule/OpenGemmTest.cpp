// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels for a number of rows that only the run knows: by the cost model the best of them is near the one that is chosen where it is
// known.
#include "lib/Schedule/Tile/ChooseGemm.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace tenon::schedule;

namespace {

class OpenGemmTest : public testing::Test {
protected:
  OpenGemmTest() { problem.element = problem.output = mlir::Builder(&context).getF16Type(); }

  /// Speed of the best large kernel of the open choice beside the known one, at most 1; 1 for few rows, which have no estimate.
  double ratioAt(const GemmSizes &sizes) {
    AnyGemmSchedule known = chooseGemm(problem, sizes);
    auto *large = std::get_if<GemmSchedule>(&known);
    double least = HUGE_VAL;
    for (const GemmChoice &choice : open)
      if (auto *schedule = std::get_if<GemmSchedule>(&choice.schedule))
        least = std::min(least, estimateGemm(problem, sizes, *schedule));
    return large ? std::min(1., estimateGemm(problem, sizes, *large) / least) : 1;
  }

  void openRows(int64_t n, int64_t k) { open = chooseGemms(problem, {1, n, k}, {.rows = true}); }

  mlir::MLIRContext context;
  GemmProblem problem;
  llvm::SmallVector<GemmChoice> open;
};

// Shapes of models, among them such whose tiles just fill the machine and such whose rows straddle lines of the L2 cache.
TEST_F(OpenGemmTest, isNearWhatModelsHave) {
  const int64_t shapes[][3] = {{2048, 2048, 2048}, {4096, 768, 3072}, {6304, 768, 768},   {6304, 768, 3072},  {6304, 3072, 768},
                               {384, 4096, 1024},  {640, 768, 768},   {1000, 1000, 1000}, {8192, 1544, 1544}, {2048, 14336, 4096}};
  for (auto [m, n, k] : shapes) {
    openRows(n, k);
    EXPECT_GE(ratioAt({m, n, k}), 0.97) << m << "x" << n << "x" << k;
  }
}

// Of all numbers of rows one in a hundred may be more than 5 % slower.
TEST_F(OpenGemmTest, isNearEverywhere) {
  int64_t far = 0, all = 0;
  double sum = 0;
  for (int64_t n : {768, 1000, 3072, 14336})
    for (int64_t k : {768, 1000, 4096}) {
      openRows(n, k);
      EXPECT_LE(open.size(), 18u);
      for (double m = 513; m < 16384; m *= 1.03, ++all) {
        double ratio = ratioAt({static_cast<int64_t>(m), n, k});
        far += ratio < 0.95;
        sum += std::log(ratio);
      }
    }
  EXPECT_LE(100 * far, all);
  EXPECT_GE(std::exp(sum / static_cast<double>(all)), 0.99);
}

} // namespace
