// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Graphs: made once for a shape, launched as one, changed in place when addresses change, given up with their shape.
#include "test/runtime/cuda/CudaSession.h"

using namespace tenon::test;

namespace {

using CudaGraphs = CudaTest;

/// c = a + 3 b over dimension n, by three launches with buffers in the arena between.
EngineBuilder makeChainEngine() {
  EngineBuilder builder = makeAddEngine();
  uint32_t first = builder.addArena(reg(1), 0, 2), second = builder.addArena(reg(1), 0, 2);
  auto &launch = *builder.program().blocks[1]->instructions[0]->action.AsLaunch();
  uint32_t output = launch.buffers[2];
  launch.buffers[2] = first;
  builder.launch(1, 0, reg(2), {first, 1, second}, {reg(0), imm(16)});
  builder.launch(1, 0, reg(2), {second, 1, output}, {reg(0), imm(16)});
  return forCuda(std::move(builder));
}

void runChain(Session &session, int64_t n, int32_t start) {
  expectOk(session.copyInput(0, sequence(n, start)));
  expectOk(session.copyInput(1, sequence(n)));
  expectOk(session.run());
  EXPECT_EQ(session.output(0).values, sequence(n, start, 4).values);
}

TEST_F(CudaGraphs, AreMadeAtTheSecondRunAndThenLaunched) {
  EngineBuilder builder = makeChainEngine();
  Session session(builder);
  runChain(session, 100, 1);
  tenon_context_stats stats = statsOf(session.context);
  EXPECT_EQ(stats.launches, 3u);
  EXPECT_EQ(stats.graphs, 0u);
  for (int32_t round = 0; round < 5; ++round)
    runChain(session, 100, round);
  stats = statsOf(session.context);
  EXPECT_EQ(stats.launches, 3u);
  EXPECT_EQ(stats.graphs, 1u);
  EXPECT_EQ(stats.graph_launches, 5u);
  EXPECT_EQ(stats.graph_updates, 0u);
}

TEST_F(CudaGraphs, LinkKernelsThatWaitThemselves) {
  auto edgesOf = [](const std::function<void(fb::KernelT &)> &change) {
    EngineBuilder builder = makeChainEngine();
    change(*builder.target().kernels[0]);
    unsigned before = FakeCuda::get().programmaticEdges;
    Session session(builder);
    runChain(session, 100, 1);
    runChain(session, 100, 2);
    EXPECT_EQ(statsOf(session.context).graphs, 1u);
    return FakeCuda::get().programmaticEdges - before;
  };
  EXPECT_EQ(edgesOf([](fb::KernelT &) {}), 0u);
  EXPECT_EQ(edgesOf([](fb::KernelT &kernel) { kernel.waits = true; }), 2u);
  // What it reads before it waits was computed in the same run.
  EXPECT_EQ(edgesOf([](fb::KernelT &kernel) { kernel.waits = true, kernel.early = {0}; }), 0u);
}

TEST_F(CudaGraphs, MayReadConstantsEarly) {
  EngineBuilder builder = makeAddEngine();
  std::vector<int32_t> values = sequence(100, 7).values;
  uint32_t constant = builder.addConstant(values), between = builder.addArena(reg(1), 0, 1);
  auto &launch = *builder.program().blocks[1]->instructions[0]->action.AsLaunch();
  uint32_t output = std::exchange(launch.buffers[2], between);
  builder.launch(1, 0, reg(2), {between, constant, output}, {reg(0), imm(16)});
  builder = forCuda(std::move(builder));
  builder.target().kernels[0]->waits = true;
  builder.target().kernels[0]->early = {1};
  unsigned before = FakeCuda::get().programmaticEdges;
  Session session(builder);
  for (int32_t round = 0; round < 2; ++round) {
    expectOk(session.copyInput(0, sequence(100, round)));
    expectOk(session.copyInput(1, sequence(100)));
    expectOk(session.run());
    EXPECT_EQ(session.output(0).values, sequence(100, round + 7, 3).values);
  }
  EXPECT_EQ(FakeCuda::get().programmaticEdges - before, 1u);
}

TEST_F(CudaGraphs, AreMadeWhenAShapeIsPrepared) {
  EngineBuilder builder = makeChainEngine();
  Session session(builder);
  int64_t dims[] = {100};
  tenon_shape shapes[] = {{sizeof(tenon_shape), 1, dims}, {sizeof(tenon_shape), 1, dims}};
  expectOk(tenon_context_prepare(session.context, shapes, 2));
  tenon_context_stats before = statsOf(session.context);
  EXPECT_EQ(before.graphs, 1u);
  runChain(session, 100, 1);
  tenon_context_stats after = statsOf(session.context);
  EXPECT_EQ(after.launches, 0u);
  EXPECT_EQ(after.graph_launches, 1u);
  EXPECT_EQ(after.graph_updates, 0u);
  EXPECT_EQ(after.allocations, before.allocations);
  // Inputs that come from elsewhere change the graph in place.
  DeviceInts a(sequence(100).values);
  expectOk(bindDevice(session.context, 0, a));
  expectOk(session.run());
  EXPECT_EQ(session.output(0).values, sequence(100, 0, 4).values);
  EXPECT_EQ(statsOf(session.context).graphs, 1u);
  EXPECT_EQ(statsOf(session.context).graph_updates, 1u);
}

TEST_F(CudaGraphs, PreparingLeavesBranchesThatMakeNoSenseAlone) {
  // The second branch takes a view that does not fit this shape; it is not taken.
  EngineBuilder builder = makeChainEngine();
  auto more = int32_t(builder.addRegister()), x = int32_t(builder.addRegister());
  builder.scalar(0, fb::ScalarOp::mul, uint32_t(more), reg(1), imm(2));
  uint32_t view = builder.addBuffer(fb::Storage::view, 2, reg(more)), thenBlock = builder.addBlock(), elseBlock = builder.addBlock();
  builder.readScalar(1, uint32_t(x), 0, fb::ElementType::i32, imm(0));
  builder.ifElse(1, reg(x), thenBlock, elseBlock);
  builder.copy(thenBlock, 2, view, imm(4));
  builder.copy(thenBlock, 2, view, imm(4));
  Session session(builder);
  int64_t dims[] = {100};
  tenon_shape shapes[] = {{sizeof(tenon_shape), 1, dims}, {sizeof(tenon_shape), 1, dims}};
  expectOk(tenon_context_prepare(session.context, shapes, 2));
  EXPECT_EQ(statsOf(session.context).graphs, 1u);
  runChain(session, 100, 0);
  expectOk(session.copyInput(0, sequence(100, 1)));
  expectError(session.run(), "TENON_PROGRAM_ERROR", "does not fit what it is a part of");
}

TEST_F(CudaGraphs, ChangeInPlaceWhenAddressesDo) {
  EngineBuilder builder = makeChainEngine();
  Session session(builder);
  DeviceInts a(sequence(40).values), b(sequence(40).values), c(sequence(40).values), other(sequence(40, 100).values);
  auto run = [&](DeviceInts &x, DeviceInts &y) {
    expectOk(bindDevice(session.context, 0, x));
    expectOk(bindDevice(session.context, 1, b));
    expectOk(tenon_context_bind_output_memory(session.context, 0, TENON_DEVICE, y.memory, y.bytes));
    expectOk(session.run());
    EXPECT_EQ(y.read(), sequence(40, x.read()[0], 4).values);
  };
  run(a, c);
  run(a, c);
  EXPECT_EQ(statsOf(session.context).graph_updates, 0u);
  run(other, c); // the first kernel reads the input, the last writes the output
  EXPECT_EQ(statsOf(session.context).graph_updates, 1u);
  DeviceInts d(sequence(40).values);
  run(other, d);
  EXPECT_EQ(statsOf(session.context).graph_updates, 2u);
  run(other, d);
  EXPECT_EQ(statsOf(session.context).graph_updates, 2u);
  EXPECT_EQ(statsOf(session.context).graphs, 1u);
  EXPECT_EQ(fake.calls("cuGraphExecKernelNodeSetParams"), 2u);
}

TEST_F(CudaGraphs, AreKeptForEachShapeUpToTheCachesBound) {
  std::vector<uint8_t> file = makeChainEngine().finish();
  Session session(file);
  tenon_context_release(session.context);
  tenon_context_options options = {sizeof(options), nullptr, 2};
  expectOk(tenon_context_create(session.engine, &options, &session.context));
  for (int round = 0; round < 4; ++round)
    for (int64_t n : {100, 50})
      runChain(session, n, round);
  EXPECT_EQ(statsOf(session.context).graphs, 2u);
  EXPECT_EQ(statsOf(session.context).graph_updates, 0u) << "memory stays where it is";
  int64_t live = fake.liveObjects();
  for (int round = 0; round < 3; ++round)
    for (int64_t n : {10, 20, 30})
      for (int again = 0; again < 2; ++again)
        runChain(session, n, round);
  EXPECT_EQ(statsOf(session.context).graphs, 2u + 9u);
  EXPECT_EQ(fake.liveObjects(), live) << "graphs go with their shape";
}

TEST_F(CudaGraphs, EndAtReadBacksAndFollowOtherWays) {
  // y = x > 0 ? 4 x : 2 x, in segments of two launches.
  EngineBuilder builder;
  builder.addInput("x", fb::ElementType::i32, {}, imm(4));
  builder.addOutput("y", fb::ElementType::i32, {}, imm(4));
  auto x = int32_t(builder.addRegister()), isPositive = int32_t(builder.addRegister());
  uint32_t twice = builder.addArena(imm(4), 0, 9), copy = builder.addArena(imm(4), 0, 9);
  uint32_t thenBlock = builder.addBlock(), elseBlock = builder.addBlock();
  uint32_t add = builder.addKernel("add", addKernel, 2, {false, false, true});
  builder.launch(1, add, imm(1), {0, 0, twice}, {imm(1), imm(1)});
  builder.copy(1, copy, 0, imm(4));
  builder.readScalar(1, uint32_t(x), copy, fb::ElementType::i32, imm(0));
  builder.scalar(1, fb::ScalarOp::lt, uint32_t(isPositive), imm(0), reg(x));
  builder.ifElse(1, reg(isPositive), thenBlock, elseBlock);
  builder.launch(thenBlock, add, imm(1), {twice, twice, copy}, {imm(1), imm(1)});
  builder.copy(thenBlock, 1, copy, imm(4));
  builder.copy(elseBlock, copy, twice, imm(4));
  builder.copy(elseBlock, 1, copy, imm(4));
  builder.program().buffers[twice]->last = builder.program().buffers[copy]->last = 8;
  builder = forCuda(std::move(builder));
  Session session(builder);
  for (int round = 0; round < 3; ++round)
    for (int32_t value : {-3, 6, 5}) {
      expectOk(session.copyInput(0, Tensor{{value}, {}}));
      expectOk(session.run());
      EXPECT_EQ(session.output(0).values[0], value > 0 ? 4 * value : 2 * value);
    }
  EXPECT_EQ(statsOf(session.context).graphs, 3u) << "before the read-back, and each branch";
}

TEST_F(CudaGraphs, HoldWrittenScalars) {
  EngineBuilder builder;
  auto n = int32_t(builder.addRegister());
  builder.addInput("x", fb::ElementType::i32, {reg(n)}, imm(4));
  builder.addOutput("y", fb::ElementType::i64, {imm(1)}, imm(8));
  builder.inputDim(0, uint32_t(n), 0, 0);
  uint32_t small = builder.addArena(imm(8), 0, 1);
  uint32_t increment = builder.addKernel("increment", incrementKernel, 0, {false, true});
  builder.writeScalars(1, small, fb::ElementType::i64, {reg(n)});
  builder.launch(1, increment, imm(1), {small, builder.outputBuffer(0)}, {});
  builder = forCuda(std::move(builder));
  Session session(builder);
  for (int round = 0; round < 3; ++round)
    for (int64_t size : {1, 5}) {
      expectOk(session.copyInput(0, sequence(size)));
      expectOk(session.run());
      EXPECT_EQ(session.output(0).values[0], size + 1);
    }
  EXPECT_EQ(statsOf(session.context).graphs, 2u);
}

TEST_F(CudaGraphs, ChangeInPlaceInALoop) {
  // y = x + 6: three rounds of two increments, handed on through slots; addresses alternate, the graph stays.
  EngineBuilder builder;
  builder.addInput("x", fb::ElementType::i64, {}, imm(8));
  builder.addOutput("y", fb::ElementType::i64, {}, imm(8));
  auto i = int32_t(builder.addRegister()), goOn = int32_t(builder.addRegister());
  uint32_t slot = builder.addBuffer(fb::Storage::slot, 0, imm(0)), middle = builder.addArena(imm(8), 0, 9);
  uint32_t pool = builder.addBuffer(fb::Storage::pool, 0, imm(8));
  uint32_t before = builder.addBlock(), body = builder.addBlock();
  uint32_t increment = builder.addKernel("increment", incrementKernel, 0, {false, true});
  builder.scalar(1, fb::ScalarOp::move, uint32_t(i), imm(0));
  builder.assign(1, slot, 0);
  builder.loop(1, before, reg(goOn), body);
  builder.scalar(before, fb::ScalarOp::lt, uint32_t(goOn), reg(i), imm(3));
  builder.alloc(body, pool);
  builder.launch(body, increment, imm(1), {slot, middle}, {});
  builder.launch(body, increment, imm(1), {middle, pool}, {});
  builder.assign(body, slot, pool);
  builder.scalar(body, fb::ScalarOp::add, uint32_t(i), reg(i), imm(1));
  builder.copy(1, 1, slot, imm(8));
  builder = forCuda(std::move(builder));
  Session session(builder);
  for (int round = 0; round < 4; ++round) {
    Tensor x;
    x.type = TENON_I64;
    x.values = {10 * round, 0};
    expectOk(session.copyInput(0, x));
    expectOk(session.run());
    EXPECT_EQ(session.output(0).values[0], 10 * round + 6);
  }
  tenon_context_stats stats = statsOf(session.context);
  EXPECT_EQ(stats.graphs, 1u);
  EXPECT_GT(stats.graph_updates, 3u);
}

TEST_F(CudaGraphs, AreNotMadeOfStepsThatChangeTheirNumbers) {
  // Three rounds of two launches whose grids are as large as the round's number.
  EngineBuilder builder;
  builder.addInput("x", fb::ElementType::i64, {}, imm(8));
  builder.addOutput("y", fb::ElementType::i64, {}, imm(8));
  auto i = int32_t(builder.addRegister()), goOn = int32_t(builder.addRegister());
  uint32_t middle = builder.addArena(imm(8), 0, 5), before = builder.addBlock(), body = builder.addBlock();
  uint32_t increment = builder.addKernel("increment", incrementKernel, 0, {false, true});
  builder.scalar(1, fb::ScalarOp::move, uint32_t(i), imm(1));
  builder.loop(1, before, reg(goOn), body);
  builder.scalar(before, fb::ScalarOp::lt, uint32_t(goOn), reg(i), imm(4));
  builder.launch(body, increment, reg(i), {0, middle}, {});
  builder.launch(body, increment, reg(i), {middle, 1}, {});
  builder.scalar(body, fb::ScalarOp::add, uint32_t(i), reg(i), imm(1));
  builder = forCuda(std::move(builder));
  Session session(builder);
  for (int round = 0; round < 3; ++round) {
    Tensor x;
    x.type = TENON_I64;
    x.values = {round, 0};
    expectOk(session.copyInput(0, x));
    expectOk(session.run());
  }
  tenon_context_stats stats = statsOf(session.context);
  EXPECT_EQ(stats.graphs, 0u);
  EXPECT_EQ(stats.launches, 18u);
}

} // namespace
