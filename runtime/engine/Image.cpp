// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Mapping of engine files and the check of their frame.
#include "runtime/engine/Image.h"

#include "runtime/support/Workers.h"

#include <atomic>
#include <cerrno>
#include <cinttypes>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace tenon::runtime;
using namespace tenon::engine;

namespace {
struct FileDescriptor {
  int number;
  ~FileDescriptor() {
    if (number >= 0)
      close(number);
  }
};
} // namespace

bool tenon::runtime::isZero(const uint8_t *data, size_t size) {
  uint8_t any = 0;
  for (size_t i = 0; i < size; ++i)
    any |= data[i];
  return any == 0;
}

Digest tenon::runtime::hashSegment(const uint8_t *data, uint64_t size) {
  SegmentHash hash(size);
  std::atomic<size_t> next{0};
  auto work = [&] {
    for (size_t piece = next++; piece < hash.getNumPieces(); piece = next++)
      hash.setPiece(piece, data + SegmentHash::getOffset(piece));
  };
  {
    // A thread costs about as much as a few pieces.
    Workers workers(hash.getNumPieces() / 8, work);
    work();
  }
  return hash.finish();
}

Status tenon::runtime::checkDigest(const Digest &digest, const uint8_t *hash, const char *what, uint64_t size) {
  if (std::memcmp(digest.data(), hash, digest.size()) == 0)
    return Status();
  return makeError(TENON_CORRUPT_ENGINE, "a segment of %" PRIu64 " bytes of %s does not match its hash: the file is damaged", size, what);
}

Image::~Image() {
  if (owned)
    munmap(owned, size);
}

Status Image::openFile(const char *path) {
  FileDescriptor file = {open(path, O_RDONLY | O_CLOEXEC)};
  if (file.number < 0)
    return makeError(TENON_IO_ERROR, "cannot open '%s': %s", path, strerror(errno));
  struct stat info;
  if (fstat(file.number, &info) != 0)
    return makeError(TENON_IO_ERROR, "cannot read '%s': %s", path, strerror(errno));
  if (!S_ISREG(info.st_mode))
    return makeError(TENON_IO_ERROR, "cannot read '%s': expected a regular file", path);
  if (info.st_size < int64_t(kPreambleSize))
    return makeError(TENON_CORRUPT_ENGINE, "expected an engine file, got %" PRIi64 " bytes", int64_t(info.st_size));
  void *mapping = mmap(nullptr, size_t(info.st_size), PROT_READ, MAP_PRIVATE, file.number, 0);
  if (mapping == MAP_FAILED)
    return errno == ENOMEM ? outOfMemory() : makeError(TENON_IO_ERROR, "cannot map '%s': %s", path, strerror(errno));
  owned = mapping;
  data = static_cast<const uint8_t *>(mapping);
  size = uint64_t(info.st_size);
  return readFrame();
}

Status Image::openCopy(const void *from, size_t bytes) {
  if (bytes < kPreambleSize)
    return makeError(TENON_CORRUPT_ENGINE, "expected an engine, got %zu bytes", bytes);
  void *mapping = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED)
    return outOfMemory();
  owned = mapping;
  std::memcpy(mapping, from, bytes);
  data = static_cast<const uint8_t *>(mapping);
  size = bytes;
  return readFrame();
}

Status Image::openBorrowed(const void *from, size_t bytes) {
  if (reinterpret_cast<uintptr_t>(from) % kBufferAlignment != 0)
    return makeError(TENON_INVALID_ARGUMENT, "expected engine memory aligned to 64 bytes");
  data = static_cast<const uint8_t *>(from);
  size = bytes;
  return readFrame();
}

Status Image::readFrame() {
  if (size < kPreambleSize)
    return makeError(TENON_CORRUPT_ENGINE, "expected an engine, got %" PRIu64 " bytes", size);
  if (std::memcmp(data, kMagic.data(), kMagic.size()) != 0)
    return makeError(TENON_CORRUPT_ENGINE, "not a Tenon engine: the first 8 bytes are wrong");
  uint8_t start[kPreambleSize];
  std::memcpy(start, data, kPreambleSize);
  preamble = decodePreamble(start);
  if (preamble.version != kFormatVersion)
    return makeError(TENON_WRONG_VERSION, "expected an engine of format version %u, got version %u", kFormatVersion, preamble.version);
  if (preamble.fileSize != size)
    return makeError(TENON_CORRUPT_ENGINE, "expected an engine of %" PRIu64 " bytes, got %" PRIu64, preamble.fileSize, size);
  if (preamble.headerSize == 0 || preamble.headerSize > kMaxHeaderSize || preamble.headerSize > size ||
      preamble.headerOffset != size - preamble.headerSize || preamble.headerOffset < kSegmentAlignment ||
      preamble.headerOffset % kHeaderAlignment != 0)
    return makeError(TENON_CORRUPT_ENGINE, "the engine's header is out of place: %" PRIu64 " bytes at %" PRIu64, preamble.headerSize,
                     preamble.headerOffset);
  header.resize((preamble.headerSize + 7) / 8);
  std::memcpy(header.data(), data + preamble.headerOffset, preamble.headerSize);
  if (hashHeader(start, header.data(), preamble.headerSize) != preamble.headerHash)
    return makeError(TENON_CORRUPT_ENGINE, "the engine's header does not match its hash: the file is damaged");
  // Sizes and the reserved bytes below 64 are under the hash; everything else must be exactly what encodePreamble writes.
  if (encodePreamble(header.data(), preamble.headerSize, preamble.headerOffset) !=
          *reinterpret_cast<std::array<uint8_t, kPreambleSize> *>(start) ||
      !isZero(data + kPreambleSize, kSegmentAlignment - kPreambleSize))
    return makeError(TENON_CORRUPT_ENGINE, "the engine's preamble holds unexpected bytes");
  return Status();
}
