// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the fake driver's files share: queues, memory, the lock. Nothing allocates while work of a known kind is queued and run, so that
// tests can count what the runtime itself allocates.
#ifndef TENON_TEST_RUNTIME_CUDA_FAKESTATE_H
#define TENON_TEST_RUNTIME_CUDA_FAKESTATE_H

#include "runtime/engine/KernelAbi.h"
#include "test/runtime/cuda/FakeCuda.h"

#include <map>
#include <memory>
#include <set>

namespace tenon::test {

struct FakeKernel {
  const char *name;
  tenon_cpu_kernel function;
  unsigned buffers, scalars, maps; // a kernel sees the words of its tensor maps as scalars after its own
  unsigned reach = 1;              // bytes that must be there at each buffer
  unsigned words() const { return buffers + scalars + 3; }
};
/// Of a tensor map.
constexpr unsigned kMapWords = 16;

/// One piece of queued work.
struct FakeWork {
  enum Kind { kernel, deviceCopy, upload, download, writeInt, freeMemory, record, follow } kind;
  cuda::Function function;
  unsigned blocks, sharedBytes;
  uint64_t values[24]; // of a kernel's parameters
  uint64_t to, from;   // addresses of either side
  size_t bytes;
  cuda::Event event;        // record
  cuda::StreamHandle other; // follow: until it has done `sequence`
  uint64_t sequence;
};

} // namespace tenon::test

namespace tenon::runtime::cuda {

struct StreamObject {
  std::vector<test::FakeWork> queue;
  size_t begin = 0;      // work before is done
  uint64_t finished = 0; // works since the stream was made
  uint64_t enqueued = 0;
  bool isAlive = true;
};

struct EventHandle {
  StreamHandle stream;
  uint64_t sequence;
  bool isRecorded;
  uint64_t time; // fake nanoseconds
};

struct FunctionHandle {
  const test::FakeKernel *kernel;
  int maxShared;
};

struct ModuleHandle {
  std::vector<std::unique_ptr<FunctionHandle>> functions;
};

} // namespace tenon::runtime::cuda

namespace tenon::test {

struct FakeState {
  std::atomic<bool> lock{false};
  std::map<uint64_t, size_t> memory; // device allocations: address, bytes
  std::set<std::pair<uint64_t, size_t>> pinned;
  std::vector<std::unique_ptr<cuda::StreamObject>> streams; // kept until `forget`: events refer to them
  std::map<void *, std::shared_ptr<void>> objects;          // all others that the driver made
  cuda::StreamObject legacy;
  size_t used = 0;
  uint64_t clock = 0; // fake nanoseconds
  cuda::Result sticky = cuda::success;
  bool isHanging = false;

  ~FakeState() { forget(); }
  static FakeState &get();

  template <typename T> T *make() {
    auto object = std::make_shared<T>();
    objects[object.get()] = object;
    return object.get();
  }
  void destroy(void *object) { objects.erase(object); }

  cuda::StreamHandle streamOf(cuda::StreamHandle stream);
  void push(cuda::StreamHandle stream, const FakeWork &work);
  /// Runs the stream's work until it has done `sequence` of it.
  cuda::Result run(cuda::StreamHandle stream, uint64_t sequence);
  cuda::Result runAll(cuda::StreamHandle stream) { return run(stream, streamOf(stream)->enqueued); }
  /// Runs all that is queued.
  void drain();
  /// As a new process would find it.
  void forget();
  /// The host's address of device memory; NULL if it is none.
  char *translate(uint64_t address, size_t bytes) const;
  bool isPinned(const void *memory) const;

private:
  cuda::Result execute(FakeWork &work);
  cuda::Result executeKernel(FakeWork &work);
};

/// The work of a launch or a node; an error for what the driver would refuse.
cuda::Result makeKernelWork(const cuda::KernelNodeParams &node, FakeWork &work);

/// Holds the fake's lock: not a mutex, of which tests count the uses.
class FakeLock {
public:
  FakeLock();
  ~FakeLock() { FakeState::get().lock.store(false, std::memory_order_release); }
  FakeLock(const FakeLock &) = delete;
  FakeLock &operator=(const FakeLock &) = delete;
};

} // namespace tenon::test

#endif // TENON_TEST_RUNTIME_CUDA_FAKESTATE_H
