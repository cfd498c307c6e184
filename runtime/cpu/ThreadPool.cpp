// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pool's workers, their sleep, and the walk over a grid.
#include "runtime/cpu/ThreadPool.h"

#include <algorithm>
#include <climits>
#include <ctime>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

using namespace tenon::runtime;

// Chunks per thread: enough to balance, few enough that taking one (about 50 ns between cores) does not show.
static constexpr int64_t kChunksPerThread = 8;
// A chunk is also how often a cancelled launch looks up.
static constexpr int64_t kMaxChunk = 4096;
// Looks at `generation` between two looks at the clock, which costs about as much as one pause.
static constexpr int kLooksPerClock = 16;
// Kernels have their scratch; a worker's stack holds spills only.
static constexpr size_t kWorkerStack = 2 << 20;
// So long the launching thread watches for the last chunks to end: falling asleep and being woken takes some 10 us.
static constexpr uint64_t kWatchNanos = 100 * 1000;

static void futexWait(std::atomic<uint32_t> &word, uint32_t expected) {
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word), FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
}

static void futexWake(std::atomic<uint32_t> &word, int count) {
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word), FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}

static uint64_t nanoseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return uint64_t(now.tv_sec) * 1000000000u + uint64_t(now.tv_nsec);
}

void ThreadPool::start(uint32_t threads, uint32_t spinMicros) {
  if (threads <= 1)
    return;
  spinNanos = uint64_t(spinMicros) * 1000;
  owner = getpid();
  workers.reserve(threads - 1);
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0)
    return;
  pthread_attr_setstacksize(&attributes, kWorkerStack);
  for (uint32_t number = 1; number < threads; ++number) {
    auto worker = std::make_unique<Worker>();
    worker->pool = this;
    worker->number = number;
    if (pthread_create(&worker->thread, &attributes, runWorker, worker.get()) != 0)
      break;
    worker->placement.setThread(worker->thread);
    workers.push_back(std::move(worker));
  }
  pthread_attr_destroy(&attributes);
}

ThreadPool::~ThreadPool() {
  if (getpid() != owner)
    return; // their stacks are gone with the parent's threads
  stopping.store(true);
  generation.fetch_add(1);
  futexWake(generation, INT_MAX);
  for (std::unique_ptr<Worker> &worker : workers)
    pthread_join(worker->thread, nullptr);
}

void *ThreadPool::runWorker(void *argument) {
  auto *worker = static_cast<Worker *>(argument);
  pthread_setname_np(pthread_self(), "tenon-worker");
  worker->pool->work(*worker);
  return nullptr;
}

void ThreadPool::work(Worker &self) {
  uint32_t seen = 0;
  while (waitForWork(seen)) {
    // Coming in late is harmless: the counter has no chunk left, or the state is closed.
    self.inside.store(true, std::memory_order_relaxed);
    if (state.fetch_add(1, std::memory_order_acquire) & kOpen)
      runChunks(self.number);
    self.placement.noteCore();
    leave();
    self.inside.store(false, std::memory_order_relaxed);
  }
}

/// Wakes the launching thread if it sleeps for the last worker inside.
void ThreadPool::leave() {
  // Sequentially consistent on both sides: either the launching thread sees that nobody is inside, or this sees that it sleeps.
  if (state.fetch_sub(1) == 1 && launcherSleeps.load() != 0) {
    launcherSleeps.store(0);
    futexWake(launcherSleeps, 1);
  }
}

void ThreadPool::keepWorkersOff(int core) {
  for (std::unique_ptr<Worker> &worker : workers)
    worker->placement.keepOff(core);
}

