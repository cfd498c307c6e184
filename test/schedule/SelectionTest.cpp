// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ops that select, sort and scan: what thread blocks compute in passes against what one thread computes in order, bit for bit.
#include "test/schedule/ScheduleTesting.h"

#include "conversion/InferToLinalg/Passes.h"
#include "lib/Compiler/Registration.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::bench;

namespace {

/// `text` with its infer ops lowered for thread blocks, or for few threads.
std::string lowered(const std::string &text, bool threadBlocks) {
  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, ParserConfig(&context));
  PassManager pm(&context);
  ConvertInferToLinalgPassOptions options;
  options.threadBlocks = threadBlocks;
  pm.addPass(createConvertInferToLinalgPass(options));
  std::string result;
  llvm::raw_string_ostream stream(result);
  if (module && succeeded(pm.run(*module)))
    module->print(stream);
  return result;
}

/// Row-major memory of any element type.
struct Memory {
  std::vector<int64_t> dims;
  size_t bytes;
  void *data;
  Memory(std::vector<int64_t> shape, size_t elementBytes) : dims(std::move(shape)), bytes(elementBytes) {
    for (int64_t dim : dims)
      bytes *= size_t(dim);
    data = allocate(bytes);
    std::memset(data, 0xee, bytes);
  }
  Memory(const Memory &) = delete;
  ~Memory() { std::free(data); }
  template <typename T> T *as() { return static_cast<T *>(data); }
  Argument argument() { return {data, dims}; }
};

/// A result of the function under test.
struct Result {
  std::vector<int64_t> dims;
  size_t elementBytes;
};

/// Runs @f both ways and compares the results.
void expectEqual(const std::string &text, llvm::ArrayRef<Memory *> inputs, llvm::ArrayRef<int64_t> scalars,
                 llvm::ArrayRef<Result> results) {
  auto serial = KernelProgram::compile(lowered(text, false), "x86-64-v3");
  auto blocks = KernelProgram::compileBlocks(lowered(text, true), 64);
  ASSERT_TRUE(serial && blocks);
  std::vector<std::unique_ptr<Memory>> expected, found;
  std::vector<Argument> serialArguments, blockArguments;
  for (Memory *input : inputs) {
    serialArguments.push_back(input->argument());
    blockArguments.push_back(input->argument());
  }
  for (const Result &result : results) {
    expected.push_back(std::make_unique<Memory>(result.dims, result.elementBytes));
    found.push_back(std::make_unique<Memory>(result.dims, result.elementBytes));
    serialArguments.push_back(expected.back()->argument());
    blockArguments.push_back(found.back()->argument());
  }
  ASSERT_TRUE(serial->run("f", serialArguments, scalars));
  for (bool descending : {false, true}) {
    blocks->setDescending(descending);
    ASSERT_TRUE(blocks->run("f", blockArguments, scalars));
    for (size_t i = 0; i < results.size(); ++i)
      EXPECT_EQ(std::memcmp(expected[i]->data, found[i]->data, expected[i]->bytes), 0) << "result " << i;
  }
}

/// Few different values, so that many are equal; some are NaN.
void fillWithTies(Memory &memory, unsigned seed, bool withNaN) {
  std::mt19937 generator(seed);
  for (size_t i = 0; i < memory.bytes / sizeof(float); ++i)
    memory.as<float>()[i] = withNaN && generator() % 16 == 0 ? NAN : float(generator() % 9) / 4 - 1;
}

/// Rows of one block and of many, with and without a full last run.
class SortTest : public testing::TestWithParam<std::tuple<int64_t, int64_t, bool>> {};

