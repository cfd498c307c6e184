// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Times of single kernels by events around them. They are read when the run is done, so that the host does not hold up the device.
#include "runtime/cuda/CudaStream.h"

#include <ctime>

using namespace tenon::runtime;

static uint64_t nanoseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return uint64_t(now.tv_sec) * 1000000000u + uint64_t(now.tv_nsec);
}

Status CudaStream::launchTimed(const LaunchArguments &arguments) {
  cuda::StreamHandle stream;
  TENON_TRY(select(stream));
  if (!timeOrigin)
    TENON_TRY(check(driver.cuEventCreate(&timeOrigin, 0), "making an event"));
  if (numTimed == 0) {
    // The host's clock is read when the device is idle, else the event's time would be later.
    TENON_TRY(check(driver.cuStreamSynchronize(stream), "waiting for kernels"));
    originNanos = nanoseconds();
    TENON_TRY(check(driver.cuEventRecord(timeOrigin, stream), "timing a kernel"));
  }
  if (numTimed == timed.size()) {
    Timed entry = {nullptr, nullptr};
    TENON_TRY(check(driver.cuEventCreate(&entry.start, 0), "making an event"));
    timed.push_back(entry);
    TENON_TRY(check(driver.cuEventCreate(&timed.back().end, 0), "making an event"));
  }
  const Timed &entry = timed[numTimed++];
  TENON_TRY(check(driver.cuEventRecord(entry.start, stream), "timing a kernel"));
  TENON_TRY(enqueueKernel(arguments));
  TENON_TRY(check(driver.cuEventRecord(entry.end, stream), "timing a kernel"));
  return watch();
}

Status CudaStream::takeTimes(bool all, std::vector<LaunchTime> &times) {
  times.clear();
  if (!all || numTimed == 0)
    return Status();
  size_t count = numTimed;
  numTimed = 0;
  cuda::StreamHandle stream;
  TENON_TRY(select(stream));
  TENON_TRY(check(driver.cuStreamSynchronize(stream), "waiting for kernels"));
  ++counts.waits;
  for (size_t i = 0; i < count; ++i) {
    float before = 0, during = 0; // milliseconds
    TENON_TRY(check(driver.cuEventElapsedTime(&before, timeOrigin, timed[i].start), "reading a kernel's time"));
    TENON_TRY(check(driver.cuEventElapsedTime(&during, timed[i].start, timed[i].end), "reading a kernel's time"));
    times.push_back({originNanos + uint64_t(double(before) * 1e6), uint64_t(double(during) * 1e6)});
  }
  return Status();
}