/// A worker inside runs its last chunk; one that came too late leaves at once. One whose core was taken away would come back after a whole
/// time slice, some milliseconds: it gets the core of this thread, which sleeps for it.
void ThreadPool::waitForWorkers() {
  uint64_t start = nanoseconds();
  while (state.load(std::memory_order_acquire) != 0) {
    for (int look = 0; look < kLooksPerClock && state.load(std::memory_order_relaxed) != 0; ++look)
      _mm_pause();
    if (nanoseconds() - start < kWatchNanos)
      continue;
    if (getpid() != owner) {
      state.store(0); // a worker of the parent was on its way out when this process was forked
      return;
    }
    int here = sched_getcpu();
    for (std::unique_ptr<Worker> &worker : workers)
      if (worker->inside.load(std::memory_order_relaxed) && worker->placement.standsStill())
        worker->placement.fetchTo(here);
    launcherSleeps.store(1);
    if (state.load() != 0)
      futexWait(launcherSleeps, 1);
    launcherSleeps.store(0);
    keepWorkersOff(here);
    start = nanoseconds();
  }
}

/// Watches, then sleeps, until a job newer than `seen` was submitted. False when the pool ends.
bool ThreadPool::waitForWork(uint32_t &seen) {
  uint64_t start = nanoseconds();
  uint32_t current;
  while ((current = generation.load(std::memory_order_acquire)) == seen) {
    for (int look = 0; look < kLooksPerClock && generation.load(std::memory_order_relaxed) == seen; ++look)
      _mm_pause();
    if (nanoseconds() - start < spinNanos)
      continue;
    // Sequentially consistent on both sides: either the submitter sees the sleeper, or the futex sees the new generation.
    sleepers.fetch_add(1);
    if (generation.load() == seen)
      futexWait(generation, seen);
    sleepers.fetch_sub(1);
    start = nanoseconds();
  }
  seen = current;
  return !stopping.load(std::memory_order_relaxed);
}

void ThreadPool::wakeSleepers(int64_t useful) {
  if (sleepers.load() != 0)
    futexWake(generation, int(std::min<int64_t>(useful, INT_MAX)));
}

// Kernels carry no type for -fsanitize=function to check.
__attribute__((no_sanitize("function"))) void ThreadPool::runRange(const LaunchArguments &arguments, int64_t begin, int64_t end,
                                                                   char *scratch) {
  auto kernel = reinterpret_cast<tenon_cpu_kernel>(const_cast<void *>(arguments.entry));
  int64_t sizeX = arguments.grid[0], sizeY = arguments.grid[1];
  int64_t x = begin % sizeX, rest = begin / sizeX;
  int64_t y = rest % sizeY, z = rest / sizeY;
  for (int64_t i = begin; i < end; ++i) {
    kernel(arguments.buffers, arguments.scalars, x, y, z, scratch);
    if (++x == sizeX) {
      x = 0;
      if (++y == sizeY) {
        y = 0;
        ++z;
      }
    }
  }
}

static bool isCancelled(const LaunchArguments &arguments) {
  return arguments.cancel && __atomic_load_n(arguments.cancel, __ATOMIC_RELAXED);
}

void ThreadPool::runChunks(uint32_t number) {
  char *scratch = job.scratch + number * job.scratchStride;
  while (true) {
    int64_t begin = nextChunk.fetch_add(jobChunk, std::memory_order_relaxed);
    if (begin >= jobTotal || isCancelled(job))
      return;
    runRange(job, begin, std::min(begin + jobChunk, jobTotal), scratch);
  }
}

void ThreadPool::launch(const LaunchArguments &arguments) {
  int64_t total = arguments.grid[0] * arguments.grid[1] * arguments.grid[2];
  if (total == 0)
    return;
  if (total == 1 || workers.empty() || busy.exchange(true, std::memory_order_acquire)) {
    for (int64_t begin = 0; begin < total && !isCancelled(arguments); begin += kMaxChunk)
      runRange(arguments, begin, std::min(begin + kMaxChunk, total), arguments.scratch);
    return;
  }
  keepWorkersOff(sched_getcpu());
  job = arguments;
  jobTotal = total;
  jobChunk = std::clamp<int64_t>(total / (getThreads() * kChunksPerThread), 1, kMaxChunk);
  nextChunk.store(0, std::memory_order_relaxed);
  state.fetch_add(kOpen, std::memory_order_release);
  generation.fetch_add(1);
  wakeSleepers(total - 1);
  runChunks(0);
  state.fetch_sub(kOpen, std::memory_order_acq_rel);
  waitForWorkers();
  busy.store(false, std::memory_order_release);
}
