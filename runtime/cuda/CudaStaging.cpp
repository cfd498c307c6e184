// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cuda/CudaStaging.h"

#include <algorithm>
#include <cstring>
#include <utility>

using namespace tenon::runtime;

Status CopyStream::open() { return device.check(device.getDriver().cuStreamCreate(&stream, cuda::kStreamNonBlocking), "making a stream"); }

CopyStream::~CopyStream() {
  if (!stream)
    return;
  device.getDriver().cuStreamSynchronize(stream);
  device.getDriver().cuStreamDestroy(stream);
}

cuda::Result CudaStaging::open(size_t bytes) {
  chunkBytes = bytes;
  for (Chunk &chunk : chunks) {
    if (cuda::Result result = driver.cuMemHostAlloc(&chunk.memory, bytes, 0))
      return result;
    if (cuda::Result result = driver.cuEventCreate(&chunk.done, cuda::kEventDisableTiming))
      return result;
  }
  return cuda::success;
}

CudaStaging::~CudaStaging() {
  CudaTeardown scope(device);
  if (!scope)
    return;
  for (Chunk &chunk : chunks) {
    wait(chunk);
    if (chunk.done)
      driver.cuEventDestroy(chunk.done);
    if (chunk.memory)
      driver.cuMemFreeHost(chunk.memory);
  }
}

cuda::Result CudaStaging::wait(Chunk &chunk) {
  bool wasUnderWay = std::exchange(chunk.isUnderWay, false);
  return wasUnderWay ? driver.cuEventSynchronize(chunk.done) : cuda::success;
}

cuda::Result CudaStaging::record(Chunk &chunk, cuda::StreamHandle stream) {
  chunk.isUnderWay = true;
  return driver.cuEventRecord(chunk.done, stream);
}

cuda::Result CudaStaging::take(uint8_t *&memory) {
  memory = static_cast<uint8_t *>(chunks[next].memory);
  return wait(chunks[next]);
}

cuda::Result CudaStaging::send(cuda::DeviceAddress to, size_t bytes, cuda::StreamHandle stream) {
  Chunk &chunk = chunks[next];
  next ^= 1;
  if (cuda::Result result = driver.cuMemcpyHtoDAsync(to, chunk.memory, bytes, stream))
    return result;
  return record(chunk, stream);
}

cuda::Result CudaStaging::fetch(Chunk &chunk, cuda::DeviceAddress from, size_t bytes, cuda::StreamHandle stream) {
  if (cuda::Result result = wait(chunk))
    return result;
  if (cuda::Result result = driver.cuMemcpyDtoHAsync(chunk.memory, from, bytes, stream))
    return result;
  return record(chunk, stream);
}

cuda::Result CudaStaging::upload(cuda::DeviceAddress to, const void *from, size_t bytes, cuda::StreamHandle stream) {
  for (size_t offset = 0; offset < bytes; offset += chunkBytes) {
    size_t length = std::min(chunkBytes, bytes - offset);
    uint8_t *memory;
    if (cuda::Result result = take(memory))
      return result;
    std::memcpy(memory, static_cast<const uint8_t *>(from) + offset, length);
    if (cuda::Result result = send(to + offset, length, stream))
      return result;
  }
  return cuda::success;
}

cuda::Result CudaStaging::download(void *to, cuda::DeviceAddress from, size_t bytes, cuda::StreamHandle stream) {
  auto lengthAt = [&](size_t offset) { return std::min(chunkBytes, bytes - offset); };
  auto chunkAt = [&](size_t offset) -> Chunk & { return chunks[offset / chunkBytes % 2]; };
  if (cuda::Result result = fetch(chunks[0], from, lengthAt(0), stream))
    return result;
  for (size_t offset = 0; offset < bytes; offset += chunkBytes) {
    size_t ahead = offset + chunkBytes;
    if (cuda::Result result = ahead < bytes ? fetch(chunkAt(ahead), from + ahead, lengthAt(ahead), stream) : cuda::success)
      return result;
    if (cuda::Result result = wait(chunkAt(offset)))
      return result;
    std::memcpy(static_cast<char *>(to) + offset, chunkAt(offset).memory, lengthAt(offset));
  }
  return cuda::success;
}