TEST_P(SortTest, TopK) {
  auto [rows, length, largest] = GetParam();
  int64_t k = std::max<int64_t>(length / 3, 1);
  std::string text = llvm::formatv(R"(
func.func private @f(%x: tensor<{0}x{1}xf32>, %k: tensor<1xi64>) -> (tensor<{0}x{2}xf32>, tensor<{0}x{2}xi64>) {{
  %v, %i = infer.top_k %x, %k {{axis = 1 : i64, largest = {3}} : (tensor<{0}x{1}xf32>, tensor<1xi64>) -> (tensor<{0}x{2}xf32>, tensor<{0}x{2}xi64>)
  return %v, %i : tensor<{0}x{2}xf32>, tensor<{0}x{2}xi64>
})",
                                   rows, length, k, largest ? "true" : "false");
  Memory x({rows, length}, sizeof(float)), count({1}, sizeof(int64_t));
  fillWithTies(x, unsigned(length), true);
  count.as<int64_t>()[0] = k;
  expectEqual(text, {&x, &count}, {}, {{{rows, k}, sizeof(float)}, {{rows, k}, sizeof(int64_t)}});
}

INSTANTIATE_TEST_SUITE_P(Rows, SortTest,
                         testing::Combine(testing::Values<int64_t>(1, 3), testing::Values<int64_t>(1, 2, 63, 64, 65, 700),
                                          testing::Bool()));

class ScanTest : public testing::TestWithParam<int64_t> {};

TEST_P(ScanTest, NonZeroFill) {
  int64_t length = GetParam();
  std::string text = llvm::formatv(R"(
func.func private @f(%x: tensor<3x{0}xf32>, %n: index) -> tensor<2x?xi64> {{
  %y = infer.non_zero_fill %x, %n : (tensor<3x{0}xf32>, index) -> tensor<2x?xi64>
  return %y : tensor<2x?xi64>
})",
                                   length);
  Memory x({3, length}, sizeof(float));
  fillWithTies(x, 7, true);
  int64_t count = std::count_if(x.as<float>(), x.as<float>() + 3 * length, [](float value) { return value != 0; });
  for (int64_t columns : {count, count + 3, count / 2}) // as many as there are, too many, too few
    expectEqual(text, {&x}, {columns}, {{{2, columns}, sizeof(int64_t)}});
}

TEST_P(ScanTest, CumSum) {
  int64_t length = GetParam();
  for (const char *form : {"", ", reverse = true", ", exclusive = true", ", exclusive = true, reverse = true"}) {
    std::string text = llvm::formatv(R"(
func.func private @f(%x: tensor<2x{0}x3xi64>) -> tensor<2x{0}x3xi64> {{
  %y = infer.cum_sum %x {{axis = 1 : i64{1}} : (tensor<2x{0}x3xi64>) -> tensor<2x{0}x3xi64>
  return %y : tensor<2x{0}x3xi64>
})",
                                     length, form);
    Memory x({2, length, 3}, sizeof(int64_t));
    std::mt19937_64 generator(3);
    std::generate(x.as<int64_t>(), x.as<int64_t>() + 6 * length, generator);
    expectEqual(text, {&x}, {}, {{{2, length, 3}, sizeof(int64_t)}});
  }
}

INSTANTIATE_TEST_SUITE_P(Lengths, ScanTest, testing::Values<int64_t>(1, 64, 65, 5000));

/// Boxes per class, the limit, and the threshold of overlap.
class SuppressionTest : public testing::TestWithParam<std::tuple<int64_t, int64_t, float>> {};

TEST_P(SuppressionTest, NonMaxSuppression) {
  auto [boxes, most, overlap] = GetParam();
  std::string text = llvm::formatv(R"(
func.func private @f(%b: tensor<2x{0}x4xf32>, %s: tensor<2x3x{0}xf32>, %m: tensor<1xi64>, %i: tensor<1xf32>, %t: tensor<1xf32>, %c: index)
    -> (tensor<?x3xi64>, tensor<i64>) {{
  %y, %n = infer.non_max_suppression_padded %b, %s max(%m) iou(%i) score(%t) capacity(%c)
      : (tensor<2x{0}x4xf32>, tensor<2x3x{0}xf32>, tensor<1xi64>, tensor<1xf32>, tensor<1xf32>, index) -> (tensor<?x3xi64>, tensor<i64>)
  return %y, %n : tensor<?x3xi64>, tensor<i64>
})",
                                   boxes);
  Memory b({2, boxes, 4}, sizeof(float)), s({2, 3, boxes}, sizeof(float)), m({1}, 8), i({1}, 4), t({1}, 4);
  std::mt19937 generator(unsigned(boxes + most));
  std::uniform_real_distribution<float> place(0, 4);
  for (int64_t box = 0; box < 2 * boxes; ++box) {
    float *corner = b.as<float>() + 4 * box;
    corner[0] = place(generator), corner[1] = place(generator), corner[2] = corner[0] + 1, corner[3] = corner[1] + place(generator) / 4;
  }
  fillWithTies(s, unsigned(boxes), true);
  m.as<int64_t>()[0] = most;
  i.as<float>()[0] = overlap;
  t.as<float>()[0] = -0.8F;
  // Room for all, and for fewer than there are.
  for (int64_t capacity : {6 * std::min(boxes, most), std::min<int64_t>(boxes, most)})
    expectEqual(text, {&b, &s, &m, &i, &t}, {capacity}, {{{capacity, 3}, sizeof(int64_t)}, {{}, sizeof(int64_t)}});
}

INSTANTIATE_TEST_SUITE_P(Boxes, SuppressionTest,
                         testing::Combine(testing::Values<int64_t>(1, 65, 200), testing::Values<int64_t>(2, 1000),
                                          testing::Values(0.0F, 0.5F)));

/// How many updates there are: a few, which every element looks through, or many, which are sorted.
class ScatterTest : public testing::TestWithParam<std::tuple<int64_t, const char *>> {};

TEST_P(ScatterTest, Elements) {
  auto [count, reduction] = GetParam();
  std::string text = llvm::formatv(R"(
func.func private @f(%x: tensor<30x5xf32>, %i: tensor<{0}x4xi64>, %u: tensor<{0}x4xf32>) -> tensor<30x5xf32> {{
  %y = infer.scatter_elements %x, %i, %u {{axis = 0 : i64, reduction = "{1}"} : (tensor<30x5xf32>, tensor<{0}x4xi64>, tensor<{0}x4xf32>) -> tensor<30x5xf32>
  return %y : tensor<30x5xf32>
})",
                                   count, reduction);
  Memory x({30, 5}, sizeof(float)), i({count, 4}, sizeof(int64_t)), u({count, 4}, sizeof(float));
  std::mt19937 generator(1);
  std::uniform_real_distribution<float> values(-1, 1);
  std::generate(x.as<float>(), x.as<float>() + 150, [&] { return values(generator); });
  std::generate(u.as<float>(), u.as<float>() + 4 * count, [&] { return values(generator); });
  std::generate(i.as<int64_t>(), i.as<int64_t>() + 4 * count, [&] { return int64_t(generator() % 70) - 35; }); // some are outside
  expectEqual(text, {&x, &i, &u}, {}, {{{30, 5}, sizeof(float)}});
}

TEST_P(ScatterTest, Slices) {
  auto [count, reduction] = GetParam();
  std::string text = llvm::formatv(R"(
func.func private @f(%x: tensor<6x5x3xf32>, %i: tensor<{0}x2x2xi64>, %u: tensor<{0}x2x3xf32>) -> tensor<6x5x3xf32> {{
  %y = infer.scatter_nd %x, %i, %u {{reduction = "{1}"} : (tensor<6x5x3xf32>, tensor<{0}x2x2xi64>, tensor<{0}x2x3xf32>) -> tensor<6x5x3xf32>
  return %y : tensor<6x5x3xf32>
})",
                                   count, reduction);
  Memory x({6, 5, 3}, sizeof(float)), i({count, 2, 2}, sizeof(int64_t)), u({count, 2, 3}, sizeof(float));
  std::mt19937 generator(2);
  std::uniform_real_distribution<float> values(-1, 1);
  std::generate(x.as<float>(), x.as<float>() + 90, [&] { return values(generator); });
  std::generate(u.as<float>(), u.as<float>() + 6 * count, [&] { return values(generator); });
  std::generate(i.as<int64_t>(), i.as<int64_t>() + 4 * count, [&] { return int64_t(generator() % 14) - 7; });
  expectEqual(text, {&x, &i, &u}, {}, {{{6, 5, 3}, sizeof(float)}});
}

INSTANTIATE_TEST_SUITE_P(Updates, ScatterTest, testing::Combine(testing::Values<int64_t>(1, 7, 90), testing::Values("none", "add", "max")));

/// Rows that are long enough for parts.
TEST(LongRowTest, ArgMax) {
  for (const char *form : {"infer.arg_max %x {axis = 1 : i64", "infer.arg_min %x {axis = 1 : i64, select_last_index = true"}) {
    std::string text = llvm::formatv(R"(
func.func private @f(%x: tensor<3x1500x2xf32>) -> tensor<3x1x2xi64> {{
  %y = {0}} : (tensor<3x1500x2xf32>) -> tensor<3x1x2xi64>
  return %y : tensor<3x1x2xi64>
})",
                                     form);
    for (bool withNaN : {false, true}) {
      Memory x({3, 1500, 2}, sizeof(float));
      fillWithTies(x, 5, withNaN);
      expectEqual(text, {&x}, {}, {{{3, 1, 2}, sizeof(int64_t)}});
    }
  }
}

} // namespace
