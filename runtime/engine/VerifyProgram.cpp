// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules P of a host program, except those of the arena: registers, blocks, buffers and views, every instruction.
#include "runtime/engine/Facts.h"
#include "runtime/engine/Format.h"
#include "runtime/engine/Verifier.h"
#include "runtime/program/HostFunctions.h"
#include "runtime/support/Checked.h"
#include "runtime/support/ElementType.h"

#include <cinttypes>

using namespace tenon::runtime;
namespace fb = tenon::engine;

namespace {

constexpr int64_t kMaxScratch = int64_t(1) << 40;

class ProgramVerifier {
public:
  ProgramVerifier(const fb::Engine &engine, const fb::Target &target)
      : engine(engine), target(target), program(*target.program()), numBuffers(sizeOf(program.buffers())) {}

  Status verify(uint64_t headerSize);

private:
  Status walkBlock(uint32_t index, unsigned depth, bool isPrologue);
  Status verifyViews();
  Status verifyBuffers();
  Status verifySymbols();
  Status verifyOutputs();
  Status verifyInstructions(uint32_t block);
  Status verifyAction(const fb::Instruction &instruction);
  Status verifyLaunch(const fb::Launch &launch);
  Status verifyHostCall(const fb::HostCall &call);
  Status verifyOperand(Operand operand, bool beforeRun);

  fb::Storage rootOf(uint32_t buffer) const { return at(program.buffers(), roots[buffer])->storage(); }

  const fb::Engine &engine;
  const fb::Target &target;
  const fb::Program &program;
  uint32_t numBuffers;
  std::vector<bool> usedBlocks, writtenByPrologue, writtenByMain;
  std::vector<uint32_t> blockOrder, roots; // what a buffer is a view of in the end
  Facts facts;
};

} // namespace

/// P2 and the writes of P1 and P3: visits each block once.
Status ProgramVerifier::walkBlock(uint32_t index, unsigned depth, bool isPrologue) {
  if (index >= sizeOf(program.blocks()))
    return makeError(TENON_INVALID_ENGINE, "P2: there is no block %u", index);
  if (usedBlocks[index])
    return makeError(TENON_INVALID_ENGINE, "P2: block %u is used twice", index);
  if (depth > fb::kMaxBlockDepth)
    return makeError(TENON_INVALID_ENGINE, "P2: blocks nest deeper than %u", fb::kMaxBlockDepth);
  usedBlocks[index] = true;
  blockOrder.push_back(index);
  const auto *instructions = at(program.blocks(), index)->instructions();
  for (uint32_t i = 0; i < sizeOf(instructions); ++i) {
    const fb::Instruction &instruction = *at(instructions, i);
    if (!describe(instruction, target, facts))
      return makeError(TENON_INVALID_ENGINE, "P2: block %u: instruction %u has unknown action %u", index, i,
                       unsigned(instruction.action_type()));
    fb::Action action = instruction.action_type();
    if (isPrologue && action != fb::Action::Scalar && action != fb::Action::InputDim && action != fb::Action::Guard)
      return makeError(TENON_INVALID_ENGINE, "P3: the prologue holds %s", fb::EnumNameAction(action));
    if (facts.writtenRegister >= 0) {
      if (facts.writtenRegister >= int64_t(program.num_registers()))
        return makeError(TENON_INVALID_ENGINE, "P1: there is no register %" PRIi64, facts.writtenRegister);
      (isPrologue ? writtenByPrologue : writtenByMain)[facts.writtenRegister] = true;
    }
    int64_t children[2] = {facts.blocks[0], facts.blocks[1]};
    for (int64_t child : children)
      if (child >= 0)
        TENON_TRY(walkBlock(uint32_t(child), depth + 1, isPrologue));
  }
  return Status();
}

/// P1 and, for what must be known before the run, P3 and P4.
Status ProgramVerifier::verifyOperand(Operand operand, bool beforeRun) {
  if (operand.reg < 0)
    return Status();
  if (operand.reg >= int64_t(program.num_registers()))
    return makeError(TENON_INVALID_ENGINE, "P1: there is no register %d", operand.reg);
  if (!writtenByPrologue[operand.reg] && !writtenByMain[operand.reg])
    return makeError(TENON_INVALID_ENGINE, "P1: register %d is read but never written", operand.reg);
  if (beforeRun && !writtenByPrologue[operand.reg])
    return makeError(TENON_INVALID_ENGINE, "P4: register %d is not known before the run", operand.reg);
  return Status();
}

