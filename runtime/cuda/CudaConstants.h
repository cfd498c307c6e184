// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Weights in device memory.
#ifndef TENON_RUNTIME_CUDA_CUDACONSTANTS_H
#define TENON_RUNTIME_CUDA_CUDACONSTANTS_H

#include "runtime/cuda/CudaDevice.h"

namespace tenon::runtime {

class CudaConstants : public Constants {
public:
  /// Uploads through page-locked memory and hashes what is uploaded.
  static Status load(CudaDevice &device, const uint8_t *bytes, uint64_t size, const uint8_t *hash, std::unique_ptr<Constants> &constants);
  ~CudaConstants() override;

private:
  explicit CudaConstants(CudaDevice &device) : Constants(nullptr), hold(device), device(device) {}
  Status upload(const uint8_t *bytes, uint64_t size, const uint8_t *hash);

  DeviceHold hold;
  CudaDevice &device;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CUDA_CUDACONSTANTS_H
