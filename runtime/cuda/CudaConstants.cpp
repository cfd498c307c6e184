// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The upload: two chunks of page-locked memory, one being filled and hashed while the other is on its way.
#include "runtime/cuda/CudaConstants.h"

#include "runtime/engine/Image.h"

#include <algorithm>
#include <cinttypes>
#include <cstring>

using namespace tenon::runtime;

/// Hashing takes longer than the transfer, so larger chunks would win nothing.
static constexpr uint64_t kChunk = 4u << 20;
/// Copied and then hashed while it is in the processor's cache.
static constexpr uint64_t kPiece = 128u << 10;

namespace {
/// What an upload needs besides its target.
struct Staging {
  explicit Staging(CudaDevice &device) : device(device) {}
  Staging(const Staging &) = delete;
  Staging &operator=(const Staging &) = delete;
  ~Staging();
  Status open(uint64_t chunk);

  CudaDevice &device;
  cuda::StreamHandle stream = nullptr;
  void *memory[2] = {nullptr, nullptr};
  cuda::Event done[2] = {nullptr, nullptr};
};
} // namespace

Status Staging::open(uint64_t chunk) {
  const cuda::Driver &driver = device.getDriver();
  TENON_TRY(device.check(driver.cuStreamCreate(&stream, cuda::kStreamNonBlocking), "making a stream"));
  for (int i = 0; i < 2; ++i) {
    TENON_TRY(device.check(driver.cuMemHostAlloc(&memory[i], chunk, 0), "allocating page-locked memory"));
    TENON_TRY(device.check(driver.cuEventCreate(&done[i], cuda::kEventDisableTiming), "making an event"));
  }
  return Status();
}

Staging::~Staging() {
  const cuda::Driver &driver = device.getDriver();
  if (stream)
    driver.cuStreamSynchronize(stream);
  for (int i = 0; i < 2; ++i) {
    if (done[i])
      driver.cuEventDestroy(done[i]);
    if (memory[i])
      driver.cuMemFreeHost(memory[i]);
  }
  if (stream)
    driver.cuStreamDestroy(stream);
}

Status CudaConstants::upload(const uint8_t *bytes, uint64_t size, const uint8_t *hash) {
  const cuda::Driver &driver = device.getDriver();
  cuda::DeviceAddress address = 0;
  cuda::Result allocated = driver.cuMemAlloc(&address, std::max<uint64_t>(size, 1));
  if (allocated == cuda::outOfMemory)
    return makeError(TENON_OUT_OF_MEMORY, "out of device memory: %" PRIu64 " bytes of constants", size);
  TENON_TRY(device.check(allocated, "allocating memory for constants"));
  data = reinterpret_cast<const char *>(address);
  Staging staging(device);
  TENON_TRY(staging.open(std::clamp<uint64_t>(size, 1, kChunk)));
  engine::Hasher hasher;
  int slot = 0;
  for (uint64_t offset = 0; offset < size; offset += kChunk, slot ^= 1) {
    uint64_t length = std::min(kChunk, size - offset);
    if (offset >= 2 * kChunk)
      TENON_TRY(device.check(driver.cuEventSynchronize(staging.done[slot]), "uploading constants"));
    auto *chunk = static_cast<uint8_t *>(staging.memory[slot]);
    for (uint64_t at = 0; at < length; at += kPiece) {
      uint64_t piece = std::min(kPiece, length - at);
      std::memcpy(chunk + at, bytes + offset + at, piece);
      hasher.update(chunk + at, piece);
    }
    TENON_TRY(device.check(driver.cuMemcpyHtoDAsync(address + offset, chunk, length, staging.stream), "uploading constants"));
    TENON_TRY(device.check(driver.cuEventRecord(staging.done[slot], staging.stream), "uploading constants"));
  }
  TENON_TRY(device.check(driver.cuStreamSynchronize(staging.stream), "uploading constants"));
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
