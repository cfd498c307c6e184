// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Threads that walk a launch's grid together with the thread that asked for it.
//
// One job at a time is open. `state` counts the workers inside it and says whether it is open, so that the launching thread waits only for
// workers that came in, never for one that is asleep or was taken off its core:
//   submit:  write job; state += open; wake sleepers; take chunks; state -= open; wait until nobody is inside, first watching, then asleep
//   worker:  state += 1; if open: take chunks; state -= 1
// Chunks are taken from one counter, so an uneven grid balances itself. If another context's job is open the caller
// runs its grid alone: with as many callers as cores that is the faster way, and nobody ever waits for a lock.
// In a forked child there are no workers: launches run on the caller, and nothing waits for threads that are not there.
#ifndef TENON_RUNTIME_CPU_THREADPOOL_H
#define TENON_RUNTIME_CPU_THREADPOOL_H

#include "runtime/cpu/Placement.h"
#include "runtime/device/Stream.h"
#include "runtime/engine/KernelAbi.h"

#include <atomic>
#include <pthread.h>

namespace tenon::runtime {

class ThreadPool {
public:
  ThreadPool() = default;
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;
  /// Ends the workers; no launch may be under way.
  ~ThreadPool();

  /// Starts `threads` - 1 workers, each of which watches for `spinMicros` before it sleeps. Fewer start if the system refuses more.
  void start(uint32_t threads, uint32_t spinMicros);

  /// Runs every workgroup once. From any thread.
  void launch(const LaunchArguments &arguments);

  uint32_t getThreads() const { return uint32_t(workers.size()) + 1; }

private:
  struct Worker {
    ThreadPool *pool;
    uint32_t number; // 1 and up; the caller is 0
    pthread_t thread;
    Placement placement;
    std::atomic<bool> inside{false}; // a hint: it may have work in its hands
  };

  static void *runWorker(void *worker);
  void work(Worker &self);
  void runChunks(uint32_t number);
  static void runRange(const LaunchArguments &arguments, int64_t begin, int64_t end, char *scratch);
  bool waitForWork(uint32_t &seen);
  void leave();
  void keepWorkersOff(int core);
  void waitForWorkers();
  void wakeSleepers(int64_t useful);

  static constexpr uint64_t kOpen = uint64_t(1) << 32;

  // Each on its own cache line: the first is written by everyone, the others are mostly read.
  alignas(64) std::atomic<uint64_t> state{0}; // kOpen or 0, plus workers inside
  alignas(64) std::atomic<int64_t> nextChunk{0};
  alignas(64) std::atomic<uint32_t> generation{0}; // jobs so far; sleepers wait for it to change
  std::atomic<uint32_t> sleepers{0};
  std::atomic<uint32_t> launcherSleeps{0}; // 1 until the last worker inside leaves
  std::atomic<bool> stopping{false};
  alignas(64) std::atomic<bool> busy{false};
  alignas(64) LaunchArguments job = {}; // written while closed and empty
  int64_t jobTotal = 0, jobChunk = 1;

  uint64_t spinNanos = 0;
  pid_t owner = 0; // the process that has the workers
  std::vector<std::unique_ptr<Worker>> workers;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_THREADPOOL_H
