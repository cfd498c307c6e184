// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Copies of host memory: large ones through page-locked memory of the runtime, small ones and those of page-locked memory as they are.
#include "test/runtime/cuda/CudaSession.h"

using namespace tenon::test;

namespace {

/// Four chunks, the last one not whole; and what the driver copies at once.
constexpr int64_t kLarge = 900001, kSmall = 10000;

class CudaStagingTest : public CudaTest {
protected:
  EngineBuilder builder = forCuda(makeAddEngine(kLarge));

  void SetUp() override {
    CudaTest::SetUp();
    startCounting();
  }
  void startCounting() { allocatedBefore = fake.calls("cuMemHostAlloc"); }
  uint64_t allocated() const { return fake.calls("cuMemHostAlloc") - allocatedBefore; }

private:
  uint64_t allocatedBefore = 0;
};

TEST_F(CudaStagingTest, LargeCopiesAllocateOnce) {
  Session session(builder);
  for (int round = 0; round < 3; ++round) {
    expectOk(session.copyInput(0, sequence(kLarge, round)));
    expectOk(session.copyInput(1, sequence(kLarge)));
    expectOk(session.run());
    EXPECT_EQ(session.output(0).values, sequence(kLarge, round, 2).values);
    EXPECT_EQ(allocated(), 2u);
  }
}

TEST_F(CudaStagingTest, TheSourceMayChangeAtOnce) {
  Session session(builder);
  void *stream = fake.createStream();
  DeviceInts result(std::vector<int32_t>(kLarge, -1));
  expectOk(tenon_context_bind_output_memory(session.context, 0, TENON_DEVICE, result.memory, result.bytes));
  Tensor a = sequence(kLarge), b = sequence(kLarge);
  tenon_tensor left = a.describe(), right = b.describe();
  expectOk(tenon_context_bind_input(session.context, 0, &left));
  expectOk(tenon_context_bind_input(session.context, 1, &right));
  tenon_run_options options = {sizeof(options), stream, nullptr, 0};
  expectOk(tenon_context_run(session.context, &options));
  EXPECT_EQ(result.read().back(), -1) << "the run only began";
  std::fill(a.values.begin(), a.values.end(), 7);
  std::fill(b.values.begin(), b.values.end(), 7);
  fake.synchronize(stream);
  EXPECT_EQ(result.read(), sequence(kLarge, 0, 2).values);
  fake.destroyStream(stream);
}

TEST_F(CudaStagingTest, OutputsBoundToHostMemory) {
  Session session(builder);
  std::vector<int32_t> result(kLarge, -1);
  expectOk(tenon_context_bind_output(session.context, 0, result.data(), result.size() * 4));
  for (int round = 0; round < 2; ++round) {
    expectOk(session.copyInput(0, sequence(kLarge, round)));
    expectOk(session.copyInput(1, sequence(kLarge)));
    expectOk(session.run());
    EXPECT_EQ(result, sequence(kLarge, round, 2).values);
  }
  EXPECT_EQ(allocated(), 2u);
}

TEST_F(CudaStagingTest, SmallCopiesGoDirectly) {
  Session session(builder);
  expectOk(session.copyInput(0, sequence(kSmall)));
  expectOk(session.copyInput(1, sequence(kSmall)));
  expectOk(session.run());
  EXPECT_EQ(session.output(0).values, sequence(kSmall, 0, 2).values);
  EXPECT_EQ(allocated(), 0u);
}

TEST_F(CudaStagingTest, PageLockedMemoryGoesDirectly) {
  size_t bytes = kLarge * 4;
  void *pinned = fake.allocatePinned(bytes);
  {
    Session session(builder);
    Tensor a = sequence(kLarge);
    std::memcpy(pinned, a.values.data(), bytes);
    tenon_tensor description = a.describe();
    description.data = pinned;
    expectOk(tenon_context_bind_input(session.context, 0, &description));
    expectOk(tenon_context_bind_input(session.context, 1, &description));
    expectOk(tenon_context_bind_output(session.context, 0, pinned, bytes));
    uint64_t copies = fake.calls("cuMemcpyHtoDAsync"), fetches = fake.calls("cuMemcpyDtoHAsync");
    expectOk(session.run());
    EXPECT_EQ(static_cast<int32_t *>(pinned)[kLarge - 1], 2 * (kLarge - 1));
    EXPECT_EQ(fake.calls("cuMemcpyHtoDAsync") - copies, 2u);
    EXPECT_EQ(fake.calls("cuMemcpyDtoHAsync") - fetches, 1u);
    EXPECT_EQ(allocated(), 1u) << "the test's own";
  }
  fake.freePinned(pinned);
}

TEST_F(CudaStagingTest, WithoutPageLockedMemoryTheDriverCopies) {
  for (int call : {1, 2}) {
    Session session(builder);
    startCounting();
    fake.failAt(call, cuda::outOfMemory, "cuMemHostAlloc");
    for (int round = 0; round < 2; ++round) {
      expectOk(session.copyInput(0, sequence(kLarge, round)));
      expectOk(session.copyInput(1, sequence(kLarge)));
      expectOk(session.run());
      EXPECT_EQ(session.output(0).values, sequence(kLarge, round, 2).values);
    }
    EXPECT_EQ(allocated(), uint64_t(call)) << "it is not tried again";
  }
}

TEST_F(CudaStagingTest, PrepareAllocates) {
  for (int64_t count : {kSmall, kLarge}) {
    Session session(builder);
    startCounting();
    tenon_shape shapes[] = {{sizeof(tenon_shape), 1, &count}, {sizeof(tenon_shape), 1, &count}};
    expectOk(tenon_context_prepare(session.context, shapes, 2));
    EXPECT_EQ(allocated(), count == kLarge ? 2u : 0u);
    startCounting();
    expectOk(session.copyInput(0, sequence(count)));
    expectOk(session.copyInput(1, sequence(count)));
    expectOk(session.run());
    EXPECT_EQ(session.output(0).values, sequence(count, 0, 2).values);
    EXPECT_EQ(allocated(), 0u);
  }
}

TEST_F(CudaStagingTest, PrepareForDeviceMemoryDoesNot) {
  DeviceInts a(sequence(kLarge).values), result(a.read());
  Session session(builder);
  expectOk(bindDevice(session.context, 0, a));
  expectOk(bindDevice(session.context, 1, a));
  expectOk(tenon_context_bind_output_memory(session.context, 0, TENON_DEVICE, result.memory, result.bytes));
  tenon_shape shapes[] = {{sizeof(tenon_shape), 1, &kLarge}, {sizeof(tenon_shape), 1, &kLarge}};
  expectOk(tenon_context_prepare(session.context, shapes, 2));
  EXPECT_EQ(allocated(), 0u);
}

TEST_F(CudaStagingTest, AFaultIsReportedWithTheKernel) {
  isLost = true;
  Session session(builder);
  std::vector<int32_t> result(kLarge);
  expectOk(session.copyInput(0, sequence(kLarge)));
  expectOk(session.copyInput(1, sequence(kLarge)));
  expectOk(tenon_context_bind_output(session.context, 0, result.data(), result.size() * 4));
  fake.faulting = "add";
  expectError(session.run(), "TENON_DEVICE_LOST", "copying from the device (the last kernel launched was 'add')");
  expectError(session.copyInput(0, sequence(kLarge)), "TENON_DEVICE_LOST", "is lost since an earlier error");
}

} // namespace
