// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The frame of an engine file, shared by the writer and the loader; docs/engine-format.md has the picture.
// Segments come first, so that weights can be streamed to the file before the header that describes them is known:
//   [preamble, 128 bytes] [zeros to 4096] [segment 0] [zeros to 4096] [segment 1] ... [zeros to 64] [header]
// No byte of a file is outside a hash or known to be zero.
#ifndef TENON_RUNTIME_ENGINE_FORMAT_H
#define TENON_RUNTIME_ENGINE_FORMAT_H

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tenon::engine {

/// Of the frame, the schema and everything that gives them meaning. A reader refuses every other.
inline constexpr uint32_t kFormatVersion = 4;
/// Like PNG's: the first byte catches 7-bit transport, the line ends catch text conversion.
inline constexpr std::array<uint8_t, 8> kMagic = {0x89, 'T', 'N', 'O', 'N', '\r', '\n', 0x1a};
inline constexpr size_t kPreambleSize = 128;
inline constexpr uint64_t kSegmentAlignment = 4096;
inline constexpr uint64_t kHeaderAlignment = 64;
inline constexpr uint64_t kMaxHeaderSize = uint64_t(1) << 30;
/// Alignment of every buffer that a kernel sees, and of constants within their segment.
inline constexpr uint64_t kBufferAlignment = 64;
/// How deep If and While may nest.
inline constexpr unsigned kMaxBlockDepth = 64;
/// Workgroups of one launch.
inline constexpr int64_t kMaxGrid = int64_t(1) << 40;
inline constexpr int kMaxRank = 64;
/// A CUDA kernel's parameters in bytes, and what a tensor map takes of them.
inline constexpr uint64_t kMaxParameterBytes = 4096, kMapSize = 128, kMapAlignment = 64;
/// Tensor maps of one launch.
inline constexpr unsigned kMaxMaps = 16;
/// Of a CUDA kernel: threads in a block, and buffers and scalars together (4 KiB of parameters, three of which are not operands).
inline constexpr uint32_t kWarpSize = 32;
inline constexpr uint32_t kMaxBlockThreads = 1024;
inline constexpr uint32_t kMaxKernelOperands = 509;

using Digest = std::array<uint8_t, 32>;

/// BLAKE3-256.
Digest hashBytes(const void *data, size_t size);

/// The same of bytes that come one after another.
class Hasher {
public:
  Hasher();
  void update(const void *data, size_t size);
  Digest finish() const;

private:
  alignas(8) unsigned char state[2048]; // llvm_blake3_hasher, kept out of this header
};

/// A segment's hash is that of the hashes of its pieces of this many bytes (the last may be shorter), so that several threads can hash one
/// segment. A piece fits a core's second-level cache.
inline constexpr uint64_t kHashPiece = 256u << 10;

/// The hashes of a segment's pieces, filled in any order.
class SegmentHash {
public:
  explicit SegmentHash(uint64_t size) : size(size), pieces(size / kHashPiece + (size % kHashPiece != 0)) {}
  size_t getNumPieces() const { return pieces.size(); }
  static uint64_t getOffset(size_t piece) { return piece * kHashPiece; }
  uint64_t getLength(size_t piece) const { return std::min(kHashPiece, size - getOffset(piece)); }
  /// Thread-safe for different pieces. `bytes` are those of the piece.
  void setPiece(size_t piece, const void *bytes) { pieces[piece] = hashBytes(bytes, getLength(piece)); }
  Digest finish() const { return hashBytes(pieces.data(), pieces.size() * sizeof(Digest)); }

private:
  uint64_t size;
  std::vector<Digest> pieces;
};

/// A segment's hash, of bytes that come one after another.
class SegmentHasher {
public:
  void update(const uint8_t *data, size_t size);
  Digest finish();

private:
  void endPiece();

  Hasher piece;
  uint64_t pieceSize = 0;
  std::vector<Digest> pieces;
};

struct Preamble {
  uint32_t version = kFormatVersion;
  uint64_t headerOffset = 0; // from the file's start, a multiple of kHeaderAlignment
  uint64_t headerSize = 0;   // bytes of the FlatBuffer
  uint64_t fileSize = 0;     // headerOffset + headerSize: the header ends the file
  Digest headerHash = {};    // of the preamble's first 64 bytes and the header
};

/// The file's first kPreambleSize bytes for a header that starts at `headerOffset`, its hash included.
std::array<uint8_t, kPreambleSize> encodePreamble(const void *header, uint64_t headerSize, uint64_t headerOffset);

/// The hash that a preamble must hold; `preamble` has kPreambleSize bytes.
Digest hashHeader(const uint8_t *preamble, const void *header, size_t headerSize);

/// Reads the fields; checks nothing.
Preamble decodePreamble(const uint8_t *preamble);

inline uint64_t alignUp(uint64_t value, uint64_t alignment) { return (value + alignment - 1) / alignment * alignment; }

} // namespace tenon::engine

#endif // TENON_RUNTIME_ENGINE_FORMAT_H
