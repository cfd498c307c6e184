// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The fibers, and what they call.
#include "tools/bench/ThreadBlock.h"
#include "tools/bench/ThreadBlockCalls.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <csetjmp>
#include <cstring>
#include <deque>
#include <ucontext.h>

using namespace llvm;

namespace tenon::bench {
namespace {

constexpr unsigned kWarp = 32;
constexpr size_t kStackBytes = 64 * 1024, kChunkBytes = 16;

enum class Wait { none, barrier, shuffle, ended };

/// An asynchronous copy; what is not read is zero.
struct Copy {
  char *to;
  const char *from;
  int64_t bytes, readBytes;

  void land() const {
    std::memset(to, 0, bytes);
    std::memcpy(to, from, readBytes);
  }
};

/// `context` makes the first step onto the stack; later ones are jumps, which need no system calls.
struct Fiber {
  ucontext_t context;
  jmp_buf place;
  std::unique_ptr<char[]> stack;
  bool started = false;
  Wait wait = Wait::none;
  unsigned numShuffles = 0;
  std::vector<Copy> copies; // in no group yet
  std::deque<std::vector<Copy>> groups;
};

} // namespace

class Block {
public:
  Block(const BlockArguments &arguments, unsigned numThreads, bool descending)
      : arguments(arguments), fibers(numThreads), descending(descending),
        table{&Block::waitForAll, &Block::shuffle,       &Block::multiply,  &Block::copy,
              &Block::endGroup,   &Block::waitForGroups, &Block::loadTiles, this} {
    for (auto &round : exchanged)
      round.resize(numThreads);
    for (auto &round : multiplied)
      round.resize(numThreads);
    for (auto &round : tileRows)
      round.resize(numThreads);
  }

  bool run();

private:
  static void start(unsigned high, unsigned low);
  void resume(Fiber &fiber);
  static void waitForAll(Block *block) { block->suspend(Wait::barrier); }
  static uint32_t shuffle(Block *block, uint32_t value, uint32_t lane);
  static void multiply(Block *block, Fragments *own, uint32_t isBFloat);
  static void copy(Block *block, char *to, const char *from, int64_t bytes, int64_t readBytes);
  static void endGroup(Block *block);
  static void waitForGroups(Block *block, uint32_t most);
  static void loadTiles(Block *block, const char *row, uint32_t *registers, uint32_t numTiles, uint32_t isTurned);
  /// Copies and reads of tiles fault where bytes do not begin at a multiple of their number.
  void checkAligned(const char *chunk, uint64_t bytes) { aligned &= reinterpret_cast<uintptr_t>(chunk) % bytes == 0; }
  void suspend(Wait reason);
  bool release();

