// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Code memory and features of the CPU device.
#include "runtime/cpu/CpuDevice.h"

#include "runtime/cpu/CpuFeatures.h"
#include "runtime/engine/Format.h"

#include <algorithm>
#include <cerrno>
#include <cinttypes>
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
  const void *getEntry(uint64_t offset) const override { return static_cast<const char *>(memory) + offset; }

  void *memory = nullptr;
  size_t bytes = 0;
};
} // namespace

CpuDevice::CpuDevice(uint32_t threads, uint32_t spinMicros) {
  pool.start(std::min(threads ? threads : countUsableCores(), kMaxThreads), spinMicros ? spinMicros : kDefaultSpinMicros);
}

std::vector<const char *> CpuDevice::findMissingFeatures(const std::vector<const char *> &features) const {
  std::vector<const char *> missing;
  for (const char *feature : features)
    if (!hasCpuFeature(feature))
      missing.push_back(feature);
  return missing;
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
  engine::Digest digest = engine::hashBytes(memory, size);
  if (std::memcmp(digest.data(), hash, digest.size()) != 0)
    return makeError(TENON_CORRUPT_ENGINE, "a code segment of %" PRIu64 " bytes does not match its hash: the file is damaged", size);
  if (mprotect(memory, size, PROT_READ | PROT_EXEC) != 0)
    return makeError(TENON_UNSUPPORTED, "the system does not allow code to be loaded: %s", strerror(errno));
  result = std::move(code);
  return Status();
}
