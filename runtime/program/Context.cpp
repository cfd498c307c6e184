// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The choice of a plan for the inputs' shapes, the run, and its outputs.
#include "runtime/program/Context.h"

#include "runtime/engine/Format.h"
#include "runtime/support/ElementType.h"

#include <algorithm>
#include <cinttypes>
#include <cstring>

using namespace tenon::runtime;

static constexpr uint32_t kDefaultCachedShapes = 16;

tenon_context::tenon_context(tenon_engine &engine, std::unique_ptr<Stream> given, const tenon_allocator *allocator, uint32_t cachedShapes)
    : hold(engine), device(*engine.device), program(engine.program), stream(std::move(given)),
      memory(allocator ? *allocator : stream->getAllocator(), allocator ? stream.get() : nullptr), hostMemory(hostAllocator(), nullptr),
      interpreter(program, device, *stream, memory), arena(memory), inputAddresses(program.inputs.size()),
      outputAddresses(program.outputs.size()), dims(program.numInputDims, 0),
      maxBindings(cachedShapes ? cachedShapes : kDefaultCachedShapes) {
  for (size_t i = 0; i < program.inputs.size(); ++i)
    inputs.push_back(std::make_unique<Input>(memory));
  for (const TensorSpec &spec : program.outputs) {
    outputs.push_back(std::make_unique<Output>(memory, hostMemory));
    outputs.back()->dims.resize(spec.dims.size());
  }
}

tenon_context::~tenon_context() {
  if (isUnderWay)
    Status unread = stream->wait(); // nobody is left to hear of it
}

Status tenon_context::makeBinding(std::unique_ptr<Binding> &binding) const {
  binding = std::make_unique<Binding>();
  binding->inputDims = dims;
  return resolveBinding(program, device, *binding);
}

/// Makes `current` the plan for `dims`: one of those kept, or a new one.
Status tenon_context::selectBinding() {
  if (!current) {
    for (const std::unique_ptr<Binding> &binding : bindings)
      if (binding->inputDims == dims)
        current = binding.get();
    needsPlacing = true;
  }
  if (!current) {
    std::unique_ptr<Binding> binding;
    TENON_TRY(makeBinding(binding));
    ++bindingsMade;
    if (bindings.size() >= maxBindings)
      bindings.erase( // and its recordings with it
          std::min_element(bindings.begin(), bindings.end(), [](const auto &a, const auto &b) { return a->lastUse < b->lastUse; }));
    bindings.push_back(std::move(binding));
    current = bindings.back().get();
  }
  current->lastUse = ++clock;
  return Status();
}

/// Memory for the current plan; what is there already is kept.
Status tenon_context::makeRoom() {
  char *before = arena.getData();
  if (!arena.reserve(size_t(current->arenaBytes)))
    return device.makeMemoryError(current->arenaBytes, "of arena");
  needsPlacing |= arena.getData() != before;
  TENON_TRY(interpreter.reserveScratch(current->scratchBytes));
  for (size_t i = 0; i < outputs.size(); ++i) {
    Output &output = *outputs[i];
    int64_t bytes = current->outputBytes[i];
    const TensorSpec &spec = program.outputs[i];
    if (spec.dataDependent || program.buffers[spec.buffer].storage != Storage::output || isDirectOutput(output))
      continue;
    before = output.owned.getData();
    if (!output.owned.reserve(size_t(bytes)))
      return makeMemoryError(bytes, "output", spec.name);
    needsPlacing |= output.owned.getData() != before;
  }
  return Status();
}

Status tenon_context::placeBuffers() {
  for (size_t i = 0; i < outputs.size(); ++i) {
    Output &output = *outputs[i];
    if (output.bound && !program.outputs[i].dataDependent && output.boundBytes < uint64_t(current->outputBytes[i]))
      return makeError(TENON_WRONG_SHAPE, "output '%s': expected %" PRIi64 " bytes, got %zu", program.outputs[i].name.c_str(),
                       current->outputBytes[i], output.boundBytes);
    outputAddresses[i] = isDirectOutput(output) ? output.bound : output.owned.getData();
  }
  for (size_t i = 0; i < inputs.size(); ++i)
    inputAddresses[i] = inputs[i]->address;
  interpreter.place(*current, inputAddresses.data(), outputAddresses.data(), arena.getData());
  needsPlacing = false;
  return Status();
}

