// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of what each action reads and writes.
#include "runtime/engine/Facts.h"

#include "runtime/program/HostFunctions.h"

using namespace tenon::runtime;
namespace fb = tenon::engine;

static void describeLaunch(const fb::Launch &launch, const fb::Target &target, Facts &facts) {
  for (const fb::Operand *operand : {launch.grid_x(), launch.grid_y(), launch.grid_z(), launch.scratch()})
    facts.operands.push_back(toOperand(operand));
  for (uint32_t i = 0; i < sizeOf(launch.scalars()); ++i)
    facts.operands.push_back(toOperand(at(launch.scalars(), i)));
  for (uint32_t i = 0; i < sizeOf(launch.maps()); ++i)
    for (const auto *values : {at(launch.maps(), i)->dims(), at(launch.maps(), i)->strides()})
      for (uint32_t k = 0; k < sizeOf(values); ++k)
        facts.operands.push_back(toOperand(at(values, k)));
  const flatbuffers::Vector<uint8_t> *writes =
      launch.kernel() < sizeOf(target.kernels()) ? at(target.kernels(), launch.kernel())->writes() : nullptr;
  for (uint32_t i = 0; i < sizeOf(launch.buffers()); ++i)
    (i < sizeOf(writes) && at(writes, i) ? facts.writtenBuffers : facts.readBuffers).push_back(at(launch.buffers(), i));
}

static void describeHostCall(const fb::HostCall &call, Facts &facts) {
  for (uint32_t i = 0; i < sizeOf(call.scalars()); ++i)
    facts.operands.push_back(toOperand(at(call.scalars(), i)));
  const HostFunction *function = findHostFunction(textOf(call.function()));
  for (uint32_t i = 0; i < sizeOf(call.buffers()); ++i)
    (function && i >= function->numInputs ? facts.writtenBuffers : facts.readBuffers).push_back(at(call.buffers(), i));
}

bool tenon::runtime::describe(const fb::Instruction &instruction, const fb::Target &target, Facts &facts) {
  facts.operands.clear();
  facts.readBuffers.clear();
  facts.writtenBuffers.clear();
  facts.writtenRegister = facts.blocks[0] = facts.blocks[1] = -1;
  auto operand = [&](const fb::Operand *value) { facts.operands.push_back(toOperand(value)); };
  switch (instruction.action_type()) {
  case fb::Action::Scalar: {
    const fb::Scalar &action = *instruction.action_as_Scalar();
    facts.writtenRegister = action.dst();
    operand(action.a());
    operand(action.b());
    operand(action.c());
    return true;
  }
  case fb::Action::InputDim:
    facts.writtenRegister = instruction.action_as_InputDim()->dst();
    return true;
  case fb::Action::Guard:
    operand(instruction.action_as_Guard()->condition());
    return true;
  case fb::Action::Launch:
    describeLaunch(*instruction.action_as_Launch(), target, facts);
    return true;
  case fb::Action::HostCall:
    describeHostCall(*instruction.action_as_HostCall(), facts);
    return true;
  case fb::Action::Copy: {
    const fb::Copy &action = *instruction.action_as_Copy();
    facts.readBuffers.push_back(action.src());
    facts.writtenBuffers.push_back(action.dst());
    operand(action.bytes());
    return true;
  }
  case fb::Action::WriteScalars: {
    const fb::WriteScalars &action = *instruction.action_as_WriteScalars();
    facts.writtenBuffers.push_back(action.buffer());
    for (uint32_t i = 0; i < sizeOf(action.values()); ++i)
      operand(at(action.values(), i));
    return true;
  }
  case fb::Action::ReadScalar: {
    const fb::ReadScalar &action = *instruction.action_as_ReadScalar();
    facts.writtenRegister = action.dst();
    facts.readBuffers.push_back(action.buffer());
    operand(action.index());
    return true;
  }
  case fb::Action::Alloc:
    facts.writtenBuffers.push_back(instruction.action_as_Alloc()->buffer());
    return true;
  case fb::Action::Free:
    facts.writtenBuffers.push_back(instruction.action_as_Free()->buffer());
    return true;
  case fb::Action::Assign: {
    const fb::Assign &action = *instruction.action_as_Assign();
    facts.readBuffers.push_back(action.src());
    facts.writtenBuffers.push_back(action.dst());
    return true;
  }
  case fb::Action::If: {
    const fb::If &action = *instruction.action_as_If();
    operand(action.condition());
    facts.blocks[0] = action.then_block();
    facts.blocks[1] = action.else_block();
    return true;
  }
  case fb::Action::While: {
    const fb::While &action = *instruction.action_as_While();
    operand(action.condition());
    facts.blocks[0] = action.before_block();
    facts.blocks[1] = action.body_block();
    return true;
  }
  case fb::Action::NONE:
    break;
  }
  return false;
}
