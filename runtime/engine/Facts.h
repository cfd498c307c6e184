// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What one instruction of the schema reads and writes, told once for all rules of the verifier.
#ifndef TENON_RUNTIME_ENGINE_FACTS_H
#define TENON_RUNTIME_ENGINE_FACTS_H

#include "runtime/engine/Schema.h"

namespace tenon::runtime {

/// Reused from one instruction to the next; `describe` empties it.
struct Facts {
  std::vector<Operand> operands;
  int64_t writtenRegister = -1;
  std::vector<uint32_t> readBuffers, writtenBuffers;
  int64_t blocks[2] = {-1, -1}; // in program order
};

/// Collects the facts; false if the instruction has no action that this version knows. Indices are not checked, except that of a launch's
/// kernel, without which it counts no buffer as written.
bool describe(const engine::Instruction &instruction, const engine::Target &target, Facts &facts);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_ENGINE_FACTS_H
