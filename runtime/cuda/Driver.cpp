// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Functions are looked up through cuGetProcAddress, which gives each in the version that Api.h declares.
#include "runtime/cuda/Driver.h"

#include <cstdio>
#include <dlfcn.h>

using namespace tenon::runtime;
using namespace tenon::runtime::cuda;

Driver::~Driver() {
  if (library)
    dlclose(library);
}

Status Driver::resolve() {
  library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return makeError(TENON_UNSUPPORTED, "no NVIDIA driver: libcuda.so.1 was not found");
  auto getVersion = reinterpret_cast<Result (*)(int *)>(dlsym(library, "cuDriverGetVersion"));
  if (!getVersion || getVersion(&version) != success)
    return makeError(TENON_UNSUPPORTED, "libcuda.so.1 is not an NVIDIA driver: it tells no version");
  if (version < kVersion)
    return makeError(TENON_UNSUPPORTED, "the NVIDIA driver is too old: expected CUDA %d.%d or newer, got %d.%d", kVersion / 1000,
                     kVersion % 1000 / 10, version / 1000, version % 1000 / 10);
  using Lookup = Result (*)(const char *, void **, int, uint64_t, int *);
  auto lookup = reinterpret_cast<Lookup>(dlsym(library, "cuGetProcAddress_v2"));
  if (!lookup)
    return makeError(TENON_UNSUPPORTED, "the NVIDIA driver lacks cuGetProcAddress_v2");
  void *function;
#define TENON_CUDA_LOOKUP(name, parameters)                                                                                                \
  function = nullptr;                                                                                                                      \
  if (lookup(#name, &function, kVersion, 0, nullptr) != success || !function)                                                              \
    return makeError(TENON_UNSUPPORTED, "the NVIDIA driver lacks " #name);                                                                 \
  name = reinterpret_cast<decltype(name)>(function);
  TENON_CUDA_FUNCTIONS(TENON_CUDA_LOOKUP)
#undef TENON_CUDA_LOOKUP
  Result result = cuInit(0);
  if (result == success)
    return Status();
  char text[256];
  return makeError(TENON_UNSUPPORTED, "the NVIDIA driver does not start: %s", describe(result, text));
}

Status Driver::load(std::shared_ptr<const Driver> &driver) {
  auto loaded = std::make_shared<Driver>();
  TENON_TRY(loaded->resolve());
  driver = std::move(loaded);
  return Status();
}

const char *Driver::describe(Result result, char (&text)[256]) const {
  const char *name = nullptr, *meaning = nullptr;
  cuGetErrorName(result, &name);
  cuGetErrorString(result, &meaning);
  std::snprintf(text, sizeof(text), "%s (%s, %d)", meaning ? meaning : "unknown error", name ? name : "unnamed", int(result));
  return text;
}
