// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How many kernels a run launches, as far as the program tells before it runs: what progress is measured against.
#include "runtime/program/Flatten.h"

#include <algorithm>

uint64_t tenon::runtime::countLaunches(const std::vector<Instruction> &main) {
  std::vector<uint64_t> ahead(main.size() + 1, 0); // on the longest way from each instruction to the end
  for (size_t at = main.size(); at-- > 0;) {
    const Instruction &instruction = main[at];
    bool jumps = instruction.opcode == Opcode::jump || instruction.opcode == Opcode::jumpIfZero;
    if (jumps && instruction.index <= at)
      return 0;
    if (instruction.opcode == Opcode::end)
      continue;
    uint64_t next = ahead[at + 1] + (instruction.opcode == Opcode::launch);
    ahead[at] = !jumps ? next : instruction.opcode == Opcode::jump ? ahead[instruction.index] : std::max(next, ahead[instruction.index]);
  }
  return ahead[0];
}
