// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs the prologue, checks inputs, sizes and places buffers, plans the arena.
#include "runtime/program/Binding.h"

#include "runtime/engine/Format.h"
#include "runtime/support/Checked.h"
#include "runtime/support/ElementType.h"

#include <algorithm>
#include <cinttypes>

using namespace tenon;
using namespace tenon::runtime;

namespace {

class Binder {
public:
  Binder(const Program &program, const Device &device, Binding &binding) : program(program), device(device), binding(binding) {}

  Status resolve();

private:
  Status runPrologue();
  Status checkInputs();
  Status sizeOutputs();
  Status sizeBuffers();
  Status sizeBuffer(uint32_t number);
  Status planArenaBuffers();
  bool isDefined(const Launch &launch) const;
  Status evaluateLaunches();
  int64_t get(Operand operand) const { return operand.get(binding.registers.data()); }
  void compute(uint32_t position);
  Status expectDefined(Operand operand) const { return binding.isUndefined(operand) ? makeUndefinedError(program, binding) : Status(); }

  const Program &program;
  const Device &device;
  Binding &binding;
};

} // namespace

/// Arithmetic that fails, or reads what failed, leaves its register undefined.
void Binder::compute(uint32_t position) {
  const Instruction &instruction = program.prologue[position];
  int64_t result = 0;
  bool takesB = instruction.opcode != Opcode::select || get(instruction.a) != 0;
  bool takesC = instruction.opcode == Opcode::select && !takesB;
  bool reads = binding.isUndefined(instruction.a) || (takesB && binding.isUndefined(instruction.b)) ||
               (takesC && binding.isUndefined(instruction.c));
  if (!reads && computeScalar(instruction, binding.registers.data(), result)) {
    binding.registers[instruction.dst] = result;
    return;
  }
  if (binding.undefined.empty()) {
    binding.undefined.assign(program.numRegisters, false);
    binding.firstUndefined = position;
  }
  binding.undefined[instruction.dst] = true;
}

Status Binder::runPrologue() {
  int64_t *registers = binding.registers.data();
  for (uint32_t position = 0; position < program.prologue.size(); ++position) {
    const Instruction &instruction = program.prologue[position];
    switch (instruction.opcode) {
    case Opcode::end:
      return Status();
    case Opcode::inputDim:
      registers[instruction.dst] = binding.inputDims[instruction.index];
      break;
    case Opcode::guard:
      TENON_TRY(expectDefined(instruction.a));
      if (instruction.a.get(registers) == 0)
        return makeError(TENON_GUARD_FAILED, "%s", program.messages[instruction.index].c_str());
      break;
    case Opcode::checkSymbol: {
      const Symbol &symbol = program.symbols[instruction.index];
      TENON_TRY(expectDefined({0, symbol.reg}));
      int64_t value = registers[symbol.reg];
      if (value < symbol.minimum || value > symbol.maximum)
        return makeError(TENON_WRONG_SHAPE, "expected dimension '%s' from %" PRIi64 " to %" PRIi64 ", got %" PRIi64, symbol.name.c_str(),
                         symbol.minimum, symbol.maximum, value);
      break;
    }
    default:
      compute(position);
    }
  }
  return Status();
}

/// Dims that the engine computes from others must be what the caller gave.
Status Binder::checkInputs() {
  for (size_t i = 0; i < program.inputs.size(); ++i) {
    const TensorSpec &input = program.inputs[i];
    for (size_t axis = 0; axis < input.dims.size(); ++axis) {
      TENON_TRY(expectDefined(input.dims[axis]));
      int64_t expected = get(input.dims[axis]), actual = binding.inputDims[input.firstDim + axis];
      if (actual == expected)
        continue;
      const char *name = input.publicDimNames[axis];
      return makeError(TENON_WRONG_SHAPE,
                       *name ? "input '%s': expected dimension %zu to be %" PRIi64 ", got %" PRIi64 " (it is '%s' in the model)"
                             : "input '%s': expected dimension %zu to be %" PRIi64 ", got %" PRIi64 "%s",
                       input.name.c_str(), axis, expected, actual, name);
    }
  }
  return Status();
}

Status Binder::sizeOutputs() {
  binding.outputDims.resize(program.outputs.size());
  binding.outputBytes.assign(program.outputs.size(), 0);
  for (size_t i = 0; i < program.outputs.size(); ++i) {
    const TensorSpec &output = program.outputs[i];
    std::vector<int64_t> &dims = binding.outputDims[i];
    for (Operand dim : output.dims) {
      TENON_TRY(expectDefined(dim));
      dims.push_back(output.dataDependent && dim.reg >= 0 ? -1 : get(dim));
    }
    if (!output.dataDependent && !tensorBytes(output.type, dims.data(), uint32_t(dims.size()), binding.outputBytes[i]))
      return makeError(TENON_OVERFLOW, "output '%s': a dimension is negative or the size leaves 64 bits", output.name.c_str());
  }
  return Status();
}

