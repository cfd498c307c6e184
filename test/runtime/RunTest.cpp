// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Running engines: binding and copying, shapes that change, plans that are kept, devices, profiles, and the description of an engine.
#include "test/runtime/Session.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <unistd.h>

using namespace tenon::test;

namespace {

void expectSum(Session &session, int64_t n) {
  expectOk(session.copyInput(0, sequence(n, 1)));
  expectOk(session.copyInput(1, sequence(n, 100, 3)));
  expectOk(session.run());
  Tensor sum = session.output(0);
  EXPECT_EQ(sum.dims, std::vector<int64_t>{n});
  EXPECT_EQ(sum.values, sequence(n, 101, 4).values);
}

TEST(Run, AddsTwoTensors) {
  EngineBuilder builder = makeAddEngine();
  Session session(builder);
  expectSum(session, 100);
}

TEST(Run, FollowsTheShapesOfItsInputs) {
  EngineBuilder builder = makeAddEngine();
  Session session(builder);
  for (int64_t n : {1, 16, 17, 1000, 5, 16})
    expectSum(session, n);
  tenon_context_stats stats = {};
  stats.size = sizeof(stats);
  expectOk(tenon_context_get_stats(session.context, &stats));
  EXPECT_EQ(stats.bindings, 5u) << "the shape 16 was planned once";
  EXPECT_EQ(stats.runs, 6u);
}

TEST(Run, ForgetsTheShapeUsedLeastRecently) {
  EngineBuilder builder = makeAddEngine();
  Session session(builder);
  tenon_context_options options = {sizeof(options), nullptr, 2};
  tenon_context_release(session.context);
  expectOk(tenon_context_create(session.engine, &options, &session.context));
  auto bindings = [&] {
    tenon_context_stats stats = {};
    stats.size = sizeof(stats);
    expectOk(tenon_context_get_stats(session.context, &stats));
    return stats.bindings;
  };
  for (int64_t n : {1, 2, 1, 3}) // 2 goes
    expectSum(session, n);
  EXPECT_EQ(bindings(), 3u);
  expectSum(session, 1);
  EXPECT_EQ(bindings(), 3u);
  expectSum(session, 2);
  EXPECT_EQ(bindings(), 4u);
}

TEST(Run, UsesMemoryOfTheCallerAtAnyAlignment) {
  EngineBuilder builder = makeAddEngine();
  Session session(builder);
  constexpr int64_t n = 40;
  alignas(64) int32_t a[n + 1], b[n + 1], c[n + 1];
  int64_t dims[] = {n};
  for (int shift = 0; shift < 2; ++shift) { // aligned, then not
    for (int64_t i = 0; i < n; ++i) {
      a[i + shift] = int32_t(i);
      b[i + shift] = int32_t(10 * i);
    }
    tenon_tensor left = {sizeof(left), a + shift, n * 4, TENON_I32, 1, dims, nullptr, TENON_HOST};
    tenon_tensor right = {sizeof(right), b + shift, n * 4, TENON_I32, 1, dims, nullptr, TENON_HOST};
    expectOk(tenon_context_bind_input(session.context, 0, &left));
    expectOk(tenon_context_bind_input(session.context, 1, &right));
    expectOk(tenon_context_bind_output(session.context, 0, c + shift, n * 4));
    expectOk(session.run());
    for (int64_t i = 0; i < n; ++i)
      EXPECT_EQ(c[i + shift], int32_t(11 * i));
    a[shift] = 1000; // bound memory is read at each run
    expectOk(session.run());
    EXPECT_EQ(c[shift], 1000);
  }
  expectOk(tenon_context_bind_output(session.context, 0, nullptr, 0));
  expectOk(session.run());
  tenon_tensor output = {};
  output.size = sizeof(output);
  expectOk(tenon_context_output(session.context, 0, &output));
  EXPECT_NE(output.data, c + 1);
  EXPECT_EQ(static_cast<int32_t *>(output.data)[0], 1000);
}

TEST(Run, PreparesShapesBeforeAnythingIsBound) {
  EngineBuilder builder = makeAddEngine();
  Session session(builder);
  int64_t dims[] = {33};
  tenon_shape shapes[] = {{sizeof(tenon_shape), 1, dims}, {sizeof(tenon_shape), 1, dims}};
  expectOk(tenon_context_prepare(session.context, shapes, 2));
  tenon_tensor output = {};
  output.size = sizeof(output);
  expectOk(tenon_context_output(session.context, 0, &output));
  EXPECT_EQ(output.dims[0], 33);
  EXPECT_EQ(output.bytes, 132u);
  EXPECT_EQ(output.data, nullptr);
  expectError(session.run(), "TENON_INVALID_STATE", "input 'a' is not bound");
  expectSum(session, 33);
}

TEST(Run, OpensFilesAndBorrowedMemory) {
  std::vector<uint8_t> file = makeAddEngine().finish();
  std::string path = testing::TempDir() + "/tenon-run-" + std::to_string(getpid()) + ".tenon";
  FILE *stream = std::fopen(path.c_str(), "wb");
  ASSERT_TRUE(stream);
  ASSERT_EQ(std::fwrite(file.data(), 1, file.size(), stream), file.size());
  std::fclose(stream);
  tenon_engine *engine = nullptr;
  expectOk(tenon_engine_open_file(path.c_str(), nullptr, &engine));
  std::remove(path.c_str());
  EXPECT_EQ(tenon_engine_num_inputs(engine), 2u);
  tenon_engine_release(engine);

  void *memory = std::aligned_alloc(64, tenon::engine::alignUp(file.size(), 64));
  std::memcpy(memory, file.data(), file.size());
  expectOk(tenon_engine_open_mapped(memory, file.size(), nullptr, &engine));
  EXPECT_EQ(tenon_engine_num_outputs(engine), 1u);
  tenon_engine_release(engine);
  expectError(tenon_engine_open_mapped(static_cast<char *>(memory) + 8, file.size() - 8, nullptr, &engine), "TENON_INVALID_ARGUMENT",
              "aligned");
  std::free(memory);
  expectError(tenon_engine_open_file(path.c_str(), nullptr, &engine), "TENON_IO_ERROR", "cannot open");
  expectError(tenon_engine_open_file("/", nullptr, &engine), "TENON_IO_ERROR", "regular file");
  EXPECT_EQ(engine, nullptr);
}

TEST(Run, WalksAGridOfThreeDimensions) {
  for (uint32_t threads : {1, 2, 5}) {
    EngineBuilder builder;
    builder.addOutput("ids", fb::ElementType::i32, {imm(7), imm(5), imm(3)}, imm(420));
    uint32_t kernel = builder.addKernel("ids", writeIdKernel, 2, {true});
    builder.launch(1, kernel, imm(3), {builder.outputBuffer(0)}, {imm(3), imm(5)}, imm(0), imm(5), imm(7));
    tenon_device_options options = {};
    options.size = sizeof(options);
    options.threads = threads;
    tenon_device *device;
    expectOk(tenon_device_create(&options, &device));
    EXPECT_EQ(tenon_device_threads(device), threads);
    Session session(builder, device);
    tenon_device_release(device);
    expectOk(session.run());
    EXPECT_EQ(session.output(0).values, sequence(105).values);
  }
}

TEST(Run, GivesEachWorkgroupScratch) {
  EngineBuilder builder;
  constexpr int64_t blocks = 300, block = 50;
  builder.addInput("x", fb::ElementType::i32, {imm(blocks * block)}, imm(blocks * block * 4));
  builder.addOutput("y", fb::ElementType::i32, {imm(blocks * block)}, imm(blocks * block * 4));
  uint32_t kernel = builder.addKernel("reverse", reverseKernel, 1, {false, true});
  builder.launch(1, kernel, imm(blocks), {0, 1}, {imm(block)}, imm(block * 4));
  Session session(builder);
  expectOk(session.copyInput(0, sequence(blocks * block)));
  expectOk(session.run());
  Tensor y = session.output(0);
  ASSERT_EQ(y.values.size(), size_t(blocks * block));
  for (int64_t i = 0; i < blocks * block; ++i)
    ASSERT_EQ(y.values[size_t(i)], i / block * block + block - 1 - i % block);
}

TEST(Run, ReadsConstantsAndPlansTheArena) {
  // t = a + k; u = t + t; out = u + k, with t and u in the arena.
  EngineBuilder builder;
  builder.addInput("a", fb::ElementType::i32, {imm(20)}, imm(80));
  builder.addOutput("out", fb::ElementType::i32, {imm(20)}, imm(80));
  uint32_t k = builder.addConstant(sequence(20, 5).values);
  uint32_t t = builder.addArena(imm(80), 0, 1), u = builder.addArena(imm(80), 1, 2);
  uint32_t add = builder.addKernel("add", addKernel, 2, {false, false, true});
  builder.launch(1, add, imm(2), {0, k, t}, {imm(20), imm(10)});
  builder.launch(1, add, imm(2), {t, t, u}, {imm(20), imm(10)});
  builder.launch(1, add, imm(2), {u, k, 1}, {imm(20), imm(10)});
  Session session(builder);
  expectOk(session.copyInput(0, sequence(20)));
  expectOk(session.run());
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(session.output(0).values[size_t(i)], 2 * (i + i + 5) + i + 5);
  tenon_context_stats stats = {};
  stats.size = sizeof(stats);
  expectOk(tenon_context_get_stats(session.context, &stats));
  EXPECT_EQ(stats.arena_bytes, 256u);
  EXPECT_EQ(stats.live_bytes, 256u);
}

TEST(Run, DescribesTheEngine) {
  EngineBuilder builder = makeAddEngine();
  auto property = std::make_unique<fb::PropertyT>();
  property->key = "author";
  property->value = "nobody";
  builder.engine.metadata.push_back(std::move(property));
  builder.engine.report = "{}";
  Session session(builder);
  tenon_tensor_info info = {};
  info.size = sizeof(info);
  expectOk(tenon_engine_input(session.engine, 1, &info));
  EXPECT_STREQ(info.name, "b");
  EXPECT_EQ(info.type, TENON_I32);
  ASSERT_EQ(info.rank, 1u);
  EXPECT_EQ(info.dims[0], -1);
  EXPECT_STREQ(info.dim_names[0], "n");
  tenon_symbol_info symbol = {};
  symbol.size = sizeof(symbol);
  expectOk(tenon_engine_symbol(session.engine, 0, &symbol));
  EXPECT_STREQ(symbol.name, "n");
  EXPECT_EQ(symbol.maximum, 1000);
  EXPECT_EQ(tenon_engine_find_input(session.engine, "b"), 1);
  EXPECT_EQ(tenon_engine_find_output(session.engine, "b"), -1);
  tenon_engine_info engine = {};
  engine.size = sizeof(engine);
  expectOk(tenon_engine_describe(session.engine, &engine));
  EXPECT_STREQ(engine.producer, "runtime tests");
  EXPECT_STREQ(engine.arch, "x86-64");
  EXPECT_STREQ(engine.report, "{}");
  EXPECT_EQ(engine.num_kernels, 1u);
  const char *key, *value;
  expectOk(tenon_engine_metadata(session.engine, 0, &key, &value));
  EXPECT_STREQ(key, "author");
  EXPECT_STREQ(value, "nobody");
}

TEST(Run, ReadsStructsOfOlderCallers) {
  EngineBuilder builder = makeAddEngine();
  Session session(builder);
  tenon_tensor_info info = {};
  info.size = offsetof(tenon_tensor_info, rank);
  info.rank = 77;
  expectOk(tenon_engine_input(session.engine, 0, &info));
  EXPECT_STREQ(info.name, "a");
  EXPECT_EQ(info.rank, 77u) << "members that the caller does not have are left alone";
  info.size = 0;
  expectError(tenon_engine_input(session.engine, 0, &info), "TENON_INVALID_ARGUMENT", "size");
}

TEST(Run, ReportsEachLaunchToTheProfiler) {
  EngineBuilder builder = makeAddEngine();
  Session session(builder);
  std::vector<std::string> rows;
  auto hook = [](void *user, const tenon_kernel_event *event) {
    static_cast<std::vector<std::string> *>(user)->push_back(std::string(event->name) + " " + event->nodes[0] + " " +
                                                             std::to_string(event->grid[0]));
  };
  expectOk(tenon_context_set_profiler(session.context, hook, &rows));
  expectSum(session, 40);
  EXPECT_EQ(rows, std::vector<std::string>{"add node of add 3"});
  expectOk(tenon_context_set_profiler(session.context, nullptr, nullptr));
  expectSum(session, 40);
  EXPECT_EQ(rows.size(), 1u);
}

} // namespace
