// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The CPU's stream: everything is done when a call returns.
#ifndef TENON_RUNTIME_CPU_CPUSTREAM_H
#define TENON_RUNTIME_CPU_CPUSTREAM_H

#include "runtime/cpu/ThreadPool.h"

namespace tenon::runtime {

class CpuStream : public Stream {
public:
  /// Borrows the pool.
  explicit CpuStream(ThreadPool &pool) : pool(pool) {}

  Status launch(const LaunchArguments &arguments) override {
    pool.launch(arguments);
    return Status();
  }
  Status copy(void *to, const void *from, size_t bytes) override;
  Status upload(void *to, const void *from, size_t bytes) override { return copy(to, from, bytes); }
  Status download(void *to, const void *from, size_t bytes) override { return copy(to, from, bytes); }
  Status wait() override { return Status(); }
  Status beginRun(void *stream) override;
  Status endRun() override { return Status(); }
  tenon_allocator getAllocator() override;
  Status checkMemory(const void *) const override { return Status(); }
  Status launchTimed(const LaunchArguments &arguments) override;
  Status takeTimes(bool all, std::vector<LaunchTime> &times) override;

private:
  ThreadPool &pool;
  std::vector<LaunchTime> measured;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_CPUSTREAM_H
