// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds the straight pieces of main that a device may record: launches, copies and host arithmetic between jumps, read-backs and
// allocations. What a recording cannot hold ends a piece: values written to memory that change while a loop runs, and scratch that may have
// to grow.
#include "runtime/program/Flatten.h"

#include <algorithm>

using namespace tenon::runtime;

namespace {

/// Walks main once and copies it with a marker before each piece.
class SegmentMarker {
public:
  explicit SegmentMarker(Program &program) : program(program) {}
  void run();

private:
  void findTargets();
  bool isBound(Operand operand) const { return operand.reg < 0 || program.boundRegisters[operand.reg]; }
  bool isBoundBuffer(uint32_t buffer) const { return program.buffers[buffer].bound; }
  bool mayRecord(const Instruction &instruction) const;
  /// A command of the device, the same at every run of a binding?
  bool isBoundCommand(const Instruction &instruction) const;
  bool changesEachTime(uint32_t begin, uint32_t end) const;
  uint32_t findEnd(uint32_t begin, uint32_t &commands, bool &isBound) const;

  Program &program;
  std::vector<bool> isTarget; // of a jump
  std::vector<bool> isInLoop;
};

} // namespace

void SegmentMarker::findTargets() {
  isTarget.assign(program.main.size(), false);
  isInLoop.assign(program.main.size(), false);
  for (uint32_t at = 0; at < program.main.size(); ++at) {
    const Instruction &instruction = program.main[at];
    if (instruction.opcode != Opcode::jump && instruction.opcode != Opcode::jumpIfZero)
      continue;
    isTarget[instruction.index] = true;
    for (uint32_t inside = instruction.index; inside <= at; ++inside)
      isInLoop[inside] = true;
  }
}

/// A loop's step whose kernels get other numbers than those of the step before: changing a recording takes longer than launching them.
bool SegmentMarker::changesEachTime(uint32_t begin, uint32_t end) const {
  for (uint32_t at = begin; at < end; ++at)
    if (isInLoop[at] && program.main[at].opcode == Opcode::launch && !program.launches[program.main[at].index].boundScalars)
      return true;
  return false;
}

bool SegmentMarker::mayRecord(const Instruction &instruction) const {
  switch (instruction.opcode) {
  case Opcode::launch: {
    const Launch &launch = program.launches[instruction.index];
    return launch.boundScalars || (launch.scratch.reg < 0 && launch.scratch.value == 0);
  }
  case Opcode::writeScalars:
    for (uint32_t i = 0; i < instruction.count; ++i)
      if (!isBound(program.operands[instruction.index + i]))
        return false;
    return true;
  case Opcode::hostCall:
  case Opcode::readScalar:
  case Opcode::alloc:
  case Opcode::jump:
  case Opcode::jumpIfZero:
  case Opcode::end:
    return false;
  default:
    return true;
  }
}

bool SegmentMarker::isBoundCommand(const Instruction &instruction) const {
  switch (instruction.opcode) {
  case Opcode::launch: {
    const Launch &launch = program.launches[instruction.index];
    return launch.boundScalars && launch.boundBuffers;
  }
  case Opcode::copy:
    return isBound(instruction.a) && isBoundBuffer(instruction.dst) && isBoundBuffer(instruction.src);
  case Opcode::writeScalars:
    return isBoundBuffer(instruction.dst);
  default:
    return false; // the host must see it each time
  }
}

uint32_t SegmentMarker::findEnd(uint32_t begin, uint32_t &commands, bool &isBound) const {
  uint32_t end = begin;
  commands = 0;
  isBound = true;
  for (; mayRecord(program.main[end]) && (end == begin || !isTarget[end]); ++end) {
    Opcode opcode = program.main[end].opcode;
    commands += opcode == Opcode::launch || opcode == Opcode::copy || opcode == Opcode::writeScalars;
    isBound &= isBoundCommand(program.main[end]);
  }
  return end;
}

void SegmentMarker::run() {
  findTargets();
  std::vector<Instruction> code;
  std::vector<uint32_t> moved(program.main.size()); // where a jump to the old place goes
  for (uint32_t at = 0; at < program.main.size();) {
    uint32_t commands;
    bool isBound;
    uint32_t end = findEnd(at, commands, isBound);
    moved[at] = uint32_t(code.size());
    // One command alone is launched as fast without a graph.
    bool isWorth = commands > 1 && !changesEachTime(at, end);
    if (isWorth) {
      Instruction marker;
      marker.opcode = Opcode::segment;
      marker.index = uint32_t(program.segments.size());
      code.push_back(marker);
      auto begin = uint32_t(code.size());
      program.segments.push_back({begin, begin + (end - at), isBound});
    }
    end = std::max(end, at + 1);
    code.push_back(program.main[at]);
    for (++at; at < end; ++at) {
      moved[at] = uint32_t(code.size());
      code.push_back(program.main[at]);
    }
  }
  for (Instruction &instruction : code)
    if (instruction.opcode == Opcode::jump || instruction.opcode == Opcode::jumpIfZero)
      instruction.index = moved[instruction.index];
  program.main = std::move(code);
}

void tenon::runtime::markSegments(Program &program) { SegmentMarker(program).run(); }
