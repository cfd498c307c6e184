// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cpu/CpuStream.h"

#include "runtime/memory/Memory.h"

#include <cstring>
#include <ctime>

using namespace tenon::runtime;

static uint64_t nanoseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return uint64_t(now.tv_sec) * 1000000000u + uint64_t(now.tv_nsec);
}

Status CpuStream::copy(void *to, const void *from, size_t bytes) {
  if (bytes > 0)
    std::memmove(to, from, bytes);
  return Status();
}

Status CpuStream::beginRun(void *stream) {
  return stream ? makeError(TENON_INVALID_ARGUMENT, "tenon_run_options: streams are not supported on the CPU") : Status();
}

tenon_allocator CpuStream::getAllocator() { return hostAllocator(); }

Status CpuStream::launchTimed(const LaunchArguments &arguments) {
  uint64_t start = nanoseconds();
  pool.launch(arguments);
  measured.push_back({start, nanoseconds() - start});
  return Status();
}

Status CpuStream::takeTimes(bool, std::vector<LaunchTime> &times) {
  times.swap(measured);
  measured.clear();
  return Status();
}