/// P5: finds what each view is a view of; each chain is walked once.
Status ProgramVerifier::verifyViews() {
  constexpr uint32_t unknown = ~0u, onPath = ~0u - 1;
  roots.assign(numBuffers, unknown);
  std::vector<uint32_t> path;
  for (uint32_t i = 0; i < numBuffers; ++i) {
    uint32_t current = i;
    path.clear();
    while (roots[current] == unknown) {
      const fb::Buffer &buffer = *at(program.buffers(), current);
      path.push_back(current);
      if (buffer.storage() != fb::Storage::view) {
        roots[current] = current;
        break;
      }
      roots[current] = onPath;
      if (buffer.index() >= numBuffers)
        return makeError(TENON_INVALID_ENGINE, "P5: buffer %u: there is no buffer %u", current, buffer.index());
      current = buffer.index();
      if (roots[current] == onPath)
        return makeError(TENON_INVALID_ENGINE, "P5: buffer %u is a view of itself", current);
    }
    for (uint32_t step : path)
      roots[step] = roots[current];
  }
  return Status();
}

/// P4, and P5's extents where they are constant.
Status ProgramVerifier::verifyBuffers() {
  for (uint32_t i = 0; i < numBuffers; ++i) {
    const fb::Buffer &buffer = *at(program.buffers(), i);
    Operand offset = toOperand(buffer.offset()), bytes = toOperand(buffer.bytes());
    if (buffer.storage() == fb::Storage::slot)
      continue;
    bool beforeRun = buffer.storage() != fb::Storage::pool && buffer.storage() != fb::Storage::view;
    TENON_TRY(verifyOperand(bytes, beforeRun));
    TENON_TRY(verifyOperand(offset, beforeRun));
    if ((bytes.reg < 0 && bytes.value < 0) || (offset.reg < 0 && offset.value < 0))
      return makeError(TENON_INVALID_ENGINE, "P4: buffer %u has a negative size or offset", i);
    if (buffer.storage() != fb::Storage::view)
      continue;
    const fb::Buffer &whole = *at(program.buffers(), buffer.index());
    Operand wholeBytes = toOperand(whole.bytes());
    if (whole.storage() != fb::Storage::slot && bytes.reg < 0 && offset.reg < 0 && wholeBytes.reg < 0 &&
        !fitsInside(offset.value, bytes.value, wholeBytes.value))
      return makeError(TENON_INVALID_ENGINE, "P5: buffer %u: %" PRIi64 " bytes at %" PRIi64 " are outside buffer %u of %" PRIi64 " bytes",
                       i, bytes.value, offset.value, buffer.index(), wholeBytes.value);
  }
  return Status();
}

/// H4, now that the prologue's writes are known.
Status ProgramVerifier::verifySymbols() {
  for (uint32_t i = 0; i < sizeOf(program.symbols()); ++i) {
    int32_t reg = at(program.symbols(), i);
    if (reg == -1)
      continue;
    if (reg < 0 || uint32_t(reg) >= program.num_registers() || !writtenByPrologue[reg])
      return makeError(TENON_INVALID_ENGINE, "H4: symbol %u: register %d is not a register of the prologue", i, reg);
  }
  return Status();
}

/// P10.
Status ProgramVerifier::verifyOutputs() {
  for (uint32_t i = 0; i < sizeOf(program.inputs()); ++i)
    for (uint32_t axis = 0; axis < sizeOf(at(program.inputs(), i)->dims()); ++axis)
      TENON_TRY(verifyOperand(toOperand(at(at(program.inputs(), i)->dims(), axis)), true));
  for (uint32_t i = 0; i < sizeOf(program.outputs()); ++i) {
    const fb::Binding &output = *at(program.outputs(), i);
    bool dataDependent = at(engine.outputs(), i)->data_dependent();
    for (uint32_t axis = 0; axis < sizeOf(output.dims()); ++axis)
      TENON_TRY(verifyOperand(toOperand(at(output.dims(), axis)), !dataDependent));
    const fb::Buffer &buffer = *at(program.buffers(), output.buffer());
    if (buffer.storage() == fb::Storage::output && (dataDependent || buffer.index() != i))
      return makeError(TENON_INVALID_ENGINE, "P10: output %u: buffer %u is not its storage", i, output.buffer());
  }
  return Status();
}

