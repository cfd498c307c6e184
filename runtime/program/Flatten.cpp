// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Blocks become straight code with jumps, symbols' ranges are checked where their register is written, and buffers and launches are
// told apart by whether they are known once shapes are.
#include "runtime/program/Flatten.h"

#include "runtime/program/HostFunctions.h"

#include <algorithm>

using namespace tenon::runtime;
namespace fb = tenon::engine;

namespace {

class Flattener {
public:
  Flattener(const fb::Engine &engine, const fb::Target &target, const LoadedTarget &loaded, Program &program)
      : engine(engine), target(target), source(*target.program()), loaded(loaded), program(program) {}

  void run();

private:
  void flattenBuffers();
  void flattenBlock(uint32_t block, std::vector<Instruction> &code);
  void flattenInstruction(const fb::Instruction &instruction, std::vector<Instruction> &code);
  void flattenScalar(const fb::Scalar &action, std::vector<Instruction> &code);
  void flattenMaps(const fb::Launch &from, Launch &launch);
  void flattenLaunch(const fb::Launch &launch, std::vector<Instruction> &code);
  void flattenHostCall(const fb::HostCall &from, std::vector<Instruction> &code);
  void flattenIf(const fb::If &action, std::vector<Instruction> &code);
  void flattenWhile(const fb::While &action, std::vector<Instruction> &code);
  void noteRegister(uint32_t reg, std::vector<Instruction> &code);
  uint32_t addMessage(const char *text);

  /// Is the operand's value known before the run?
  bool isBound(Operand operand) const { return operand.reg < 0 || boundRegisters[operand.reg]; }

  const fb::Engine &engine;
  const fb::Target &target;
  const fb::Program &source;
  const LoadedTarget &loaded;
  Program &program;
  std::vector<bool> boundRegisters;
  bool inPrologue = false;
};

} // namespace

static Instruction make(Opcode opcode) {
  Instruction instruction;
  instruction.opcode = opcode;
  return instruction;
}

/// A view is bound if its place in its whole is, and the whole is. Wholes are settled first: chains are followed to a settled buffer, then
/// settled on the way back.
void Flattener::flattenBuffers() {
  uint32_t count = sizeOf(source.buffers());
  program.buffers.resize(count);
  std::vector<bool> settled(count, false);
  std::vector<uint32_t> path;
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t current = i;
    while (!settled[current]) {
      path.push_back(current);
      settled[current] = true;
      if (at(source.buffers(), current)->storage() == fb::Storage::view)
        current = at(source.buffers(), current)->index();
    }
    for (; !path.empty(); path.pop_back()) {
      uint32_t number = path.back();
      const fb::Buffer &from = *at(source.buffers(), number);
      Buffer &buffer = program.buffers[number];
      buffer.storage = static_cast<Storage>(from.storage());
      buffer.launched = false;
      buffer.index = from.index();
      buffer.offset = toOperand(from.offset());
      buffer.bytes = toOperand(from.bytes());
      buffer.lifetime = {from.first(), from.last(), 0};
      bool isDynamic = buffer.storage == Storage::pool || buffer.storage == Storage::slot;
      buffer.bound = !isDynamic && isBound(buffer.offset) && isBound(buffer.bytes);
      if (buffer.storage == Storage::view)
        buffer.bound &= program.buffers[buffer.index].bound;
      if (buffer.storage == Storage::constant)
        buffer.constant = loaded.constants[buffer.index] + buffer.offset.value;
      if (buffer.bound)
        program.resolveOrder.push_back(number);
    }
  }
}

uint32_t Flattener::addMessage(const char *text) {
  program.messages.emplace_back(text);
  return uint32_t(program.messages.size() - 1);
}

/// A symbol's range is checked as soon as its register has a value.
void Flattener::noteRegister(uint32_t reg, std::vector<Instruction> &code) {
  if (!inPrologue)
    return;
  for (uint32_t i = 0; i < program.symbols.size(); ++i) {
    if (program.symbols[i].reg != int32_t(reg))
      continue;
    Instruction check = make(Opcode::checkSymbol);
    check.index = i;
    code.push_back(check);
  }
}

void Flattener::flattenScalar(const fb::Scalar &action, std::vector<Instruction> &code) {
  static_assert(unsigned(fb::ScalarOp::select) == unsigned(Opcode::select), "opcodes begin with the schema's scalar operations");
  Instruction result = make(static_cast<Opcode>(action.op()));
  result.dst = action.dst();
  result.a = toOperand(action.a());
  result.b = toOperand(action.b());
  result.c = toOperand(action.c());
  code.push_back(result);
  noteRegister(action.dst(), code);
}

