// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From the verified schema to the interpreter's program.
#ifndef TENON_RUNTIME_PROGRAM_FLATTEN_H
#define TENON_RUNTIME_PROGRAM_FLATTEN_H

#include "runtime/engine/Schema.h"

namespace tenon::runtime {

/// What the program's constants and kernels are in memory.
struct LoadedTarget {
  std::vector<const char *> constants; // by segment
  std::vector<const void *> entries;   // by kernel
};

/// `target` has passed the verifier.
void flattenProgram(const engine::Engine &engine, const engine::Target &target, const LoadedTarget &loaded, Program &program);

/// The part of it that holds no code.
void flattenTables(const engine::Engine &engine, const engine::Target &target, Program &program);

/// The launches on the longest way through `main`; 0 if a way leads back.
uint64_t countLaunches(const std::vector<Instruction> &main);

/// Marks the straight pieces of main that a device may record and run as one.
void markSegments(Program &program);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_PROGRAM_FLATTEN_H
