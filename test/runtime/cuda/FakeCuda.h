// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A CUDA driver for machines without a GPU: libcuda.so.1 over host memory. Device addresses are none that the host can read, so that code
// which touches device memory on the host dies. Work is queued and runs when somebody waits for it, as late as it may, so that a missing
// wait or a missing order between streams gives wrong results. Kernels are those of Kernels.h, by name. This is the part that tests steer.
#ifndef TENON_TEST_RUNTIME_CUDA_FAKECUDA_H
#define TENON_TEST_RUNTIME_CUDA_FAKECUDA_H

#include "runtime/cuda/Api.h"

#include <atomic>
#include <string>
#include <vector>

namespace tenon::test {

namespace cuda = tenon::runtime::cuda;

class FakeCuda {
public:
  static FakeCuda &get();

  // What the driver is; reset to this by `reset`.
  int version = 13000;
  int devices = 1;
  int major = 9, minor = 0;
  int multiprocessors = 4;
  int sharedMemory = 227 << 10;
  size_t capacity = size_t(1) << 30; // bytes of device memory
  const char *missing = "";          // a function that it lacks
  const char *faulting = "";         // a kernel that reads where nothing is
  const char *hanging = "";          // a kernel that does not end
  int memoryOrdinal = 0;             // which device all memory is of

  /// The `countdown`-th call from now on (1: the next) fails, of the function `name` or of any if that is empty. 0: none.
  void failAt(int64_t countdown, cuda::Result result, const char *name = "");
  /// Defaults again; forgets a fault. All objects must have been released.
  void reset();
  /// Calls so far, of the function `name` or of all.
  uint64_t calls(const char *name = "") const;
  /// Streams, events, modules, graphs, allocations and retained contexts that nobody released.
  int64_t liveObjects() const { return live.load(); }
  unsigned lastBlocks = 0;            // of the kernel that ran last
  unsigned programmaticEdges = 0;     // of all graphs
  std::vector<const char *> launched; // the first kernels, in the order in which they ran

  // As an application beside the runtime would use the device.
  void *createStream();
  void destroyStream(void *stream);
  /// Lets a kernel of the application write `value` to an i32, in the stream.
  void writeInt(void *stream, void *address, int32_t value);
  void synchronize(void *stream);
  void *allocate(size_t bytes);
  void free(void *memory);
  /// Reads and writes device memory at once, as a debugger would.
  void peek(const void *memory, void *to, size_t bytes);
  void poke(void *memory, const void *from, size_t bytes);

  // For the driver's functions.
  cuda::Result enter(const char *name, bool needsContext);
  std::atomic<int64_t> live{0};

private:
  int64_t failCountdown = 0;
  cuda::Result failResult = cuda::success;
  std::string failName;
};

/// The one image that the fake driver loads; the kernels of Kernels.h are in it.
inline constexpr char kFakeModule[] = "a module of the fake driver";
inline std::vector<uint8_t> fakeModule() { return std::vector<uint8_t>(kFakeModule, kFakeModule + sizeof(kFakeModule) - 1); }

} // namespace tenon::test

#endif // TENON_TEST_RUNTIME_CUDA_FAKECUDA_H
