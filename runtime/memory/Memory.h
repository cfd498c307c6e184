// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A context's memory: the caller's allocator or the library's own, blocks that only grow, and a pool for sizes that depend on data.
// Used by one thread at a time.
#ifndef TENON_RUNTIME_MEMORY_MEMORY_H
#define TENON_RUNTIME_MEMORY_MEMORY_H

#include "runtime/device/Stream.h"

#include <cstddef>
#include <cstdint>

namespace tenon::runtime {

/// The library's own allocator of host memory.
tenon_allocator hostAllocator();

/// Hands out memory aligned to 64 bytes and counts it.
class Memory {
public:
  /// `stream`, if not NULL, has done its work before memory is released: the allocator does not know of it.
  Memory(const tenon_allocator &allocator, Stream *stream) : allocator(allocator), stream(stream) {}
  Memory(const Memory &) = delete;
  Memory &operator=(const Memory &) = delete;

  /// NULL if there is none; bytes > 0.
  void *allocate(size_t bytes);
  void release(void *memory, size_t bytes);

  uint64_t getAllocations() const { return allocations; }

private:
  tenon_allocator allocator;
  Stream *stream;
  uint64_t allocations = 0;
};

/// Owns memory of at least the size last reserved.
class Block {
public:
  explicit Block(Memory &memory) : memory(memory) {}
  Block(const Block &) = delete;
  Block &operator=(const Block &) = delete;
  ~Block() { clear(); }

  /// Makes room for `bytes`; the content is lost if it grows. False if there is no memory: then the block is empty.
  [[nodiscard]] bool reserve(size_t bytes);
  void clear();

  char *getData() const { return data; }
  size_t getBytes() const { return bytes; }

private:
  Memory &memory;
  char *data = nullptr;
  size_t bytes = 0;
};

/// Blocks for data-dependent sizes. What was freed is kept for the next request of about its size, so a steady state allocates nothing.
class Pool {
public:
  struct Chunk {
    char *data;
    size_t bytes;
    uint32_t references;
    Chunk *next; // free list, by size
  };

  explicit Pool(Memory &memory) : memory(memory) {}
  Pool(const Pool &) = delete;
  Pool &operator=(const Pool &) = delete;
  /// All chunks are back by now.
  ~Pool() { trim(); }

  /// A chunk of at least `bytes` with one reference, or NULL.
  Chunk *allocate(size_t bytes);
  static void retain(Chunk *chunk) {
    if (chunk)
      ++chunk->references;
  }
  void release(Chunk *chunk);
  /// Gives the free chunks back to the allocator.
  void trim();

  uint64_t getHeldBytes() const { return heldBytes; }

private:
  Memory &memory;
  Chunk *freeChunks = nullptr;
  uint64_t heldBytes = 0;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_MEMORY_MEMORY_H
