// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An engine file being written: segments are streamed and hashed, the header follows, and the file appears whole or not at all.
#ifndef TENON_LIB_ENGINE_ENGINEFILE_H
#define TENON_LIB_ENGINE_ENGINEFILE_H

#include "lib/Support/WholeFile.h"
#include "runtime/engine/Format.h"
#include "runtime/engine/engine_generated.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>

namespace tenon::engine {

/// Bytes in order, to a file or to memory. Not thread safe.
class EngineFile {
public:
  /// A file beside `path` that becomes `path` when it is finished, or memory if `path` is empty.
  static llvm::Expected<std::unique_ptr<EngineFile>> create(llvm::StringRef path);

  /// Starts a segment at the next page.
  void beginSegment(SegmentKind kind);
  /// Adds bytes to the segment.
  void append(llvm::ArrayRef<uint8_t> bytes);
  /// Adds zeros up to the next multiple of `alignment` bytes within the segment.
  void alignTo(uint64_t alignment);
  /// Bytes that the segment has so far.
  uint64_t segmentSize() const { return size - segmentStart; }
  void endSegment();

  /// Writes the header, whose `segments` it fills, and the preamble. The file gets its name if nothing has failed.
  llvm::Error finish(EngineT &header);
  /// The engine's bytes after `finish`, if there is no path.
  std::string takeMemory() { return std::move(memory); }

private:
  EngineFile() = default;
  void write(const void *data, size_t bytes);
  void pad(uint64_t alignment);

  std::unique_ptr<WholeFile> output; // null for memory
  std::string memory;
  std::vector<uint8_t> pending; // not yet given to the output
  uint64_t size = 0, segmentStart = 0;
  std::unique_ptr<SegmentHasher> hasher;
  std::vector<std::unique_ptr<SegmentT>> segments;
};

} // namespace tenon::engine

#endif // TENON_LIB_ENGINE_ENGINEFILE_H
