// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The default allocator, growing blocks and the pool.
#include "runtime/memory/Memory.h"

#include "runtime/engine/Format.h"

#include <cstdlib>
#include <new>
#include <sys/mman.h>

using namespace tenon;
using namespace tenon::runtime;

static constexpr size_t kHugePage = 2u << 20;

static void *allocateAligned(void *, size_t bytes, size_t alignment) {
  // Weights and activations of hundreds of megabytes would miss the TLB at every row with 4 KiB pages.
  bool isHuge = bytes >= 2 * kHugePage;
  void *memory = nullptr;
  if (posix_memalign(&memory, isHuge ? kHugePage : alignment, bytes) != 0)
    return nullptr;
  if (isHuge)
    madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
  return memory;
}

static void releaseAligned(void *, void *memory, size_t) { std::free(memory); }

tenon_allocator tenon::runtime::hostAllocator() { return {sizeof(tenon_allocator), nullptr, allocateAligned, releaseAligned}; }

void *Memory::allocate(size_t bytes) {
  // Leaves room for the rounding that allocators do.
  if (bytes > (size_t(1) << 62))
    return nullptr;
  void *memory = allocator.allocate(allocator.user, bytes, engine::kBufferAlignment);
  if (memory)
    ++allocations;
  return memory;
}

void Memory::release(void *memory, size_t bytes) {
  if (stream)
    Status unread = stream->wait(); // whoever uses the stream next hears of it
  allocator.release(allocator.user, memory, bytes);
}

bool Block::reserve(size_t needed) {
  if (needed <= bytes)
    return true;
  clear();
  data = static_cast<char *>(memory.allocate(needed));
  bytes = data ? needed : 0;
  return data != nullptr;
}

void Block::clear() {
  if (data)
    memory.release(data, bytes);
  data = nullptr;
  bytes = 0;
}

/// Sizes in steps of an eighth of their power of two, so that a size that varies a little finds its old chunk.
static size_t roundSize(size_t bytes) {
  size_t step = engine::kBufferAlignment;
  while (step * 16 < bytes)
    step *= 2;
  return (bytes + step - 1) / step * step;
}

Pool::Chunk *Pool::allocate(size_t bytes) {
  if (bytes > (size_t(1) << 62))
    return nullptr;
  size_t size = roundSize(bytes == 0 ? 1 : bytes);
  for (Chunk **link = &freeChunks; *link && (*link)->bytes / 2 <= size; link = &(*link)->next) {
    Chunk *chunk = *link;
    if (chunk->bytes < size)
      continue;
    *link = chunk->next;
    chunk->references = 1;
    return chunk;
  }
  auto *chunk = new (std::nothrow) Chunk{nullptr, size, 1, nullptr};
  if (!chunk)
    return nullptr;
  chunk->data = static_cast<char *>(memory.allocate(size));
  if (!chunk->data) {
    trim(); // what is kept for later may be what is missing now
    chunk->data = static_cast<char *>(memory.allocate(size));
  }
  if (!chunk->data) {
    delete chunk;
    return nullptr;
  }
  heldBytes += size;
  return chunk;
}

void Pool::release(Chunk *chunk) {
  if (!chunk || --chunk->references != 0)
    return;
  Chunk **link = &freeChunks;
  while (*link && (*link)->bytes < chunk->bytes)
    link = &(*link)->next;
  chunk->next = *link;
  *link = chunk;
}

void Pool::trim() {
  while (Chunk *chunk = freeChunks) {
    freeChunks = chunk->next;
    heldBytes -= chunk->bytes;
    memory.release(chunk->data, chunk->bytes);
    delete chunk;
  }
}
