// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Engines on the CUDA device through the public ABI: code by architecture, weights, host and device memory, read-backs, profile.
#include "test/runtime/HostCalls.h"
#include "test/runtime/cuda/CudaSession.h"

#include <algorithm>
#include <thread>

using namespace tenon::test;

namespace {

using CudaRun = CudaTest;

/// y = the non-zeros of x: count, read the count, allocate, compact.
EngineBuilder makeNonZeroEngine(int64_t n) {
  EngineBuilder builder;
  builder.addInput("x", fb::ElementType::i32, {imm(n)}, imm(n * 4));
  auto count = int32_t(builder.addRegister()), bytes = int32_t(builder.addRegister());
  uint32_t counter = builder.addArena(imm(8), 0, 1), pool = builder.addBuffer(fb::Storage::pool, 0, reg(bytes));
  builder.addDynamicOutput("y", fb::ElementType::i32, {reg(count)}, pool);
  uint32_t countNonZeros = builder.addKernel("count", countKernel, 1, {false, true});
  uint32_t compact = builder.addKernel("compact", compactKernel, 1, {false, true});
  builder.launch(1, countNonZeros, imm(1), {0, counter}, {imm(n)});
  builder.readScalar(1, uint32_t(count), counter, fb::ElementType::i64, imm(0));
  builder.scalar(1, fb::ScalarOp::mul, uint32_t(bytes), reg(count), imm(4));
  builder.alloc(1, pool);
  builder.launch(1, compact, imm(1), {0, pool}, {imm(n)});
  return builder;
}

TEST_F(CudaRun, DescribesTheDevice) {
  tenon_device *device = openCuda();
  tenon_device_info info = {};
  info.size = sizeof(info);
  expectOk(tenon_device_describe(device, &info));
  EXPECT_EQ(info.kind, TENON_CUDA);
  EXPECT_STREQ(info.name, "Fake GPU");
  EXPECT_STREQ(info.arch, "sm_90");
  EXPECT_EQ(info.driver, 13000);
  EXPECT_EQ(info.memory_bytes, fake.capacity);
  EXPECT_EQ(tenon_device_threads(device), 4u);
  tenon_device_release(device);
}

TEST_F(CudaRun, AddsFromHostMemory) {
  EngineBuilder builder = forCuda(makeAddEngine());
  tenon_device *device = openCuda();
  Session session(builder, device);
  tenon_device_release(device);
  for (int round = 0; round < 3; ++round)
    for (int64_t n : {100, 17}) {
      expectOk(session.copyInput(0, sequence(n)));
      expectOk(session.copyInput(1, sequence(n, round)));
      expectOk(session.run());
      EXPECT_EQ(session.output(0).values, sequence(n, round, 2).values);
    }
}

TEST_F(CudaRun, CallsTheHost) {
  EngineBuilder builder = forCuda(makeUniqueEngine(fb::ElementType::i32, 1, 100, 1, true));
  Session session(builder);
  Tensor x = sequence(100);
  std::reverse(x.values.begin(), x.values.end());
  for (int round = 0; round < 3; ++round) {
    expectOk(session.copyInput(0, x));
    expectOk(session.run());
    EXPECT_EQ(session.output(0).values, sequence(100).values);
  }
}

TEST_F(CudaRun, ReadsBoundHostMemoryAtEachRun) {
  EngineBuilder builder = forCuda(makeAddEngine());
  Session session(builder); // no device given: the engine has code for CUDA only
  alignas(64) int32_t a[20] = {1}, b[20] = {2}, c[20] = {};
  int64_t dims[] = {20};
  tenon_tensor left = {sizeof(left), a, 80, TENON_I32, 1, dims, nullptr, TENON_HOST};
  tenon_tensor right = {sizeof(right), b, 80, TENON_I32, 1, dims, nullptr, TENON_HOST};
  expectOk(tenon_context_bind_input(session.context, 0, &left));
  expectOk(tenon_context_bind_input(session.context, 1, &right));
  expectOk(tenon_context_bind_output(session.context, 0, c, sizeof(c)));
  expectOk(session.run());
  EXPECT_EQ(c[0], 3);
  a[0] = 40;
  expectOk(session.run());
  EXPECT_EQ(c[0], 42);
  tenon_tensor output = {};
  output.size = sizeof(output);
  expectOk(tenon_context_output(session.context, 0, &output));
  EXPECT_EQ(output.data, c);
  EXPECT_EQ(output.memory, TENON_HOST);
}

TEST_F(CudaRun, UsesDeviceMemoryWithoutCopies) {
  EngineBuilder builder = forCuda(makeAddEngine());
  Session session(builder);
  DeviceInts a(sequence(50).values), b(sequence(50, 7).values), c(std::vector<int32_t>(50, -1));
  expectOk(bindDevice(session.context, 0, a));
  expectOk(bindDevice(session.context, 1, b));
  expectOk(tenon_context_bind_output_memory(session.context, 0, TENON_DEVICE, c.memory, c.bytes));
  expectOk(session.run());
  EXPECT_EQ(c.read(), sequence(50, 7, 2).values);
  EXPECT_EQ(fake.calls("cuMemcpyDtoDAsync"), 0u);
  EXPECT_EQ(statsOf(session.context).allocations, 0u);
  // Where the result is, and a copy for the host.
  tenon_tensor output = {};
  output.size = sizeof(output);
  output.memory = TENON_DEVICE;
  expectOk(tenon_context_output(session.context, 0, &output));
  EXPECT_EQ(output.data, c.memory);
  EXPECT_EQ(output.memory, TENON_DEVICE);
  EXPECT_EQ(session.output(0).values, sequence(50, 7, 2).values);
  // Memory that no kernel can use as it is.
  expectOk(bindDevice(session.context, 0, a, 4));
  expectOk(bindDevice(session.context, 1, b, 4));
  expectOk(tenon_context_bind_output_memory(session.context, 0, TENON_DEVICE, static_cast<char *>(c.memory) + 4, c.bytes - 4));
  expectOk(session.run());
  EXPECT_EQ(c.read()[1], 9);
  EXPECT_EQ(c.read()[49], 7 + 2 * 49);
}

TEST_F(CudaRun, UploadsConstantsOnceForAllContexts) {
  EngineBuilder builder = makeAddEngine();
  std::vector<int32_t> weights((9 << 20) / 4); // three chunks of the upload
  for (size_t i = 0; i < weights.size(); ++i)
    weights[i] = int32_t(i * 2654435761u);
  uint32_t constant = builder.addConstant(weights);
  uint32_t view = builder.addBuffer(fb::Storage::view, constant, imm(4000), imm(5 << 20));
  builder.program().blocks[1]->instructions[0]->action.AsLaunch()->buffers[1] = view;
  builder = forCuda(std::move(builder));
  Session session(builder);
  tenon_context *second;
  expectOk(tenon_context_create(session.engine, nullptr, &second));
  expectOk(session.copyInput(0, Tensor{std::vector<int32_t>(1000, 0), {1000}}));
  expectOk(session.copyInput(1, sequence(1000)));
  expectOk(session.run());
  std::vector<int32_t> part(weights.begin() + (5 << 18), weights.begin() + (5 << 18) + 1000);
  EXPECT_EQ(session.output(0).values, part);
  EXPECT_EQ(fake.calls("cuMemAlloc"), 1u);
  tenon_context_release(second);
}

TEST_F(CudaRun, ReadsBackOnlyWhereTheProgramDoes) {
  EngineBuilder builder = forCuda(makeNonZeroEngine(8));
  Session session(builder);
  for (int round = 0; round < 3; ++round) {
    expectOk(session.copyInput(0, Tensor{{0, 4, 0, 0, 9, 1, 0, 7}, {8}}));
    uint64_t before = statsOf(session.context).waits;
    expectOk(session.run());
    EXPECT_EQ(statsOf(session.context).waits - before, 2u) << "one for the count, one for the end";
    Tensor y = session.output(0);
    EXPECT_EQ(y.dims, std::vector<int64_t>{4});
    EXPECT_EQ(y.values, (std::vector<int32_t>{4, 9, 1, 7}));
  }
  expectOk(session.copyInput(0, Tensor{std::vector<int32_t>(8, 0), {8}}));
  expectOk(session.run());
  EXPECT_EQ(session.output(0).dims, std::vector<int64_t>{0});
}

TEST_F(CudaRun, WritesScalarsAndCopies) {
  EngineBuilder builder;
  auto i = int32_t(builder.addRegister()), goOn = int32_t(builder.addRegister());
  builder.addOutput("y", fb::ElementType::i64, {imm(2)}, imm(16));
  uint32_t small = builder.addArena(imm(16), 0, 8), next = builder.addArena(imm(16), 0, 8);
  uint32_t increment = builder.addKernel("increment", incrementKernel, 0, {false, true});
  uint32_t before = builder.addBlock(), body = builder.addBlock();
  builder.writeScalars(1, small, fb::ElementType::i64, {imm(5), imm(-3)});
  builder.launch(1, increment, imm(1), {small, next}, {});
  builder.copy(1, builder.outputBuffer(0), small, imm(16));
  builder.copy(1, builder.outputBuffer(0), next, imm(8));
  // A loop that writes its own counter: values that change while work is queued.
  builder.scalar(1, fb::ScalarOp::move, uint32_t(i), imm(0));
  builder.loop(1, before, reg(goOn), body);
  builder.scalar(before, fb::ScalarOp::lt, uint32_t(goOn), reg(i), imm(3));
  builder.writeScalars(body, small, fb::ElementType::i64, {reg(i)});
  builder.scalar(body, fb::ScalarOp::add, uint32_t(i), reg(i), imm(1));
  builder = forCuda(std::move(builder));
  Session session(builder);
  for (int round = 0; round < 3; ++round) {
    expectOk(session.run());
    EXPECT_EQ(session.output(0).values, (std::vector<int32_t>{6, 0, -3, -1}));
  }
}

TEST_F(CudaRun, PutsScratchWhereItFits) {
  for (int64_t block : {16, 100000}) {
    EngineBuilder builder;
    int64_t groups = 20;
    builder.addInput("x", fb::ElementType::i32, {imm(groups * block)}, imm(groups * block * 4));
    builder.addOutput("y", fb::ElementType::i32, {imm(groups * block)}, imm(groups * block * 4));
    uint32_t reverse = builder.addKernel("reverse", reverseKernel, 1, {false, true});
    builder.launch(1, reverse, imm(groups), {0, 1}, {imm(block)}, imm(block * 4));
    EngineBuilder cuda = forCuda(std::move(builder));
    Session session(cuda);
    expectOk(session.copyInput(0, sequence(groups * block)));
    expectOk(session.run());
    Tensor y = session.output(0);
    EXPECT_EQ(y.values[0], block - 1);
    EXPECT_EQ(y.values.back(), (groups - 1) * block);
    // Global memory: as many areas as blocks run at once, 2 on each of 4 multiprocessors.
    EXPECT_EQ(statsOf(session.context).scratch_bytes, block == 16 ? 0u : 8 * 400000u);
  }
}

TEST_F(CudaRun, ChoosesCodeByArchitecture) {
  struct Row {
    const char *arch;
    int major, minor;
    bool runs;
  };
  for (const Row &row :
       {Row{"sm_90a", 9, 0, true}, Row{"sm_90a", 9, 1, false}, Row{"sm_90a", 10, 0, false}, Row{"sm_80", 8, 6, true},
        Row{"sm_86", 8, 0, false}, Row{"sm_80", 9, 0, false}, Row{"sm_100f", 10, 3, true}, Row{"compute_80", 9, 0, true},
        Row{"compute_80", 7, 5, false}, Row{"compute_120", 10, 0, false}, Row{"sm_120", 12, 0, true}, Row{"compute_80", 8, 0, true}}) {
    fake.major = row.major;
    fake.minor = row.minor;
    std::vector<uint8_t> file = forCuda(makeAddEngine(), row.arch).finish();
    tenon_device *device = openCuda();
    tenon_open_options options = {sizeof(options), device, 0};
    tenon_engine *engine = nullptr;
    std::string error = take(tenon_engine_open_memory(file.data(), file.size(), &options, &engine));
    EXPECT_EQ(error.empty(), row.runs) << row.arch << " on " << row.major << "." << row.minor << ": " << error;
    if (!row.runs)
      EXPECT_NE(error.find(std::string("TENON_UNSUPPORTED: code for ") + row.arch + " does not run on CUDA device 0 (Fake GPU, sm_"),
                std::string::npos)
          << error;
    tenon_engine_release(engine);
    tenon_device_release(device);
  }
}

TEST_F(CudaRun, PrefersTheFirstTargetThatRuns) {
  EngineBuilder builder = forCuda(makeAddEngine(), "sm_100a");
  builder.engine.targets.push_back(std::make_unique<fb::TargetT>(*builder.engine.targets[0]));
  builder.engine.targets[1]->arch = "compute_80";
  Session session(builder);
  tenon_engine_info info = {};
  info.size = sizeof(info);
  expectOk(tenon_engine_describe(session.engine, &info));
  EXPECT_STREQ(info.arch, "compute_80");
  tenon_device_info device = {};
  device.size = sizeof(device);
  expectOk(tenon_device_describe(info.device, &device));
  EXPECT_EQ(device.kind, TENON_CUDA);
}

TEST_F(CudaRun, TimesKernels) {
  EngineBuilder builder = forCuda(makeNonZeroEngine(8));
  Session session(builder);
  std::vector<std::string> names;
  auto hook = [](void *user, const tenon_kernel_event *event) {
    static_cast<std::vector<std::string> *>(user)->push_back(event->name);
    EXPECT_EQ(event->duration, 1000u);
    EXPECT_EQ(event->grid[0], 1);
  };
  expectOk(tenon_context_set_profiler(session.context, hook, &names));
  for (int round = 0; round < 2; ++round) {
    expectOk(session.copyInput(0, Tensor{{0, 4, 0, 0, 9, 1, 0, 7}, {8}}));
    expectOk(session.run());
  }
  EXPECT_EQ(names, (std::vector<std::string>{"count", "compact", "count", "compact"}));
  expectOk(tenon_context_set_profiler(session.context, nullptr, nullptr));
  expectOk(session.run());
  EXPECT_EQ(names.size(), 4u);
}

TEST_F(CudaRun, RunsContextsFromSeveralThreads) {
  EngineBuilder builder = forCuda(makeAddEngine());
  Session session(builder);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      tenon_context *context;
      expectOk(tenon_context_create(session.engine, nullptr, &context));
      for (int round = 0; round < 20; ++round) {
        Tensor a = sequence(30 + t), b = sequence(30 + t, t + round);
        tenon_tensor left = a.describe(), right = b.describe(), output = {};
        expectOk(tenon_context_copy_input(context, 0, &left));
        expectOk(tenon_context_copy_input(context, 1, &right));
        expectOk(tenon_context_run(context, nullptr));
        output.size = sizeof(output);
        expectOk(tenon_context_output(context, 0, &output));
        EXPECT_EQ(static_cast<int32_t *>(output.data)[3], 6 + t + round);
      }
      tenon_context_release(context);
    });
  for (std::thread &thread : threads)
    thread.join();
}

