// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The driver's functions for the library itself, devices, contexts, modules and launches.
#include "test/runtime/Kernels.h"
#include "test/runtime/cuda/FakeFunctions.h"

#include <cstdio>
#include <cstring>

using namespace tenon::test;
using namespace tenon::runtime::cuda;

thread_local int tenon::runtime::cuda::currentContexts = 0;

static const FakeKernel kernels[] = {
    {"add", addKernel, 3, 2, 0},          {"ids", writeIdKernel, 1, 2, 0},         {"increment", incrementKernel, 2, 0, 0},
    {"count", countKernel, 2, 1, 0},      {"compact", compactKernel, 2, 1, 0},     {"reverse", reverseKernel, 2, 1, 0},
    {"words", writeWordsKernel, 2, 0, 1}, {"add64", add64BytesKernel, 3, 2, 0, 64}};

#pragma GCC visibility push(default)
extern "C" Result cuDriverGetVersion(int *version) {
  *version = FakeCuda::get().version;
  return success;
}

extern "C" Result cuGetProcAddress_v2(const char *name, void **function, int, uint64_t, int *) {
#define TENON_FAKE_ENTRY(entry, parameters)                                                                                                \
  if (std::strcmp(name, #entry) == 0)                                                                                                      \
    *function = reinterpret_cast<void *>(&tenon::runtime::cuda::entry);
  TENON_CUDA_FUNCTIONS(TENON_FAKE_ENTRY)
#undef TENON_FAKE_ENTRY
  if (std::strcmp(name, FakeCuda::get().missing) == 0)
    *function = nullptr;
  return *function ? success : notFound;
}
#pragma GCC visibility pop

Result tenon::runtime::cuda::cuInit(unsigned) {
  TENON_FAKE_WITHOUT_CONTEXT(cuInit);
  return success;
}

Result tenon::runtime::cuda::cuGetErrorName(Result result, const char **name) {
  static thread_local char text[32];
  std::snprintf(text, sizeof(text), "CUDA_ERROR_FAKE_%d", int(result));
  *name = text;
  return success;
}

Result tenon::runtime::cuda::cuGetErrorString(Result result, const char **text) {
  *text = result == illegalAddress ? "an illegal memory access was encountered" : "a fake error";
  return success;
}

Result tenon::runtime::cuda::cuDeviceGetCount(int *count) {
  TENON_FAKE_WITHOUT_CONTEXT(cuDeviceGetCount);
  *count = fake.devices;
  return fake.devices ? success : noDevice;
}

Result tenon::runtime::cuda::cuDeviceGet(DeviceNumber *device, int ordinal) {
  TENON_FAKE_WITHOUT_CONTEXT(cuDeviceGet);
  *device = ordinal;
  return success;
}

Result tenon::runtime::cuda::cuDeviceGetName(char *name, int length, DeviceNumber) {
  TENON_FAKE_WITHOUT_CONTEXT(cuDeviceGetName);
  std::snprintf(name, size_t(length), "Fake GPU");
  return success;
}

Result tenon::runtime::cuda::cuDeviceGetAttribute(int *value, DeviceAttribute attribute, DeviceNumber) {
  TENON_FAKE_WITHOUT_CONTEXT(cuDeviceGetAttribute);
  switch (attribute) {
  case multiprocessorCount:
    *value = fake.multiprocessors;
    break;
  case computeCapabilityMajor:
    *value = fake.major;
    break;
  case computeCapabilityMinor:
    *value = fake.minor;
    break;
  case maxSharedMemoryPerBlockOptin:
    *value = fake.sharedMemory;
    break;
  case memoryPoolsSupported:
    *value = 1;
    break;
  }
  return success;
}

Result tenon::runtime::cuda::cuDevicePrimaryCtxRetain(Context *context, DeviceNumber) {
  TENON_FAKE_WITHOUT_CONTEXT(cuDevicePrimaryCtxRetain);
  *context = reinterpret_cast<Context>(&state);
  ++fake.live;
  return success;
}

Result tenon::runtime::cuda::cuDevicePrimaryCtxRelease(DeviceNumber) {
  TENON_FAKE_WITHOUT_CONTEXT(cuDevicePrimaryCtxRelease);
  --fake.live;
  return success;
}

Result tenon::runtime::cuda::cuCtxPushCurrent(Context) {
  TENON_FAKE_WITHOUT_CONTEXT(cuCtxPushCurrent);
  ++currentContexts;
  return success;
}

Result tenon::runtime::cuda::cuCtxPopCurrent(Context *) {
  TENON_FAKE_WITHOUT_CONTEXT(cuCtxPopCurrent);
  --currentContexts;
  return success;
}

Result tenon::runtime::cuda::cuModuleLoadDataEx(Module *module, const void *image, unsigned count, JitOption *options, void **values) {
  TENON_FAKE(cuModuleLoadDataEx);
  if (std::strcmp(static_cast<const char *>(image), kFakeModule) != 0) {
    for (unsigned i = 0; i < count; ++i)
      if (options[i] == errorLogBuffer)
        std::strcpy(static_cast<char *>(values[i]), "line 1 is wrong\nline 2 is worse\n");
    return invalidPtx;
  }
  *module = state.make<ModuleHandle>();
  ++fake.live;
  return success;
}

Result tenon::runtime::cuda::cuModuleUnload(Module module) {
  TENON_FAKE(cuModuleUnload);
  state.drain();
  state.destroy(module);
  --fake.live;
  return success;
}

Result tenon::runtime::cuda::cuModuleGetFunction(Function *function, Module module, const char *name) {
  TENON_FAKE(cuModuleGetFunction);
  for (const FakeKernel &kernel : kernels) {
    if (std::strcmp(kernel.name, name) != 0)
      continue;
    module->functions.push_back(std::make_unique<FunctionHandle>(FunctionHandle{&kernel, 48 << 10}));
    *function = module->functions.back().get();
    return success;
  }
  return notFound;
}

Result tenon::runtime::cuda::cuFuncGetParamInfo(Function function, size_t index, size_t *offset, size_t *size) {
  TENON_FAKE(cuFuncGetParamInfo);
  const FakeKernel &kernel = *function->kernel;
  if (index >= kernel.words() + kernel.maps)
    return invalidValue;
  *offset = index * 8;
  *size = index < kernel.words() ? 8 : kMapWords * 8;
  return success;
}

Result tenon::runtime::cuda::cuFuncGetAttribute(int *value, FunctionAttribute attribute, Function) {
  TENON_FAKE(cuFuncGetAttribute);
  *value = attribute == maxThreadsPerBlock ? 512 : 1024;
  return success;
}

Result tenon::runtime::cuda::cuFuncSetAttribute(Function function, FunctionAttribute, int value) {
  TENON_FAKE(cuFuncSetAttribute);
  function->maxShared = value;
  return success;
}

Result tenon::runtime::cuda::cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, Function, int, size_t) {
  TENON_FAKE(cuOccupancyMaxActiveBlocksPerMultiprocessor);
  *blocks = 2;
  return success;
}

/// Words: address, rank, type, swizzle, 1 for im2col, then up to 5 dims, and the strides that still fit.
static Result fakeMap(void *map, int32_t type, uint32_t rank, DeviceAddress memory, const uint64_t *dims, const uint64_t *strides,
                      int32_t swizzle, bool isImages) {
  if (reinterpret_cast<uintptr_t>(map) % 64 != 0)
    return invalidValue;
  uint64_t words[kMapWords] = {memory, rank, uint64_t(type), uint64_t(swizzle), isImages};
  std::memcpy(words + 5, dims, rank * sizeof(uint64_t));
  std::memcpy(words + 10, strides, (rank - 1) * sizeof(uint64_t));
  std::memcpy(map, words, sizeof(words));
  return success;
}

Result tenon::runtime::cuda::cuTensorMapEncodeTiled(void *map, int32_t type, uint32_t rank, DeviceAddress memory, const uint64_t *dims,
                                                    const uint64_t *strides, const uint32_t *, const uint32_t *, int32_t, int32_t swizzle,
                                                    int32_t, int32_t) {
  TENON_FAKE(cuTensorMapEncodeTiled);
  return fakeMap(map, type, rank, memory, dims, strides, swizzle, false);
}

Result tenon::runtime::cuda::cuTensorMapEncodeIm2col(void *map, int32_t type, uint32_t rank, DeviceAddress memory, const uint64_t *dims,
                                                     const uint64_t *strides, const int32_t *, const int32_t *, uint32_t, uint32_t,
                                                     const uint32_t *, int32_t, int32_t swizzle, int32_t, int32_t) {
  TENON_FAKE(cuTensorMapEncodeIm2col);
  return fakeMap(map, type, rank, memory, dims, strides, swizzle, true);
}

Result tenon::runtime::cuda::cuLaunchKernel(Function function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned,
                                            unsigned, unsigned sharedBytes, StreamHandle stream, void **parameters, void **) {
  TENON_FAKE(cuLaunchKernel);
  FakeWork work;
  if (Result result =
          makeKernelWork({function, gridX, gridY, gridZ, blockX, 1, 1, sharedBytes, parameters, nullptr, nullptr, nullptr}, work))
    return result;
  state.push(stream, work);
  return success;
}

Result tenon::test::makeKernelWork(const KernelNodeParams &node, FakeWork &work) {
  if (node.gridX == 0 || node.gridY != 1 || node.gridZ != 1 || node.blockX == 0 || node.blockX % 32 != 0 || node.blockX > 512 ||
      int(node.sharedBytes) > node.function->maxShared)
    return invalidValue;
  const FakeKernel &kernel = *node.function->kernel;
  work = {};
  work.kind = FakeWork::kernel;
  work.function = node.function;
  work.blocks = node.gridX;
  work.sharedBytes = node.sharedBytes;
  for (unsigned i = 0; i < kernel.words(); ++i)
    work.values[i] = *static_cast<uint64_t *>(node.parameters[i]);
  for (unsigned i = 0; i < kernel.maps; ++i)
    std::memcpy(work.values + kernel.words() + i * kMapWords, node.parameters[kernel.words() + i], kMapWords * 8);
  return success;
}
