// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Puts engines together by hand with FlatBuffers' object API. Tests may spoil `engine` in any way before `finish` frames and hashes it.
#ifndef TENON_TEST_RUNTIME_ENGINEBUILDER_H
#define TENON_TEST_RUNTIME_ENGINEBUILDER_H

#include "runtime/engine/Format.h"
#include "runtime/engine/engine_generated.h"
#include "test/runtime/Kernels.h"

#include <memory>
#include <string>
#include <vector>

namespace tenon::test {

namespace fb = tenon::engine;

inline fb::Operand imm(int64_t value) { return fb::Operand(value, -1); }
inline fb::Operand reg(int32_t number) { return fb::Operand(0, number); }
inline std::unique_ptr<fb::Operand> box(fb::Operand operand) { return std::make_unique<fb::Operand>(operand); }

class EngineBuilder {
public:
  EngineBuilder(); // one CPU target, a code segment with all test kernels, empty blocks 0 (prologue) and 1 (main)

  fb::EngineT engine;
  std::vector<std::vector<uint8_t>> segments; // content of engine.segments

  fb::TargetT &target() { return *engine.targets[0]; }
  fb::ProgramT &program() { return *engine.targets[0]->program; }

  /// Each returns the new element's number.
  uint32_t addRegister() { return program().num_registers++; }
  uint32_t addBlock();
  uint32_t addBuffer(fb::Storage storage, uint32_t index, fb::Operand bytes, fb::Operand offset = imm(0));
  uint32_t addArena(fb::Operand bytes, uint32_t first, uint32_t last);
  uint32_t addConstant(const std::vector<int32_t> &values);
  uint32_t addKernel(const char *name, tenon_cpu_kernel kernel, uint32_t numScalars, std::vector<bool> writes);
  /// With a buffer of its own storage and `bytes`.
  uint32_t addInput(const char *name, fb::ElementType type, std::vector<fb::Operand> dims, fb::Operand bytes);
  uint32_t addOutput(const char *name, fb::ElementType type, std::vector<fb::Operand> dims, fb::Operand bytes);
  /// With the given buffer and a shape that main computes.
  uint32_t addDynamicOutput(const char *name, fb::ElementType type, std::vector<fb::Operand> dims, uint32_t buffer);
  /// With the prologue's register of its value.
  void addSymbol(const char *name, int64_t minimum, int64_t maximum, int32_t reg);
  uint32_t inputBuffer(uint32_t input) const { return engine.targets[0]->program->inputs[input]->buffer; }
  uint32_t outputBuffer(uint32_t output) const { return engine.targets[0]->program->outputs[output]->buffer; }

  /// Makes all of it a CUDA target, except for the code.
  void useCuda(const char *arch);

  // Instructions, appended to `block`.
  void scalar(uint32_t block, fb::ScalarOp op, uint32_t dst, fb::Operand a, fb::Operand b = imm(0), fb::Operand c = imm(0));
  void inputDim(uint32_t block, uint32_t dst, uint32_t input, uint32_t axis);
  void guard(uint32_t block, fb::Operand condition, const char *message);
  void launch(uint32_t block, uint32_t kernel, fb::Operand gridX, std::vector<uint32_t> buffers, std::vector<fb::Operand> scalars,
              fb::Operand scratch = imm(0), fb::Operand gridY = imm(1), fb::Operand gridZ = imm(1));
  void copy(uint32_t block, uint32_t dst, uint32_t src, fb::Operand bytes);
  void hostCall(uint32_t block, const char *function, fb::ElementType type, std::vector<uint32_t> buffers,
                std::vector<fb::Operand> scalars);
  void writeScalars(uint32_t block, uint32_t buffer, fb::ElementType type, std::vector<fb::Operand> values);
  void readScalar(uint32_t block, uint32_t dst, uint32_t buffer, fb::ElementType type, fb::Operand index);
  void alloc(uint32_t block, uint32_t buffer);
  void free(uint32_t block, uint32_t buffer);
  void assign(uint32_t block, uint32_t dst, uint32_t src);
  void ifElse(uint32_t block, fb::Operand condition, uint32_t thenBlock, uint32_t elseBlock);
  void loop(uint32_t block, uint32_t before, fb::Operand condition, uint32_t body);

  /// The file's bytes.
  std::vector<uint8_t> finish();

private:
  void addTensor(bool isInput, const char *name, fb::ElementType type, std::vector<fb::Operand> dims, uint32_t buffer);
  template <typename T> void push(uint32_t block, T action);
};

/// Hashes a header that was changed in place again, so that only the meaning checks can refuse it.
void rehash(std::vector<uint8_t> &file);

/// Engine "c = a + b" over i32 tensors of a dimension `n` in [1, 1000], 16 elements a workgroup.
EngineBuilder makeAddEngine();

} // namespace tenon::test

#endif // TENON_TEST_RUNTIME_ENGINEBUILDER_H
