// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the fake driver's functions begin: each takes the lock, is counted, and may be told to fail.
#ifndef TENON_TEST_RUNTIME_CUDA_FAKEFUNCTIONS_H
#define TENON_TEST_RUNTIME_CUDA_FAKEFUNCTIONS_H

#include "test/runtime/cuda/FakeState.h"

namespace tenon::runtime::cuda {

#define TENON_CUDA_DECLARE(name, parameters) Result name parameters;
TENON_CUDA_FUNCTIONS(TENON_CUDA_DECLARE)
#undef TENON_CUDA_DECLARE

/// How many contexts this thread has pushed.
extern thread_local int currentContexts;

} // namespace tenon::runtime::cuda

#define TENON_FAKE_BEGIN(name, needsContext)                                                                                               \
  tenon::test::FakeLock lock;                                                                                                              \
  [[maybe_unused]] tenon::test::FakeCuda &fake = tenon::test::FakeCuda::get();                                                             \
  [[maybe_unused]] tenon::test::FakeState &state = tenon::test::FakeState::get();                                                          \
  if (Result entered = fake.enter(#name, needsContext))                                                                                    \
  return entered

#define TENON_FAKE(name) TENON_FAKE_BEGIN(name, true)
#define TENON_FAKE_WITHOUT_CONTEXT(name) TENON_FAKE_BEGIN(name, false)

#endif // TENON_TEST_RUNTIME_CUDA_FAKEFUNCTIONS_H