/// Sizes of maps follow the launch's scalars.
void Flattener::flattenMaps(const fb::Launch &from, Launch &launch) {
  launch.firstMap = uint32_t(program.maps.size());
  launch.numMaps = sizeOf(from.maps());
  for (uint32_t i = 0; i < launch.numMaps; ++i) {
    const fb::TensorMap &source = *at(from.maps(), i);
    TensorMap map = {};
    map.buffer = source.buffer();
    map.type = static_cast<tenon_type>(source.type());
    map.rank = sizeOf(source.dims());
    map.firstValue = launch.numScalars;
    map.isImages = sizeOf(source.lower()) > 0;
    map.swizzle = source.swizzle();
    for (const auto *sizes : {source.dims(), source.strides()})
      for (uint32_t dim = 0; dim < sizeOf(sizes); ++dim) {
        program.operands.push_back(toOperand(at(sizes, dim)));
        launch.boundScalars &= isBound(program.operands.back());
        ++launch.numScalars;
      }
    std::copy(source.box()->begin(), source.box()->end(), map.box);
    std::copy(source.steps()->begin(), source.steps()->end(), map.steps);
    if (map.isImages) {
      std::copy(source.lower()->begin(), source.lower()->end(), map.lower);
      std::copy(source.upper()->begin(), source.upper()->end(), map.upper);
    }
    program.maps.push_back(map);
  }
}

void Flattener::flattenLaunch(const fb::Launch &from, std::vector<Instruction> &code) {
  Launch launch = {};
  launch.entry = loaded.entries[from.kernel()];
  launch.kernel = from.kernel();
  launch.grid[0] = toOperand(from.grid_x());
  launch.grid[1] = toOperand(from.grid_y());
  launch.grid[2] = toOperand(from.grid_z());
  launch.scratch = toOperand(from.scratch());
  launch.boundScalars = isBound(launch.grid[0]) && isBound(launch.grid[1]) && isBound(launch.grid[2]) && isBound(launch.scratch);
  launch.firstScalar = uint32_t(program.operands.size());
  launch.numScalars = sizeOf(from.scalars());
  for (uint32_t i = 0; i < launch.numScalars; ++i) {
    program.operands.push_back(toOperand(at(from.scalars(), i)));
    launch.boundScalars &= isBound(program.operands.back());
  }
  flattenMaps(from, launch);
  launch.boundBuffers = true;
  launch.firstBuffer = uint32_t(program.launchBuffers.size());
  launch.numBuffers = sizeOf(from.buffers());
  for (uint32_t i = 0; i < launch.numBuffers; ++i) {
    uint32_t buffer = at(from.buffers(), i);
    program.launchBuffers.push_back(buffer);
    program.buffers[buffer].launched = true;
    launch.boundBuffers &= program.buffers[buffer].bound;
  }
  const fb::Kernel &kernel = *at(target.kernels(), from.kernel());
  launch.startsEarly = kernel.waits();
  // What a kernel before this one writes is not there yet.
  for (uint32_t i = 0; i < sizeOf(kernel.early()); ++i)
    launch.startsEarly &= program.buffers[at(from.buffers(), at(kernel.early(), i))].storage == Storage::constant;
  program.maxLaunchBuffers = std::max(program.maxLaunchBuffers, launch.numBuffers);
  program.maxLaunchScalars = std::max(program.maxLaunchScalars, launch.numScalars);
  Instruction result = make(Opcode::launch);
  result.index = uint32_t(program.launches.size());
  program.launches.push_back(launch);
  code.push_back(result);
}

void Flattener::flattenHostCall(const fb::HostCall &from, std::vector<Instruction> &code) {
  HostCall call = {};
  call.function = findHostFunction(textOf(from.function()));
  call.type = static_cast<tenon_type>(from.type());
  call.firstBuffer = uint32_t(program.launchBuffers.size());
  for (uint32_t i = 0; i < sizeOf(from.buffers()); ++i)
    program.launchBuffers.push_back(at(from.buffers(), i));
  call.firstScalar = uint32_t(program.operands.size());
  for (uint32_t i = 0; i < sizeOf(from.scalars()); ++i)
    program.operands.push_back(toOperand(at(from.scalars(), i)));
  Instruction result = make(Opcode::hostCall);
  result.index = uint32_t(program.hostCalls.size());
  program.hostCalls.push_back(call);
  code.push_back(result);
}

static Instruction makeBranch(const fb::Operand *condition) {
  Instruction branch = make(Opcode::jumpIfZero);
  branch.a = toOperand(condition);
  return branch;
}

void Flattener::flattenIf(const fb::If &action, std::vector<Instruction> &code) {
  size_t branch = code.size();
  code.push_back(makeBranch(action.condition()));
  flattenBlock(action.then_block(), code);
  size_t skip = code.size();
  code.push_back(make(Opcode::jump));
  code[branch].index = uint32_t(code.size());
  flattenBlock(action.else_block(), code);
  code[skip].index = uint32_t(code.size());
}