/// P8, P12 and P13.
Status ProgramVerifier::verifyLaunch(const fb::Launch &launch) {
  if (launch.kernel() >= sizeOf(target.kernels()))
    return makeError(TENON_INVALID_ENGINE, "P8: there is no kernel %u", launch.kernel());
  const fb::Kernel &kernel = *at(target.kernels(), launch.kernel());
  if (sizeOf(launch.scalars()) != kernel.num_scalars() || sizeOf(launch.buffers()) != sizeOf(kernel.writes()))
    return makeError(TENON_INVALID_ENGINE, "P8: kernel %u: expected %u buffers and %u scalars, got %u and %u", launch.kernel(),
                     sizeOf(kernel.writes()), kernel.num_scalars(), sizeOf(launch.buffers()), sizeOf(launch.scalars()));
  int64_t grid = 1;
  for (const fb::Operand *size : {launch.grid_x(), launch.grid_y(), launch.grid_z()}) {
    Operand operand = toOperand(size);
    if (operand.reg < 0 && (operand.value < 0 || operand.value > fb::kMaxGrid ||
                            !checkedMul(grid, std::max<int64_t>(operand.value, 1), grid) || grid > fb::kMaxGrid))
      return makeError(TENON_INVALID_ENGINE, "P8: kernel %u: the grid is negative or larger than 2^40", launch.kernel());
  }
  for (const fb::Operand *size : {launch.grid_y(), launch.grid_z()}) {
    Operand operand = toOperand(size);
    if (target.device() == fb::DeviceKind::cuda && (operand.reg >= 0 || operand.value != 1))
      return makeError(TENON_INVALID_ENGINE, "P13: kernel %u: expected a grid of one dimension on a CUDA device", launch.kernel());
  }
  Operand scratch = toOperand(launch.scratch());
  if (scratch.reg < 0 && (scratch.value < 0 || scratch.value > kMaxScratch))
    return makeError(TENON_INVALID_ENGINE, "P8: kernel %u: %" PRIi64 " bytes of scratch", launch.kernel(), scratch.value);
  return verifyTensorMaps(launch, target);
}

/// P14.
Status ProgramVerifier::verifyHostCall(const fb::HostCall &call) {
  const HostFunction *function = findHostFunction(call.function()->c_str());
  if (!function)
    return makeError(TENON_INVALID_ENGINE, "P14: this runtime has no function '%s'", call.function()->c_str());
  if (sizeOf(call.buffers()) != function->numInputs + function->numOutputs || sizeOf(call.scalars()) != function->numScalars)
    return makeError(TENON_INVALID_ENGINE, "P14: %s: expected %u buffers and %u scalars, got %u and %u", function->name,
                     function->numInputs + function->numOutputs, function->numScalars, sizeOf(call.buffers()), sizeOf(call.scalars()));
  if (call.type() > fb::ElementType::MAX || !function->takesType(static_cast<tenon_type>(call.type())))
    return makeError(TENON_INVALID_ENGINE, "P14: %s does not take type %u", function->name, unsigned(call.type()));
  return Status();
}

