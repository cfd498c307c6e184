// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The CUDA driver's library and its functions.
#ifndef TENON_RUNTIME_CUDA_DRIVER_H
#define TENON_RUNTIME_CUDA_DRIVER_H

#include "runtime/cuda/Api.h"
#include "runtime/support/Status.h"

#include <memory>

namespace tenon::runtime::cuda {

/// Immutable; holds libcuda.so.1.
class Driver {
public:
  Driver() = default;
  Driver(const Driver &) = delete;
  Driver &operator=(const Driver &) = delete;
  ~Driver();

  /// TENON_UNSUPPORTED if there is no driver, it is too old, or it does not start.
  static Status load(std::shared_ptr<const Driver> &driver);

  int getVersion() const { return version; }
  /// "out of memory (CUDA_ERROR_OUT_OF_MEMORY)" into `text`; returns it.
  const char *describe(Result result, char (&text)[256]) const;

#define TENON_CUDA_MEMBER(name, parameters) Result(*name) parameters = nullptr;
  TENON_CUDA_FUNCTIONS(TENON_CUDA_MEMBER)
#undef TENON_CUDA_MEMBER

private:
  Status resolve();

  void *library = nullptr;
  int version = 0;
};

} // namespace tenon::runtime::cuda

#endif // TENON_RUNTIME_CUDA_DRIVER_H
