// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The bytes of an engine: a mapped file, a copy, or the caller's memory. Opening checks the frame and the header's hash; segments are
// hashed by whoever loads them.
#ifndef TENON_RUNTIME_ENGINE_IMAGE_H
#define TENON_RUNTIME_ENGINE_IMAGE_H

#include "runtime/engine/Format.h"
#include "runtime/support/Status.h"

#include <memory>
#include <vector>

namespace tenon::runtime {

class Image {
public:
  Image() = default;
  Image(const Image &) = delete;
  Image &operator=(const Image &) = delete;
  ~Image();

  /// Each reads the frame; `this` is fresh. `openBorrowed` needs data aligned to 64 bytes that outlives the image.
  Status openFile(const char *path);
  Status openCopy(const void *data, size_t size);
  Status openBorrowed(const void *data, size_t size);

  const uint8_t *getData() const { return data; }
  uint64_t getSize() const { return size; }
  /// The FlatBuffer: a private copy, so that a file changed behind our back cannot change what was verified.
  const uint8_t *getHeader() const { return reinterpret_cast<const uint8_t *>(header.data()); }
  uint64_t getHeaderSize() const { return preamble.headerSize; }
  uint64_t getHeaderOffset() const { return preamble.headerOffset; }

private:
  Status readFrame();

  const uint8_t *data = nullptr;
  uint64_t size = 0;
  void *owned = nullptr; // mapping of `size` bytes, if any
  engine::Preamble preamble;
  std::vector<uint64_t> header; // 8-byte words for FlatBuffers' alignment
};

/// The hash of a segment, by several threads where it is long.
engine::Digest hashSegment(const uint8_t *data, uint64_t size);

/// Is `digest`, of a segment of `size` bytes that hold `what`, the 32 bytes at `hash`? TENON_CORRUPT_ENGINE if not.
Status checkDigest(const engine::Digest &digest, const uint8_t *hash, const char *what, uint64_t size);

/// Are the `size` bytes at `data` all zero?
bool isZero(const uint8_t *data, size_t size);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_ENGINE_IMAGE_H
