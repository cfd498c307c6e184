// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A cubin or PTX text in the device's context, and its kernels.
#ifndef TENON_RUNTIME_CUDA_CUDACODE_H
#define TENON_RUNTIME_CUDA_CUDACODE_H

#include "runtime/cuda/CudaTensorMap.h"

namespace tenon::runtime {

/// What LaunchArguments::entry is on this device. Immutable.
struct CudaKernel {
  cuda::Function function;
  std::string name;
  uint32_t threads;
  bool scratchAnywhere;
  uint32_t maxShared; // bytes of dynamic shared memory that a block may have
  uint32_t maxBlocks; // at once, where scratch is global memory
  uint32_t numBuffers, numScalars, numMaps;
  uint32_t persistentBlocks; // of a launch that needs no more; 0: as many as there are workgroups

  size_t getNumParameters() const { return getNumWords() + numMaps; }
  /// Sets getNumParameters() pointers to the parts of `values`: words, then maps of kMapWords each.
  void pointToParameters(uint64_t *values, void **parameters) const {
    for (size_t i = 0; i < getNumWords(); ++i)
      *parameters++ = values++;
    for (size_t i = 0; i < numMaps; ++i, values += kMapWords)
      *parameters++ = values;
  }
  /// Parameters of 8 bytes: buffers, scalars, and the three that KernelAbi.h adds.
  size_t getNumWords() const { return size_t(numBuffers) + numScalars + 3; }

  static const CudaKernel &of(const void *entry) { return *static_cast<const CudaKernel *>(entry); }
};

class CudaCode : public Code {
public:
  static Status load(CudaDevice &device, const uint8_t *bytes, uint64_t size, const uint8_t *hash, std::unique_ptr<Code> &code);
  ~CudaCode() override;
  Status findKernel(const KernelSpec &spec, const void *&entry) override;

private:
  explicit CudaCode(CudaDevice &device) : hold(device), device(device) {}
  Status setShared(CudaKernel &kernel);
  Status checkParameters(const CudaKernel &kernel);

  DeviceHold hold;
  CudaDevice &device;
  cuda::Module module = nullptr;
  std::vector<std::unique_ptr<CudaKernel>> kernels;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CUDA_CUDACODE_H
