// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrix products and convolutions by the product schedule: values against plain loops in double, over shapes that no tile divides.
#include "test/schedule/ScheduleTesting.h"

#include "llvm/Support/FormatVariadic.h"

using namespace tenon;
using namespace tenon::bench;

namespace {

class ProductTest : public testing::TestWithParam<std::string> {};

std::string dimText(int64_t dim) { return dim < 0 ? "?" : std::to_string(dim); }

/// A product of [batch, m, k] and [batch, k, n] (or [batch, n, k]) plus a bias per column; negative dims are dynamic.
std::string matmulText(int64_t batch, int64_t m, int64_t k, int64_t n, bool transposed) {
  std::string left = llvm::formatv("tensor<{0}x{1}x{2}xf32>", dimText(batch), dimText(m), dimText(k));
  std::string right = transposed ? llvm::formatv("tensor<{0}x{1}x{2}xf32>", dimText(batch), dimText(n), dimText(k))
                                 : llvm::formatv("tensor<{0}x{1}x{2}xf32>", dimText(batch), dimText(k), dimText(n));
  std::string bias = llvm::formatv("tensor<{0}xf32>", dimText(n)),
              result = llvm::formatv("tensor<{0}x{1}x{2}xf32>", dimText(batch), dimText(m), dimText(n));
  std::string dims;
  for (auto [dim, name] : {std::pair<int64_t, const char *>{batch, "%db"}, {m, "%dm"}, {n, "%dn"}})
    if (dim < 0)
      dims += (dims.empty() ? "" : ", ") + std::string(name);
  return llvm::formatv(R"(
func.func private @product(%a: {0}, %b: {1}, %bias: {2}) -> {3} {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %db = tensor.dim %a, %c0 : {0}
  %dm = tensor.dim %a, %c1 : {0}
  %dn = tensor.dim %bias, %c0 : {2}
  %e = tensor.empty({4}) : {3}
  %f = linalg.fill ins(%zero : f32) outs(%e : {3}) -> {3}
  %p = linalg.generic {{indexing_maps = [affine_map<(b, m, k, n) -> (b, m, k)>, affine_map<(b, m, k, n) -> ({5})>, affine_map<(b, m, k, n) -> (b, m, n)>],
      iterator_types = ["parallel", "parallel", "reduction", "parallel"]} ins(%a, %b : {0}, {1}) outs(%f : {3}) {{
  ^bb0(%x: f32, %y: f32, %o: f32):
    %t = arith.mulf %x, %y : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> {3}
  %r = linalg.generic {{indexing_maps = [affine_map<(b, m, n) -> (b, m, n)>, affine_map<(b, m, n) -> (n)>, affine_map<(b, m, n) -> (b, m, n)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%p, %bias : {3}, {2}) outs(%e : {3}) {{
  ^bb0(%x: f32, %y: f32, %o: f32):
    %u = arith.addf %x, %y : f32
    linalg.yield %u : f32
  } -> {3}
  return %r : {3}
})",
                       left, right, bias, result, dims, transposed ? "b, n, k" : "b, k, n");
}

void checkMatmul(KernelProgram &program, int64_t batch, int64_t m, int64_t k, int64_t n, bool transposed) {
  SCOPED_TRACE(llvm::formatv("{0}x{1}x{2}x{3} {4}", batch, m, k, n, transposed).str());
  Tensor a({batch, m, k}), b(transposed ? std::vector<int64_t>{batch, n, k} : std::vector<int64_t>{batch, k, n}), bias({n}),
      y({batch, m, n});
  a.fill(1);
  b.fill(2);
  bias.fill(3);
  ASSERT_TRUE(program.run("product", {a.argument(), b.argument(), bias.argument(), y.argument()}, {}, 2));
  for (int64_t i = 0; i < batch * m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      double sum = bias.data[j];
      for (int64_t l = 0; l < k; ++l)
        sum += double(a.data[i * k + l]) * b.data[i / m * k * n + (transposed ? j * k + l : l * n + j)];
      ASSERT_NEAR(y.data[i * n + j], sum, 1e-6 * (k + 10)) << "at " << i << ", " << j;
    }
}

TEST_P(ProductTest, StaticShapes) {
  for (auto [batch, m, k, n] :
       {std::tuple<int64_t, int64_t, int64_t, int64_t>{1, 5, 1, 1}, {2, 7, 13, 17}, {1, 197, 67, 131}, {3, 64, 64, 48}, {1, 40, 3001, 50}})
    for (bool transposed : {false, true}) {
      auto program = KernelProgram::compile(matmulText(batch, m, k, n, transposed), GetParam());
      ASSERT_TRUE(program);
      checkMatmul(*program, batch, m, k, n, transposed);
    }
}

TEST_P(ProductTest, DynamicShapes) {
  for (bool transposed : {false, true}) {
    auto program = KernelProgram::compile(matmulText(-1, -1, -1, -1, transposed), GetParam());
    ASSERT_TRUE(program);
    for (auto [batch, m, k, n] :
         {std::tuple<int64_t, int64_t, int64_t, int64_t>{1, 1, 1, 1}, {2, 3, 5, 7}, {1, 131, 2003, 97}, {0, 4, 4, 4}, {1, 4, 0, 4}})
      checkMatmul(*program, batch, m, k, n, transposed);
  }
}

struct Conv {
  int64_t channels, height, width, filters, kernel, stride, dilation;
};

std::string convText(const Conv &c, int64_t oh, int64_t ow) {
  std::string x = llvm::formatv("tensor<?x{0}x{1}x{2}xf32>", c.channels, c.height, c.width);
  std::string w = llvm::formatv("tensor<{0}x{1}x{2}x{2}xf32>", c.filters, c.channels, c.kernel);
  std::string y = llvm::formatv("tensor<?x{0}x{1}x{2}xf32>", c.filters, oh, ow);
  return llvm::formatv(R"(
func.func private @conv(%x: {0}, %w: {1}) -> {2} {{
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = tensor.dim %x, %c0 : {0}
  %e = tensor.empty(%n) : {2}
  %f = linalg.fill ins(%zero : f32) outs(%e : {2}) -> {2}
  %p = linalg.generic {{indexing_maps = [affine_map<(n, f, h, c, p, q, w) -> (n, c, h * {3} + p * {4}, w * {3} + q * {4})>,
      affine_map<(n, f, h, c, p, q, w) -> (f, c, p, q)>, affine_map<(n, f, h, c, p, q, w) -> (n, f, h, w)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "reduction", "parallel"]} ins(%x, %w : {0}, {1}) outs(%f : {2}) {{
  ^bb0(%a: f32, %b: f32, %o: f32):
    %t = arith.mulf %a, %b : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> {2}
  return %p : {2}
})",
                       x, w, y, c.stride, c.dilation);
}

TEST_P(ProductTest, Convolution) {
  for (const Conv &c : {Conv{3, 9, 11, 5, 3, 1, 1}, Conv{5, 23, 19, 13, 3, 2, 1}, Conv{64, 14, 14, 70, 1, 1, 1},
                        Conv{7, 20, 31, 33, 5, 1, 2}, Conv{300, 7, 7, 9, 3, 1, 1}, Conv{4, 9, 230, 6, 2, 1, 1}}) {
    int64_t reach = (c.kernel - 1) * c.dilation + 1, oh = (c.height - reach) / c.stride + 1, ow = (c.width - reach) / c.stride + 1;
    SCOPED_TRACE(llvm::formatv("{0}x{1}x{2} to {3}", c.channels, c.height, c.width, c.filters).str());
    auto program = KernelProgram::compile(convText(c, oh, ow), GetParam());
    ASSERT_TRUE(program);
    Tensor x({2, c.channels, c.height, c.width}), w({c.filters, c.channels, c.kernel, c.kernel}), y({2, c.filters, oh, ow});
    x.fill(1);
    w.fill(2);
    ASSERT_TRUE(program->run("conv", {x.argument(), w.argument(), y.argument()}, {}, 2));
    for (int64_t i = 0; i < y.size(); ++i) {
      int64_t column = i % ow, row = i / ow % oh, filter = i / ow / oh % c.filters, image = i / ow / oh / c.filters;
      double sum = 0;
      for (int64_t ch = 0; ch < c.channels; ++ch)
        for (int64_t p = 0; p < c.kernel; ++p)
          for (int64_t q = 0; q < c.kernel; ++q)
            sum += double(x.data[((image * c.channels + ch) * c.height + row * c.stride + p * c.dilation) * c.width + column * c.stride +
                                 q * c.dilation]) *
                   w.data[((filter * c.channels + ch) * c.kernel + p) * c.kernel + q];
      ASSERT_NEAR(y.data[i], sum, 1e-6 * (c.channels * c.kernel * c.kernel + 10)) << "at " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, ProductTest, testing::ValuesIn(hostLevels()), levelName);

} // namespace
