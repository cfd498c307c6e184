// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An opened engine: verified, hashed, its code ready to run. Immutable and thread-safe; contexts and the caller share it by reference
// count.
#ifndef TENON_RUNTIME_PROGRAM_ENGINE_H
#define TENON_RUNTIME_PROGRAM_ENGINE_H

#include "runtime/device/Device.h"
#include "runtime/engine/Image.h"
#include "runtime/program/Flatten.h"

struct tenon_engine {
public:
  /// Takes one reference to `device`. NULL: load chooses one.
  explicit tenon_engine(tenon::runtime::Device *device) : device(device) {
    if (device)
      device->retain();
  }
  tenon_engine(const tenon_engine &) = delete;
  tenon_engine &operator=(const tenon_engine &) = delete;

  void retain() { references.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (references.fetch_sub(1, std::memory_order_acq_rel) == 1)
      delete this;
  }

  /// Verifies the header of `image`, which was opened. Call once.
  tenon::runtime::Status verify();
  /// Then loads the best target; `threads` are those of a CPU device that it makes. Call once.
  tenon::runtime::Status load(uint32_t threads);

  tenon::runtime::Device *device; // one reference
  tenon::runtime::Image image;
  tenon::runtime::Program program;
  std::string producer, arch, report;
  std::vector<std::pair<std::string, std::string>> metadata;
  uint64_t constantsBytes = 0, codeBytes = 0;

private:
  ~tenon_engine() {
    codes.clear();
    constants.clear();
    if (device)
      device->release();
  }

  tenon::runtime::Status chooseTarget(uint32_t threads, const tenon::engine::Target *&target);
  tenon::runtime::Status loadSegments(const tenon::engine::Target &target, tenon::runtime::LoadedTarget &loaded);
  tenon::runtime::Status findKernels(const tenon::engine::Target &target, tenon::runtime::LoadedTarget &loaded);

  const tenon::engine::Engine *header = nullptr; // in image, once verified
  std::atomic<uint32_t> references{1};
  std::vector<std::unique_ptr<tenon::runtime::Code>> codes; // by segment; NULL where there is none
  std::vector<std::unique_ptr<tenon::runtime::Constants>> constants;
};

#endif // TENON_RUNTIME_PROGRAM_ENGINE_H
