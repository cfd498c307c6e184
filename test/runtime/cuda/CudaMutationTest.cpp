// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Mutants of a CUDA engine. Its one kernel reads and writes 64 bytes at each address, and the fake driver refuses an access outside of what
// was allocated: the device would be lost.
#include "test/runtime/Mutants.h"
#include "test/runtime/cuda/CudaSession.h"

using namespace tenon::test;

namespace {

using CudaMutation = CudaTest;

TEST_F(CudaMutation, NoMutantCrashesOrGoesUnnoticed) {
  EngineBuilder builder = forCuda(makeRichEngine("add64"));
  tenon_device *device = openCuda();
  expectNoMutantCrashesOrGoesUnnoticed(builder.finish(), device, nullptr, 20261126);
  tenon_device_release(device);
}

} // namespace