void tenon_context::forgetResults() {
  hasShapes = false;
  for (const std::unique_ptr<Output> &output : outputs) {
    output->result = nullptr;
    output->hasHostCopy = false;
  }
}

Status tenon_context::prepare(const tenon_shape *shapes, size_t count) {
  forgetResults();
  if (shapes) {
    if (count != inputs.size())
      return makeError(TENON_INVALID_ARGUMENT, "expected %zu shapes, got %zu", inputs.size(), count);
    for (size_t i = 0; i < count; ++i) {
      if (shapes[i].rank != 0 && !shapes[i].dims)
        return makeError(TENON_INVALID_ARGUMENT, "shape %zu: dims is NULL", i);
      TENON_TRY(checkDims(i, shapes[i].rank, shapes[i].dims));
    }
    // Memory bound with other dims must not be read with these.
    for (size_t i = 0; i < count; ++i) {
      const TensorSpec &spec = program.inputs[i];
      if (!spec.dims.empty() && std::memcmp(dims.data() + spec.firstDim, shapes[i].dims, spec.dims.size() * sizeof(int64_t)) != 0)
        inputs[i]->isBound = false;
      setDims(i, shapes[i].dims);
    }
  } else {
    for (size_t i = 0; i < inputs.size(); ++i)
      if (!inputs[i]->isBound)
        return makeError(TENON_INVALID_STATE, "input '%s' is not bound", program.inputs[i].name.c_str());
  }
  TENON_TRY(selectBinding());
  TENON_TRY(makeRoom());
  current->isPrepared |= shapes != nullptr;
  if (shapes && stream->canRecord())
    TENON_TRY(record());
  for (size_t i = 0; i < outputs.size(); ++i) {
    outputs[i]->dims = current->outputDims[i];
    outputs[i]->bytes = current->outputBytes[i];
  }
  hasShapes = true;
  return Status();
}

/// Makes the recordings of the current plan. Inputs that are not bound are taken to come from the host, by way of the context's memory; if
/// they come otherwise, the recordings change in place.
Status tenon_context::record() {
  for (size_t i = 0; i < inputs.size(); ++i) {
    const TensorSpec &spec = program.inputs[i];
    int64_t bytes = 0;
    if (inputs[i]->isBound)
      continue;
    if (!tensorBytes(spec.type, dims.data() + spec.firstDim, uint32_t(spec.dims.size()), bytes))
      return makeError(TENON_WRONG_SHAPE, "input '%s': the size leaves 64 bits", spec.name.c_str());
    if (!inputs[i]->owned.reserve(size_t(bytes)))
      return makeMemoryError(bytes, "input", spec.name);
    inputs[i]->address = inputs[i]->owned.getData();
  }
  // An output that is bound for other shapes is an error of the run only.
  if (Status misfit = placeBuffers())
    return Status();
  return interpreter.record(*current);
}

/// Says where the output is; copies it if the caller wants it elsewhere.
Status tenon_context::finishOutput(size_t index) {
  Output &output = *outputs[index];
  const TensorSpec &spec = program.outputs[index];
  if (spec.dataDependent) {
    for (size_t axis = 0; axis < spec.dims.size(); ++axis)
      output.dims[axis] = spec.dims[axis].get(interpreter.getRegisters());
    if (!tensorBytes(spec.type, output.dims.data(), uint32_t(output.dims.size()), output.bytes))
      return makeError(TENON_OVERFLOW, "output '%s': a dimension is negative or the size leaves 64 bits", spec.name.c_str());
  } else {
    std::copy(current->outputDims[index].begin(), current->outputDims[index].end(), output.dims.begin());
    output.bytes = current->outputBytes[index];
  }
  BufferState state;
  TENON_TRY(interpreter.resolve(spec.buffer, state));
  if (state.bytes < output.bytes && program.buffers[spec.buffer].storage != Storage::output)
    return makeError(TENON_PROGRAM_ERROR, "output '%s': %" PRIi64 " bytes do not fit its buffer of %" PRIi64, spec.name.c_str(),
                     output.bytes, state.bytes);
  output.resultMemory = TENON_DEVICE;
  if (output.bound && state.address != output.bound) {
    if (output.boundBytes < uint64_t(output.bytes))
      return makeError(TENON_WRONG_SHAPE, "output '%s': expected %" PRIi64 " bytes, got %zu", spec.name.c_str(), output.bytes,
                       output.boundBytes);
    if (output.bytes > 0)
      TENON_TRY(output.boundMemory == TENON_DEVICE ? stream->copy(output.bound, state.address, size_t(output.bytes))
                                                   : stream->download(output.bound, state.address, size_t(output.bytes)));
    state.address = output.bound;
    output.resultMemory = output.boundMemory;
  }
  output.result = state.address;
  return Status();
}

