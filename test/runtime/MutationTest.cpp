// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Mutants of a CPU engine.
#include "test/runtime/GuardedMemory.h"
#include "test/runtime/Mutants.h"

using namespace tenon::test;

namespace {

/// Puts a run of no-ops before the kernel, so that any entry the verifier lets pass is a right one.
void padCode(EngineBuilder &builder, tenon_cpu_kernel kernel) {
  std::vector<uint8_t> all = kernelCode(), code(65536, 0x90);
  code.insert(code.end(), all.begin() + long(kernelEntry(kernel)), all.end());
  builder.segments[0] = code;
  for (std::unique_ptr<fb::KernelT> &entry : builder.target().kernels)
    entry->entry = 0;
}

TEST(Mutation, NoMutantCrashesOrGoesUnnoticed) {
  EngineBuilder builder = makeRichEngine();
  padCode(builder, add64BytesKernel);
  tenon_device_options options = {};
  options.size = sizeof(options);
  options.threads = 1;
  tenon_device *device;
  expectOk(tenon_device_create(&options, &device));
  tenon_allocator allocator = {sizeof(allocator), nullptr, GuardedMemory::allocate, GuardedMemory::release};
  expectNoMutantCrashesOrGoesUnnoticed(builder.finish(), device, &allocator, 20261122);
  tenon_device_release(device);
}

} // namespace
