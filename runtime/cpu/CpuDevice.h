// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The CPU as a device.
#ifndef TENON_RUNTIME_CPU_CPUDEVICE_H
#define TENON_RUNTIME_CPU_CPUDEVICE_H

#include "runtime/cpu/ThreadPool.h"

namespace tenon::runtime {

class CpuDevice : public Device {
public:
  /// `threads` and `spinMicros` of 0 choose the defaults.
  CpuDevice(uint32_t threads, uint32_t spinMicros);

  std::vector<const char *> findMissingFeatures(const std::vector<const char *> &features) const override;
  Status loadCode(const uint8_t *bytes, uint64_t size, const uint8_t *hash, std::unique_ptr<Code> &code) override;
  void launch(const LaunchArguments &arguments) override { pool.launch(arguments); }
  uint32_t getParallelism() const override { return pool.getThreads(); }

private:
  ThreadPool pool;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_CPUDEVICE_H
