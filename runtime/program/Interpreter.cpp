// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loop over main's instructions and what each of them does.
#include "runtime/program/Interpreter.h"

#include "runtime/engine/Format.h"
#include "runtime/program/HostFunctions.h"
#include "runtime/support/Checked.h"
#include "runtime/support/ElementType.h"

#include <algorithm>
#include <cinttypes>
#include <memory>
#include <new>

using namespace tenon::runtime;

Interpreter::Interpreter(const Program &program, Device &device, Stream &stream, Memory &memory)
    : program(program), device(device), stream(stream), pool(memory), scratch(memory), registers(program.numRegisters),
      states(program.buffers.size()), launchPointers(program.maxLaunchBuffers), launchScalars(program.maxLaunchScalars),
      written(program.maxWrittenScalars) {
  for (uint32_t i = 0; i < program.buffers.size(); ++i)
    if (program.buffers[i].storage == Storage::pool || program.buffers[i].storage == Storage::slot)
      dynamicBuffers.push_back(i);
}

Status Interpreter::copy(const Instruction &instruction) {
  BufferState to, from;
  TENON_TRY(resolveWritable(instruction.dst, to));
  TENON_TRY(resolve(instruction.src, from));
  int64_t bytes = instruction.a.get(registers.data());
  if (bytes < 0 || bytes > to.bytes || bytes > from.bytes)
    return makeError(TENON_PROGRAM_ERROR, "copy of %" PRIi64 " bytes from buffer %u of %" PRIi64 " to buffer %u of %" PRIi64, bytes,
                     instruction.src, from.bytes, instruction.dst, to.bytes);
  return stream.copy(to.address, from.address, size_t(bytes));
}

Status Interpreter::writeScalars(const Instruction &instruction) {
  BufferState to;
  TENON_TRY(resolveWritable(instruction.dst, to));
  auto type = static_cast<tenon_type>(instruction.type);
  if (int64_t(instruction.count) > to.bytes / int64_t(tenon_type_bits(type) / 8))
    return makeError(TENON_PROGRAM_ERROR, "%u elements of %s do not fit buffer %u of %" PRIi64 " bytes", instruction.count,
                     tenon_type_name(type), instruction.dst, to.bytes);
  for (uint32_t i = 0; i < instruction.count; ++i) {
    int64_t value = program.operands[instruction.index + i].get(registers.data());
    if (!writeScalar(written.data(), type, i, value))
      return makeError(TENON_OVERFLOW, "%" PRIi64 " does not fit type %s", value, tenon_type_name(type));
  }
  return stream.upload(to.address, written.data(), instruction.count * (tenon_type_bits(type) / 8));
}

Status Interpreter::readScalar(const Instruction &instruction) {
  BufferState from;
  TENON_TRY(resolve(instruction.src, from));
  auto type = static_cast<tenon_type>(instruction.type);
  int64_t index = instruction.a.get(registers.data());
  if (index < 0 || index >= from.bytes / int64_t(tenon_type_bits(type) / 8))
    return makeError(TENON_PROGRAM_ERROR, "element %" PRIi64 " is outside buffer %u of %" PRIi64 " bytes", index, instruction.src,
                     from.bytes);
  int64_t element = 0;
  int64_t width = tenon_type_bits(type) / 8;
  TENON_TRY(stream.download(&element, from.address + index * width, size_t(width)));
  TENON_TRY(stream.wait());
  if (!tenon::runtime::readScalar(&element, type, 0, registers[instruction.dst]))
    return makeError(TENON_OVERFLOW, "element %" PRIi64 " of buffer %u leaves 64 signed bits", index, instruction.src);
  return Status();
}

