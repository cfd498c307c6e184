// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Engines that call functions of the runtime.
#ifndef TENON_TEST_RUNTIME_HOSTCALLS_H
#define TENON_TEST_RUNTIME_HOSTCALLS_H

#include "test/runtime/EngineBuilder.h"

namespace tenon::test {

/// Results of "unique" on the input x of outer x size x inner elements of 4 bytes; y has as many elements as x. All but the counts and the
/// number of slices are outputs: y, indices, inverse.
inline EngineBuilder makeUniqueEngine(fb::ElementType type, int64_t outer, int64_t size, int64_t inner, bool sorted, int64_t claimed = -1) {
  EngineBuilder b;
  int64_t elements = outer * size * inner;
  b.addInput("x", type, {imm(elements)}, imm(elements * 4));
  b.addOutput("y", type, {imm(elements)}, imm(elements * 4));
  b.addOutput("indices", fb::ElementType::i64, {imm(size)}, imm(size * 8));
  b.addOutput("inverse", fb::ElementType::i64, {imm(size)}, imm(size * 8));
  b.addOutput("counts", fb::ElementType::i64, {imm(size)}, imm(size * 8));
  b.addOutput("number", fb::ElementType::i64, {}, imm(8));
  std::vector<uint32_t> buffers = {0};
  for (uint32_t i = 0; i < 5; ++i)
    buffers.push_back(b.outputBuffer(i));
  b.hostCall(1, "unique", type, buffers, {imm(outer), imm(claimed < 0 ? size : claimed), imm(inner), imm(sorted)});
  return b;
}

} // namespace tenon::test

#endif // TENON_TEST_RUNTIME_HOSTCALLS_H
