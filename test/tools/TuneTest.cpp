// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The model that `tenon tune` compiles and the reference that it is checked by say the same: here on the CPU, whose kernels are others.
#include "lib/Compiler/Compile.h"
#include "lib/Tools/Session.h"
#include "lib/Tools/TemporaryFolder.h"
#include "lib/Tools/TuneReference.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

using namespace tenon;
using namespace tenon::cli;

namespace {

struct Case {
  const char *element, *output, *layout;
  int64_t m, n, k, batch;
  std::vector<std::string> steps;
};

const Case cases[] = {
    {"f16", "f16", "nt", 33, 65, 129, 0, {}},
    {"f16", "f32", "nn", 48, 72, 64, 0, {}},
    {"bf16", "bf16", "tn", 24, 40, 96, 0, {}},
    {"f16", "f16", "tt", 24, 40, 96, 0, {}},
    {"f16", "f16", "nn", 16, 24, 64, 3, {"matrix f32"}},
    {"f16", "f16", "nn", 64, 96, 64, 0, {"row f32", "gelu", "matrix f32"}},
    {"f16", "f32", "nt", 64, 96, 64, 0, {"row f32", "gelu_tanh"}},
    {"bf16", "bf16", "nt", 64, 96, 64, 0, {"silu", "column f32", "row bf16", "relu"}},
};

TuneProduct productOf(const Case &from) {
  TuneProduct product;
  product.key.element = from.element;
  product.key.output = from.output;
  product.key.layout = from.layout;
  product.key.n = from.n;
  product.key.k = from.k;
  product.key.batch = from.batch;
  product.rows = from.m;
  product.steps = from.steps;
  for (const std::string &step : from.steps)
    if (TuneProduct::isOperand(step))
      product.key.operands.push_back(step);
  return product;
}

/// C of the first copy, computed on the CPU.
void runOnCpu(const TuneProduct &product, const TuneData &data, HostTensor &c) {
  Problem problem;
  TemporaryFolder folder("tenon-tune-test", problem);
  ASSERT_TRUE(folder.valid() && writeTuneModel(product, data, folder.get(), problem)) << problem.message;
  CompileOptions options;
  options.outputPath = folder.file("c.tenon");
  CompileResult result = compile(ModelSource{folder.file("product.onnx"), {}}, options);
  ASSERT_TRUE(result.ok) << result.diagnostics.front().message;
  std::unique_ptr<Session> session = Session::open(options.outputPath, "cpu", 1, problem);
  ASSERT_TRUE(session) << problem.message;
  std::vector<HostTensor> inputs;
  for (const tenon_tensor_info &info : session->inputs()) {
    const HostTensor *source = data.find(info.name);
    ASSERT_TRUE(source) << info.name;
    HostTensor &input = inputs.emplace_back();
    input.type = source->type;
    input.dims = source->dims;
    ASSERT_TRUE(input.allocate(problem));
    std::memcpy(input.data.get(), source->data.get(), source->bytes);
  }
  ASSERT_TRUE(session->bind(inputs, problem) && session->run(problem) && session->readOutput(0, c, problem)) << problem.message;
}

TEST(Tune, ReferenceAgreesWithTheCpu) {
  for (const Case &one : cases) {
    TuneProduct product = productOf(one);
    TuneData data;
    Problem problem;
    HostTensor c;
    ASSERT_TRUE(data.fill(product, problem)) << problem.message;
    ASSERT_NO_FATAL_FAILURE(runOnCpu(product, data, c));
    TuneReference reference(product, data);
    EXPECT_EQ(reference.check(c), "") << schedule::describeProduct(product.key, one.m, one.m);
    // A row of zeros, as a kernel leaves that stops a row too early, and what is no number.
    size_t row = c.bytes / static_cast<size_t>(c.numElements() / one.n);
    std::memset(c.data.get() + c.bytes - row, 0, row);
    EXPECT_NE(reference.check(c), "") << schedule::describeProduct(product.key, one.m, one.m);
    std::memset(c.data.get(), 0xff, c.bytes);
    EXPECT_NE(reference.check(c), "");
  }
}

TEST(Tune, ProductsAreReadAsTheyAreWritten) {
  for (const Case &one : cases) {
    TuneProduct product = productOf(one);
    std::string text = schedule::describeProduct(product.key, one.m, one.m);
    schedule::ProductKey key;
    int64_t rows = 0;
    EXPECT_TRUE(schedule::parseProduct(text, key, rows)) << text;
    EXPECT_TRUE(key == product.key && rows == one.m) << text;
  }
  schedule::ProductKey key;
  int64_t rows;
  for (const char *text : {"", "f16 ?x64x64 nn", "f16 1x2 nn", "f16 1x2x3", "f16 1x2x3 nn + row", "f16 1x2x3 nn beside f32"})
    EXPECT_FALSE(schedule::parseProduct(text, key, rows)) << text;
}

/// A product of more bytes than an L2 cache holds needs few copies, a small one no more than a graph should have.
TEST(Tune, CopiesFillMoreThanTheCache) {
  TuneProduct product = productOf({"f16", "f16", "nt", 2048, 2048, 2048, 0, {}});
  TuneData data;
  Problem problem;
  ASSERT_TRUE(data.fill(product, problem)) << problem.message;
  EXPECT_EQ(data.copies(), 11);
  TuneProduct tiny = productOf(cases[0]);
  TuneData few;
  ASSERT_TRUE(few.fill(tiny, problem)) << problem.message;
  EXPECT_EQ(few.copies(), 64);
}

TEST(Tune, TableKeepsOneEntryForRows) {
  schedule::TunedTable table;
  schedule::TunedEntry entry;
  entry.product = productOf(cases[0]).key;
  entry.leastRows = entry.mostRows = 33;
  entry.schedule = schedule::SmallGemmSchedule();
  entry.time = 2;
  entry.device = "NVIDIA \"H200\"";
  table.put(entry);
  entry.time = 1;
  table.put(entry);
  entry.leastRows = 1;
  table.put(entry);
  llvm::Expected<schedule::TunedTable> read = schedule::TunedTable::parse(table.print(), "t.jsonl");
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ(read->print(), table.print());
  EXPECT_EQ(read->size(), 2u);
  const schedule::TunedEntry *found = read->find(entry.product, 33);
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->isRange());
  EXPECT_EQ(found->time, 1);
  EXPECT_EQ(found->device, "NVIDIA \"H200\"");
  EXPECT_TRUE(read->find(entry.product, 32)->isRange());
  EXPECT_EQ(read->find(entry.product, 34), nullptr);
  table.remove(entry.product, 33, 33);
  EXPECT_EQ(table.size(), 1u);
}

} // namespace
