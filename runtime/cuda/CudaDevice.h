// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A CUDA device: the driver's primary context, which other libraries of the process share, and what a fault makes of it.
#ifndef TENON_RUNTIME_CUDA_CUDADEVICE_H
#define TENON_RUNTIME_CUDA_CUDADEVICE_H

#include "runtime/cuda/Driver.h"
#include "runtime/device/Device.h"

namespace tenon::runtime {

class CudaDevice : public Device {
public:
  static Status create(const tenon_device_options &options, Device *&device);
  ~CudaDevice() override;

  tenon_device_kind getKind() const override { return TENON_CUDA; }
  Status describe(tenon_device_info &info) const override;
  bool canRun(const char *arch, const std::vector<const char *> &features, std::string &reason) const override;
  Status loadCode(const uint8_t *bytes, uint64_t size, const uint8_t *hash, std::unique_ptr<Code> &code) override;
  Status loadConstants(const uint8_t *bytes, uint64_t size, const uint8_t *hash, std::unique_ptr<Constants> &constants) override;
  Status createStream(std::unique_ptr<Stream> &stream) override;
  Status sizeScratch(const void *entry, int64_t scratch, int64_t workgroups, int64_t &bytes) const override;
  uint32_t getParallelism() const override { return multiprocessors; }
  Status enter() override;
  void leave() override;
  Status getLoss() const override;
  Status wait(void *stream) override;
  Status allocate(size_t bytes, void *&memory) override;
  void free(void *memory) override;
  Status copy(void *to, tenon_memory toMemory, const void *from, tenon_memory fromMemory, size_t bytes) override;

  const cuda::Driver &getDriver() const { return *driver; }
  cuda::Context getContext() const { return context; }
  int getOrdinal() const { return ordinal; }
  uint32_t getSharedMemory() const { return sharedMemory; }
  uint32_t getWatchdogMillis() const { return watchdogMillis; }

  /// Success, or the error of a driver call; `what` was tried. A fault that leaves the context unusable loses the device.
  Status check(cuda::Result result, const char *what) { return result == cuda::success ? Status() : fail(result, what); }
  /// `cause` ended all use of the device. Returns its error.
  Status lose(const char *cause);
  /// A kernel does not end: calls that wait for it must not be made, not even to tidy up.
  void setHung() { hung.store(true); }
  bool isHung() const { return hung.load(std::memory_order_relaxed); }

private:
  CudaDevice() = default;
  Status open(const tenon_device_options &options);
  Status fail(cuda::Result result, const char *what);

  std::shared_ptr<const cuda::Driver> driver;
  cuda::DeviceNumber number = 0;
  cuda::Context context = nullptr;
  int ordinal = 0, major = 0, minor = 0;
  uint32_t multiprocessors = 0;
  uint32_t sharedMemory = 0; // the most that a block may have
  uint32_t watchdogMillis = 0;
  char name[128] = "", arch[16] = "";

  enum Loss : int { none, being, whole };
  std::atomic<int> loss{none};
  char lossCause[400] = ""; // once `loss` is whole
  std::atomic<bool> hung{false};
};

/// Makes the device's context current to release something, also on a lost device; not usable on one that hangs.
class CudaTeardown {
public:
  explicit CudaTeardown(const CudaDevice &device);
  CudaTeardown(const CudaTeardown &) = delete;
  CudaTeardown &operator=(const CudaTeardown &) = delete;
  ~CudaTeardown();
  explicit operator bool() const { return isUsable; }

private:
  const cuda::Driver &driver;
  bool isUsable;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CUDA_CUDADEVICE_H
