// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where one context's work goes, in order. On the CPU each call is done when it returns; on other devices it may only be under way.
#ifndef TENON_RUNTIME_DEVICE_STREAM_H
#define TENON_RUNTIME_DEVICE_STREAM_H

#include "runtime/device/TensorMap.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace tenon::runtime {

/// One launch, resolved. All pointers are borrowed until launch returns.
struct LaunchArguments {
  const void *entry; // as Code::findKernel gave it
  void *const *buffers;
  const int64_t *scalars; // the kernel's, then the sizes of its maps
  const TensorMap *maps;  // of `buffers`, checked
  uint32_t numMaps;
  bool startsEarly;               // it may start before the kernel ahead of it has ended
  int64_t grid[3];                // none negative, product at most engine::kMaxGrid
  char *scratch;                  // memory of the size that Device::sizeScratch gave; may be NULL if that was 0
  size_t scratchStride;           // bytes of one workgroup, a multiple of 64
  const volatile int32_t *cancel; // may be NULL; once it is not zero, workgroups that have not begun may be left out
};

/// When a launch ran: nanoseconds of CLOCK_MONOTONIC.
struct LaunchTime {
  uint64_t start, duration;
};

/// Launches and copies that were kept to be run again as one. Belongs to the stream that made it.
class Recording {
public:
  virtual ~Recording() = default;
};

/// What a stream counts.
struct StreamCounts {
  uint64_t launches = 0;      // one by one
  uint64_t graphLaunches = 0; // of recordings
  uint64_t graphs = 0;        // recordings made
  uint64_t graphUpdates = 0;  // commands of recordings changed in place
  uint64_t waits = 0;         // the host waited for the device
};

/// Used by one thread at a time.
class Stream {
public:
  virtual ~Stream() = default;

  /// Runs a whole grid. Neither allocates nor locks.
  virtual Status launch(const LaunchArguments &arguments) = 0;
  /// Within the device's memory; the two may overlap only on the CPU.
  virtual Status copy(void *to, const void *from, size_t bytes) = 0;
  /// From host memory. `from` may change as soon as this returns if it is not page-locked.
  virtual Status upload(void *to, const void *from, size_t bytes) = 0;
  /// To host memory, where the bytes are after `wait`.
  virtual Status download(void *to, const void *from, size_t bytes) = 0;
  /// Returns when everything before is done.
  virtual Status wait() = 0;

  /// Begins a run on `stream`, one of the caller's (NULL: this stream's own), after everything before; `endRun` ends it.
  virtual Status beginRun(void *stream) = 0;
  virtual Status endRun() = 0;

  /// Hands out device memory in the order of this stream's work.
  virtual tenon_allocator getAllocator() = 0;
  /// Is `memory` the device's? An error if kernels could not use it.
  virtual Status checkMemory(const void *memory) const = 0;

  /// As launch, and measures it.
  virtual Status launchTimed(const LaunchArguments &arguments) = 0;
  /// Times of launchTimed since the last call, oldest first: those that are known, or with `all` every one.
  virtual Status takeTimes(bool all, std::vector<LaunchTime> &times) = 0;

  /// May what follows be kept in recordings?
  virtual bool canRecord() const { return false; }
  /// Commands from here to endRecording are kept, not run. An old recording of the same commands is changed where they differ.
  virtual Status beginRecording(std::unique_ptr<Recording> &) { return Status(); }
  virtual Status endRecording() { return Status(); }
  /// Ends without a recording: something went wrong.
  virtual void dropRecording() {}
  virtual Status replay(Recording &) { return Status(); }

  const StreamCounts &getCounts() const { return counts; }

protected:
  StreamCounts counts;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_DEVICE_STREAM_H
