// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One launch: its pointers, numbers and grid as the stream takes them, and its time for the profile hook.
#include "runtime/program/Interpreter.h"

#include "runtime/engine/Format.h"

#include <cstring>

using namespace tenon::runtime;

/// Pointers of a launch that involves pools, slots or views of them.
Status Interpreter::prepareLaunch(const Launch &launch) {
  const Kernel &kernel = program.kernels[launch.kernel];
  for (uint32_t i = 0; i < launch.numBuffers; ++i) {
    BufferState state;
    uint32_t buffer = program.launchBuffers[launch.firstBuffer + i];
    TENON_TRY(kernel.writes[i] ? resolveWritable(buffer, state) : resolve(buffer, state));
    if (state.bytes == 0)
      state.address = getEmptyMemory();
    if (reinterpret_cast<uintptr_t>(state.address) % engine::kBufferAlignment != 0)
      return makeError(TENON_PROGRAM_ERROR, "kernel '%s': buffer %u does not begin at a multiple of 64 bytes", kernel.name.c_str(), buffer);
    launchPointers[i] = state.address;
  }
  return Status();
}

Status Interpreter::launchWithProfile(const Launch &launch, const LaunchArguments &arguments) {
  measured.push_back({launch.kernel, {arguments.grid[0], arguments.grid[1], arguments.grid[2]}});
  TENON_TRY(stream.launchTimed(arguments));
  return reportTimes(false);
}

/// Calls the hook for the launches whose times are known, in their order.
Status Interpreter::reportTimes(bool all) {
  TENON_TRY(stream.takeTimes(all, times));
  for (size_t i = 0; i < times.size() && numReported < measured.size(); ++i, ++numReported) {
    const Measured &launch = measured[numReported];
    const Kernel &kernel = program.kernels[launch.kernel];
    tenon_kernel_event event = {};
    event.size = sizeof(event);
    event.kernel = launch.kernel;
    event.name = kernel.name.c_str();
    event.nodes = kernel.publicNodes.data();
    event.num_nodes = kernel.publicNodes.size();
    std::memcpy(event.grid, launch.grid, sizeof(event.grid));
    event.start = times[i].start;
    event.duration = times[i].duration;
    profileHook(profileUser, &event);
  }
  times.clear();
  return Status();
}

Status Interpreter::checkMaps(const Launch &launch, const int64_t *scalars) const {
  for (uint32_t i = 0; i < launch.numMaps; ++i) {
    const TensorMap &map = program.maps[launch.firstMap + i];
    BufferState state;
    TENON_TRY(resolve(program.launchBuffers[launch.firstBuffer + map.buffer], state));
    TENON_TRY(checkTensorMap(map, scalars, state.bytes));
  }
  return Status();
}

Status Interpreter::launch(const Binding &binding, const Launch &launch, size_t number, const volatile int32_t *cancel) {
  LaunchArguments arguments;
  LaunchValues values;
  const LaunchValues *source = &binding.launches[number];
  if (launch.boundScalars && source->grid[0] >= 0) {
    arguments.scalars = binding.scalars.data() + launch.firstScalar;
  } else {
    TENON_TRY(evaluateLaunch(program, device, launch, registers.data(), values, launchScalars.data()));
    TENON_TRY(reserveScratch(values.scratchMemory));
    arguments.scalars = launchScalars.data();
    source = &values;
  }
  if (launch.boundBuffers && source != &values) {
    const uint32_t *buffers = program.launchBuffers.data() + launch.firstBuffer;
    for (uint32_t i = 0; i < launch.numBuffers; ++i)
      launchPointers[i] = states[buffers[i]].address;
  } else {
    TENON_TRY(prepareLaunch(launch));
  }
  if (source->grid[0] > 0 && source->grid[1] > 0 && source->grid[2] > 0)
    TENON_TRY(checkMaps(launch, arguments.scalars));
  arguments.maps = program.maps.data() + launch.firstMap;
  arguments.numMaps = launch.numMaps;
  arguments.startsEarly = launch.startsEarly;
  arguments.entry = launch.entry;
  arguments.buffers = launchPointers.data();
  std::memcpy(arguments.grid, source->grid, sizeof(arguments.grid));
  arguments.scratch = scratch.getData();
  arguments.scratchStride = size_t(engine::alignUp(uint64_t(source->scratch), engine::kBufferAlignment));
  arguments.cancel = cancel;
  TENON_TRY(profileHook ? launchWithProfile(launch, arguments) : stream.launch(arguments));
  // A launch that saw the flag may be incomplete.
  return isCancelled(cancel) ? makeCancelled() : Status();
}
