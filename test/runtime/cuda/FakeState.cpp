// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The queues of streams and what their work does.
#include "test/runtime/cuda/FakeFunctions.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <sched.h>

using namespace tenon::test;

/// Device addresses are the host's, moved to where no memory can be.
static constexpr uint64_t kMoved = uint64_t(1) << 62;
/// Of a launch; a mutant may ask for 2^40, and nothing ends a kernel that runs.
static constexpr uint64_t kMostWorkgroups = 1 << 16;

FakeState &FakeState::get() {
  static FakeState state;
  return state;
}

FakeLock::FakeLock() {
  while (FakeState::get().lock.exchange(true, std::memory_order_acquire))
    sched_yield();
}

cuda::StreamHandle FakeState::streamOf(cuda::StreamHandle stream) { return reinterpret_cast<uintptr_t>(stream) <= 2 ? &legacy : stream; }

void FakeState::push(cuda::StreamHandle handle, const FakeWork &work) {
  cuda::StreamObject &stream = *streamOf(handle);
  if (stream.begin == stream.queue.size()) {
    stream.queue.clear();
    stream.begin = 0;
  }
  stream.queue.push_back(work);
  ++stream.enqueued;
}

cuda::Result FakeState::run(cuda::StreamHandle handle, uint64_t sequence) {
  cuda::StreamObject &stream = *streamOf(handle);
  while (stream.finished < sequence && stream.begin < stream.queue.size() && sticky == cuda::success && !isHanging) {
    FakeWork work = stream.queue[stream.begin++];
    ++stream.finished;
    if (cuda::Result result = execute(work))
      sticky = result;
  }
  return isHanging ? cuda::notReady : sticky;
}

void FakeState::drain() {
  for (const std::unique_ptr<cuda::StreamObject> &stream : streams)
    runAll(stream.get());
  runAll(&legacy);
}

void FakeState::forget() {
  legacy.queue.clear();
  legacy.begin = 0;
  legacy.finished = legacy.enqueued;
  streams.clear();
  objects.clear();
  for (auto [address, bytes] : memory)
    std::free(reinterpret_cast<void *>(address - kMoved));
  for (auto [address, bytes] : pinned)
    std::free(reinterpret_cast<void *>(address));
  memory.clear();
  pinned.clear();
  used = 0;
  sticky = cuda::success;
  isHanging = false;
}

char *FakeState::translate(uint64_t address, size_t bytes) const {
  auto after = memory.upper_bound(address);
  if (after == memory.begin())
    return nullptr;
  auto [base, size] = *std::prev(after);
  if (address + bytes > base + size)
    return nullptr;
  return reinterpret_cast<char *>(address - kMoved);
}

bool FakeState::isPinned(const void *pointer) const {
  auto address = reinterpret_cast<uint64_t>(pointer);
  for (auto [base, size] : pinned)
    if (address >= base && address < base + size)
      return true;
  return false;
}

cuda::Result FakeState::execute(FakeWork &work) {
  switch (work.kind) {
  case FakeWork::kernel:
    return executeKernel(work);
  case FakeWork::deviceCopy:
  case FakeWork::upload:
  case FakeWork::download: {
    char *to = work.kind == FakeWork::download ? reinterpret_cast<char *>(work.to) : translate(work.to, work.bytes);
    char *from = work.kind == FakeWork::upload ? reinterpret_cast<char *>(work.from) : translate(work.from, work.bytes);
    if (!to || !from)
      return cuda::illegalAddress;
    std::memmove(to, from, work.bytes);
    return cuda::success;
  }
  case FakeWork::writeInt: {
    auto value = int32_t(work.values[0]);
    char *to = translate(work.to, sizeof(value));
    if (!to)
      return cuda::illegalAddress;
    std::memcpy(to, &value, sizeof(value));
    return cuda::success;
  }
  case FakeWork::freeMemory: {
    auto found = memory.find(work.to);
    if (found == memory.end())
      return cuda::illegalAddress;
    used -= found->second;
    std::free(reinterpret_cast<void *>(found->first - kMoved));
    memory.erase(found);
    return cuda::success;
  }
  case FakeWork::record:
    work.event->time = clock;
    return cuda::success;
  case FakeWork::follow:
    return run(work.other, work.sequence);
  }
  return cuda::unknown;
}

