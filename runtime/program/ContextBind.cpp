// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Binding of inputs and outputs: what the caller gives is checked here, and copied where kernels cannot use it as it is.
#include "runtime/engine/Format.h"
#include "runtime/program/Context.h"
#include "runtime/support/ElementType.h"

#include <algorithm>
#include <cinttypes>
#include <cstring>

using namespace tenon::runtime;

static bool isAligned(const void *address) { return reinterpret_cast<uintptr_t>(address) % tenon::engine::kBufferAlignment == 0; }

/// Can kernels use the caller's memory as it is?
bool tenon_context::isDirect(const void *address, tenon_memory where) const {
  return isAligned(address) && (where == TENON_DEVICE || device.isHost());
}

/// To the device's memory.
Status tenon_context::copyIn(void *to, const void *from, tenon_memory fromMemory, int64_t bytes) {
  if (bytes == 0)
    return Status();
  return fromMemory == TENON_DEVICE ? stream->copy(to, from, size_t(bytes)) : stream->upload(to, from, size_t(bytes));
}

Status tenon_context::makeMemoryError(int64_t bytes, const char *what, const std::string &name) const {
  return device.makeMemoryError(bytes, (std::string("for ") + what + " '" + name + "'").c_str());
}

Status tenon_context::checkDims(size_t index, uint32_t rank, const int64_t *given) const {
  const TensorSpec &spec = program.inputs[index];
  if (rank != spec.dims.size())
    return makeError(TENON_WRONG_SHAPE, "input '%s': expected rank %zu, got %u", spec.name.c_str(), spec.dims.size(), rank);
  for (uint32_t axis = 0; axis < rank; ++axis) {
    int64_t expected = spec.publicDims[axis];
    if (given[axis] < 0 || (expected >= 0 && given[axis] != expected))
      return makeError(TENON_WRONG_SHAPE,
                       expected >= 0 ? "input '%s': expected dimension %u to be %" PRIi64 ", got %" PRIi64
                                     : "input '%s': expected dimension %u to be at least %" PRIi64 ", got %" PRIi64,
                       spec.name.c_str(), axis, std::max<int64_t>(expected, 0), given[axis]);
  }
  return Status();
}

Status tenon_context::checkTensor(size_t index, const tenon_tensor &tensor, int64_t &bytes) const {
  if (index >= inputs.size())
    return makeError(TENON_INVALID_ARGUMENT, "there is no input %zu: the engine has %zu", index, inputs.size());
  const TensorSpec &spec = program.inputs[index];
  if (tensor.type != spec.type)
    return makeError(TENON_WRONG_TYPE, "input '%s': expected %s, got %s", spec.name.c_str(), tenon_type_name(spec.type),
                     tenon_type_name(tensor.type));
  if (tensor.strides)
    return makeError(TENON_INVALID_ARGUMENT, "input '%s': strides are not supported yet", spec.name.c_str());
  if (tensor.rank != 0 && !tensor.dims)
    return makeError(TENON_INVALID_ARGUMENT, "input '%s': dims is NULL", spec.name.c_str());
  TENON_TRY(checkDims(index, tensor.rank, tensor.dims));
  if (!tensorBytes(tensor.type, tensor.dims, tensor.rank, bytes))
    return makeError(TENON_WRONG_SHAPE, "input '%s': the size leaves 64 bits", spec.name.c_str());
  if (tensor.bytes < uint64_t(bytes))
    return makeError(TENON_WRONG_SHAPE, "input '%s': expected %" PRIi64 " bytes, got %zu", spec.name.c_str(), bytes, tensor.bytes);
  if (bytes > 0 && !tensor.data)
    return makeError(TENON_INVALID_ARGUMENT, "input '%s': data is NULL", spec.name.c_str());
  return bytes > 0 ? checkMemory(tensor.data, tensor.memory, "input", spec.name) : Status();
}

/// Is the caller's memory where it says?
Status tenon_context::checkMemory(const void *data, tenon_memory where, const char *what, const std::string &name) const {
  if (where != TENON_HOST && where != TENON_DEVICE)
    return makeError(TENON_INVALID_ARGUMENT, "%s '%s': unknown kind of memory %d", what, name.c_str(), int(where));
  if (where == TENON_HOST)
    return Status();
  Status status = stream->checkMemory(data);
  if (!status || status.code() != TENON_INVALID_ARGUMENT)
    return status;
  return makeError(TENON_INVALID_ARGUMENT, "%s '%s': %s", what, name.c_str(), status.message());
}

void tenon_context::setDims(size_t index, const int64_t *given) {
  const TensorSpec &spec = program.inputs[index];
  int64_t *stored = dims.data() + spec.firstDim;
  size_t rank = spec.dims.size();
  if (rank == 0 || std::memcmp(stored, given, rank * sizeof(int64_t)) == 0)
    return;
  std::memcpy(stored, given, rank * sizeof(int64_t));
  current = nullptr;
}

Status tenon_context::bindInput(size_t index, const tenon_tensor &tensor) {
  int64_t bytes;
  TENON_TRY(checkTensor(index, tensor, bytes));
  Input &input = *inputs[index];
  bool isUsable = bytes == 0 || isDirect(tensor.data, tensor.memory);
  if (!isUsable && !input.owned.reserve(size_t(bytes)))
    return makeMemoryError(bytes, "input", program.inputs[index].name);
  input.source = isUsable ? nullptr : tensor.data;
  input.sourceMemory = tensor.memory;
  input.bytes = bytes;
  input.address = isUsable ? static_cast<char *>(tensor.data) : input.owned.getData();
  input.isBound = true;
  needsPlacing = true;
  setDims(index, tensor.dims);
  return Status();
}

Status tenon_context::copyInput(size_t index, const tenon_tensor &tensor) {
  int64_t bytes;
  TENON_TRY(checkTensor(index, tensor, bytes));
  Input &input = *inputs[index];
  // Whatever was bound is gone if there is no room for the copy.
  input.isBound = false;
  if (!input.owned.reserve(size_t(bytes)))
    return makeMemoryError(bytes, "input", program.inputs[index].name);
  TENON_TRY(copyIn(input.owned.getData(), tensor.data, tensor.memory, bytes));
  // The caller may change the tensor when this returns; only copies from pageable memory are sure to be done with it.
  TENON_TRY(stream->wait());
  input.source = nullptr;
  input.bytes = bytes;
  input.address = input.owned.getData();
  input.isBound = true;
  needsPlacing = true;
  setDims(index, tensor.dims);
  return Status();
}

Status tenon_context::bindOutput(size_t index, tenon_memory where, void *data, size_t bytes) {
  if (index >= outputs.size())
    return makeError(TENON_INVALID_ARGUMENT, "there is no output %zu: the engine has %zu", index, outputs.size());
  if (data)
    TENON_TRY(checkMemory(data, where, "output", program.outputs[index].name));
  outputs[index]->bound = static_cast<char *>(data);
  outputs[index]->boundMemory = where;
  outputs[index]->boundBytes = data ? bytes : 0;
  outputs[index]->result = nullptr;
  needsPlacing = true;
  return Status();
}
