// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Code memory and features of the CPU device.
#include "runtime/cpu/CpuDevice.h"

#include "runtime/cpu/CpuFeatures.h"
#include "runtime/cpu/CpuStream.h"
#include "runtime/engine/Image.h"
#include "runtime/memory/Memory.h"
#include "runtime/support/Checked.h"

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>

using namespace tenon::runtime;

static constexpr uint32_t kMaxThreads = 1024;
// Longer than the gap between two launches of a run, short enough that an idle process does not burn its cores.
static constexpr uint32_t kDefaultSpinMicros = 200;

namespace {
/// Owns a mapping that is writable until it is filled, then executable: never both.
class CpuCode : public Code {
public:
  ~CpuCode() override {
    if (memory)
      munmap(memory, bytes);
  }
  Status findKernel(const KernelSpec &spec, const void *&entry) override {
    entry = static_cast<const char *>(memory) + spec.entry;
    return Status();
  }

  void *memory = nullptr;
  size_t bytes = 0;
};
} // namespace

CpuDevice::CpuDevice(uint32_t threads, uint32_t spinMicros) {
  pool.start(std::min(threads ? threads : countUsableCores(), kMaxThreads), spinMicros ? spinMicros : kDefaultSpinMicros);
}

Status CpuDevice::describe(tenon_device_info &info) const {
  info.kind = TENON_CPU;
  info.name = "cpu";
  info.threads = pool.getThreads();
  return Status();
}

bool tenon::runtime::canRunOnCpu(const char *arch, const std::vector<const char *> &features, std::string &reason) {
  std::string missing;
  for (const char *feature : features)
    if (!hasCpuFeature(feature))
      missing += std::string(" ") + (*feature == '+' ? feature + 1 : feature);
  if (missing.empty())
    return true;
  reason = std::string("this processor lacks features that the code needs: ") + arch + " needs" + missing;
  return false;
}

bool CpuDevice::canRun(const char *arch, const std::vector<const char *> &features, std::string &reason) const {
  return canRunOnCpu(arch, features, reason);
}

Status CpuDevice::loadCode(const uint8_t *from, uint64_t size, const uint8_t *hash, std::unique_ptr<Code> &result) {
  auto code = std::make_unique<CpuCode>();
  if (size == 0)
    return makeError(TENON_INVALID_ENGINE, "H2: a code segment is empty");
  void *memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return outOfMemory();
  code->memory = memory;
  code->bytes = size;
  std::memcpy(memory, from, size);
  TENON_TRY(checkDigest(hashSegment(static_cast<uint8_t *>(memory), size), hash, "code", size));
  if (mprotect(memory, size, PROT_READ | PROT_EXEC) != 0)
    return makeError(TENON_UNSUPPORTED, "the system does not allow code to be loaded: %s", strerror(errno));
  result = std::move(code);
  return Status();
}

Status CpuDevice::loadConstants(const uint8_t *bytes, uint64_t size, const uint8_t *hash, std::unique_ptr<Constants> &constants) {
  TENON_TRY(checkDigest(hashSegment(bytes, size), hash, "constants", size));
  constants = std::make_unique<Constants>(reinterpret_cast<const char *>(bytes));
  return Status();
}

Status CpuDevice::createStream(std::unique_ptr<Stream> &stream) {
  stream = std::make_unique<CpuStream>(pool);
  return Status();
}

/// One area for each thread.
Status CpuDevice::sizeScratch(const void *, int64_t scratch, int64_t, int64_t &bytes) const {
  int64_t stride;
  if (!checkedAlignUp(scratch, int64_t(engine::kBufferAlignment), stride) || !checkedMul(stride, pool.getThreads(), bytes))
    return makeError(TENON_OVERFLOW, "scratch of %" PRIi64 " bytes for each of %u threads leaves 64 bits", scratch, pool.getThreads());
  return Status();
}

Status CpuDevice::allocate(size_t bytes, void *&memory) {
  tenon_allocator allocator = hostAllocator();
  memory = allocator.allocate(allocator.user, bytes, engine::kBufferAlignment);
  return memory ? Status() : outOfMemory();
}

void CpuDevice::free(void *memory) { std::free(memory); }

Status CpuDevice::copy(void *to, tenon_memory, const void *from, tenon_memory, size_t bytes) {
  std::memmove(to, from, bytes);
  return Status();
}
