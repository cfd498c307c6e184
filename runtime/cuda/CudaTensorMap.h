// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Descriptors of tile copies as the driver encodes them.
#ifndef TENON_RUNTIME_CUDA_CUDATENSORMAP_H
#define TENON_RUNTIME_CUDA_CUDATENSORMAP_H

#include "runtime/cuda/CudaDevice.h"
#include "runtime/device/TensorMap.h"

namespace tenon::runtime {

/// Of a CUtensorMap, which kernels take by value.
inline constexpr size_t kTensorMapBytes = 128, kMapWords = kTensorMapBytes / sizeof(uint64_t);

/// Writes the kTensorMapBytes of `map` over memory at `address` to `encoded`, of any alignment. The sizes were checked.
Status encodeTensorMap(CudaDevice &device, const TensorMap &map, const int64_t *scalars, cuda::DeviceAddress address, void *encoded);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CUDA_CUDATENSORMAP_H