Status tenon_context::run(const tenon_run_options &options) {
  forgetResults();
  for (size_t i = 0; i < inputs.size(); ++i)
    if (!inputs[i]->isBound)
      return makeError(TENON_INVALID_STATE, "input '%s' is not bound", program.inputs[i].name.c_str());
  TENON_TRY(selectBinding());
  TENON_TRY(makeRoom());
  if (needsPlacing)
    TENON_TRY(placeBuffers());
  TENON_TRY(stream->beginRun(options.stream));
  isUnderWay = true;
  Status status = runOnce(options);
  Status ended = stream->endRun();
  if (status) {
    interpreter.releaseChunks();
    return status;
  }
  TENON_TRY(std::move(ended));
  if (!options.stream && !options.is_async)
    TENON_TRY(wait());
  hasShapes = true;
  ++runs;
  return Status();
}

/// Everything that a run gives to the stream.
Status tenon_context::runOnce(const tenon_run_options &options) {
  for (const std::unique_ptr<Input> &input : inputs)
    if (input->source)
      TENON_TRY(copyIn(input->owned.getData(), input->source, input->sourceMemory, input->bytes));
  TENON_TRY(interpreter.run(*current, options.cancel));
  for (size_t i = 0; i < outputs.size(); ++i)
    TENON_TRY(finishOutput(i));
  return Status();
}

Status tenon_context::wait() {
  TENON_TRY(stream->wait());
  isUnderWay = false;
  return Status();
}

Status tenon_context::getOutput(size_t index, tenon_memory where, tenon_tensor &tensor) {
  if (index >= outputs.size())
    return makeError(TENON_INVALID_ARGUMENT, "there is no output %zu: the engine has %zu", index, outputs.size());
  Output &output = *outputs[index];
  const TensorSpec &spec = program.outputs[index];
  if (!hasShapes || (spec.dataDependent && !output.result))
    return makeError(TENON_INVALID_STATE, "output '%s' is not known before %s", spec.name.c_str(),
                     spec.dataDependent ? "a run" : "prepare or a run");
  tensor.data = output.result;
  tensor.memory = output.result ? output.resultMemory : where;
  if (where == TENON_HOST && output.result && output.resultMemory == TENON_DEVICE) {
    if (!device.isHost() && output.bytes > 0)
      TENON_TRY(copyOut(output, spec.name));
    tensor.data = device.isHost() || output.bytes == 0 ? output.result : output.hostCopy.getData();
    tensor.memory = TENON_HOST;
  }
  tensor.bytes = size_t(output.bytes);
  tensor.type = spec.type;
  tensor.rank = uint32_t(output.dims.size());
  tensor.dims = output.dims.data();
  tensor.strides = nullptr;
  return Status();
}

/// Makes the host's copy of a result, once for each run.
Status tenon_context::copyOut(Output &output, const std::string &name) {
  if (output.hasHostCopy)
    return Status();
  if (!output.hostCopy.reserve(size_t(output.bytes)))
    return makeError(TENON_OUT_OF_MEMORY, "out of memory: %" PRIi64 " bytes for a copy of output '%s'", output.bytes, name.c_str());
  TENON_TRY(stream->download(output.hostCopy.getData(), output.result, size_t(output.bytes)));
  TENON_TRY(wait());
  output.hasHostCopy = true;
  return Status();
}

void tenon_context::getStats(tenon_context_stats &stats) const {
  stats.arena_bytes = current ? uint64_t(current->arenaBytes) : 0;
  stats.live_bytes = current ? uint64_t(current->liveBytes) : 0;
  stats.pool_bytes = interpreter.getPoolBytes();
  stats.scratch_bytes = interpreter.getScratchBytes();
  stats.bindings = bindingsMade;
  stats.allocations = memory.getAllocations();
  stats.runs = runs;
  const StreamCounts &counts = stream->getCounts();
  stats.launches = counts.launches;
  stats.graph_launches = counts.graphLaunches;
  stats.graphs = counts.graphs;
  stats.graph_updates = counts.graphUpdates;
  stats.waits = counts.waits;
}
