// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels of thread blocks, which fibers stand for: rows and columns of all lengths against plain loops here.
#include "test/schedule/ScheduleTesting.h"

#include "llvm/Support/FormatVariadic.h"

#include <numeric>

using namespace tenon;
using namespace tenon::bench;

namespace {

std::string softmaxText(int64_t rows, int64_t columns) {
  return llvm::formatv(R"(
#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
func.func private @softmax(%x: tensor<{0}x{1}xf32>) -> tensor<{0}x{1}xf32> {{
  %low = arith.constant 0xFF800000 : f32
  %zero = arith.constant 0.0 : f32
  %e1 = tensor.empty() : tensor<{0}xf32>
  %e2 = tensor.empty() : tensor<{0}x{1}xf32>
  %f = linalg.fill ins(%low : f32) outs(%e1 : tensor<{0}xf32>) -> tensor<{0}xf32>
  %m = linalg.generic {{indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<{0}x{1}xf32>) outs(%f : tensor<{0}xf32>) {{
  ^bb0(%a: f32, %o: f32):
    %r = arith.maximumf %o, %a : f32
    linalg.yield %r : f32
  } -> tensor<{0}xf32>
  %p = linalg.generic {{indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %m : tensor<{0}x{1}xf32>, tensor<{0}xf32>) outs(%e2 : tensor<{0}x{1}xf32>) {{
  ^bb0(%a: f32, %b: f32, %o: f32):
    %t = arith.subf %a, %b : f32
    %u = math.exp %t : f32
    linalg.yield %u : f32
  } -> tensor<{0}x{1}xf32>
  %g = linalg.fill ins(%zero : f32) outs(%e1 : tensor<{0}xf32>) -> tensor<{0}xf32>
  %s = linalg.generic {{indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%p : tensor<{0}x{1}xf32>) outs(%g : tensor<{0}xf32>) {{
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %o, %a : f32
    linalg.yield %r : f32
  } -> tensor<{0}xf32>
  %r = linalg.generic {{indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%p, %s : tensor<{0}x{1}xf32>, tensor<{0}xf32>) outs(%e2 : tensor<{0}x{1}xf32>) {{
  ^bb0(%a: f32, %b: f32, %o: f32):
    %t = arith.divf %a, %b : f32
    linalg.yield %t : f32
  } -> tensor<{0}x{1}xf32>
  return %r : tensor<{0}x{1}xf32>
})",
                       rows, columns);
}

/// Rows that one thread holds, that a group of threads shares, that need several rounds, and that are too long to be held.
class RowTest : public testing::TestWithParam<std::pair<int64_t, int64_t>> {};

TEST_P(RowTest, Softmax) {
  auto [rows, columns] = GetParam();
  auto program = KernelProgram::compileBlocks(softmaxText(rows, columns), 64);
  ASSERT_TRUE(program);
  Tensor x({rows, columns}), y({rows, columns});
  x.fill(rows * 1000 + columns);
  for (bool descending : {false, true}) {
    program->setDescending(descending);
    ASSERT_TRUE(program->run("softmax", {x.argument(), y.argument()}, {}));
    for (int64_t i = 0; i < rows; ++i) {
      double sum = 0;
      for (int64_t j = 0; j < columns; ++j)
        sum += std::exp(double(x.data[i * columns + j]));
      for (int64_t j = 0; j < columns; ++j)
        ASSERT_NEAR(y.data[i * columns + j] * sum, std::exp(double(x.data[i * columns + j])), 1e-4) << "at " << i << ", " << j;
    }
  }
}

/// Sums of columns in two steps, and a transpose with edges.
TEST(ColumnTest, SumsAndTranspose) {
  constexpr int64_t rows = 2048, columns = 100;
  auto program = KernelProgram::compileBlocks(R"(
#id = affine_map<(i, j) -> (i, j)>
func.func private @sums(%x: tensor<2048x100xf32>) -> tensor<100xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<100xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<100xf32>) -> tensor<100xf32>
  %s = linalg.generic {indexing_maps = [#id, affine_map<(i, j) -> (j)>], iterator_types = ["reduction", "parallel"]} ins(%x : tensor<2048x100xf32>) outs(%f : tensor<100xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %a, %o : f32
    linalg.yield %r : f32
  } -> tensor<100xf32>
  return %s : tensor<100xf32>
}
func.func private @transpose(%x: tensor<2048x100xf32>) -> tensor<100x2048xf32> {
  %e = tensor.empty() : tensor<100x2048xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (j, i)>, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<2048x100xf32>) outs(%e : tensor<100x2048xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<100x2048xf32>
  return %r : tensor<100x2048xf32>
})",
                                              64);
  ASSERT_TRUE(program);
  Tensor x({rows, columns}), sums({columns}), turned({columns, rows});
  x.fill(3);
  for (bool descending : {false, true}) {
    program->setDescending(descending);
    ASSERT_TRUE(program->run("sums", {x.argument(), sums.argument()}, {}));
    ASSERT_TRUE(program->run("transpose", {x.argument(), turned.argument()}, {}));
    for (int64_t j = 0; j < columns; ++j) {
      double sum = 0;
      for (int64_t i = 0; i < rows; ++i) {
        sum += x.data[i * columns + j];
        ASSERT_EQ(turned.data[j * rows + i], x.data[i * columns + j]) << "at " << j << ", " << i;
      }
      ASSERT_NEAR(sums.data[j], sum, 1e-4) << "at " << j;
    }
  }
}

/// The host runs the kernel for whole vectors, or the one for rows of any length.
TEST(AnyLengthTest, RowSumsAndDifferences) {
  auto program = KernelProgram::compileBlocks(R"(
#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
func.func private @difference(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x?xf32>
  %n = tensor.dim %x, %c1 : tensor<?x?xf32>
  %e = tensor.empty(%m) : tensor<?xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %s = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<?x?xf32>) outs(%f : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %a, %o : f32
    linalg.yield %r : f32
  } -> tensor<?xf32>
  %g = tensor.empty(%m, %n) : tensor<?x?xf32>
  %d = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %s : tensor<?x?xf32>, tensor<?xf32>) outs(%g : tensor<?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %r = arith.subf %a, %b : f32
    linalg.yield %r : f32
  } -> tensor<?x?xf32>
  return %d : tensor<?x?xf32>
})",
                                              64);
  ASSERT_TRUE(program);
  bool hasVersion = llvm::any_of(program->getTimes(), [](const KernelTime &kernel) { return kernel.name == "kernel_0_vectors"; });
  EXPECT_TRUE(hasVersion);
  for (auto [rows, columns] : {std::pair<int64_t, int64_t>(5, 7), {9, 64}, {3, 100}, {2, 1002}, {1, 4096}}) {
    Tensor x({rows, columns}), y({rows, columns});
    x.fill(columns);
    ASSERT_TRUE(program->run("difference", {x.argument(), y.argument()}, {}));
    for (int64_t i = 0; i < rows; ++i) {
      double sum = std::accumulate(x.data + i * columns, x.data + (i + 1) * columns, 0.0);
      for (int64_t j = 0; j < columns; ++j)
        ASSERT_NEAR(y.data[i * columns + j], x.data[i * columns + j] - sum, 1e-4) << rows << "x" << columns << " at " << i << ", " << j;
    }
  }
  for (const KernelTime &kernel : program->getTimes())
    EXPECT_GT(kernel.launches, 0) << kernel.name;
}

INSTANTIATE_TEST_SUITE_P(Sizes, RowTest,
                         testing::Values(std::pair(1, 1), std::pair(70, 3), std::pair(5, 7), std::pair(33, 100), std::pair(3, 256),
                                         std::pair(2, 1001), std::pair(9, 4096), std::pair(1, 5000), std::pair(2, 20001)),
                         [](const auto &info) { return llvm::formatv("{0}x{1}", info.param.first, info.param.second).str(); });

/// Numbers as bf16, which is the upper half of a float.
struct ShortTensor {
  std::vector<int64_t> dims;
  uint16_t *data;
  ShortTensor(std::vector<int64_t> shape, unsigned seed)
      : dims(std::move(shape)), data(static_cast<uint16_t *>(allocate(dims[0] * dims[1] * sizeof(uint16_t)))) {
    std::mt19937 generator(seed);
    // Halves between -2 and 2: products and sums are exact.
    for (int64_t i = 0; i < dims[0] * dims[1]; ++i) {
      float value = (float(generator() % 9) - 4) / 2;
      std::memcpy(&data[i], reinterpret_cast<const char *>(&value) + 2, 2);
    }
  }
  ShortTensor(const ShortTensor &) = delete;
  ~ShortTensor() { std::free(data); }
  float at(int64_t i, int64_t j) const {
    uint32_t bits = uint32_t(data[i * dims[1] + j]) << 16;
    float value;
    std::memcpy(&value, &bits, sizeof(value));
    return value;
  }
  Argument argument() { return {data, dims}; }
};

std::string productText() {
  return R"(
func.func private @product(%x: tensor<?x?xbf16>, %w: tensor<?x?xbf16>) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x?xbf16>
  %n = tensor.dim %w, %c1 : tensor<?x?xbf16>
  %e = tensor.empty(%m, %n) : tensor<?x?xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x?xf32>) -> tensor<?x?xf32>
  %p = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<?x?xbf16>, tensor<?x?xbf16>) outs(%f : tensor<?x?xf32>) {
  ^bb0(%l: bf16, %r: bf16, %o: f32):
    %s = arith.extf %l : bf16 to f32
    %v = arith.extf %r : bf16 to f32
    %t = arith.mulf %s, %v : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<?x?xf32>
  return %p : tensor<?x?xf32>
})";
}

/// Products on tensor cores, of rows of whole chunks and of others, and of nothing.
TEST(AnyLengthTest, Products) {
  auto program = KernelProgram::compileBlocks(productText(), 256);
  ASSERT_TRUE(program);
  for (auto [m, n, k] : std::vector<std::array<int64_t, 3>>{{24, 40, 264}, {33, 8, 8}, {24, 40, 43}, {8, 35, 64}, {8, 8, 0}}) {
    ShortTensor x({m, k}, 1), w({k, n}, 2);
    Tensor y({m, n});
    for (bool descending : {false, true}) {
      program->setDescending(descending);
      std::fill(y.data, y.data + y.size(), NAN);
      ASSERT_TRUE(program->run("product", {x.argument(), w.argument(), y.argument()}, {}));
      for (int64_t i = 0; i < m; ++i)
        for (int64_t j = 0; j < n; ++j) {
          float sum = 0;
          for (int64_t q = 0; q < k; ++q)
            sum += x.at(i, q) * w.at(q, j);
          ASSERT_EQ(y.data[i * n + j], sum) << m << "x" << n << "x" << k << " at " << i << ", " << j;
        }
    }
  }
}

} // namespace