/// Size, and the place within what it is a view of. Wholes come before their parts in resolveOrder. Arena buffers and views that make no
/// sense are marked with -1 bytes and judged when they are used: a branch that is not taken may slice what these shapes do not have.
Status Binder::sizeBuffer(uint32_t number) {
  const Buffer &buffer = program.buffers[number];
  Place &place = binding.places[number];
  place = {number, 0, get(buffer.bytes)};
  if (binding.isUndefined(buffer.bytes) || binding.isUndefined(buffer.offset)) {
    if (buffer.storage != Storage::arena && buffer.storage != Storage::view)
      return makeUndefinedError(program, binding);
    place.bytes = -1;
    return Status();
  }
  if (place.bytes < 0 && buffer.storage == Storage::arena) {
    place.bytes = -1;
    return Status();
  }
  if (place.bytes < 0 && buffer.storage != Storage::view)
    return makeError(TENON_PROGRAM_ERROR, "buffer %u: size of %" PRIi64 " bytes", number, place.bytes);
  int64_t available = place.bytes;
  switch (buffer.storage) {
  case Storage::input: {
    const TensorSpec &input = program.inputs[buffer.index];
    if (!tensorBytes(input.type, binding.inputDims.data() + input.firstDim, uint32_t(input.dims.size()), available))
      return makeError(TENON_OVERFLOW, "input '%s': the size leaves 64 bits", input.name.c_str());
    break;
  }
  case Storage::output:
    available = binding.outputBytes[buffer.index];
    break;
  case Storage::view: {
    const Place &whole = binding.places[buffer.index];
    int64_t offset = get(buffer.offset);
    if (whole.bytes < 0 || !fitsInside(offset, place.bytes, whole.bytes) ||
        (buffer.launched && (whole.offset + offset) % int64_t(engine::kBufferAlignment) != 0)) {
      place = {whole.root, 0, -1};
      return Status();
    }
    place.root = whole.root;
    place.offset = whole.offset + offset;
    break;
  }
  default:
    break;
  }
  if (place.bytes > available)
    return makeError(TENON_PROGRAM_ERROR, "buffer %u: expected at most %" PRIi64 " bytes, got %" PRIi64, number, available, place.bytes);
  return Status();
}

Status Binder::sizeBuffers() {
  binding.places.resize(program.buffers.size());
  for (uint32_t number : program.resolveOrder)
    TENON_TRY(sizeBuffer(number));
  // What is handed out after the run must be there.
  for (size_t i = 0; i < program.outputs.size(); ++i) {
    const TensorSpec &output = program.outputs[i];
    if (!output.dataDependent && program.buffers[output.buffer].bound && binding.places[output.buffer].bytes < binding.outputBytes[i])
      return makeError(TENON_PROGRAM_ERROR, "output '%s': %" PRIi64 " bytes do not fit its buffer of %" PRIi64, output.name.c_str(),
                       binding.outputBytes[i], binding.places[output.buffer].bytes);
  }
  return Status();
}

/// Arena buffers keep `offset` relative to their own start until here, as views of them do; the root's place gives the base.
Status Binder::planArenaBuffers() {
  if (program.arenaStatic) {
    binding.arenaBytes = program.arenaBytes;
    binding.liveBytes = program.liveBytes;
    for (uint32_t number : program.resolveOrder)
      if (program.buffers[number].storage == Storage::arena)
        binding.places[number].offset = program.buffers[number].offset.value;
    return Status();
  }
  std::vector<memory::Interval> intervals;
  std::vector<uint32_t> numbers;
  for (uint32_t number : program.resolveOrder) {
    const Buffer &buffer = program.buffers[number];
    if (buffer.storage != Storage::arena)
      continue;
    intervals.push_back({buffer.lifetime.first, buffer.lifetime.last, std::max<int64_t>(binding.places[number].bytes, 0)});
    numbers.push_back(number);
  }
  memory::Plan plan;
  if (!memory::planArena(intervals, int64_t(engine::kBufferAlignment), plan))
    return makeError(TENON_OVERFLOW, "the program's buffers together leave 64 bits");
  binding.arenaBytes = plan.bytes;
  binding.liveBytes = plan.lowerBound;
  for (size_t i = 0; i < numbers.size(); ++i)
    binding.places[numbers[i]].offset = plan.offsets[i];
  return Status();
}

bool Binder::isDefined(const Launch &launch) const {
  bool isUndefined = binding.isUndefined(launch.scratch);
  for (Operand size : launch.grid)
    isUndefined |= binding.isUndefined(size);
  for (uint32_t i = 0; i < launch.numScalars; ++i)
    isUndefined |= binding.isUndefined(program.operands[launch.firstScalar + i]);
  return !isUndefined;
}

Status Binder::evaluateLaunches() {
  binding.launches.resize(program.launches.size());
  binding.scalars.resize(program.operands.size());
  for (size_t i = 0; i < program.launches.size(); ++i) {
    const Launch &launch = program.launches[i];
    if (!launch.boundScalars)
      continue;
    // As for buffers: a launch that makes no sense is judged when it is reached.
    LaunchValues &values = binding.launches[i];
    bool isRight = isDefined(launch);
    for (uint32_t k = 0; k < launch.numBuffers; ++k) {
      uint32_t buffer = program.launchBuffers[launch.firstBuffer + k];
      isRight &= !program.buffers[buffer].bound || binding.places[buffer].bytes >= 0;
    }
    if (!isRight ||
        evaluateLaunch(program, device, launch, binding.registers.data(), values, binding.scalars.data() + launch.firstScalar)) {
      values.grid[0] = -1;
      continue;
    }
    binding.scratchBytes = std::max(binding.scratchBytes, values.scratchMemory);
  }
  return Status();
}

Status Binder::resolve() {
  binding.registers.assign(program.numRegisters, 0);
  TENON_TRY(runPrologue());
  TENON_TRY(checkInputs());
  TENON_TRY(sizeOutputs());
  TENON_TRY(sizeBuffers());
  TENON_TRY(planArenaBuffers());
  return evaluateLaunches();
}

Status tenon::runtime::resolveBinding(const Program &program, const Device &device, Binding &binding) {
  binding.recorded.resize(program.segments.size());
  return Binder(program, device, binding).resolve();
}
