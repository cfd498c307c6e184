// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels of the CPU schedules, compiled for each level the host has and run: values against plain loops here.
#include "test/schedule/ScheduleTesting.h"

using namespace tenon;
using namespace tenon::bench;

namespace {

constexpr const char *kMaps = R"(
#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
)";

class ScheduleTest : public testing::TestWithParam<std::string> {};

TEST_P(ScheduleTest, RowNormalisationIsOneKernelPerRowBlock) {
  auto program = KernelProgram::compile(std::string(kMaps) + R"(
func.func private @normalise(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x?xf32>
  %n = tensor.dim %x, %c1 : tensor<?x?xf32>
  %e1 = tensor.empty(%m) : tensor<?xf32>
  %e2 = tensor.empty(%m, %n) : tensor<?x?xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e1 : tensor<?xf32>) -> tensor<?xf32>
  %q = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<?x?xf32>) outs(%e2 : tensor<?x?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.mulf %a, %a : f32
    linalg.yield %r : f32
  } -> tensor<?x?xf32>
  %s = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%q : tensor<?x?xf32>) outs(%f : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %a, %o : f32
    linalg.yield %r : f32
  } -> tensor<?xf32>
  %r = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%q, %s : tensor<?x?xf32>, tensor<?xf32>) outs(%e2 : tensor<?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %t = arith.divf %a, %b : f32
    linalg.yield %t : f32
  } -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
})",
                                        GetParam());
  ASSERT_TRUE(program);
  // On thread blocks rows of whole vectors have a kernel of their own.
  EXPECT_EQ(program->getCode().kernels.size(), GetParam() == "block" ? 2u : 1u);
  for (auto [m, n] : {std::pair<int64_t, int64_t>{1, 1}, {3, 7}, {61, 127}, {16, 1024}, {301, 5}}) {
    Tensor x({m, n}), y({m, n});
    x.fill(m * 1000 + n);
    ASSERT_TRUE(program->run("normalise", {x.argument(), y.argument()}, {}, 2));
    for (int64_t i = 0; i < m; ++i) {
      double sum = 0;
      for (int64_t j = 0; j < n; ++j)
        sum += double(x.data[i * n + j]) * x.data[i * n + j];
      for (int64_t j = 0; j < n; ++j)
        ASSERT_NEAR(y.data[i * n + j], double(x.data[i * n + j]) * x.data[i * n + j] / sum, 1e-6)
            << m << "x" << n << " at " << i << ", " << j;
    }
  }
}

TEST_P(ScheduleTest, PaddingAndEmptyTensors) {
  auto program = KernelProgram::compile(R"(
func.func private @pad(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %c = arith.constant 2.5 : f32
  %r = tensor.pad %x low[1, 2] high[0, 3] {
  ^bb0(%i: index, %j: index):
    tensor.yield %c : f32
  } : tensor<?x?xf32> to tensor<?x?xf32>
  return %r : tensor<?x?xf32>
})",
                                        GetParam());
  ASSERT_TRUE(program);
  for (auto [m, n] : {std::pair<int64_t, int64_t>{0, 0}, {1, 1}, {5, 0}, {37, 53}}) {
    Tensor x({m, n}), y({m + 1, n + 5});
    x.fill(7);
    ASSERT_TRUE(program->run("pad", {x.argument(), y.argument()}, {}));
    for (int64_t i = 0; i < m + 1; ++i)
      for (int64_t j = 0; j < n + 5; ++j) {
        bool inside = i >= 1 && j >= 2 && j < n + 2;
        ASSERT_EQ(y.data[i * (n + 5) + j], inside ? x.data[(i - 1) * n + j - 2] : 2.5f);
      }
  }
}

TEST(CodeBlobTest, BytesDoNotDependOnThreads) {
  std::string text;
  for (int i = 0; i < 12; ++i)
    text += "func.func private @f" + std::to_string(i) + "(%x: tensor<" + std::to_string(i + 3) + "x9xf32>) -> tensor<" +
            std::to_string(i + 3) + "x9xf32> { return %x : tensor<" + std::to_string(i + 3) + "x9xf32> }\n";
  auto one = KernelProgram::compile(text, "x86-64-v3", 1), two = KernelProgram::compile(text, "x86-64-v3", 2);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->getCode().kernels.size(), 12u);
  EXPECT_EQ(one->getCode().bytes, two->getCode().bytes);
}

INSTANTIATE_TEST_SUITE_P(Levels, ScheduleTest, testing::ValuesIn(hostLevels()), levelName);

} // namespace
