// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The launch path of shapes that ran: graphs, single kernels, the caller's streams, changed addresses. Part of RuntimeAllocationTests.
#include "test/runtime/Allocations.h"
#include "test/runtime/cuda/CudaSession.h"

using namespace tenon::test;

namespace {

using CudaAllocation = CudaTest;

TEST_F(CudaAllocation, ARepeatedRunNeitherAllocatesNorLocksNorWaits) {
  EngineBuilder builder = makeAddEngine();
  uint32_t arena = builder.addArena(reg(1), 0, 2);
  builder.copy(1, arena, 2, reg(1));
  builder.copy(1, 2, arena, reg(1));
  builder = forCuda(std::move(builder));
  Session session(builder);
  DeviceInts large(sequence(900).values), other(sequence(900).values), small(sequence(40).values), result(sequence(900).values);
  void *stream = fake.createStream();
  auto runOnce = [&](const DeviceInts &input, bool isCallers) {
    tenon_run_options options = {sizeof(options), isCallers ? stream : nullptr, nullptr, 1};
    tenon_status *status = bindDevice(session.context, 0, input);
    if (!status)
      status = bindDevice(session.context, 1, input);
    if (!status)
      status = tenon_context_bind_output_memory(session.context, 0, TENON_DEVICE, result.memory, result.bytes);
    return status ? status : tenon_context_run(session.context, &options);
  };
  auto round = [&] {
    bool fails = false;
    for (const DeviceInts *input : {&large, &other, &small})
      for (bool isCallers : {true, false})
        fails |= runOnce(*input, isCallers) != nullptr;
    return fails;
  };
  for (int i = 0; i < 3; ++i)
    EXPECT_FALSE(round());
  expectOk(tenon_context_wait(session.context));
  tenon_context_stats statsBefore = statsOf(session.context);
  int64_t before = allocations, locksBefore = locks;
  for (int i = 0; i < 50; ++i) {
    ASSERT_FALSE(round());
    fake.synchronize(stream); // so that the fake's queues stay short
  }
  EXPECT_EQ(allocations - before, 0);
  EXPECT_EQ(locks - locksBefore, 0);
  tenon_context_stats stats = statsOf(session.context);
  EXPECT_EQ(stats.waits, statsBefore.waits);
  EXPECT_EQ(stats.allocations, statsBefore.allocations);
  EXPECT_EQ(stats.graphs, 2u);
  EXPECT_EQ(stats.graph_launches - statsBefore.graph_launches, 300u);
  EXPECT_GT(stats.graph_updates, statsBefore.graph_updates);
  expectOk(tenon_context_wait(session.context));
  EXPECT_EQ(result.read()[39], 78);
  fake.destroyStream(stream);
}

} // namespace