/// Where the device's memory is not the host's, the function works on copies, one after the other in `staging`.
Status Interpreter::hostCall(const HostCall &call) {
  const HostFunction &function = *call.function;
  HostBuffer buffers[kMaxHostBuffers];
  BufferState states[kMaxHostBuffers];
  int64_t scalars[kMaxHostScalars], bytes = 0;
  uint32_t count = function.numInputs + function.numOutputs;
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t number = program.launchBuffers[call.firstBuffer + i];
    TENON_TRY(i < function.numInputs ? resolve(number, states[i]) : resolveWritable(number, states[i]));
    buffers[i] = {states[i].address, states[i].bytes};
    if (!checkedAdd(bytes, states[i].bytes, bytes) || !checkedAlignUp(bytes, engine::kBufferAlignment, bytes))
      return makeError(TENON_OVERFLOW, "%s: the size of its buffers overflows", function.name);
  }
  for (uint32_t i = 0; i < function.numScalars; ++i)
    scalars[i] = program.operands[call.firstScalar + i].get(registers.data());
  TENON_TRY(stream.wait());
  if (device.isHost())
    return function.call(call.type, buffers, scalars);

  std::unique_ptr<char[]> staging(new (std::nothrow) char[size_t(bytes)]);
  if (!staging)
    return makeError(TENON_OUT_OF_MEMORY, "%" PRIi64 " bytes of host memory for %s", bytes, function.name);
  int64_t offset = 0;
  for (uint32_t i = 0; i < count; ++i) {
    buffers[i].data = staging.get() + offset;
    offset = int64_t(engine::alignUp(uint64_t(offset + buffers[i].bytes), engine::kBufferAlignment));
    if (i < function.numInputs)
      TENON_TRY(stream.download(buffers[i].data, states[i].address, size_t(buffers[i].bytes)));
  }
  TENON_TRY(stream.wait());
  TENON_TRY(function.call(call.type, buffers, scalars));
  for (uint32_t i = function.numInputs; i < count; ++i)
    TENON_TRY(stream.upload(states[i].address, buffers[i].data, size_t(buffers[i].bytes)));
  return stream.wait();
}

Status Interpreter::allocate(uint32_t number) {
  BufferState &state = states[number];
  int64_t bytes = program.buffers[number].bytes.get(registers.data());
  if (bytes < 0)
    return makeError(TENON_PROGRAM_ERROR, "buffer %u: size of %" PRIi64 " bytes", number, bytes);
  // Its old memory first: a loop that allocates each time then reuses it.
  assignChunk(state, nullptr);
  state.address = nullptr;
  Pool::Chunk *chunk = pool.allocate(size_t(bytes));
  if (!chunk)
    return device.makeMemoryError(bytes, "for a size that depends on data");
  state.chunk = chunk;
  state.address = chunk->data;
  state.bytes = bytes;
  return Status();
}

Status Interpreter::assign(const Instruction &instruction) {
  BufferState from;
  TENON_TRY(resolve(instruction.src, from));
  BufferState &slot = states[instruction.dst];
  // A view's memory belongs to the chunk of what it is a view of.
  uint32_t root = instruction.src;
  while (program.buffers[root].storage == Storage::view)
    root = program.buffers[root].index;
  assignChunk(slot, states[root].chunk);
  slot.address = from.address;
  slot.bytes = from.bytes;
  slot.writable = from.writable;
  return Status();
}

/// Makes the recording of a segment, or brings it up to date.
Status Interpreter::recordSegment(Binding &binding, uint32_t number, const volatile int32_t *cancel) {
  const Segment &segment = program.segments[number];
  RecordedSegment &recorded = binding.recorded[number];
  Status status = stream.beginRecording(recorded.recording);
  if (!status)
    status = execute(binding, segment.begin, segment.end, cancel);
  if (!status)
    status = stream.endRecording();
  if (status) {
    stream.dropRecording();
    recorded.recording.reset();
    return status;
  }
  recorded.placement = binding.placement;
  recorded.scratch = scratch.getData();
  return Status();
}

/// Runs a segment from its recording.
Status Interpreter::runSegment(Binding &binding, uint32_t number, const volatile int32_t *cancel) {
  const RecordedSegment &recorded = binding.recorded[number];
  if (isCancelled(cancel))
    return makeCancelled();
  bool isCurrent = recorded.recording && program.segments[number].isBound && recorded.placement == binding.placement &&
                   recorded.scratch == scratch.getData();
  if (!isCurrent)
    TENON_TRY(recordSegment(binding, number, cancel));
  return stream.replay(*recorded.recording);
}

