// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where the interpreter's buffers are: places of a binding, chunks of the pool, views.
#include "runtime/program/Interpreter.h"
#include "runtime/support/Checked.h"

#include <cinttypes>

using namespace tenon::runtime;

char *Interpreter::getEmptyMemory() {
  alignas(64) static char memory[64];
  return memory;
}

/// Do the addresses of a binding differ from those that it was placed at before?
static bool moveAddresses(const Program &program, Binding &binding, char *const *inputs, char *const *outputs, char *arena) {
  size_t numInputs = program.inputs.size(), numOutputs = program.outputs.size();
  bool moved = binding.addresses.empty();
  binding.addresses.resize(numInputs + numOutputs + 1);
  auto set = [&](size_t index, char *address) {
    moved |= binding.addresses[index] != address;
    binding.addresses[index] = address;
  };
  for (size_t i = 0; i < numInputs; ++i)
    set(i, inputs[i]);
  for (size_t i = 0; i < numOutputs; ++i)
    set(numInputs + i, outputs[i]);
  set(numInputs + numOutputs, arena);
  return moved;
}

void Interpreter::place(Binding &binding, char *const *inputs, char *const *outputs, char *arena) {
  if (moveAddresses(program, binding, inputs, outputs, arena))
    ++binding.placement;
  for (uint32_t number : program.resolveOrder) {
    const Buffer &buffer = program.buffers[number];
    const Place &place = binding.places[number];
    BufferState &state = states[number];
    state.bytes = place.bytes;
    state.writable = true;
    switch (buffer.storage) {
    case Storage::input:
      state.address = inputs[buffer.index];
      state.writable = false;
      break;
    case Storage::output:
      state.address = outputs[buffer.index];
      break;
    case Storage::constant:
      state.address = const_cast<char *>(buffer.constant); // never written: the verifier and `writable` see to it
      state.writable = false;
      break;
    case Storage::arena:
      state.address = arena ? arena + place.offset : nullptr;
      break;
    default: // a view: its root was placed before it
      state.address = states[place.root].address ? states[place.root].address + place.offset : nullptr;
      state.writable = states[place.root].writable;
      break;
    }
    if (!state.address)
      state.address = getEmptyMemory();
    if (place.bytes < 0)
      state.address = nullptr; // `resolve` refuses it
  }
}

Status Interpreter::reserveScratch(int64_t bytes) {
  if (!scratch.reserve(size_t(bytes)))
    return device.makeMemoryError(bytes, "of scratch");
  return Status();
}

void Interpreter::assignChunk(BufferState &state, Pool::Chunk *chunk) {
  Pool::retain(chunk);
  pool.release(state.chunk);
  state.chunk = chunk;
}

void Interpreter::releaseChunks() {
  for (uint32_t number : dynamicBuffers) {
    BufferState &state = states[number];
    assignChunk(state, nullptr);
    state.address = nullptr;
    state.bytes = 0;
  }
}

Status Interpreter::resolve(uint32_t number, BufferState &state) const {
  // Walks from the part to a whole that has an address; each step must fit into the next.
  int64_t offset = 0;
  bool isView = false;
  int64_t bytes = 0;
  const Buffer *buffer = &program.buffers[number];
  uint32_t current = number;
  while (buffer->storage == Storage::view && !buffer->bound) {
    int64_t partOffset = buffer->offset.get(registers.data()), partBytes = buffer->bytes.get(registers.data());
    if (!isView)
      bytes = partBytes;
    isView = true;
    current = buffer->index;
    const Buffer &whole = program.buffers[current];
    int64_t available = whole.storage == Storage::view && !whole.bound ? whole.bytes.get(registers.data()) : states[current].bytes;
    if (!fitsInside(partOffset, partBytes, available) || !checkedAdd(offset, partOffset, offset))
      return makeError(TENON_PROGRAM_ERROR, "buffer %u: %" PRIi64 " bytes at %" PRIi64 " are outside buffer %u of %" PRIi64 " bytes",
                       number, partBytes, partOffset, current, available);
    buffer = &whole;
  }
  state = states[current];
  if (!state.address && buffer->bound)
    return makeError(TENON_PROGRAM_ERROR, "buffer %u does not fit what it is a part of, for these shapes", number);
  if (!state.address)
    return makeError(TENON_PROGRAM_ERROR, "buffer %u is used before it has memory", number);
  if (isView) {
    state.address += offset;
    state.bytes = bytes;
  }
  return Status();
}

Status Interpreter::resolveWritable(uint32_t number, BufferState &state) const {
  TENON_TRY(resolve(number, state));
  if (!state.writable)
    return makeError(TENON_PROGRAM_ERROR, "buffer %u is written but refers to a constant or an input", number);
  return Status();
}
