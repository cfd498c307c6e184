// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Engine/EngineFile.h"

#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include <fcntl.h>
#include <unistd.h>

using namespace llvm;
using namespace tenon::engine;

static constexpr size_t kFlushBytes = size_t(1) << 20;

Expected<std::unique_ptr<EngineFile>> EngineFile::create(StringRef path) {
  std::unique_ptr<EngineFile> file(new EngineFile());
  if (!path.empty()) {
    SmallString<128> temporary;
    // In the same folder: a rename must not cross file systems.
    if (std::error_code code = sys::fs::createUniqueFile(path + ".%%%%%%%%.tmp", file->descriptor, temporary))
      return createStringError(code, "cannot create a file beside '%s': %s", path.str().c_str(), code.message().c_str());
    file->path = path.str();
    file->temporary = temporary.str().str();
  }
  static constexpr uint8_t room[kPreambleSize] = {};
  file->write(room, sizeof(room));
  return file;
}

EngineFile::~EngineFile() {
  if (descriptor >= 0)
    ::close(descriptor);
  if (!temporary.empty())
    sys::fs::remove(temporary);
}

static std::error_code writeAll(int descriptor, const char *data, size_t bytes) {
  while (bytes > 0) {
    ssize_t written = sys::RetryAfterSignal(-1, ::write, descriptor, data, bytes);
    if (written < 0)
      return std::error_code(errno, std::generic_category());
    data += written;
    bytes -= written;
  }
  return {};
}

void EngineFile::write(const void *data, size_t bytes) {
  size += bytes;
  const char *from = static_cast<const char *>(data);
  if (descriptor < 0) {
    memory.append(from, bytes);
    return;
  }
  if (error)
    return;
  if (pending.size() + bytes > kFlushBytes) {
    error = writeAll(descriptor, reinterpret_cast<const char *>(pending.data()), pending.size());
    pending.clear();
    if (!error && bytes > kFlushBytes) {
      error = writeAll(descriptor, from, bytes);
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
  hasher = std::make_unique<Hasher>();
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
  if (descriptor < 0) {
    std::copy(preamble.begin(), preamble.end(), memory.begin());
    return Error::success();
  }
  if (!error)
    error = writeAll(descriptor, reinterpret_cast<const char *>(pending.data()), pending.size());
  if (!error && ::pwrite(descriptor, preamble.data(), preamble.size(), 0) != static_cast<ssize_t>(preamble.size()))
    error = std::error_code(errno, std::generic_category());
  if (!error)
    error = sys::fs::setPermissions(temporary, static_cast<sys::fs::perms>(0644));
  if (!error)
    error = sys::fs::rename(temporary, path);
  if (error)
    return createStringError(error, "cannot write '%s': %s", path.c_str(), error.message().c_str());
  temporary.clear();
  return Error::success();
}
