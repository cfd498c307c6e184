// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs in the caller's streams: asynchronous, in order with the caller's own work and with each other. The fake driver runs work as late as
// it may, so an order that is not asked for is not there.
#include "test/runtime/cuda/CudaSession.h"

#include <optional>

using namespace tenon::test;

namespace {

class CudaStreams : public CudaTest {
protected:
  void SetUp() override {
    CudaTest::SetUp();
    EngineBuilder builder = forCuda(makeAddEngine());
    session.emplace(builder);
    a.emplace(sequence(10).values);
    b.emplace(sequence(10).values);
    c.emplace(std::vector<int32_t>(10, -1));
    expectOk(bindDevice(session->context, 0, *a));
    expectOk(bindDevice(session->context, 1, *b));
    expectOk(tenon_context_bind_output_memory(session->context, 0, TENON_DEVICE, c->memory, c->bytes));
  }
  void TearDown() override {
    session.reset();
    a.reset();
    b.reset();
    c.reset();
    CudaTest::TearDown();
  }

  void run(void *stream, bool isAsync = false) {
    tenon_run_options options = {sizeof(options), stream, nullptr, isAsync};
    expectOk(tenon_context_run(session->context, &options));
  }

  std::optional<Session> session;
  std::optional<DeviceInts> a, b, c;
};

TEST_F(CudaStreams, ReturnsBeforeTheWorkIsDone) {
  void *stream = fake.createStream();
  fake.writeInt(stream, a->memory, 1000);
  run(stream);
  EXPECT_EQ(c->read()[0], -1) << "nothing ran yet";
  EXPECT_EQ(statsOf(session->context).waits, 0u);
  fake.synchronize(stream);
  EXPECT_EQ(c->read()[0], 1000) << "the caller's write came first";
  EXPECT_EQ(c->read()[9], 18);
  fake.destroyStream(stream);
}

TEST_F(CudaStreams, TheDefaultStreamIsAStreamToo) {
  auto *legacy = reinterpret_cast<void *>(uintptr_t(1));
  run(legacy);
  EXPECT_EQ(c->read()[0], -1);
  fake.synchronize(legacy);
  EXPECT_EQ(c->read()[9], 18);
}

TEST_F(CudaStreams, WaitsWhenAsked) {
  run(nullptr, true);
  EXPECT_EQ(c->read()[9], -1);
  expectOk(tenon_context_wait(session->context));
  EXPECT_EQ(c->read()[9], 18);
  void *stream = fake.createStream();
  fake.writeInt(stream, a->memory, 500);
  run(stream);
  expectOk(tenon_context_wait(session->context));
  EXPECT_EQ(c->read()[0], 500);
  fake.destroyStream(stream);
}

TEST_F(CudaStreams, ReadingAnOutputOnTheHostWaits) {
  void *stream = fake.createStream();
  fake.writeInt(stream, a->memory, 77);
  run(stream);
  EXPECT_EQ(session->output(0).values[0], 77);
  fake.destroyStream(stream);
}

TEST_F(CudaStreams, RunsInSeveralStreamsFollowEachOther) {
  // The same memory is read and written by both: the second run starts after the first.
  void *first = fake.createStream(), *second = fake.createStream();
  fake.writeInt(first, a->memory, 1);
  run(first);
  expectOk(bindDevice(session->context, 0, *c)); // c + b -> c
  run(second);
  fake.synchronize(second);
  EXPECT_EQ(c->read()[0], 1);
  EXPECT_EQ(c->read()[9], 27);
  run(nullptr);
  EXPECT_EQ(c->read()[9], 36);
  fake.destroyStream(first);
  fake.destroyStream(second);
}

TEST_F(CudaStreams, MemoryOfTheContextFollowsTheRunThatUsesIt) {
  void *stream = fake.createStream();
  expectOk(tenon_context_bind_output(session->context, 0, nullptr, 0)); // the context's own
  run(stream);
  // A larger shape needs other memory; the old goes when the run is done.
  DeviceInts large(sequence(1000).values);
  expectOk(bindDevice(session->context, 0, large));
  expectOk(bindDevice(session->context, 1, large));
  run(stream);
  EXPECT_EQ(session->output(0).values, sequence(1000, 0, 2).values);
  fake.destroyStream(stream);
}

TEST_F(CudaStreams, CopiedInputsAreSeenByTheCallersStream) {
  void *stream = fake.createStream();
  expectOk(session->copyInput(0, sequence(10, 100)));
  run(stream);
  fake.synchronize(stream);
  EXPECT_EQ(c->read()[9], 118);
  fake.destroyStream(stream);
}

TEST_F(CudaStreams, AStreamCanBeWaitedFor) {
  void *stream = fake.createStream();
  run(stream);
  tenon_engine_info info = {};
  info.size = sizeof(info);
  expectOk(tenon_engine_describe(session->engine, &info));
  expectOk(tenon_device_wait(info.device, stream));
  EXPECT_EQ(c->read()[9], 18);
  expectError(tenon_device_wait(info.device, nullptr), "TENON_INVALID_ARGUMENT", "argument 'stream' is NULL");
  fake.destroyStream(stream);
}

TEST_F(CudaStreams, CancelsBetweenCommands) {
  int32_t cancel = 1;
  tenon_run_options options = {sizeof(options), nullptr, &cancel, 0};
  expectError(tenon_context_run(session->context, &options), "TENON_CANCELLED", "cancelled");
  cancel = 0;
  expectOk(tenon_context_run(session->context, &options));
}

} // namespace