// Kernels carry no type for -fsanitize=function to check.
__attribute__((no_sanitize("function"))) cuda::Result FakeState::executeKernel(FakeWork &work) {
  const FakeKernel &kernel = *work.function->kernel;
  FakeCuda &fake = FakeCuda::get();
  clock += 1000;
  fake.lastBlocks = work.blocks;
  if (fake.launched.size() < fake.launched.capacity())
    fake.launched.push_back(kernel.name);
  if (std::strcmp(kernel.name, fake.hanging) == 0)
    isHanging = true;
  if (isHanging)
    return cuda::success;
  if (std::strcmp(kernel.name, fake.faulting) == 0)
    return cuda::illegalAddress;
  alignas(64) static char nowhere[64];
  void *buffers[16];
  for (unsigned i = 0; i < kernel.buffers; ++i) {
    // Buffers without bytes lie anywhere.
    buffers[i] = work.values[i] < kMoved ? nowhere : translate(work.values[i], kernel.reach);
    if (!buffers[i])
      return cuda::illegalAddress;
  }
  int64_t scalars[32];
  std::memcpy(scalars, work.values + kernel.buffers, kernel.scalars * sizeof(int64_t));
  std::memcpy(scalars + kernel.scalars, work.values + kernel.words(), kernel.maps * kMapWords * sizeof(int64_t));
  const uint64_t *rest = work.values + kernel.buffers + kernel.scalars;
  uint64_t workgroups = std::min(rest[0], kMostWorkgroups), scratch = rest[1], stride = rest[2];
  alignas(64) static char shared[256 << 10];
  for (uint64_t block = 0; block < work.blocks && block < workgroups; ++block) {
    void *area = scratch ? translate(scratch + block * stride, stride) : work.sharedBytes ? shared : nullptr;
    if (scratch && !area)
      return cuda::illegalAddress;
    for (uint64_t workgroup = block; workgroup < workgroups; workgroup += work.blocks)
      kernel.function(buffers, scalars, int64_t(workgroup), 0, 0, area);
  }
  return cuda::success;
}

// ---- What tests steer ----

FakeCuda &FakeCuda::get() {
  static FakeCuda fake;
  return fake;
}

namespace {
struct CallCount {
  const char *name;
  uint64_t count;
};
CallCount callCounts[64];
} // namespace

cuda::Result FakeCuda::enter(const char *name, bool needsContext) {
  CallCount *entry = callCounts;
  while (entry->name && std::strcmp(entry->name, name) != 0)
    ++entry;
  entry->name = name;
  ++entry->count;
  if (failCountdown > 0 && (failName.empty() || failName == name) && --failCountdown == 0) {
    // Who was told that waiting failed gives memory back all the same: nothing may be left that uses it.
    FakeState::get().drain();
    return failResult;
  }
  if (!needsContext)
    return cuda::success;
  return cuda::currentContexts > 0 ? FakeState::get().sticky : cuda::Result(201); // CUDA_ERROR_INVALID_CONTEXT
}

void FakeCuda::failAt(int64_t countdown, cuda::Result result, const char *name) {
  FakeLock lock;
  failCountdown = countdown;
  failResult = result;
  failName = name;
}

uint64_t FakeCuda::calls(const char *name) const {
  uint64_t sum = 0;
  for (const CallCount &entry : callCounts)
    if (entry.name && (!*name || std::strcmp(entry.name, name) == 0))
      sum += entry.count;
  return sum;
}

void FakeCuda::reset() {
  FakeCuda defaults;
  version = defaults.version;
  devices = defaults.devices;
  major = defaults.major;
  minor = defaults.minor;
  multiprocessors = defaults.multiprocessors;
  sharedMemory = defaults.sharedMemory;
  capacity = defaults.capacity;
  missing = faulting = hanging = "";
  memoryOrdinal = 0;
  launched.clear();
  launched.reserve(1000); // nothing allocates later
  failAt(0, cuda::success);
  for (CallCount &entry : callCounts)
    entry.count = 0;
  FakeState::get().forget();
  live = 0;
}
