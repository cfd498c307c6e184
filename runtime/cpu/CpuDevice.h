// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The CPU as a device.
#ifndef TENON_RUNTIME_CPU_CPUDEVICE_H
#define TENON_RUNTIME_CPU_CPUDEVICE_H

#include "runtime/cpu/ThreadPool.h"
#include "runtime/device/Device.h"

namespace tenon::runtime {

class CpuDevice : public Device {
public:
  /// `threads` and `spinMicros` of 0 choose the defaults.
  CpuDevice(uint32_t threads, uint32_t spinMicros);

  tenon_device_kind getKind() const override { return TENON_CPU; }
  Status describe(tenon_device_info &info) const override;
  bool canRun(const char *arch, const std::vector<const char *> &features, std::string &reason) const override;
  Status loadCode(const uint8_t *bytes, uint64_t size, const uint8_t *hash, std::unique_ptr<Code> &code) override;
  Status loadConstants(const uint8_t *bytes, uint64_t size, const uint8_t *hash, std::unique_ptr<Constants> &constants) override;
  Status createStream(std::unique_ptr<Stream> &stream) override;
  Status sizeScratch(const void *entry, int64_t scratch, int64_t workgroups, int64_t &bytes) const override;
  uint32_t getParallelism() const override { return pool.getThreads(); }
  Status wait(void *) override { return Status(); }
  Status allocate(size_t bytes, void *&memory) override;
  void free(void *memory) override;
  Status copy(void *to, tenon_memory toMemory, const void *from, tenon_memory fromMemory, size_t bytes) override;

private:
  ThreadPool pool;
};

/// As CpuDevice::canRun, without a device and its threads.
bool canRunOnCpu(const char *arch, const std::vector<const char *> &features, std::string &reason);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_CPUDEVICE_H