Status Interpreter::record(Binding &binding) {
  releaseChunks();
  TENON_TRY(reserveScratch(binding.scratchBytes));
  std::copy(binding.registers.begin(), binding.registers.end(), registers.begin());
  for (uint32_t number = 0; number < program.segments.size(); ++number) {
    if (!program.segments[number].isBound)
      continue;
    Status status = recordSegment(binding, number, nullptr);
    // A branch that is not taken may make no sense for these shapes; the run tells if it is taken.
    if (status && (status.code() == TENON_OUT_OF_MEMORY || status.code() == TENON_DEVICE_LOST))
      return status;
  }
  return Status();
}

Status Interpreter::run(Binding &binding, const volatile int32_t *cancel) {
  releaseChunks();
  measured.clear();
  numReported = 0;
  TENON_TRY(reserveScratch(binding.scratchBytes));
  std::copy(binding.registers.begin(), binding.registers.end(), registers.begin());
  // A shape that comes once is not worth a recording.
  bool isWorth = binding.isPrepared || binding.runs++ > 0;
  recordable = isWorth && !profileHook && stream.canRecord() ? &binding : nullptr;
  TENON_TRY(execute(binding, 0, uint32_t(program.main.size()), cancel));
  return profileHook ? reportTimes(true) : Status();
}

/// Runs instructions [begin, end) of main; jumps stay within.
Status Interpreter::execute(const Binding &binding, uint32_t begin, uint32_t end, const volatile int32_t *cancel) {
  const Instruction *code = program.main.data(), *last = code + end;
  for (const Instruction *next = code + begin; next != last;) {
    const Instruction &instruction = *next++;
    if (!binding.undefined.empty())
      TENON_TRY(expectDefined(program, binding, instruction, registers.data()));
    switch (instruction.opcode) {
    case Opcode::launch:
      TENON_TRY(launch(binding, program.launches[instruction.index], instruction.index, cancel));
      break;
    case Opcode::inputDim:
      registers[instruction.dst] = binding.inputDims[instruction.index];
      break;
    case Opcode::guard:
      if (instruction.a.get(registers.data()) == 0)
        return makeError(TENON_GUARD_FAILED, "%s", program.messages[instruction.index].c_str());
      break;
    case Opcode::copy:
      TENON_TRY(copy(instruction));
      break;
    case Opcode::hostCall:
      TENON_TRY(hostCall(program.hostCalls[instruction.index]));
      break;
    case Opcode::writeScalars:
      TENON_TRY(writeScalars(instruction));
      break;
    case Opcode::readScalar:
      TENON_TRY(readScalar(instruction));
      break;
    case Opcode::alloc:
      TENON_TRY(allocate(instruction.dst));
      break;
    case Opcode::free:
      assignChunk(states[instruction.dst], nullptr);
      states[instruction.dst].address = nullptr;
      states[instruction.dst].bytes = 0;
      break;
    case Opcode::assign:
      TENON_TRY(assign(instruction));
      break;
    case Opcode::jump:
      if (isCancelled(cancel))
        return makeCancelled();
      next = code + instruction.index;
      break;
    case Opcode::jumpIfZero:
      if (instruction.a.get(registers.data()) == 0)
        next = code + instruction.index;
      break;
    case Opcode::segment:
      if (!recordable)
        break;
      TENON_TRY(runSegment(*recordable, instruction.index, cancel));
      next = code + program.segments[instruction.index].end;
      break;
    case Opcode::end:
      return Status();
    case Opcode::checkSymbol:
      break;
    default: {
      int64_t result;
      if (!computeScalar(instruction, registers.data(), result))
        return makeScalarError(instruction, registers.data());
      registers[instruction.dst] = result;
    }
    }
  }
  return Status();
}
