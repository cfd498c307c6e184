// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loading of modules; PTX is compiled by the driver here.
#include "runtime/cuda/CudaCode.h"

#include "runtime/engine/Image.h"

#include <algorithm>
#include <cinttypes>

using namespace tenon::runtime;

/// One line: log lines of the driver's compiler, separated by semicolons.
static std::string oneLine(const char *log) {
  std::string text = log;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.pop_back();
  for (size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n'))
    text.replace(at, 1, "; ");
  return text;
}

Status CudaCode::load(CudaDevice &device, const uint8_t *bytes, uint64_t size, const uint8_t *hash, std::unique_ptr<Code> &result) {
  // A private copy, so that what is hashed is what is loaded; the zero ends PTX text.
  std::vector<uint8_t> image(bytes, bytes + size);
  image.push_back(0);
  TENON_TRY(checkDigest(hashSegment(image.data(), size), hash, "code", size));
  std::unique_ptr<CudaCode> code(new CudaCode(device));
  char log[2048] = "";
  cuda::JitOption options[] = {cuda::errorLogBuffer, cuda::errorLogBufferSizeBytes};
  void *values[] = {log, reinterpret_cast<void *>(uintptr_t(sizeof(log) - 1))};
  cuda::Result loaded = device.getDriver().cuModuleLoadDataEx(&code->module, image.data(), 2, options, values);
  char text[256];
  switch (loaded) {
  case cuda::invalidImage:
  case cuda::invalidPtx:
    device.getDriver().describe(loaded, text);
    return makeError(TENON_INVALID_ENGINE, "the driver refuses a segment of code: %s%s%s", text, *log ? ": " : "", oneLine(log).c_str());
  case cuda::noBinaryForGpu:
  case cuda::jitCompilerNotFound:
  case cuda::unsupportedPtxVersion:
  case cuda::jitCompilationDisabled:
    device.getDriver().describe(loaded, text);
    return makeError(TENON_UNSUPPORTED, "the driver cannot load a segment of code: %s%s%s", text, *log ? ": " : "", oneLine(log).c_str());
  default:
    TENON_TRY(device.check(loaded, "loading code"));
  }
  result = std::move(code);
  return Status();
}

CudaCode::~CudaCode() {
  if (!module)
    return;
  if (CudaTeardown scope{device})
    device.getDriver().cuModuleUnload(module);
}

/// Lets the kernel have as much dynamic shared memory as the device gives to a block.
Status CudaCode::setShared(CudaKernel &kernel) {
  const cuda::Driver &driver = device.getDriver();
  int fixed = 0;
  TENON_TRY(device.check(driver.cuFuncGetAttribute(&fixed, cuda::sharedSizeBytes, kernel.function), "reading a kernel's shared memory"));
  int most = std::max(int(device.getSharedMemory()) - fixed, 0) / 64 * 64;
  TENON_TRY(device.check(driver.cuFuncSetAttribute(kernel.function, cuda::maxDynamicSharedSizeBytes, most), "setting a kernel's limits"));
  kernel.maxShared = uint32_t(most);
  return Status();
}

/// Are the code's parameters those of KernelAbi.h? A launch with others would read memory of the host that is not theirs.
Status CudaCode::checkParameters(const CudaKernel &kernel) {
  size_t numWords = kernel.getNumWords(), expected = kernel.getNumParameters(), offset = 0, size = 0;
  // Asking for one more would tell whether there is one, but compute-sanitizer counts the refusal as an error of the program.
  for (size_t i = 0; i < expected; ++i) {
    cuda::Result result = device.getDriver().cuFuncGetParamInfo(kernel.function, i, &offset, &size);
    if (result != cuda::invalidValue)
      TENON_TRY(device.check(result, "reading a kernel's parameters"));
    if (result != cuda::success || size != (i < numWords ? sizeof(uint64_t) : kTensorMapBytes))
      return makeError(TENON_INVALID_ENGINE, "kernel '%s': expected %zu parameters of 8 bytes and %u of %zu, its code has others",
                       kernel.name.c_str(), numWords, kernel.numMaps, kTensorMapBytes);
  }
  return Status();
}

Status CudaCode::findKernel(const KernelSpec &spec, const void *&entry) {
  const cuda::Driver &driver = device.getDriver();
  auto kernel = std::make_unique<CudaKernel>();
  kernel->name = spec.name;
  kernel->threads = spec.threads;
  kernel->scratchAnywhere = spec.scratchAnywhere;
  kernel->numBuffers = spec.numBuffers;
  kernel->numScalars = spec.numScalars;
  kernel->numMaps = spec.numMaps;
  kernel->persistentBlocks = spec.isPersistent ? std::max(device.getParallelism() / spec.cluster, 1u) * spec.cluster : 0;
  cuda::Result found = driver.cuModuleGetFunction(&kernel->function, module, spec.name);
  if (found == cuda::notFound)
    return makeError(TENON_INVALID_ENGINE, "kernel '%s' is not in its segment", spec.name);
  TENON_TRY(device.check(found, "finding a kernel"));
  TENON_TRY(checkParameters(*kernel));
  int threads = 0;
  TENON_TRY(device.check(driver.cuFuncGetAttribute(&threads, cuda::maxThreadsPerBlock, kernel->function), "reading a kernel's limits"));
  if (uint32_t(threads) < spec.threads)
    return makeError(TENON_INVALID_ENGINE, "kernel '%s' has %u threads in a block, its code allows %d", spec.name, spec.threads, threads);
  TENON_TRY(setShared(*kernel));
  int blocks = 1;
  if (spec.scratchAnywhere)
    TENON_TRY(device.check(driver.cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel->function, int(spec.threads), 0),
                           "reading a kernel's occupancy"));
  kernel->maxBlocks = uint32_t(std::max(blocks, 1)) * device.getParallelism();
  entry = kernel.get();
  kernels.push_back(std::move(kernel));
  return Status();
}
