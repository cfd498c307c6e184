// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Counts what this process allocates and locks, and lets allocations fail. A program of its own: it replaces malloc's entry points.
// Sanitizers have their own malloc; there this program is not built.
#include "test/runtime/Allocations.h"
#include "test/runtime/Session.h"

#include <cerrno>
#include <cstdlib>
#include <dlfcn.h>
#include <new>
#include <pthread.h>

extern "C" void *__libc_malloc(size_t);
extern "C" void *__libc_memalign(size_t, size_t);

std::atomic<int64_t> tenon::test::allocations{0}, tenon::test::locks{0}, tenon::test::untilFailure{-1};

using namespace tenon::test;

static bool mayAllocate() {
  allocations.fetch_add(1);
  if (untilFailure.load() < 0)
    return true;
  return untilFailure.fetch_sub(1) > 0;
}

extern "C" void *malloc(size_t size) {
  if (!mayAllocate())
    return nullptr;
  return __libc_malloc(size);
}

extern "C" int posix_memalign(void **result, size_t alignment, size_t size) {
  void *memory = mayAllocate() ? __libc_memalign(alignment, size) : nullptr;
  if (!memory)
    return ENOMEM;
  *result = memory;
  return 0;
}

extern "C" int pthread_mutex_lock(pthread_mutex_t *mutex) {
  static auto *real = reinterpret_cast<int (*)(pthread_mutex_t *)>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  locks.fetch_add(1);
  return real(mutex);
}

namespace {

TEST(Allocation, ARepeatedRunNeitherAllocatesNorLocks) {
  EngineBuilder builder = makeAddEngine();
  uint32_t arena = builder.addArena(reg(1), 0, 2);
  uint32_t slot = builder.addBuffer(fb::Storage::slot, 0, imm(0)), pool = builder.addBuffer(fb::Storage::pool, 0, imm(4000));
  builder.copy(1, arena, builder.outputBuffer(0), reg(1));
  builder.copy(1, builder.outputBuffer(0), arena, reg(1));
  builder.alloc(1, pool);
  builder.assign(1, slot, pool);
  tenon_device_options options = {};
  options.size = sizeof(options);
  options.threads = 3;
  tenon_device *device;
  expectOk(tenon_device_create(&options, &device));
  Session session(builder, device);
  tenon_device_release(device);

  // Two shapes, bound in the caller's memory, aligned and not.
  alignas(64) static int32_t a[1001], b[1001], c[1001];
  auto runOnce = [&](int64_t n, int shift) {
    int64_t dims[] = {n};
    tenon_tensor left = {sizeof(left), a + shift, 4000, TENON_I32, 1, dims, nullptr, TENON_HOST};
    tenon_tensor right = {sizeof(right), b + shift, 4000, TENON_I32, 1, dims, nullptr, TENON_HOST};
    tenon_status *status = tenon_context_bind_input(session.context, 0, &left);
    if (!status)
      status = tenon_context_bind_input(session.context, 1, &right);
    if (!status)
      status = tenon_context_bind_output(session.context, 0, shift == 2 ? nullptr : c + shift, 4000);
    if (!status)
      status = tenon_context_run(session.context, nullptr);
    tenon_tensor output = {};
    output.size = sizeof(output);
    if (!status)
      status = tenon_context_output(session.context, 0, &output);
    return status;
  };
  for (int round = 0; round < 2; ++round)
    for (int64_t n : {1000, 17})
      for (int shift : {0, 1, 2})
        if (!(n == 1000 && shift == 2))
          expectOk(runOnce(n, shift));
  int64_t before = allocations, locksBefore = locks;
  for (int round = 0; round < 100; ++round)
    for (int64_t n : {1000, 17})
      for (int shift : {0, 1})
        ASSERT_EQ(runOnce(n, shift), nullptr);
  EXPECT_EQ(allocations - before, 0);
  EXPECT_EQ(locks - locksBefore, 0);
}

TEST(Allocation, EveryFailureOnTheWayIsAStatus) {
  std::vector<uint8_t> file = makeAddEngine().finish();
  tenon_device_options options = {};
  options.size = sizeof(options);
  options.threads = 1;
  tenon_device *device;
  expectOk(tenon_device_create(&options, &device));
  tenon_open_options open = {sizeof(open), device, 0};
  int64_t dims[] = {100};
  alignas(64) static int32_t data[100];
  tenon_tensor tensor = {sizeof(tensor), data, 400, TENON_I32, 1, dims, nullptr, TENON_HOST};
  // Opens, makes a context, copies, runs; the first error ends it.
  auto attempt = [&] {
    tenon_engine *engine = nullptr;
    tenon_context *context = nullptr;
    tenon_status *status = tenon_engine_open_memory(file.data(), file.size(), &open, &engine);
    if (!status)
      status = tenon_context_create(engine, nullptr, &context);
    for (size_t i = 0; i < 2 && !status; ++i)
      status = tenon_context_copy_input(context, i, &tensor);
    if (!status)
      status = tenon_context_run(context, nullptr);
    tenon_context_release(context);
    tenon_engine_release(engine);
    return status;
  };
  int failures = 0;
  for (int64_t k = 0; k < 10000; ++k) {
    untilFailure = k;
    tenon_status *status = attempt();
    untilFailure = -1;
    if (!status)
      break; // nothing was left to fail
    ASSERT_EQ(tenon_status_code(status), TENON_OUT_OF_MEMORY) << tenon_status_message(status);
    tenon_status_release(status);
    ++failures;
  }
  EXPECT_GT(failures, 20);
  expectOk(attempt());
  tenon_device_release(device);
}

TEST(Allocation, AContextWorksOnAfterMemoryWasShort) {
  EngineBuilder builder = makeAddEngine();
  Session session(builder);
  int failures = 0;
  for (int64_t k = 0; k < 1000; ++k) {
    int64_t n = 1 + k; // a new shape each time
    Tensor a = sequence(n), b = sequence(n, 5);
    tenon_tensor left = a.describe(), right = b.describe();
    untilFailure = k % 8;
    tenon_status *status = tenon_context_copy_input(session.context, 0, &left);
    if (!status)
      status = tenon_context_copy_input(session.context, 1, &right);
    if (!status)
      status = tenon_context_run(session.context, nullptr);
    untilFailure = -1;
    if (status) {
      ASSERT_EQ(tenon_status_code(status), TENON_OUT_OF_MEMORY);
      tenon_status_release(status);
      ++failures;
    }
    if (k % 50 == 0) {
      expectOk(session.copyInput(0, a));
      expectOk(session.copyInput(1, b));
      expectOk(session.run());
      EXPECT_EQ(session.output(0).values, sequence(n, 5, 2).values);
    }
  }
  EXPECT_GT(failures, 100);
}

} // namespace
