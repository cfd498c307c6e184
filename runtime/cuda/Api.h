// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the runtime uses of the CUDA driver API, declared here so that neither the build nor the library needs CUDA. Layouts and numbers are
// those of driver 12.4; a driver gives them to whoever asks for that version, however new it is.
#ifndef TENON_RUNTIME_CUDA_API_H
#define TENON_RUNTIME_CUDA_API_H

#include <cstddef>
#include <cstdint>

namespace tenon::runtime::cuda {

/// The API version that functions are asked for, and the oldest driver that can give it.
inline constexpr int kVersion = 12040;

enum Result : int32_t {
  success = 0,
  invalidValue = 1,
  outOfMemory = 2,
  deinitialized = 4,
  stubLibrary = 34,
  noDevice = 100,
  invalidImage = 200,
  noBinaryForGpu = 209,
  eccUncorrectable = 214,
  invalidPtx = 218,
  nvlinkUncorrectable = 220,
  jitCompilerNotFound = 221,
  unsupportedPtxVersion = 222,
  jitCompilationDisabled = 223,
  contained = 226,
  invalidHandle = 400,
  notFound = 500,
  notReady = 600,
  illegalAddress = 700,
  launchTimeout = 702,
  contextIsDestroyed = 709,
  assertion = 710,
  hardwareStackError = 714, // to launchFailed: what a faulting kernel leaves behind
  launchFailed = 719,
  unknown = 999
};

using DeviceNumber = int;
using DeviceAddress = uint64_t;
using Context = struct ContextHandle *;
using Module = struct ModuleHandle *;
using Function = struct FunctionHandle *;
using StreamHandle = struct StreamObject *;
using Event = struct EventHandle *;
using Graph = struct GraphHandle *;
using GraphNode = struct GraphNodeHandle *;
using GraphExec = struct GraphExecHandle *;

enum DeviceAttribute : int32_t {
  multiprocessorCount = 16,
  computeCapabilityMajor = 75,
  computeCapabilityMinor = 76,
  maxSharedMemoryPerBlockOptin = 97,
  memoryPoolsSupported = 115
};
enum FunctionAttribute : int32_t { maxThreadsPerBlock = 0, sharedSizeBytes = 1, maxDynamicSharedSizeBytes = 8 };
enum PointerAttribute : int32_t { memoryType = 2, deviceOrdinal = 9 };
enum MemoryType : uint32_t { hostMemory = 1, deviceMemory = 2 };
enum JitOption : int32_t { errorLogBuffer = 5, errorLogBufferSizeBytes = 6 };

inline constexpr unsigned kStreamNonBlocking = 1;
inline constexpr unsigned kEventDisableTiming = 2;

struct KernelNodeParams {
  Function function;
  unsigned gridX, gridY, gridZ, blockX, blockY, blockZ, sharedBytes;
  void **parameters;
  void **extra;
  void *kernel;
  Context context;
};

struct Copy3D {
  size_t fromX, fromY, fromZ, fromLevel;
  MemoryType fromType;
  const void *fromHost;
  DeviceAddress fromDevice;
  void *fromArray, *reserved0;
  size_t fromPitch, fromHeight;
  size_t toX, toY, toZ, toLevel;
  MemoryType toType;
  void *toHost;
  DeviceAddress toDevice;
  void *toArray, *reserved1;
  size_t toPitch, toHeight;
  size_t widthBytes, height, depth;
};

/// How a node depends on one before it. Programmatic: it may start once each block of that has begun to let it or has ended.
enum : uint8_t { programmaticPort = 1, programmaticEdge = 1 };
struct GraphEdge {
  uint8_t fromPort, toPort, type, reserved[5];
};

/// Every function that the runtime calls: X(name, parameters).
#define TENON_CUDA_FUNCTIONS(X)                                                                                                            \
  X(cuInit, (unsigned flags))                                                                                                              \
  X(cuGetErrorName, (Result result, const char **name))                                                                                    \
  X(cuGetErrorString, (Result result, const char **text))                                                                                  \
  X(cuDeviceGetCount, (int *count))                                                                                                        \
  X(cuDeviceGet, (DeviceNumber * device, int ordinal))                                                                                     \
  X(cuDeviceGetName, (char *name, int length, DeviceNumber device))                                                                        \
  X(cuDeviceGetAttribute, (int *value, DeviceAttribute attribute, DeviceNumber device))                                                    \
  X(cuDevicePrimaryCtxRetain, (Context * context, DeviceNumber device))                                                                    \
  X(cuDevicePrimaryCtxRelease, (DeviceNumber device))                                                                                      \
  X(cuCtxPushCurrent, (Context context))                                                                                                   \
  X(cuCtxPopCurrent, (Context * context))                                                                                                  \
  X(cuMemGetInfo, (size_t *free, size_t *total))                                                                                           \
  X(cuModuleLoadDataEx, (Module * module, const void *image, unsigned count, JitOption *options, void **values))                           \
  X(cuModuleUnload, (Module module))                                                                                                       \
  X(cuModuleGetFunction, (Function * function, Module module, const char *name))                                                           \
  X(cuFuncGetAttribute, (int *value, FunctionAttribute attribute, Function function))                                                      \
  X(cuFuncSetAttribute, (Function function, FunctionAttribute attribute, int value))                                                       \
  X(cuFuncGetParamInfo, (Function function, size_t index, size_t *offset, size_t *size))                                                   \
  X(cuOccupancyMaxActiveBlocksPerMultiprocessor, (int *blocks, Function function, int threads, size_t sharedBytes))                        \
  X(cuStreamCreate, (StreamHandle * stream, unsigned flags))                                                                               \
  X(cuStreamDestroy, (StreamHandle stream))                                                                                                \
  X(cuStreamSynchronize, (StreamHandle stream))                                                                                            \
  X(cuStreamWaitEvent, (StreamHandle stream, Event event, unsigned flags))                                                                 \
  X(cuEventCreate, (Event * event, unsigned flags))                                                                                        \
  X(cuEventDestroy, (Event event))                                                                                                         \
  X(cuEventRecord, (Event event, StreamHandle stream))                                                                                     \
  X(cuEventQuery, (Event event))                                                                                                           \
  X(cuEventSynchronize, (Event event))                                                                                                     \
  X(cuEventElapsedTime, (float *milliseconds, Event start, Event end))                                                                     \
  X(cuMemAlloc, (DeviceAddress * memory, size_t bytes))                                                                                    \
  X(cuMemFree, (DeviceAddress memory))                                                                                                     \
  X(cuMemAllocAsync, (DeviceAddress * memory, size_t bytes, StreamHandle stream))                                                          \
  X(cuMemFreeAsync, (DeviceAddress memory, StreamHandle stream))                                                                           \
  X(cuMemHostAlloc, (void **memory, size_t bytes, unsigned flags))                                                                         \
  X(cuMemFreeHost, (void *memory))                                                                                                         \
  X(cuMemcpyHtoDAsync, (DeviceAddress to, const void *from, size_t bytes, StreamHandle stream))                                            \
  X(cuMemcpyDtoHAsync, (void *to, DeviceAddress from, size_t bytes, StreamHandle stream))                                                  \
  X(cuMemcpyDtoDAsync, (DeviceAddress to, DeviceAddress from, size_t bytes, StreamHandle stream))                                          \
  X(cuPointerGetAttribute, (void *value, PointerAttribute attribute, DeviceAddress memory))                                                \
  X(cuLaunchKernel, (Function function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY, unsigned blockZ, \
                     unsigned sharedBytes, StreamHandle stream, void **parameters, void **extra))                                          \
  X(cuTensorMapEncodeTiled,                                                                                                                \
    (void *map, int32_t type, uint32_t rank, DeviceAddress memory, const uint64_t *dims, const uint64_t *strides, const uint32_t *box,     \
     const uint32_t *steps, int32_t interleave, int32_t swizzle, int32_t promotion, int32_t fill))                                         \
  X(cuTensorMapEncodeIm2col, (void *map, int32_t type, uint32_t rank, DeviceAddress memory, const uint64_t *dims, const uint64_t *strides, \
                              const int32_t *lower, const int32_t *upper, uint32_t channels, uint32_t pixels, const uint32_t *steps,       \
                              int32_t interleave, int32_t swizzle, int32_t promotion, int32_t fill))                                       \
  X(cuGraphCreate, (Graph * graph, unsigned flags))                                                                                        \
  X(cuGraphDestroy, (Graph graph))                                                                                                         \
  X(cuGraphAddKernelNode, (GraphNode * node, Graph graph, const GraphNode *before, size_t count, const KernelNodeParams *parameters))      \
  X(cuGraphAddMemcpyNode, (GraphNode * node, Graph graph, const GraphNode *before, size_t count, const Copy3D *copy, Context context))     \
  X(cuGraphAddDependencies, (Graph graph, const GraphNode *from, const GraphNode *to, const GraphEdge *edges, size_t count))               \
  X(cuGraphInstantiateWithFlags, (GraphExec * exec, Graph graph, unsigned long long flags))                                                \
  X(cuGraphExecDestroy, (GraphExec exec))                                                                                                  \
  X(cuGraphLaunch, (GraphExec exec, StreamHandle stream))                                                                                  \
  X(cuGraphExecKernelNodeSetParams, (GraphExec exec, GraphNode node, const KernelNodeParams *parameters))                                  \
  X(cuGraphExecMemcpyNodeSetParams, (GraphExec exec, GraphNode node, const Copy3D *copy, Context context))

} // namespace tenon::runtime::cuda

#endif // TENON_RUNTIME_CUDA_API_H
