// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What generated code and fibers agree on: a table of functions whose address is the argument z.
#ifndef TENON_TOOLS_BENCH_THREADBLOCKCALLS_H
#define TENON_TOOLS_BENCH_THREADBLOCKCALLS_H

#include <cstdint>

namespace tenon::bench {

class Block;

/// A thread's registers of a product of fragments: operands as pairs of 16 bits, then sums.
struct Fragments {
  uint32_t a[4], b[2];
  float c[4];
};

struct Table {
  void (*barrier)(Block *);
  uint32_t (*shuffle)(Block *, uint32_t value, uint32_t lane);
  void (*multiply)(Block *, Fragments *own, uint32_t isBFloat);
  void (*copy)(Block *, char *to, const char *from, int64_t bytes, int64_t readBytes);
  void (*endGroup)(Block *);
  void (*waitForGroups)(Block *, uint32_t most);
  void (*loadTiles)(Block *, const char *row, uint32_t *registers, uint32_t numTiles, uint32_t isTurned);
  Block *block;
};

/// The places in it.
enum class Entry : int32_t { barrier, shuffle, multiply, copy, endGroup, waitForGroups, loadTiles, block };

} // namespace tenon::bench

#endif // TENON_TOOLS_BENCH_THREADBLOCKCALLS_H
