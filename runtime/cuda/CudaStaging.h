// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Copies between pageable host memory and the device by way of page-locked memory: the device reads and writes only that by itself.
#ifndef TENON_RUNTIME_CUDA_CUDASTAGING_H
#define TENON_RUNTIME_CUDA_CUDASTAGING_H

#include "runtime/cuda/CudaDevice.h"

namespace tenon::runtime {

/// A stream of its own for copies. Its end waits for them.
class CopyStream {
public:
  explicit CopyStream(CudaDevice &device) : device(device) {}
  CopyStream(const CopyStream &) = delete;
  CopyStream &operator=(const CopyStream &) = delete;
  ~CopyStream();

  Status open();
  cuda::StreamHandle get() const { return stream; }

private:
  CudaDevice &device;
  cuda::StreamHandle stream = nullptr;
};

/// Two chunks of page-locked memory, one being filled or emptied while the other is on its way. Used by one thread at a time, with any
/// streams of the device, which it borrows. Results are the driver's, for the caller to explain.
class CudaStaging {
public:
  explicit CudaStaging(CudaDevice &device) : device(device), driver(device.getDriver()) {}
  CudaStaging(const CudaStaging &) = delete;
  CudaStaging &operator=(const CudaStaging &) = delete;
  ~CudaStaging();

  /// Once, before all else.
  cuda::Result open(size_t chunkBytes);

  /// Memory for the next `send`, once its bytes before are on the device.
  cuda::Result take(uint8_t *&memory);
  /// The first `bytes` of what `take` gave.
  cuda::Result send(cuda::DeviceAddress to, size_t bytes, cuda::StreamHandle stream);

  /// `from` may change when this returns.
  cuda::Result upload(cuda::DeviceAddress to, const void *from, size_t bytes, cuda::StreamHandle stream);
  /// The bytes are there when this returns.
  cuda::Result download(void *to, cuda::DeviceAddress from, size_t bytes, cuda::StreamHandle stream);

private:
  struct Chunk {
    void *memory = nullptr; // owned
    cuda::Event done = nullptr;
    bool isUnderWay = false;
  };
  cuda::Result wait(Chunk &chunk);
  cuda::Result record(Chunk &chunk, cuda::StreamHandle stream);
  cuda::Result fetch(Chunk &chunk, cuda::DeviceAddress from, size_t bytes, cuda::StreamHandle stream);

  CudaDevice &device;
  const cuda::Driver &driver;
  size_t chunkBytes = 0;
  Chunk chunks[2];
  unsigned next = 0;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CUDA_CUDASTAGING_H
