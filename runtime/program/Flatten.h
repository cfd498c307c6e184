// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From the verified schema to the interpreter's program.
#ifndef TENON_RUNTIME_PROGRAM_FLATTEN_H
#define TENON_RUNTIME_PROGRAM_FLATTEN_H

#include "runtime/engine/Schema.h"

namespace tenon::runtime {

/// What the program's constants and kernels are in memory, by segment number.
struct LoadedSegment {
  const char *constants = nullptr;
  const void *code = nullptr; // first byte
};

/// `target` has passed the verifier.
void flattenProgram(const engine::Engine &engine, const engine::Target &target, const std::vector<LoadedSegment> &segments,
                    Program &program);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_PROGRAM_FLATTEN_H
