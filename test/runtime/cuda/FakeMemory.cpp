// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The driver's functions for streams, events, memory and copies.
#include "test/runtime/cuda/FakeFunctions.h"

#include <cstdlib>
#include <cstring>

using namespace tenon::test;
using namespace tenon::runtime::cuda;

static constexpr uint64_t kMoved = uint64_t(1) << 62;

Result tenon::runtime::cuda::cuStreamCreate(StreamHandle *stream, unsigned) {
  TENON_FAKE(cuStreamCreate);
  state.streams.push_back(std::make_unique<StreamObject>());
  *stream = state.streams.back().get();
  (*stream)->queue.reserve(1024);
  ++fake.live;
  return success;
}

Result tenon::runtime::cuda::cuStreamDestroy(StreamHandle stream) {
  TENON_FAKE(cuStreamDestroy);
  Result result = state.runAll(stream);
  stream->isAlive = false;
  --fake.live;
  return result;
}

Result tenon::runtime::cuda::cuStreamSynchronize(StreamHandle stream) {
  TENON_FAKE(cuStreamSynchronize);
  return state.runAll(stream);
}

Result tenon::runtime::cuda::cuStreamWaitEvent(StreamHandle stream, Event event, unsigned) {
  TENON_FAKE(cuStreamWaitEvent);
  if (!event->isRecorded)
    return success;
  FakeWork work = {};
  work.kind = FakeWork::follow;
  work.other = event->stream;
  work.sequence = event->sequence;
  state.push(stream, work);
  return success;
}

Result tenon::runtime::cuda::cuEventCreate(Event *event, unsigned) {
  TENON_FAKE(cuEventCreate);
  *event = state.make<EventHandle>();
  ++fake.live;
  return success;
}

Result tenon::runtime::cuda::cuEventDestroy(Event event) {
  TENON_FAKE(cuEventDestroy);
  if (event->isRecorded)
    state.run(event->stream, event->sequence);
  state.destroy(event);
  --fake.live;
  return success;
}

Result tenon::runtime::cuda::cuEventRecord(Event event, StreamHandle stream) {
  TENON_FAKE(cuEventRecord);
  FakeWork work = {};
  work.kind = FakeWork::record;
  work.event = event;
  state.push(stream, work);
  *event = {state.streamOf(stream), state.streamOf(stream)->enqueued, true, 0};
  return success;
}

Result tenon::runtime::cuda::cuEventQuery(Event event) {
  TENON_FAKE(cuEventQuery);
  return event->isRecorded ? state.run(event->stream, event->sequence) : success;
}

Result tenon::runtime::cuda::cuEventSynchronize(Event event) {
  TENON_FAKE(cuEventSynchronize);
  return event->isRecorded ? state.run(event->stream, event->sequence) : success;
}

Result tenon::runtime::cuda::cuEventElapsedTime(float *milliseconds, Event start, Event end) {
  TENON_FAKE(cuEventElapsedTime);
  *milliseconds = float(double(end->time - start->time) / 1e6);
  return success;
}

static Result allocateDevice(FakeState &state, FakeCuda &fake, DeviceAddress *address, size_t bytes) {
  if (bytes == 0)
    return invalidValue;
  if (bytes > fake.capacity || state.used > fake.capacity - bytes)
    return outOfMemory;
  void *memory = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  if (!memory)
    return outOfMemory;
  std::memset(memory, 0xcd, bytes);
  *address = reinterpret_cast<uint64_t>(memory) + kMoved;
  size_t size = (bytes + 63) / 64 * 64; // a kernel may touch whole 64 bytes
  state.memory[*address] = size;
  state.used += size;
  ++fake.live;
  return success;
}

Result tenon::runtime::cuda::cuMemAlloc(DeviceAddress *address, size_t bytes) {
  TENON_FAKE(cuMemAlloc);
  return allocateDevice(state, fake, address, bytes);
}

Result tenon::runtime::cuda::cuMemAllocAsync(DeviceAddress *address, size_t bytes, StreamHandle) {
  TENON_FAKE(cuMemAllocAsync);
  return allocateDevice(state, fake, address, bytes);
}

Result tenon::runtime::cuda::cuMemFreeAsync(DeviceAddress address, StreamHandle stream) {
  TENON_FAKE(cuMemFreeAsync);
  FakeWork work = {};
  work.kind = FakeWork::freeMemory;
  work.to = address;
  state.push(stream, work);
  --fake.live;
  return success;
}

Result tenon::runtime::cuda::cuMemFree(DeviceAddress address) {
  TENON_FAKE(cuMemFree);
  // Waits for everything, as the driver does.
  state.drain();
  FakeWork work = {};
  work.kind = FakeWork::freeMemory;
  work.to = address;
  state.push(&state.legacy, work);
  --fake.live;
  return state.runAll(&state.legacy);
}

