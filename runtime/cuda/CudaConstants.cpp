// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The upload: a ring of pieces in page-locked memory. Workers copy and hash pieces, the calling thread sends them on their way in order.
#include "runtime/cuda/CudaConstants.h"

#include "runtime/engine/Image.h"
#include "runtime/support/Workers.h"

#include <cinttypes>
#include <condition_variable>
#include <cstring>
#include <mutex>

using namespace tenon::runtime;
using tenon::engine::kHashPiece;
using tenon::engine::SegmentHash;

/// Pieces in the ring: enough for all workers while some are on their way. Page-locking takes 0.4 ms a MiB.
static constexpr size_t kRing = 8;

namespace {

/// What an upload needs besides its target.
struct Staging {
  explicit Staging(CudaDevice &device) : device(device) {}
  Staging(const Staging &) = delete;
  Staging &operator=(const Staging &) = delete;
  ~Staging();
  Status open(size_t pieces);
  uint8_t *at(size_t piece) const { return static_cast<uint8_t *>(memory) + piece % kRing * kHashPiece; }

  CudaDevice &device;
  cuda::StreamHandle stream = nullptr;
  void *memory = nullptr;
  cuda::Event sent[kRing] = {};
};

/// Who fills which piece of the ring, and when.
class PieceQueue {
public:
  PieceQueue(const uint8_t *bytes, SegmentHash &hash, const Staging &staging)
      : bytes(bytes), hash(hash), staging(staging), isFilled(hash.getNumPieces()) {}

  /// Fills pieces until none is left or `end`. For workers.
  void fillAll();
  /// Waits until `piece` is filled, or fills it if nobody has begun to.
  void await(size_t piece);
  /// The first `pieces` pieces are on the device: their places are free.
  void setSent(size_t pieces);
  void end();

private:
  void fill(size_t piece, std::unique_lock<std::mutex> &lock);

  const uint8_t *bytes;
  SegmentHash &hash;
  const Staging &staging;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<bool> isFilled;
  size_t taken = 0, sent = 0; // pieces that someone fills or has filled; that are on the device
  bool isEnded = false;
};

/// Ends a queue, so that its workers can be joined.
struct QueueEnd {
  PieceQueue &queue;
  ~QueueEnd() { queue.end(); }
};

} // namespace

Status Staging::open(size_t pieces) {
  const cuda::Driver &driver = device.getDriver();
  size_t places = std::clamp<size_t>(pieces, 1, kRing);
  TENON_TRY(device.check(driver.cuStreamCreate(&stream, cuda::kStreamNonBlocking), "making a stream"));
  TENON_TRY(device.check(driver.cuMemHostAlloc(&memory, places * kHashPiece, 0), "allocating page-locked memory"));
  for (size_t i = 0; i < places; ++i)
    TENON_TRY(device.check(driver.cuEventCreate(&sent[i], cuda::kEventDisableTiming), "making an event"));
  return Status();
}

Staging::~Staging() {
  const cuda::Driver &driver = device.getDriver();
  if (stream)
    driver.cuStreamSynchronize(stream);
  for (cuda::Event event : sent)
    if (event)
      driver.cuEventDestroy(event);
  if (memory)
    driver.cuMemFreeHost(memory);
  if (stream)
    driver.cuStreamDestroy(stream);
}

void PieceQueue::fill(size_t piece, std::unique_lock<std::mutex> &lock) {
  lock.unlock();
  uint8_t *place = staging.at(piece);
  // What is hashed is what is sent, whatever becomes of a mapped file meanwhile.
  std::memcpy(place, bytes + SegmentHash::getOffset(piece), hash.getLength(piece));
  hash.setPiece(piece, place);
  lock.lock();
  isFilled[piece] = true;
  changed.notify_all();
}

void PieceQueue::fillAll() {
  std::unique_lock<std::mutex> lock(mutex);
  while (true) {
    changed.wait(lock, [&] { return isEnded || taken == isFilled.size() || taken < sent + kRing; });
    if (isEnded || taken == isFilled.size())
      return;
    fill(taken++, lock);
  }
}

void PieceQueue::await(size_t piece) {
  std::unique_lock<std::mutex> lock(mutex);
  if (taken == piece)
    fill(taken++, lock);
  changed.wait(lock, [&] { return bool(isFilled[piece]); });
}

void PieceQueue::setSent(size_t pieces) {
  std::lock_guard<std::mutex> lock(mutex);
  sent = pieces;
  changed.notify_all();
}

void PieceQueue::end() {
  std::lock_guard<std::mutex> lock(mutex);
  isEnded = true;
  changed.notify_all();
}

Status CudaConstants::upload(const uint8_t *bytes, uint64_t size, const uint8_t *hash) {
  const cuda::Driver &driver = device.getDriver();
  cuda::DeviceAddress address = 0;
  cuda::Result allocated = driver.cuMemAlloc(&address, std::max<uint64_t>(size, 1));
  if (allocated == cuda::outOfMemory)
    return makeError(TENON_OUT_OF_MEMORY, "out of device memory: %" PRIu64 " bytes of constants", size);
  TENON_TRY(device.check(allocated, "allocating memory for constants"));
  data = reinterpret_cast<const char *>(address);
  SegmentHash found(size);
  size_t pieces = found.getNumPieces();
  Staging staging(device);
  TENON_TRY(staging.open(pieces));
  PieceQueue queue(bytes, found, staging);
  Workers workers(pieces / kRing, [&] { queue.fillAll(); });
  QueueEnd end{queue};
  for (size_t piece = 0; piece < pieces; ++piece) {
    queue.await(piece);
    TENON_TRY(device.check(
        driver.cuMemcpyHtoDAsync(address + SegmentHash::getOffset(piece), staging.at(piece), found.getLength(piece), staging.stream),
        "uploading constants"));
    TENON_TRY(device.check(driver.cuEventRecord(staging.sent[piece % kRing], staging.stream), "uploading constants"));
    // The one before has most likely arrived: copies take less time than hashes.
    if (piece > 0)
      TENON_TRY(device.check(driver.cuEventSynchronize(staging.sent[(piece - 1) % kRing]), "uploading constants"));
    queue.setSent(piece);
  }
  TENON_TRY(device.check(driver.cuStreamSynchronize(staging.stream), "uploading constants"));
  return checkDigest(found.finish(), hash, "constants", size);
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
