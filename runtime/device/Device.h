// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the runtime needs of a processor. One implementation for each kind of device; shared by engines through a reference count.
#ifndef TENON_RUNTIME_DEVICE_DEVICE_H
#define TENON_RUNTIME_DEVICE_DEVICE_H

#include "runtime/device/Stream.h"

#include <atomic>
#include <string>
#include <vector>

namespace tenon::runtime {

/// A kernel as the engine declares it; its name is borrowed.
struct KernelSpec {
  const char *name;
  uint64_t entry; // CPU: byte offset in the code
  uint32_t threads;
  bool scratchAnywhere; // CUDA: scratch may be global memory
  uint32_t numBuffers, numScalars, numMaps;
  uint32_t cluster;  // CUDA: blocks of a cluster, at least 1
  bool isPersistent; // CUDA: a block for each multiprocessor is enough
};

/// Machine code of one segment, ready to run. Thread-safe once its kernels were found.
class Code {
public:
  virtual ~Code() = default;
  /// What LaunchArguments::entry is for the kernel; valid as long as this.
  virtual Status findKernel(const KernelSpec &spec, const void *&entry) = 0;
};

/// A segment of constants where kernels can read it. Thread-safe, immutable.
class Constants {
public:
  explicit Constants(const char *data) : data(data) {}
  virtual ~Constants() = default;
  const char *getData() const { return data; }

protected:
  const char *data;
};

/// Thread-safe.
class Device {
public:
  virtual ~Device() = default;

  virtual tenon_device_kind getKind() const = 0;
  /// Kernels read and write the host's memory.
  bool isHost() const { return getKind() == TENON_CPU; }
  /// Fills name, arch, memory and the like.
  virtual Status describe(tenon_device_info &info) const = 0;
  /// True if the device runs code for `arch` that needs `features`; else `reason` says what is missing.
  virtual bool canRun(const char *arch, const std::vector<const char *> &features, std::string &reason) const = 0;
  /// Copies and hashes code; an error if the hash differs from the 32 bytes at `hash`.
  virtual Status loadCode(const uint8_t *bytes, uint64_t size, const uint8_t *hash, std::unique_ptr<Code> &code) = 0;
  /// Hashes constants likewise. `bytes` outlives the result.
  virtual Status loadConstants(const uint8_t *bytes, uint64_t size, const uint8_t *hash, std::unique_ptr<Constants> &constants) = 0;
  virtual Status createStream(std::unique_ptr<Stream> &stream) = 0;
  /// Memory that all launches with this entry and grid share for scratch of `scratch` bytes a workgroup; none negative.
  virtual Status sizeScratch(const void *entry, int64_t scratch, int64_t workgroups, int64_t &bytes) const = 0;
  /// Workgroups that may run at once in one launch.
  virtual uint32_t getParallelism() const = 0;

  /// Around every use from outside, on the calling thread. An error if the device can do nothing any more.
  virtual Status enter() { return Status(); }
  virtual void leave() {}
  /// Success, or why the device can do nothing any more.
  virtual Status getLoss() const { return Status(); }
  /// The error of an allocation that failed: what was it for?
  Status makeMemoryError(int64_t bytes, const char *purpose) const;

  /// Until what is in a caller's stream is done.
  virtual Status wait(void *stream) = 0;
  // For callers without a library of their own for this device; each waits until it is done.
  virtual Status allocate(size_t bytes, void *&memory) = 0;
  virtual void free(void *memory) = 0;
  virtual Status copy(void *to, tenon_memory toMemory, const void *from, tenon_memory fromMemory, size_t bytes) = 0;

  void retain() { references.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (references.fetch_sub(1, std::memory_order_acq_rel) == 1)
      delete this;
  }

private:
  std::atomic<uint32_t> references{1};
};

/// One reference to a device.
class DeviceHold {
public:
  explicit DeviceHold(Device &device) : device(device) { device.retain(); }
  DeviceHold(const DeviceHold &) = delete;
  DeviceHold &operator=(const DeviceHold &) = delete;
  ~DeviceHold() { device.release(); }
  Device &get() const { return device; }

private:
  Device &device;
};

/// Enters a device and leaves it; holds it meanwhile.
class DeviceScope {
public:
  explicit DeviceScope(Device &device) : hold(device), status(device.enter()), isInside(!status) {}
  DeviceScope(const DeviceScope &) = delete;
  DeviceScope &operator=(const DeviceScope &) = delete;
  ~DeviceScope() {
    if (isInside)
      hold.get().leave();
  }
  /// Once: the error of entering.
  Status takeStatus() { return std::move(status); }

private:
  DeviceHold hold;
  Status status;
  bool isInside;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_DEVICE_DEVICE_H
