// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Encoding and hashing of an engine file's frame. Integers are little-endian, as the only supported hosts are.
#include "runtime/engine/Format.h"

#include "llvm-c/blake3.h"

#include <cstring>
#include <new>

namespace tenon::engine {

// Offsets in the preamble. Bytes 40 to 63 and 96 to 127 are zero.
static constexpr size_t kVersionAt = 8, kPreambleSizeAt = 12, kHeaderOffsetAt = 16, kHeaderSizeAt = 24, kFileSizeAt = 32, kHashAt = 64;

static_assert(sizeof(llvm_blake3_hasher) <= 2048 && alignof(llvm_blake3_hasher) <= 8, "Hasher's state is too small");

static llvm_blake3_hasher *asHasher(unsigned char *state) { return reinterpret_cast<llvm_blake3_hasher *>(state); }

Hasher::Hasher() { llvm_blake3_hasher_init(asHasher(state)); }

void Hasher::update(const void *data, size_t size) {
  if (size != 0)
    llvm_blake3_hasher_update(asHasher(state), data, size);
}

Digest Hasher::finish() const {
  Digest digest;
  llvm_blake3_hasher_finalize(reinterpret_cast<const llvm_blake3_hasher *>(state), digest.data(), digest.size());
  return digest;
}

Digest hashBytes(const void *data, size_t size) {
  Hasher hasher;
  hasher.update(data, size);
  return hasher.finish();
}

void SegmentHasher::endPiece() {
  pieces.push_back(piece.finish());
  piece = Hasher();
  pieceSize = 0;
}

void SegmentHasher::update(const uint8_t *data, size_t size) {
  while (size != 0) {
    size_t part = std::min<size_t>(size, kHashPiece - pieceSize);
    piece.update(data, part);
    pieceSize += part;
    data += part;
    size -= part;
    if (pieceSize == kHashPiece)
      endPiece();
  }
}

Digest SegmentHasher::finish() {
  if (pieceSize != 0)
    endPiece();
  return hashBytes(pieces.data(), pieces.size() * sizeof(Digest));
}

Digest hashHeader(const uint8_t *preamble, const void *header, size_t headerSize) {
  Hasher hasher;
  hasher.update(preamble, kHashAt);
  hasher.update(header, headerSize);
  return hasher.finish();
}

template <typename T> static void store(uint8_t *to, T value) { std::memcpy(to, &value, sizeof(T)); }
template <typename T> static T load(const uint8_t *from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

std::array<uint8_t, kPreambleSize> encodePreamble(const void *header, uint64_t headerSize, uint64_t headerOffset) {
  std::array<uint8_t, kPreambleSize> bytes = {};
  std::memcpy(bytes.data(), kMagic.data(), kMagic.size());
  store<uint32_t>(&bytes[kVersionAt], kFormatVersion);
  store<uint32_t>(&bytes[kPreambleSizeAt], kPreambleSize);
  store<uint64_t>(&bytes[kHeaderOffsetAt], headerOffset);
  store<uint64_t>(&bytes[kHeaderSizeAt], headerSize);
  store<uint64_t>(&bytes[kFileSizeAt], headerOffset + headerSize);
  Digest digest = hashHeader(bytes.data(), header, headerSize);
  std::memcpy(&bytes[kHashAt], digest.data(), digest.size());
  return bytes;
}

Preamble decodePreamble(const uint8_t *bytes) {
  Preamble preamble;
  preamble.version = load<uint32_t>(bytes + kVersionAt);
  preamble.headerOffset = load<uint64_t>(bytes + kHeaderOffsetAt);
  preamble.headerSize = load<uint64_t>(bytes + kHeaderSizeAt);
  preamble.fileSize = load<uint64_t>(bytes + kFileSizeAt);
  std::memcpy(preamble.headerHash.data(), bytes + kHashAt, preamble.headerHash.size());
  return preamble;
}

} // namespace tenon::engine