/// P9 and the remaining indices of one instruction.
Status ProgramVerifier::verifyAction(const fb::Instruction &instruction) {
  auto storageOf = [&](uint32_t buffer) { return at(program.buffers(), buffer)->storage(); };
  auto typeOf = [](fb::ElementType type) { return static_cast<tenon_type>(type); };
  switch (instruction.action_type()) {
  case fb::Action::Scalar:
    if (instruction.action_as_Scalar()->op() > fb::ScalarOp::MAX)
      return makeError(TENON_INVALID_ENGINE, "P1: unknown scalar operation %u", unsigned(instruction.action_as_Scalar()->op()));
    return Status();
  case fb::Action::InputDim: {
    const fb::InputDim &action = *instruction.action_as_InputDim();
    if (action.input() >= sizeOf(engine.inputs()) || action.axis() >= sizeOf(at(engine.inputs(), action.input())->dims()))
      return makeError(TENON_INVALID_ENGINE, "P1: there is no dimension %u of input %u", action.axis(), action.input());
    return Status();
  }
  case fb::Action::Launch:
    return verifyLaunch(*instruction.action_as_Launch());
  case fb::Action::HostCall:
    return verifyHostCall(*instruction.action_as_HostCall());
  case fb::Action::WriteScalars:
    if (!canWriteScalar(typeOf(instruction.action_as_WriteScalars()->type())))
      return makeError(TENON_INVALID_ENGINE, "P9: host integers cannot be written as type %u",
                       unsigned(instruction.action_as_WriteScalars()->type()));
    return Status();
  case fb::Action::ReadScalar:
    if (!canReadScalar(typeOf(instruction.action_as_ReadScalar()->type())))
      return makeError(TENON_INVALID_ENGINE, "P9: host integers cannot be read as type %u",
                       unsigned(instruction.action_as_ReadScalar()->type()));
    return Status();
  case fb::Action::Alloc:
  case fb::Action::Free:
    if (storageOf(facts.writtenBuffers[0]) != fb::Storage::pool)
      return makeError(TENON_INVALID_ENGINE, "P9: buffer %u is not in the pool", facts.writtenBuffers[0]);
    return Status();
  case fb::Action::Assign:
    if (storageOf(facts.writtenBuffers[0]) != fb::Storage::slot)
      return makeError(TENON_INVALID_ENGINE, "P9: buffer %u is not a slot", facts.writtenBuffers[0]);
    return Status();
  default:
    return Status();
  }
}

Status ProgramVerifier::verifyInstructions(uint32_t block) {
  bool isPrologue = block == program.prologue();
  const auto *instructions = at(program.blocks(), block)->instructions();
  for (uint32_t i = 0; i < sizeOf(instructions); ++i) {
    const fb::Instruction &instruction = *at(instructions, i);
    describe(instruction, target, facts);
    for (Operand operand : facts.operands) {
      TENON_TRY(verifyOperand(operand, false));
      if (isPrologue && operand.reg >= 0 && writtenByMain[operand.reg])
        return makeError(TENON_INVALID_ENGINE, "P3: the prologue reads register %d, which main writes", operand.reg);
    }
    for (const std::vector<uint32_t> *buffers : {&facts.readBuffers, &facts.writtenBuffers})
      for (uint32_t buffer : *buffers)
        if (buffer >= numBuffers)
          return makeError(TENON_INVALID_ENGINE, "P5: there is no buffer %u", buffer);
    TENON_TRY(verifyAction(instruction));
    for (uint32_t buffer : facts.writtenBuffers)
      if (rootOf(buffer) == fb::Storage::constant || rootOf(buffer) == fb::Storage::input)
        return makeError(TENON_INVALID_ENGINE, "P8: buffer %u is written but is a constant or an input", buffer);
  }
  return Status();
}

Status ProgramVerifier::verify(uint64_t headerSize) {
  if (program.num_registers() > headerSize)
    return makeError(TENON_INVALID_ENGINE, "P1: %u registers are more than the header could name", program.num_registers());
  usedBlocks.assign(sizeOf(program.blocks()), false);
  writtenByPrologue.assign(program.num_registers(), false);
  writtenByMain.assign(program.num_registers(), false);
  TENON_TRY(walkBlock(program.prologue(), 0, true));
  TENON_TRY(walkBlock(program.main(), 0, false));
  if (blockOrder.size() != usedBlocks.size())
    return makeError(TENON_INVALID_ENGINE, "P2: a block is never used");
  for (uint32_t reg = 0; reg < program.num_registers(); ++reg)
    if (writtenByPrologue[reg] && writtenByMain[reg])
      return makeError(TENON_INVALID_ENGINE, "P3: the prologue and main both write register %u", reg);
  TENON_TRY(verifyViews());
  TENON_TRY(verifyBuffers());
  TENON_TRY(verifySymbols());
  TENON_TRY(verifyOutputs());
  for (uint32_t block : blockOrder)
    TENON_TRY(verifyInstructions(block));
  return verifyArena(target);
}

Status tenon::runtime::verifyProgram(const fb::Engine &engine, const fb::Target &target, uint64_t headerSize) {
  return ProgramVerifier(engine, target).verify(headerSize);
}