void Flattener::flattenWhile(const fb::While &action, std::vector<Instruction> &code) {
  auto start = uint32_t(code.size());
  flattenBlock(action.before_block(), code);
  size_t branch = code.size();
  code.push_back(makeBranch(action.condition()));
  flattenBlock(action.body_block(), code);
  Instruction back = make(Opcode::jump);
  back.index = start;
  code.push_back(back);
  code[branch].index = uint32_t(code.size());
}

void Flattener::flattenInstruction(const fb::Instruction &instruction, std::vector<Instruction> &code) {
  Instruction result;
  switch (instruction.action_type()) {
  case fb::Action::Scalar:
    return flattenScalar(*instruction.action_as_Scalar(), code);
  case fb::Action::Launch:
    return flattenLaunch(*instruction.action_as_Launch(), code);
  case fb::Action::InputDim: {
    const fb::InputDim &action = *instruction.action_as_InputDim();
    result = make(Opcode::inputDim);
    result.dst = action.dst();
    result.index = program.inputs[action.input()].firstDim + action.axis();
    code.push_back(result);
    return noteRegister(result.dst, code);
  }
  case fb::Action::Guard:
    result = make(Opcode::guard);
    result.a = toOperand(instruction.action_as_Guard()->condition());
    result.index = addMessage(textOf(instruction.action_as_Guard()->message()));
    break;
  case fb::Action::HostCall:
    return flattenHostCall(*instruction.action_as_HostCall(), code);
  case fb::Action::Copy:
    result = make(Opcode::copy);
    result.dst = instruction.action_as_Copy()->dst();
    result.src = instruction.action_as_Copy()->src();
    result.a = toOperand(instruction.action_as_Copy()->bytes());
    break;
  case fb::Action::WriteScalars: {
    const fb::WriteScalars &action = *instruction.action_as_WriteScalars();
    result = make(Opcode::writeScalars);
    result.dst = action.buffer();
    result.type = uint8_t(action.type());
    result.index = uint32_t(program.operands.size());
    result.count = sizeOf(action.values());
    program.maxWrittenScalars = std::max(program.maxWrittenScalars, result.count);
    for (uint32_t i = 0; i < result.count; ++i)
      program.operands.push_back(toOperand(at(action.values(), i)));
    break;
  }
  case fb::Action::ReadScalar: {
    const fb::ReadScalar &action = *instruction.action_as_ReadScalar();
    result = make(Opcode::readScalar);
    result.dst = action.dst();
    result.src = action.buffer();
    result.type = uint8_t(action.type());
    result.a = toOperand(action.index());
    break;
  }
  case fb::Action::Alloc:
    result = make(Opcode::alloc);
    result.dst = instruction.action_as_Alloc()->buffer();
    break;
  case fb::Action::Free:
    result = make(Opcode::free);
    result.dst = instruction.action_as_Free()->buffer();
    break;
  case fb::Action::Assign:
    result = make(Opcode::assign);
    result.dst = instruction.action_as_Assign()->dst();
    result.src = instruction.action_as_Assign()->src();
    break;
  case fb::Action::If:
    return flattenIf(*instruction.action_as_If(), code);
  case fb::Action::While:
    return flattenWhile(*instruction.action_as_While(), code);
  case fb::Action::NONE:
    return;
  }
  code.push_back(result);
}

void Flattener::flattenBlock(uint32_t block, std::vector<Instruction> &code) {
  const auto *instructions = at(source.blocks(), block)->instructions();
  for (uint32_t i = 0; i < sizeOf(instructions); ++i)
    flattenInstruction(*at(instructions, i), code);
}

void Flattener::run() {
  program.numRegisters = source.num_registers();
  program.arenaStatic = source.arena_static();
  program.arenaBytes = int64_t(source.arena_bytes());
  program.liveBytes = int64_t(source.live_bytes());
  flattenTables(engine, target, program);
  inPrologue = true;
  boundRegisters.assign(program.numRegisters, false);
  flattenBlock(source.prologue(), program.prologue);
  program.prologue.push_back(make(Opcode::end));
  for (const Instruction &instruction : program.prologue)
    if (instruction.opcode <= Opcode::select || instruction.opcode == Opcode::inputDim)
      boundRegisters[instruction.dst] = true;
  inPrologue = false;
  flattenBuffers();
  flattenBlock(source.main(), program.main);
  program.main.push_back(make(Opcode::end));
  program.boundRegisters = std::move(boundRegisters);
}

void tenon::runtime::flattenProgram(const fb::Engine &engine, const fb::Target &target, const LoadedTarget &loaded, Program &program) {
  Flattener(engine, target, loaded, program).run();
}
