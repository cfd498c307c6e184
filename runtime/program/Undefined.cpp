// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registers that are undefined for the bound shapes: who reads one fails, and nobody else.
#include "runtime/program/Binding.h"
#include "runtime/program/HostFunctions.h"

using namespace tenon::runtime;

Status tenon::runtime::makeUndefinedError(const Program &program, const Binding &binding) {
  return makeScalarError(program.prologue[binding.firstUndefined], binding.registers.data());
}

/// Whether the place of a buffer, or of what it is a view of, needs an undefined register.
static bool readsUndefined(const Program &program, const Binding &binding, uint32_t number) {
  const Buffer *buffer = &program.buffers[number];
  while (buffer->storage == Storage::view && !binding.isUndefined(buffer->bytes) && !binding.isUndefined(buffer->offset))
    buffer = &program.buffers[buffer->index];
  return binding.isUndefined(buffer->bytes) || binding.isUndefined(buffer->offset);
}

Status tenon::runtime::expectDefined(const Program &program, const Binding &binding, const Instruction &instruction,
                                     const int64_t *registers) {
  bool fails = false;
  auto list = [&](uint32_t first, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i)
      fails |= binding.isUndefined(program.operands[first + i]);
  };
  switch (instruction.opcode) {
  case Opcode::launch: {
    const Launch &launch = program.launches[instruction.index];
    list(launch.firstScalar, launch.numScalars);
    for (Operand size : {launch.grid[0], launch.grid[1], launch.grid[2], launch.scratch})
      fails |= binding.isUndefined(size);
    for (uint32_t i = 0; i < launch.numBuffers; ++i)
      fails |= readsUndefined(program, binding, program.launchBuffers[launch.firstBuffer + i]);
    break;
  }
  case Opcode::hostCall: {
    const HostCall &call = program.hostCalls[instruction.index];
    list(call.firstScalar, call.function->numScalars);
    for (uint32_t i = 0; i < call.function->numInputs + call.function->numOutputs; ++i)
      fails |= readsUndefined(program, binding, program.launchBuffers[call.firstBuffer + i]);
    break;
  }
  case Opcode::select: {
    bool takesB = !binding.isUndefined(instruction.a) && instruction.a.get(registers) != 0;
    fails = binding.isUndefined(instruction.a) || binding.isUndefined(takesB ? instruction.b : instruction.c);
    break;
  }
  case Opcode::writeScalars:
    list(instruction.index, instruction.count);
    fails |= readsUndefined(program, binding, instruction.dst);
    break;
  case Opcode::copy:
  case Opcode::assign:
    fails = binding.isUndefined(instruction.a) || readsUndefined(program, binding, instruction.src);
    fails |= instruction.opcode == Opcode::copy && readsUndefined(program, binding, instruction.dst);
    break;
  case Opcode::readScalar:
    fails = binding.isUndefined(instruction.a) || readsUndefined(program, binding, instruction.src);
    break;
  case Opcode::alloc:
    fails = readsUndefined(program, binding, instruction.dst);
    break;
  default: // of those that use fewer operands the others are constants
    fails = binding.isUndefined(instruction.a) || binding.isUndefined(instruction.b);
    break;
  }
  return fails ? makeUndefinedError(program, binding) : Status();
}
