// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Memory between unreadable pages, for tests that must notice an access one cache line too far.
#ifndef TENON_TEST_RUNTIME_GUARDEDMEMORY_H
#define TENON_TEST_RUNTIME_GUARDEDMEMORY_H

#include "runtime/engine/Format.h"

#include <sys/mman.h>

namespace tenon::test {

/// An allocator whose blocks end `kReach` bytes (rounded up to 64 with the size) before a guard page, and begin after one. kReach is how
/// far the tests' bounds-insensitive kernel reads and writes from any pointer it gets.
struct GuardedMemory {
  static constexpr size_t kPage = 4096, kReach = 64;

  static size_t inner(size_t bytes) { return engine::alignUp(engine::alignUp(bytes, 64) + kReach, kPage); }

  static void *allocate(void *, size_t bytes, size_t) {
    if (bytes > (size_t(1) << 28))
      return nullptr; // a budget: what a mutant asks for beyond it is out of memory
    size_t size = inner(bytes) + 2 * kPage;
    auto *base = static_cast<char *>(mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (base == MAP_FAILED)
      return nullptr;
    if (mprotect(base + kPage, inner(bytes), PROT_READ | PROT_WRITE) != 0) {
      munmap(base, size);
      return nullptr;
    }
    return base + kPage + inner(bytes) - kReach - engine::alignUp(bytes, 64);
  }

  static void release(void *, void *memory, size_t bytes) {
    char *end = static_cast<char *>(memory) + engine::alignUp(bytes, 64) + kReach;
    munmap(end - inner(bytes) - kPage, inner(bytes) + 2 * kPage);
  }
};

} // namespace tenon::test

#endif // TENON_TEST_RUNTIME_GUARDEDMEMORY_H
