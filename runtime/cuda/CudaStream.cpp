// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Commands, the order between streams, memory. Timing is in CudaTiming.cpp.
#include "runtime/cuda/CudaStream.h"

#include "runtime/cuda/CudaTensorMap.h"
#include "runtime/engine/Format.h"

#include <algorithm>
#include <climits>
#include <cstdio>
#include <ctime>

using namespace tenon::runtime;

/// So that the launch path never allocates: words, and parameters that each begin at one.
static constexpr size_t kMaxWords = tenon::engine::kMaxKernelOperands + 3, kMaxValues = kMaxWords + tenon::engine::kMaxMaps * kMapWords;

static cuda::DeviceAddress toAddress(const void *memory) { return reinterpret_cast<cuda::DeviceAddress>(memory); }

CudaStream::CudaStream(CudaDevice &device)
    : hold(device), device(device), driver(device.getDriver()), values(kMaxValues), parameters(kMaxWords + tenon::engine::kMaxMaps) {}

Status CudaStream::create(CudaDevice &device, std::unique_ptr<Stream> &stream) {
  std::unique_ptr<CudaStream> made(new CudaStream(device));
  TENON_TRY(made->open());
  stream = std::move(made);
  return Status();
}

Status CudaStream::open() {
  TENON_TRY(device.check(driver.cuStreamCreate(&own, cuda::kStreamNonBlocking), "making a stream"));
  TENON_TRY(device.check(driver.cuEventCreate(&ownReached, cuda::kEventDisableTiming), "making an event"));
  return device.check(driver.cuEventCreate(&runEnded, cuda::kEventDisableTiming), "making an event");
}

CudaStream::~CudaStream() {
  CudaTeardown scope(device);
  if (!scope)
    return;
  for (const Timed &entry : timed) {
    driver.cuEventDestroy(entry.start);
    driver.cuEventDestroy(entry.end);
  }
  for (cuda::Event event : {timeOrigin, ownReached, runEnded})
    if (event)
      driver.cuEventDestroy(event);
  if (own)
    driver.cuStreamDestroy(own);
}

/// As the device's check; a lost device names the kernel that was launched last.
Status CudaStream::check(cuda::Result result, const char *what) {
  if (result == cuda::success)
    return Status();
  if (!lastKernel)
    return device.check(result, what);
  char text[256];
  std::snprintf(text, sizeof(text), "%s (the last kernel launched was '%.150s')", what, lastKernel->name.c_str());
  return device.check(result, text);
}

Status CudaStream::select(cuda::StreamHandle &stream) {
  if (caller) {
    stream = caller;
    return Status();
  }
  if (isRunAhead)
    TENON_TRY(check(driver.cuStreamWaitEvent(own, runEnded, 0), "ordering streams"));
  isRunAhead = false;
  isOwnAhead = true;
  stream = own;
  return Status();
}

Status CudaStream::beginRun(void *stream) {
  auto given = static_cast<cuda::StreamHandle>(stream);
  lastKernel = nullptr;
  if (!given)
    return Status();
  if (isRunAhead)
    TENON_TRY(check(driver.cuStreamWaitEvent(given, runEnded, 0), "following the last run"));
  if (isOwnAhead) {
    TENON_TRY(check(driver.cuEventRecord(ownReached, own), "ordering streams"));
    TENON_TRY(check(driver.cuStreamWaitEvent(given, ownReached, 0), "entering the caller's stream"));
    isOwnAhead = false;
  }
  caller = given;
  return Status();
}

Status CudaStream::endRun() {
  cuda::StreamHandle stream = caller;
  caller = nullptr;
  if (!stream)
    return Status();
  TENON_TRY(check(driver.cuEventRecord(runEnded, stream), "ending a run"));
  isRunAhead = true;
  return Status();
}

Status CudaStream::wait() {
  TENON_TRY(device.getLoss());
  cuda::StreamHandle stream;
  TENON_TRY(select(stream));
  ++counts.waits;
  if (device.getWatchdogMillis()) {
    TENON_TRY(check(driver.cuEventRecord(ownReached, stream), "waiting for kernels"));
    TENON_TRY(waitForEvent(ownReached, "waiting for kernels"));
  } else {
    TENON_TRY(check(driver.cuStreamSynchronize(stream), "waiting for kernels"));
  }
  if (stream == own)
    isOwnAhead = false;
  return Status();
}

/// With a watchdog: polls, and gives up on a kernel that takes too long.
Status CudaStream::waitForEvent(cuda::Event event, const char *what) {
  timespec pause = {0, 200000};
  for (uint64_t waited = 0;; waited += uint64_t(pause.tv_nsec)) {
    cuda::Result result = driver.cuEventQuery(event);
    if (result != cuda::notReady)
      return check(result, what);
    if (waited > uint64_t(device.getWatchdogMillis()) * 1000000u)
      break;
    nanosleep(&pause, nullptr);
  }
  device.setHung();
  char text[256];
  std::snprintf(text, sizeof(text), "kernel '%.150s' did not end within %u ms", lastKernel ? lastKernel->name.c_str() : "",
                device.getWatchdogMillis());
  return device.lose(text);
}

/// With a watchdog: waits for the command just enqueued.
Status CudaStream::watch() { return device.getWatchdogMillis() ? wait() : Status(); }

Status CudaStream::launch(const LaunchArguments &arguments) {
  TENON_TRY(enqueueKernel(arguments));
  return recording ? Status() : watch();
}

