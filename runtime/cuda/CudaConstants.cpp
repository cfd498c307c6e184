// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cuda/CudaConstants.h"

#include "runtime/cuda/CudaStaging.h"
#include "runtime/engine/Image.h"

#include <algorithm>
#include <cinttypes>
#include <cstring>

using namespace tenon::runtime;

/// Hashing takes longer than the transfer, so larger chunks would win nothing.
static constexpr uint64_t kChunk = 4u << 20;
/// Copied and then hashed while it is in the processor's cache.
static constexpr uint64_t kPiece = 128u << 10;

Status CudaConstants::upload(const uint8_t *bytes, uint64_t size, const uint8_t *hash) {
  const cuda::Driver &driver = device.getDriver();
  cuda::DeviceAddress address = 0;
  cuda::Result allocated = driver.cuMemAlloc(&address, std::max<uint64_t>(size, 1));
  if (allocated == cuda::outOfMemory)
    return makeError(TENON_OUT_OF_MEMORY, "out of device memory: %" PRIu64 " bytes of constants", size);
  TENON_TRY(device.check(allocated, "allocating memory for constants"));
  data = reinterpret_cast<const char *>(address);
  CopyStream stream(device);
  CudaStaging staging(device);
  TENON_TRY(stream.open());
  TENON_TRY(device.check(staging.open(std::clamp<uint64_t>(size, 1, kChunk)), "allocating page-locked memory"));
  engine::Hasher hasher;
  for (uint64_t offset = 0; offset < size; offset += kChunk) {
    uint64_t length = std::min(kChunk, size - offset);
    uint8_t *chunk;
    TENON_TRY(device.check(staging.take(chunk), "uploading constants"));
    for (uint64_t at = 0; at < length; at += kPiece) {
      uint64_t piece = std::min(kPiece, length - at);
      std::memcpy(chunk + at, bytes + offset + at, piece);
      hasher.update(chunk + at, piece);
    }
    TENON_TRY(device.check(staging.send(address + offset, length, stream.get()), "uploading constants"));
  }
  TENON_TRY(device.check(driver.cuStreamSynchronize(stream.get()), "uploading constants"));
  return checkDigest(hasher.finish(), hash, "constants", size);
}

Status CudaConstants::load(CudaDevice &device, const uint8_t *bytes, uint64_t size, const uint8_t *hash,
                           std::unique_ptr<Constants> &constants) {
  std::unique_ptr<CudaConstants> made(new CudaConstants(device));
  TENON_TRY(made->upload(bytes, size, hash));
  constants = std::move(made);
  return Status();
}

CudaConstants::~CudaConstants() {
  if (!data)
    return;
  if (CudaTeardown scope{device})
    device.getDriver().cuMemFree(reinterpret_cast<cuda::DeviceAddress>(data));
}
