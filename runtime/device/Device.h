// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the interpreter needs of a processor. One implementation for each kind of device; shared by engines through a reference count.
#ifndef TENON_RUNTIME_DEVICE_DEVICE_H
#define TENON_RUNTIME_DEVICE_DEVICE_H

#include "runtime/support/Status.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace tenon::runtime {

/// One launch, resolved. All pointers are borrowed until launch returns.
struct LaunchArguments {
  const void *entry;
  void *const *buffers;
  const int64_t *scalars;
  int64_t grid[3]; // none negative, product at most engine::kMaxGrid
  char *scratch;   // getParallelism() areas of scratchStride bytes each
  size_t scratchStride;
  const volatile int32_t *cancel; // may be NULL; once it is not zero, workgroups that have not begun may be left out
};

/// Machine code of one segment, ready to run. Thread-safe, immutable.
class Code {
public:
  virtual ~Code() = default;
  virtual const void *getEntry(uint64_t offset) const = 0;
};

/// Thread-safe.
class Device {
public:
  virtual ~Device() = default;

  /// Names of `features` that this device lacks, in order.
  virtual std::vector<const char *> findMissingFeatures(const std::vector<const char *> &features) const = 0;
  /// Copies and hashes code; an error if the hash differs from the 32 bytes at `hash`.
  virtual Status loadCode(const uint8_t *bytes, uint64_t size, const uint8_t *hash, std::unique_ptr<Code> &code) = 0;
  /// Runs a whole grid and returns when its writes are visible to the caller. Neither allocates nor locks.
  virtual void launch(const LaunchArguments &arguments) = 0;
  /// Workgroups that may run at once in one launch.
  virtual uint32_t getParallelism() const = 0;

  void retain() { references.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (references.fetch_sub(1, std::memory_order_acq_rel) == 1)
      delete this;
  }

private:
  std::atomic<uint32_t> references{1};
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_DEVICE_DEVICE_H
