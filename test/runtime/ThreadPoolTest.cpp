// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The thread pool with kernels that the thread sanitizer sees, and contexts of one engine on many threads.
#include "runtime/cpu/ThreadPool.h"
#include "runtime/cpu/CpuFeatures.h"
#include "test/runtime/Session.h"

#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace tenon::runtime;
using namespace tenon::test;

namespace {

/// Adds one to its element of a 3-dimensional array; uses scratch so that sharing it would be a race.
void countVisit(void *const *buffers, const int64_t *scalars, int64_t x, int64_t y, int64_t z, void *scratch) {
  int64_t id = (z * scalars[1] + y) * scalars[0] + x;
  *static_cast<int64_t *>(scratch) = id;
  static_cast<int32_t *>(buffers[0])[*static_cast<int64_t *>(scratch)] += 1;
}

class PoolRun {
public:
  PoolRun(ThreadPool &pool, int64_t x, int64_t y, int64_t z)
      : pool(pool), visits(size_t(x * y * z)), scratch(pool.getThreads() * 64), buffer(visits.data()), scalars{x, y} {
    arguments.entry = reinterpret_cast<const void *>(countVisit);
    arguments.buffers = &buffer;
    arguments.scalars = scalars;
    arguments.grid[0] = x;
    arguments.grid[1] = y;
    arguments.grid[2] = z;
    arguments.scratch = scratch.data();
    arguments.scratchStride = 64;
  }

  void launch() { pool.launch(arguments); }
  /// Each workgroup ran `times` times.
  void expectVisits(int32_t times) const {
    for (int32_t count : visits)
      ASSERT_EQ(count, times);
  }

private:
  ThreadPool &pool;
  std::vector<int32_t> visits;
  std::vector<char> scratch;
  void *buffer;
  int64_t scalars[2];
  LaunchArguments arguments = {};
};

TEST(ThreadPool, VisitsEachWorkgroupOnce) {
  for (uint32_t threads : {1, 2, 3, 8}) {
    ThreadPool pool;
    pool.start(threads, 50);
    EXPECT_EQ(pool.getThreads(), threads);
    for (int64_t x : {1, 2, 7, 100})
      for (int64_t y : {1, 3})
        for (int64_t z : {1, 5}) {
          PoolRun run(pool, x, y, z);
          for (int i = 0; i < 10; ++i)
            run.launch();
          run.expectVisits(10);
        }
    PoolRun empty(pool, 0, 5, 5);
    empty.launch();
  }
}

TEST(ThreadPool, WakesWorkersThatSleep) {
  ThreadPool pool;
  pool.start(4, 1); // sleeps at once
  PoolRun run(pool, 64, 1, 1);
  for (int i = 0; i < 50; ++i) {
    run.launch();
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  run.expectVisits(50);
}

TEST(ThreadPool, WorksInAForkedChild) {
  auto pool = std::make_unique<ThreadPool>();
  pool->start(4, 50);
  PoolRun run(*pool, 64, 1, 1);
  run.launch();
  pid_t child = fork();
  if (child == 0) {
    alarm(20); // a hang is a failure
    run.launch();
    run.launch();
    run.expectVisits(3);
    pool.reset();
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  run.launch();
  run.expectVisits(2);
}

TEST(ThreadPool, SharesCoresWithThreadsThatNeverSleep) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> others;
  for (unsigned i = 0; i < std::thread::hardware_concurrency(); ++i)
    others.emplace_back([&stop] {
      while (!stop.load(std::memory_order_relaxed)) {
      }
    });
  ThreadPool pool;
  pool.start(3, 50);
  PoolRun run(pool, 64, 1, 1);
  for (int i = 0; i < 200; ++i)
    run.launch();
  run.expectVisits(200);
  stop.store(true);
  for (std::thread &other : others)
    other.join();
}

TEST(ThreadPool, ServesSeveralCallers) {
  ThreadPool pool;
  pool.start(3, 50);
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([&pool] {
      PoolRun run(pool, 37, 1, 1);
      for (int i = 0; i < 300; ++i)
        run.launch();
      run.expectVisits(300);
    });
  for (std::thread &caller : callers)
    caller.join();
}

TEST(Concurrency, OneEngineManyContexts) {
  EngineBuilder builder = makeAddEngine();
  tenon_device_options options = {};
  options.size = sizeof(options);
  options.threads = 3;
  tenon_device *device;
  expectOk(tenon_device_create(&options, &device));
  Session session(builder, device);
  tenon_device_release(device);
  std::vector<std::thread> users;
  for (int user = 0; user < 4; ++user)
    users.emplace_back([&session, user] {
      tenon_context *context;
      expectOk(tenon_context_create(session.engine, nullptr, &context));
      for (int round = 0; round < 60; ++round) {
        int64_t n = 1 + (round * 37 + user) % 200;
        Tensor a = sequence(n, user), b = sequence(n, round, 2);
        tenon_tensor left = a.describe(), right = b.describe();
        expectOk(tenon_context_copy_input(context, 0, &left));
        expectOk(tenon_context_copy_input(context, 1, &right));
        expectOk(tenon_context_run(context, nullptr));
        tenon_tensor sum = {};
        sum.size = sizeof(sum);
        expectOk(tenon_context_output(context, 0, &sum));
        for (int64_t i = 0; i < n; ++i)
          ASSERT_EQ(static_cast<int32_t *>(sum.data)[i], user + round + 3 * i);
      }
      tenon_context_release(context);
    });
  for (std::thread &user : users)
    user.join();
}

TEST(Concurrency, OneContextTwoThreadsIsAnError) {
  // The profile hook runs inside the run: a second call from there is refused, as one from another thread would be.
  EngineBuilder builder = makeAddEngine();
  Session session(builder);
  struct Seen {
    tenon_context *context;
    std::string error;
  } seen = {session.context, ""};
  auto hook = [](void *user, const tenon_kernel_event *) {
    auto *state = static_cast<Seen *>(user);
    std::thread([state] { state->error = take(tenon_context_run(state->context, nullptr)); }).join();
  };
  expectOk(tenon_context_set_profiler(session.context, hook, &seen));
  expectOk(session.copyInput(0, sequence(8)));
  expectOk(session.copyInput(1, sequence(8)));
  expectOk(session.run());
  EXPECT_EQ(seen.error, "TENON_INVALID_STATE: the context is in use by another thread");
}

TEST(Concurrency, EnginesOutliveTheirHandles) {
  EngineBuilder builder = makeAddEngine();
  Session session(builder);
  tenon_engine_release(session.engine); // the context still holds it
  session.engine = nullptr;
  expectOk(session.copyInput(0, sequence(8)));
  expectOk(session.copyInput(1, sequence(8)));
  expectOk(session.run());
}

TEST(CpuFeatures, KnowsThisProcessor) {
  EXPECT_TRUE(hasCpuFeature("sse2"));
  EXPECT_TRUE(hasCpuFeature("+sse2"));
  EXPECT_FALSE(hasCpuFeature("no-such-feature"));
  EXPECT_EQ(hasCpuFeature("avx2"), __builtin_cpu_supports("avx2") != 0);
  EXPECT_EQ(hasCpuFeature("avx512bw"), __builtin_cpu_supports("avx512bw") != 0);
  EXPECT_EQ(hasCpuFeature("bmi2"), __builtin_cpu_supports("bmi2") != 0);
  EXPECT_GE(countUsableCores(), 1u);
  EXPECT_LE(countUsableCores(), std::thread::hardware_concurrency());
}

} // namespace
