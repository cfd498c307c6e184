// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules P6 and P7: arena buffers that live at the same time do not overlap, and nothing touches one outside its lifetime.
#include "runtime/engine/Facts.h"
#include "runtime/engine/Format.h"
#include "runtime/engine/Verifier.h"
#include "runtime/support/Checked.h"

#include <algorithm>
#include <cinttypes>
#include <map>

using namespace tenon::runtime;
namespace fb = tenon::engine;

namespace {

class ArenaVerifier {
public:
  explicit ArenaVerifier(const fb::Target &target) : target(target), program(*target.program()) {}

  Status verify();

private:
  struct Loop {
    uint64_t begin;
    uint64_t end;
  };

  uint64_t countInstructions(uint32_t block);
  Status walk(uint32_t block);
  Status verifyUse(uint32_t buffer, uint64_t position);
  Status verifyPlaces();

  const fb::Target &target;
  const fb::Program &program;
  uint64_t position = 0;
  std::vector<Loop> loops; // around the current instruction
  std::vector<uint64_t> counts;
};

} // namespace

/// Instructions of a block and the blocks in it; fills `counts`. Blocks form a tree of bounded depth by now.
uint64_t ArenaVerifier::countInstructions(uint32_t block) {
  uint64_t count = 0;
  Facts facts;
  const auto *instructions = at(program.blocks(), block)->instructions();
  for (uint32_t i = 0; i < sizeOf(instructions); ++i) {
    describe(*at(instructions, i), target, facts);
    ++count;
    for (int64_t child : facts.blocks)
      if (child >= 0)
        count += countInstructions(uint32_t(child));
  }
  return counts[block] = count;
}

Status ArenaVerifier::verifyUse(uint32_t buffer, uint64_t at_) {
  const fb::Buffer *current = at(program.buffers(), buffer);
  while (current->storage() == fb::Storage::view)
    current = at(program.buffers(), current->index());
  if (current->storage() != fb::Storage::arena)
    return Status();
  uint64_t last = current->last();
  if (at_ < current->first() || at_ > last)
    return makeError(TENON_INVALID_ENGINE, "P7: buffer %u is used at %" PRIu64 " but lives from %u to %u", buffer, at_, current->first(),
                     current->last());
  for (const Loop &loop : loops)
    if (current->first() < loop.begin && last < loop.end)
      return makeError(TENON_INVALID_ENGINE, "P7: buffer %u is used in a loop until %" PRIu64 " but lives from %u to %u", buffer, loop.end,
                       current->first(), current->last());
  return Status();
}

/// P7 for every use, in program order.
Status ArenaVerifier::walk(uint32_t block) {
  Facts facts;
  const auto *instructions = at(program.blocks(), block)->instructions();
  for (uint32_t i = 0; i < sizeOf(instructions); ++i) {
    describe(*at(instructions, i), target, facts);
    for (const std::vector<uint32_t> *buffers : {&facts.readBuffers, &facts.writtenBuffers})
      for (uint32_t buffer : *buffers)
        TENON_TRY(verifyUse(buffer, position));
    bool isLoop = at(instructions, i)->action_type() == fb::Action::While;
    uint64_t begin = position++;
    if (isLoop)
      loops.push_back({begin, begin + counts[uint32_t(facts.blocks[0])] + counts[uint32_t(facts.blocks[1])]});
    for (int64_t child : facts.blocks)
      if (child >= 0)
        TENON_TRY(walk(uint32_t(child)));
    if (isLoop)
      loops.pop_back();
  }
  return Status();
}

/// P6: sweeps over positions with the live buffers ordered by offset; a new one is compared with its neighbours.
Status ArenaVerifier::verifyPlaces() {
  struct Event {
    uint64_t time; // births at 2p, deaths at 2p + 1
    uint32_t buffer;
  };
  std::vector<Event> events;
  for (uint32_t i = 0; i < sizeOf(program.buffers()); ++i) {
    const fb::Buffer &buffer = *at(program.buffers(), i);
    if (buffer.storage() != fb::Storage::arena)
      continue;
    if (buffer.first() > buffer.last() || buffer.last() >= position)
      return makeError(TENON_INVALID_ENGINE, "P6: buffer %u: expected a lifetime below %" PRIu64 ", got %u to %u", i, position,
                       buffer.first(), buffer.last());
    if (!program.arena_static())
      continue;
    Operand offset = toOperand(buffer.offset()), bytes = toOperand(buffer.bytes());
    if (offset.reg >= 0 || bytes.reg >= 0 || offset.value % int64_t(fb::kBufferAlignment) != 0 ||
        !fitsInside(offset.value, bytes.value, int64_t(program.arena_bytes())))
      return makeError(TENON_INVALID_ENGINE, "P6: buffer %u: %" PRIi64 " bytes at %" PRIi64 " are not a place in the arena", i, bytes.value,
                       offset.value);
    if (bytes.value == 0)
      continue;
    events.push_back({2 * uint64_t(buffer.first()), i});
    events.push_back({2 * uint64_t(buffer.last()) + 1, i});
  }
  std::sort(events.begin(), events.end(),
            [](const Event &a, const Event &b) { return a.time != b.time ? a.time < b.time : a.buffer < b.buffer; });
  std::map<int64_t, std::pair<int64_t, uint32_t>> live; // offset -> end, buffer
  for (const Event &event : events) {
    const fb::Buffer &buffer = *at(program.buffers(), event.buffer);
    int64_t offset = toOperand(buffer.offset()).value, end = offset + toOperand(buffer.bytes()).value;
    if (event.time % 2 == 1) {
      live.erase(offset);
      continue;
    }
    auto next = live.lower_bound(offset);
    auto clash = live.end();
    if (next != live.end() && next->first < end)
      clash = next;
    else if (next != live.begin() && std::prev(next)->second.first > offset)
      clash = std::prev(next);
    if (clash != live.end())
      return makeError(TENON_INVALID_ENGINE, "P6: buffers %u and %u overlap while both live", clash->second.second, event.buffer);
    live.emplace(offset, std::make_pair(end, event.buffer));
  }
  return Status();
}

Status ArenaVerifier::verify() {
  if (program.arena_bytes() > uint64_t(INT64_MAX) || program.live_bytes() > uint64_t(INT64_MAX))
    return makeError(TENON_INVALID_ENGINE, "P6: the arena's size exceeds 63 bits");
  counts.assign(sizeOf(program.blocks()), 0);
  countInstructions(program.main());
  TENON_TRY(walk(program.main()));
  TENON_TRY(verifyPlaces());
  // A handed-out output is read after the last instruction.
  for (uint32_t i = 0; i < sizeOf(program.outputs()); ++i)
    if (position > 0)
      TENON_TRY(verifyUse(at(program.outputs(), i)->buffer(), position - 1));
  return Status();
}

Status tenon::runtime::verifyArena(const fb::Target &target) { return ArenaVerifier(target).verify(); }