  const BlockArguments &arguments;
  std::vector<Fiber> fibers;
  bool descending, aligned = true;
  Table table;
  unsigned current = 0;
  jmp_buf scheduler;
  std::vector<uint32_t> exchanged[2]; // by shuffles, of even and odd number
  std::vector<Fragments> multiplied[2];
  std::vector<const char *> tileRows[2];
};

void Block::start(unsigned high, unsigned low) {
  auto *block = reinterpret_cast<Block *>(static_cast<uintptr_t>(high) << 32 | low);
  const BlockArguments &a = block->arguments;
  a.entry(a.buffers, a.scalars, a.x, block->current, reinterpret_cast<int64_t>(&block->table), a.scratch);
  block->suspend(Wait::ended);
}

void Block::suspend(Wait reason) {
  Fiber &fiber = fibers[current];
  fiber.wait = reason;
  if (_setjmp(fiber.place) == 0)
    _longjmp(scheduler, 1);
}

/// Runs `fiber` until it waits.
void Block::resume(Fiber &fiber) {
  if (_setjmp(scheduler) != 0)
    return;
  if (std::exchange(fiber.started, true))
    _longjmp(fiber.place, 1);
  setcontext(&fiber.context);
}

uint32_t Block::shuffle(Block *block, uint32_t value, uint32_t lane) {
  unsigned self = block->current, round = block->fibers[self].numShuffles++ % 2;
  block->exchanged[round][self] = value;
  block->suspend(Wait::shuffle);
  return block->exchanged[round][self / kWarp * kWarp + lane % kWarp];
}

/// Half `index` of a register.
static float half(uint32_t pair, unsigned index, bool isBFloat) {
  APInt bits(16, pair >> 16 * index & 0xffff);
  APFloat value(isBFloat ? APFloat::BFloat() : APFloat::IEEEhalf(), bits);
  return value.convertToFloat();
}

/// mma.sync.m16n8k16: lane 4g + t has of the rows g and g + 8 the products 2t, 2t + 1, 2t + 8, 2t + 9, of column g the same, and of the
/// result columns 2t and 2t + 1 of these rows.
void Block::multiply(Block *block, Fragments *own, uint32_t isBFloat) {
  unsigned self = block->current, lane = self % kWarp, round = block->fibers[self].numShuffles++ % 2;
  block->multiplied[round][self] = *own;
  block->suspend(Wait::shuffle);
  const Fragments *warp = &block->multiplied[round][self - lane];
  for (unsigned i = 0; i < 4; ++i) {
    unsigned row = lane / 4, column = 2 * (lane % 4) + i % 2;
    for (unsigned k = 0; k < 16; ++k) {
      unsigned member = k % 8 / 2, upper = k / 8;
      own->c[i] +=
          half(warp[4 * row + member].a[2 * upper + i / 2], k % 2, isBFloat) * half(warp[4 * column + member].b[upper], k % 2, isBFloat);
    }
  }
}

/// Copies land at once or as late as they may: code that reads too early, or that has places filled which others still read, fails in one
/// of both orders.
void Block::copy(Block *block, char *to, const char *from, int64_t bytes, int64_t readBytes) {
  block->checkAligned(to, bytes);
  block->checkAligned(from, bytes);
  block->fibers[block->current].copies.push_back({to, from, bytes, readBytes});
  if (block->descending)
    block->fibers[block->current].copies.back().land();
}

void Block::endGroup(Block *block) {
  Fiber &fiber = block->fibers[block->current];
  fiber.groups.push_back(std::exchange(fiber.copies, {}));
}

void Block::waitForGroups(Block *block, uint32_t most) {
  for (auto &groups = block->fibers[block->current].groups; groups.size() > most; groups.pop_front())
    if (!block->descending)
      for (const Copy &copy : groups.front())
        copy.land();
}

/// ldmatrix: lane 8q + i has the address of row i of tile q. Lane 4g + t gets of row g, or of column g, the elements 2t and 2t + 1.
void Block::loadTiles(Block *block, const char *row, uint32_t *registers, uint32_t numTiles, uint32_t isTurned) {
  unsigned self = block->current, lane = self % kWarp, round = block->fibers[self].numShuffles++ % 2;
  block->checkAligned(row, kChunkBytes);
  block->tileRows[round][self] = row;
  block->suspend(Wait::shuffle);
  const char *const *rows = &block->tileRows[round][self - lane];
  for (unsigned tile = 0; tile < numTiles; ++tile)
    for (unsigned i = 0; i < 2; ++i) {
      unsigned near = lane / 4, far = 2 * (lane % 4) + i, y = isTurned ? far : near, x = isTurned ? near : far;
      std::memcpy(reinterpret_cast<char *>(&registers[tile]) + 2 * i, rows[8 * tile + y] + 2 * x, 2);
    }
}

/// Lets those go on who have waited long enough; false if nobody can. Of warps only the first does, so that one runs as far ahead of the
/// others as barriers let it.
bool Block::release() {
  size_t numWarps = divideCeil(fibers.size(), kWarp);
  for (size_t i = 0; i < numWarps; ++i) {
    size_t first = (descending ? numWarps - 1 - i : i) * kWarp;
    auto warp = MutableArrayRef(fibers).slice(first, std::min<size_t>(kWarp, fibers.size() - first));
    if (!all_of(warp, [](const Fiber &fiber) { return fiber.wait == Wait::shuffle; }))
      continue;
    for (Fiber &fiber : warp)
      fiber.wait = Wait::none;
    return true;
  }
  if (!all_of(fibers, [](const Fiber &fiber) { return fiber.wait == Wait::barrier; }))
    return false;
  for (Fiber &fiber : fibers)
    fiber.wait = Wait::none;
  return true;
}

bool Block::run() {
  auto self = reinterpret_cast<uintptr_t>(this);
  for (Fiber &fiber : fibers) {
    getcontext(&fiber.context);
    fiber.stack.reset(new char[kStackBytes]);
    fiber.context.uc_stack.ss_sp = fiber.stack.get();
    fiber.context.uc_stack.ss_size = kStackBytes;
    fiber.context.uc_link = nullptr;
    makecontext(&fiber.context, reinterpret_cast<void (*)()>(&Block::start), 2, static_cast<unsigned>(self >> 32),
                static_cast<unsigned>(self));
  }
  do {
    for (unsigned i = 0; i < fibers.size(); ++i) {
      current = descending ? fibers.size() - 1 - i : i;
      if (fibers[current].wait == Wait::none)
        resume(fibers[current]);
    }
  } while (release());
  bool ended = all_of(fibers, [](const Fiber &fiber) { return fiber.wait == Wait::ended; });
  if (!ended)
    errs() << "threads of a block wait for others that do not come\n";
  bool landed = all_of(fibers, [](const Fiber &fiber) {
    return fiber.copies.empty() && all_of(fiber.groups, [](const std::vector<Copy> &group) { return group.empty(); });
  });
  if (!landed)
    errs() << "threads of a block end before their copies have landed\n";
  if (!aligned)
    errs() << "threads of a block copy or read tiles at addresses that are not aligned\n";
  return ended && landed && aligned;
}

bool runThreadBlock(const BlockArguments &arguments, unsigned numThreads, bool descending) {
  return Block(arguments, numThreads, descending).run();
}

} // namespace tenon::bench