TEST_F(CudaRun, TheCallersAllocatorHandsOutDeviceMemory) {
  EngineBuilder builder = forCuda(makeAddEngine());
  Session session(builder);
  size_t held = 0;
  tenon_allocator allocator = {sizeof(allocator), &held,
                               [](void *user, size_t bytes, size_t) {
                                 *static_cast<size_t *>(user) += bytes;
                                 return FakeCuda::get().allocate(bytes);
                               },
                               [](void *user, void *memory, size_t bytes) {
                                 *static_cast<size_t *>(user) -= bytes;
                                 FakeCuda::get().free(memory);
                               }};
  tenon_context_options options = {sizeof(options), &allocator, 0};
  tenon_context *context;
  expectOk(tenon_context_create(session.engine, &options, &context));
  for (int64_t n : {10, 100}) {
    Tensor a = sequence(n), b = sequence(n);
    tenon_tensor left = a.describe(), right = b.describe(), output = {};
    expectOk(tenon_context_copy_input(context, 0, &left));
    expectOk(tenon_context_copy_input(context, 1, &right));
    expectOk(tenon_context_run(context, nullptr));
    output.size = sizeof(output);
    expectOk(tenon_context_output(context, 0, &output));
    EXPECT_EQ(static_cast<int32_t *>(output.data)[n - 1], 2 * (n - 1));
  }
  EXPECT_EQ(fake.calls("cuMemAllocAsync"), 0u);
  EXPECT_GT(held, 0u);
  tenon_context_release(context);
  EXPECT_EQ(held, 0u);
}

TEST_F(CudaRun, DeviceMemoryForCallersWithoutCuda) {
  tenon_device *device = openCuda();
  void *memory = nullptr, *other = nullptr;
  int32_t values[3] = {1, 2, 3}, back[3] = {};
  expectOk(tenon_device_allocate(device, 12, &memory));
  expectOk(tenon_device_allocate(device, 12, &other));
  expectOk(tenon_device_copy(device, memory, TENON_DEVICE, values, TENON_HOST, 12));
  expectOk(tenon_device_copy(device, other, TENON_DEVICE, memory, TENON_DEVICE, 12));
  expectOk(tenon_device_copy(device, back, TENON_HOST, other, TENON_DEVICE, 12));
  EXPECT_EQ(back[2], 3);
  expectError(tenon_device_copy(device, back, TENON_HOST, values, TENON_HOST, 12), "TENON_INVALID_ARGUMENT", "neither side");
  expectOk(tenon_device_copy(device, nullptr, TENON_HOST, nullptr, TENON_HOST, 0));
  tenon_device_free(device, memory);
  tenon_device_free(device, other);
  tenon_device_release(device);
}

} // namespace
