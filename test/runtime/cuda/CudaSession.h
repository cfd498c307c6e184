// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The fixture of the CUDA tests: a fake driver with defaults before each, nothing left over after it.
#ifndef TENON_TEST_RUNTIME_CUDA_CUDASESSION_H
#define TENON_TEST_RUNTIME_CUDA_CUDASESSION_H

#include "test/runtime/Session.h"
#include "test/runtime/cuda/FakeCuda.h"

namespace tenon::test {

/// Makes a CPU test engine one for the fake driver's device.
inline EngineBuilder forCuda(EngineBuilder builder, const char *arch = "sm_90", fb::ScratchSpace space = fb::ScratchSpace::any) {
  builder.useCuda(arch);
  for (std::unique_ptr<fb::KernelT> &kernel : builder.target().kernels)
    kernel->scratch_space = space;
  builder.segments[0] = fakeModule();
  return builder;
}

inline tenon_device *openCuda(uint32_t watchdogMillis = 0) {
  tenon_device_options options = {};
  options.size = sizeof(options);
  options.kind = TENON_CUDA;
  options.watchdog_millis = watchdogMillis;
  tenon_device *device = nullptr;
  expectOk(tenon_device_create(&options, &device));
  return device;
}

inline tenon_context_stats statsOf(tenon_context *context) {
  tenon_context_stats stats = {};
  stats.size = sizeof(stats);
  expectOk(tenon_context_get_stats(context, &stats));
  return stats;
}

class CudaTest : public testing::Test {
protected:
  void SetUp() override { fake.reset(); }
  void TearDown() override {
    if (isLost)
      return; // what a lost device held is not released
    EXPECT_EQ(fake.liveObjects(), 0);
  }

  /// Memory with i32 values, released with the test.
  struct DeviceInts {
    explicit DeviceInts(const std::vector<int32_t> &values) : bytes(values.size() * 4), memory(FakeCuda::get().allocate(bytes)) {
      FakeCuda::get().poke(memory, values.data(), bytes);
    }
    DeviceInts(const DeviceInts &) = delete;
    DeviceInts &operator=(const DeviceInts &) = delete;
    ~DeviceInts() { FakeCuda::get().free(memory); }
    std::vector<int32_t> read() const {
      std::vector<int32_t> values(bytes / 4);
      FakeCuda::get().peek(memory, values.data(), bytes);
      return values;
    }
    size_t bytes;
    void *memory;
  };

  /// Binds an input to i32 values in device memory.
  static tenon_status *bindDevice(tenon_context *context, size_t input, const DeviceInts &ints, size_t offset = 0) {
    int64_t dims[] = {int64_t((ints.bytes - offset) / 4)};
    tenon_tensor tensor = {sizeof(tensor), static_cast<char *>(ints.memory) + offset, ints.bytes - offset, TENON_I32, 1, dims, nullptr,
                           TENON_DEVICE};
    return tenon_context_bind_input(context, input, &tensor);
  }

  FakeCuda &fake = FakeCuda::get();
  bool isLost = false;
};

} // namespace tenon::test

#endif // TENON_TEST_RUNTIME_CUDA_CUDASESSION_H
