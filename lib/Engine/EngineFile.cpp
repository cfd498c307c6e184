// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Engine/EngineFile.h"

using namespace llvm;
using namespace tenon::engine;

static constexpr size_t kFlushBytes = size_t(1) << 20;

Expected<std::unique_ptr<EngineFile>> EngineFile::create(StringRef path) {
  std::unique_ptr<EngineFile> file(new EngineFile());
  if (!path.empty()) {
    Expected<std::unique_ptr<WholeFile>> output = WholeFile::create(path);
    if (!output)
      return output.takeError();
    file->output = std::move(*output);
  }
  static constexpr uint8_t room[kPreambleSize] = {};
  file->write(room, sizeof(room));
  return file;
}

void EngineFile::write(const void *data, size_t bytes) {
  size += bytes;
  const char *from = static_cast<const char *>(data);
  if (!output) {
    memory.append(from, bytes);
    return;
  }
  if (pending.size() + bytes > kFlushBytes) {
    output->write(pending.data(), pending.size());
    pending.clear();
    if (bytes > kFlushBytes) {
      output->write(from, bytes);
      return;
    }
  }
  pending.insert(pending.end(), from, from + bytes);
}

void EngineFile::pad(uint64_t alignment) {
  static constexpr uint8_t zeros[4096] = {};
  uint64_t missing = alignUp(size, alignment) - size;
  write(zeros, missing);
}

void EngineFile::beginSegment(SegmentKind kind) {
  pad(kSegmentAlignment);
  segmentStart = size;
  hasher = std::make_unique<SegmentHasher>();
  auto segment = std::make_unique<SegmentT>();
  segment->kind = kind;
  segment->offset = size;
  segments.push_back(std::move(segment));
}

void EngineFile::append(ArrayRef<uint8_t> bytes) {
  hasher->update(bytes.data(), bytes.size());
  write(bytes.data(), bytes.size());
}

void EngineFile::alignTo(uint64_t alignment) {
  static constexpr uint8_t zeros[4096] = {};
  uint64_t missing = alignUp(segmentSize(), alignment) - segmentSize();
  append({zeros, static_cast<size_t>(missing)});
}

void EngineFile::endSegment() {
  Digest digest = hasher->finish();
  segments.back()->size = segmentSize();
  segments.back()->hash.assign(digest.begin(), digest.end());
}

Error EngineFile::finish(EngineT &header) {
  header.segments = std::move(segments);
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(CreateEngine(builder, &header), EngineIdentifier());
  if (builder.GetSize() > kMaxHeaderSize)
    return createStringError("expected an engine header of at most %llu bytes, got %llu", static_cast<unsigned long long>(kMaxHeaderSize),
                             static_cast<unsigned long long>(builder.GetSize()));
  // A model that only passes its inputs on has no segment; the first page is the preamble's all the same.
  pad(header.segments.empty() ? kSegmentAlignment : kHeaderAlignment);
  uint64_t offset = size;
  write(builder.GetBufferPointer(), builder.GetSize());
  auto preamble = encodePreamble(builder.GetBufferPointer(), builder.GetSize(), offset);
  if (!output) {
    std::copy(preamble.begin(), preamble.end(), memory.begin());
    return Error::success();
  }
  output->write(pending.data(), pending.size());
  output->rewriteStart(preamble.data(), preamble.size());
  return output->commit();
}
