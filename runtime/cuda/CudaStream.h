// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One context's work on a CUDA device. It has a stream of its own, for memory, copies between runs, and runs without a stream of the
// caller's. A run in a caller's stream follows what the own stream has, and what comes after it in any stream follows it: events order the
// two, never the host.
#ifndef TENON_RUNTIME_CUDA_CUDASTREAM_H
#define TENON_RUNTIME_CUDA_CUDASTREAM_H

#include "runtime/cuda/CudaGraph.h"

namespace tenon::runtime {

class CudaStream : public Stream {
public:
  static Status create(CudaDevice &device, std::unique_ptr<Stream> &stream);
  ~CudaStream() override;

  Status launch(const LaunchArguments &arguments) override;
  Status copy(void *to, const void *from, size_t bytes) override;
  Status upload(void *to, const void *from, size_t bytes) override;
  Status download(void *to, const void *from, size_t bytes) override;
  Status wait() override;
  Status beginRun(void *stream) override;
  Status endRun() override;
  tenon_allocator getAllocator() override;
  Status checkMemory(const void *memory) const override;
  Status launchTimed(const LaunchArguments &arguments) override;
  Status takeTimes(bool all, std::vector<LaunchTime> &times) override;
  bool canRecord() const override { return device.getWatchdogMillis() == 0; }
  Status beginRecording(std::unique_ptr<Recording> &recording) override;
  Status endRecording() override;
  void dropRecording() override { recording = nullptr; }
  Status replay(Recording &recording) override;

private:
  explicit CudaStream(CudaDevice &device);
  Status open();
  Status enqueueKernel(const LaunchArguments &arguments);
  /// The stream for the next command.
  Status select(cuda::StreamHandle &stream);
  Status check(cuda::Result result, const char *what);
  Status waitForEvent(cuda::Event event, const char *what);
  Status watch();
  void *allocate(size_t bytes);
  void release(void *memory);

  DeviceHold hold;
  CudaDevice &device;
  const cuda::Driver &driver;
  cuda::StreamHandle own = nullptr;
  cuda::StreamHandle caller = nullptr; // of the run that is being enqueued, else NULL
  cuda::Event ownReached = nullptr;    // what `own` has when a run in a caller's stream begins
  cuda::Event runEnded = nullptr;      // the end of the last run in a caller's stream
  bool isOwnAhead = false;             // `own` has work that a caller's stream must wait for
  bool isRunAhead = false;             // `runEnded` was recorded, and `own` does not wait for it yet

  std::vector<uint64_t> values; // of the parameters of one launch
  std::vector<void *> parameters;
  const CudaKernel *lastKernel = nullptr; // enqueued
  CudaGraph *recording = nullptr;         // borrowed while commands go there

  struct Timed {
    cuda::Event start, end;
  };
  std::vector<Timed> timed; // events are kept for the next run
  size_t numTimed = 0;
  cuda::Event timeOrigin = nullptr;
  uint64_t originNanos = 0; // CLOCK_MONOTONIC when timeOrigin was recorded
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CUDA_CUDASTREAM_H