Result tenon::runtime::cuda::cuMemHostAlloc(void **memory, size_t bytes, unsigned) {
  TENON_FAKE(cuMemHostAlloc);
  *memory = std::aligned_alloc(64, (bytes + 63) / 64 * 64);
  state.pinned.insert({reinterpret_cast<uint64_t>(*memory), bytes});
  ++fake.live;
  return *memory ? success : outOfMemory;
}

Result tenon::runtime::cuda::cuMemFreeHost(void *memory) {
  TENON_FAKE(cuMemFreeHost);
  auto found = state.pinned.lower_bound({reinterpret_cast<uint64_t>(memory), 0});
  if (found == state.pinned.end() || found->first != reinterpret_cast<uint64_t>(memory))
    return invalidValue;
  state.pinned.erase(found);
  std::memset(memory, 0xee, 1); // whoever still reads it sees something else
  std::free(memory);
  --fake.live;
  return success;
}

static Result copy(FakeState &state, FakeWork::Kind kind, uint64_t to, uint64_t from, size_t bytes, StreamHandle stream) {
  FakeWork work = {};
  work.kind = kind;
  work.to = to;
  work.from = from;
  work.bytes = bytes;
  state.push(stream, work);
  return success;
}

Result tenon::runtime::cuda::cuMemcpyHtoDAsync(DeviceAddress to, const void *from, size_t bytes, StreamHandle stream) {
  TENON_FAKE(cuMemcpyHtoDAsync);
  Result result = copy(state, FakeWork::upload, to, reinterpret_cast<uint64_t>(from), bytes, stream);
  // Pageable memory is read before the call returns.
  return state.isPinned(from) ? result : state.runAll(stream);
}
Result tenon::runtime::cuda::cuMemcpyDtoHAsync(void *to, DeviceAddress from, size_t bytes, StreamHandle stream) {
  TENON_FAKE(cuMemcpyDtoHAsync);
  return copy(state, FakeWork::download, reinterpret_cast<uint64_t>(to), from, bytes, stream);
}
Result tenon::runtime::cuda::cuMemcpyDtoDAsync(DeviceAddress to, DeviceAddress from, size_t bytes, StreamHandle stream) {
  TENON_FAKE(cuMemcpyDtoDAsync);
  return copy(state, FakeWork::deviceCopy, to, from, bytes, stream);
}

Result tenon::runtime::cuda::cuPointerGetAttribute(void *value, PointerAttribute attribute, DeviceAddress address) {
  TENON_FAKE(cuPointerGetAttribute);
  if (!state.translate(address, 1))
    return invalidValue;
  if (attribute == memoryType)
    *static_cast<MemoryType *>(value) = deviceMemory;
  else
    *static_cast<int *>(value) = fake.memoryOrdinal;
  return success;
}

Result tenon::runtime::cuda::cuMemGetInfo(size_t *free, size_t *total) {
  TENON_FAKE(cuMemGetInfo);
  *total = fake.capacity;
  *free = fake.capacity - state.used;
  return success;
}

// ---- As an application would ----

namespace {
/// The application has a context too.
struct Application {
  Application() { ++currentContexts; }
  ~Application() { --currentContexts; }
};
} // namespace

void *FakeCuda::createStream() {
  Application application;
  StreamHandle stream;
  cuStreamCreate(&stream, 0);
  return stream;
}
void FakeCuda::destroyStream(void *stream) {
  Application application;
  cuStreamDestroy(static_cast<StreamHandle>(stream));
}
void FakeCuda::synchronize(void *stream) {
  Application application;
  cuStreamSynchronize(static_cast<StreamHandle>(stream));
}

void FakeCuda::writeInt(void *stream, void *address, int32_t value) {
  FakeLock lock;
  FakeWork work = {};
  work.kind = FakeWork::writeInt;
  work.to = reinterpret_cast<uint64_t>(address);
  work.values[0] = uint64_t(value);
  FakeState::get().push(static_cast<StreamHandle>(stream), work);
}

void *FakeCuda::allocate(size_t bytes) {
  Application application;
  DeviceAddress address = 0;
  cuMemAlloc(&address, bytes);
  return reinterpret_cast<void *>(address);
}
void FakeCuda::free(void *memory) {
  Application application;
  cuMemFree(reinterpret_cast<uint64_t>(memory));
}

void FakeCuda::peek(const void *memory, void *to, size_t bytes) {
  FakeLock lock;
  std::memcpy(to, FakeState::get().translate(reinterpret_cast<uint64_t>(memory), bytes), bytes);
}
void FakeCuda::poke(void *memory, const void *from, size_t bytes) {
  FakeLock lock;
  std::memcpy(FakeState::get().translate(reinterpret_cast<uint64_t>(memory), bytes), from, bytes);
}