/// The parameters are KernelAbi.h's.
Status CudaStream::enqueueKernel(const LaunchArguments &arguments) {
  const CudaKernel &kernel = CudaKernel::of(arguments.entry);
  int64_t workgroups = arguments.grid[0] * arguments.grid[1] * arguments.grid[2];
  if (workgroups == 0)
    return Status();
  bool isShared = arguments.scratchStride <= kernel.maxShared;
  uint64_t *value = values.data();
  for (uint32_t i = 0; i < kernel.numBuffers; ++i)
    *value++ = toAddress(arguments.buffers[i]);
  for (uint32_t i = 0; i < kernel.numScalars; ++i)
    *value++ = uint64_t(arguments.scalars[i]);
  *value++ = uint64_t(workgroups);
  *value++ = isShared ? 0 : toAddress(arguments.scratch);
  *value++ = arguments.scratchStride;
  for (uint32_t i = 0; i < arguments.numMaps; ++i, value += kMapWords)
    TENON_TRY(encodeTensorMap(device, arguments.maps[i], arguments.scalars, toAddress(arguments.buffers[arguments.maps[i].buffer]), value));
  cuda::KernelNodeParams node = {};
  node.function = kernel.function;
  int64_t mostBlocks = kernel.persistentBlocks ? kernel.persistentBlocks : isShared ? INT_MAX : kernel.maxBlocks;
  node.gridX = unsigned(std::min(workgroups, mostBlocks));
  node.gridY = node.gridZ = node.blockY = node.blockZ = 1;
  node.blockX = kernel.threads;
  node.sharedBytes = isShared ? unsigned(arguments.scratchStride) : 0;
  if (recording)
    return recording->addKernel(kernel, arguments.startsEarly, node, values.data(), size_t(value - values.data()));
  kernel.pointToParameters(values.data(), parameters.data());
  node.parameters = parameters.data();
  cuda::StreamHandle stream;
  TENON_TRY(select(stream));
  lastKernel = &kernel;
  ++counts.launches;
  return check(
      driver.cuLaunchKernel(node.function, node.gridX, 1, 1, node.blockX, 1, 1, node.sharedBytes, stream, node.parameters, nullptr),
      "launching a kernel");
}

Status CudaStream::copy(void *to, const void *from, size_t bytes) {
  if (bytes == 0 || to == from)
    return Status();
  if (recording)
    return recording->addCopy(to, from, bytes);
  cuda::StreamHandle stream;
  TENON_TRY(select(stream));
  return check(driver.cuMemcpyDtoDAsync(toAddress(to), toAddress(from), bytes, stream), "copying device memory");
}

Status CudaStream::upload(void *to, const void *from, size_t bytes) {
  if (bytes == 0)
    return Status();
  if (recording)
    return recording->addUpload(to, from, bytes);
  cuda::StreamHandle stream;
  TENON_TRY(select(stream));
  return check(driver.cuMemcpyHtoDAsync(toAddress(to), from, bytes, stream), "copying to the device");
}

Status CudaStream::download(void *to, const void *from, size_t bytes) {
  if (bytes == 0)
    return Status();
  cuda::StreamHandle stream;
  TENON_TRY(select(stream));
  return check(driver.cuMemcpyDtoHAsync(to, toAddress(from), bytes, stream), "copying from the device");
}

Status CudaStream::checkMemory(const void *memory) const {
  cuda::MemoryType type = cuda::hostMemory;
  int ordinal = -1;
  if (driver.cuPointerGetAttribute(&type, cuda::memoryType, toAddress(memory)) != cuda::success || type != cuda::deviceMemory)
    return makeError(TENON_INVALID_ARGUMENT, "expected device memory, got an address that is none");
  TENON_TRY(device.check(driver.cuPointerGetAttribute(&ordinal, cuda::deviceOrdinal, toAddress(memory)), "looking at memory"));
  if (ordinal != device.getOrdinal())
    return makeError(TENON_INVALID_ARGUMENT, "expected memory of CUDA device %d, got memory of device %d", device.getOrdinal(), ordinal);
  return Status();
}

void *CudaStream::allocate(size_t bytes) {
  cuda::StreamHandle stream;
  cuda::DeviceAddress address = 0;
  // Errors that lose the device are remembered there; for all others there is no memory.
  if (Status status = select(stream))
    return nullptr;
  cuda::Result result = driver.cuMemAllocAsync(&address, bytes, stream);
  if (result == cuda::outOfMemory && !wait()) // what was freed is there once the work before is done
    result = driver.cuMemAllocAsync(&address, bytes, stream);
  if (Status status = check(result, "allocating device memory"))
    return nullptr;
  return reinterpret_cast<void *>(address);
}

void CudaStream::release(void *memory) {
  cuda::StreamHandle stream;
  if (device.isHung())
    return;
  if (Status status = select(stream))
    return;
  Status unread = check(driver.cuMemFreeAsync(toAddress(memory), stream), "releasing device memory");
}

tenon_allocator CudaStream::getAllocator() {
  return {sizeof(tenon_allocator), this, [](void *self, size_t bytes, size_t) { return static_cast<CudaStream *>(self)->allocate(bytes); },
          [](void *self, void *memory, size_t) { static_cast<CudaStream *>(self)->release(memory); }};
}

Status CudaStream::beginRecording(std::unique_ptr<Recording> &kept) {
  if (!kept)
    kept = std::make_unique<CudaGraph>(device, *this, counts);
  recording = static_cast<CudaGraph *>(kept.get());
  recording->begin();
  return Status();
}

Status CudaStream::endRecording() {
  CudaGraph &graph = *recording;
  recording = nullptr;
  return graph.end();
}

Status CudaStream::replay(Recording &kept) {
  auto &graph = static_cast<CudaGraph &>(kept);
  if (!graph.getExec())
    return Status(); // nothing to do for these shapes
  cuda::StreamHandle stream;
  TENON_TRY(select(stream));
  lastKernel = graph.getLastKernel();
  ++counts.graphLaunches;
  return check(driver.cuGraphLaunch(graph.getExec(), stream), "launching a graph");
}
