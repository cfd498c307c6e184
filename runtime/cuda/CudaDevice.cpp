// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Opening a device, its errors, and what needs no stream of a context.
#include "runtime/cuda/CudaDevice.h"

#include "runtime/cuda/Architecture.h"
#include "runtime/cuda/CudaCode.h"
#include "runtime/cuda/CudaConstants.h"
#include "runtime/cuda/CudaStream.h"
#include "runtime/support/Checked.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

using namespace tenon::runtime;

Status CudaDevice::create(const tenon_device_options &options, Device *&device) {
  std::unique_ptr<CudaDevice> made(new CudaDevice);
  TENON_TRY(made->open(options));
  device = made.release();
  return Status();
}

Status CudaDevice::open(const tenon_device_options &options) {
  TENON_TRY(cuda::Driver::load(driver));
  int count = 0;
  cuda::Result counted = driver->cuDeviceGetCount(&count);
  if (counted != cuda::noDevice)
    TENON_TRY(check(counted, "counting devices"));
  if (options.ordinal < 0 || options.ordinal >= count)
    return makeError(TENON_UNSUPPORTED, "there is no CUDA device %d: the driver sees %d", options.ordinal, count);
  ordinal = options.ordinal;
  watchdogMillis = options.watchdog_millis;
  TENON_TRY(check(driver->cuDeviceGet(&number, ordinal), "opening the device"));
  TENON_TRY(check(driver->cuDeviceGetName(name, sizeof(name), number), "reading the device's name"));
  int processors = 0, shared = 0, pools = 0;
  struct {
    cuda::DeviceAttribute attribute;
    int *value;
  } const attributes[] = {{cuda::computeCapabilityMajor, &major},
                          {cuda::computeCapabilityMinor, &minor},
                          {cuda::multiprocessorCount, &processors},
                          {cuda::maxSharedMemoryPerBlockOptin, &shared},
                          {cuda::memoryPoolsSupported, &pools}};
  for (const auto &[attribute, value] : attributes)
    TENON_TRY(check(driver->cuDeviceGetAttribute(value, attribute, number), "reading an attribute of the device"));
  if (!pools)
    return makeError(TENON_UNSUPPORTED, "CUDA device %d (%s) has no stream-ordered memory", ordinal, name);
  multiprocessors = uint32_t(std::max(processors, 1));
  sharedMemory = uint32_t(std::max(shared, 0));
  std::snprintf(arch, sizeof(arch), "sm_%d%d", major, minor);
  return check(driver->cuDevicePrimaryCtxRetain(&context, number), "opening the device's context");
}

CudaDevice::~CudaDevice() {
  if (context && !isHung())
    driver->cuDevicePrimaryCtxRelease(number);
}

Status CudaDevice::describe(tenon_device_info &info) const {
  size_t free = 0, total = 0;
  char text[256];
  cuda::Result result = driver->cuMemGetInfo(&free, &total);
  if (result != cuda::success)
    return makeError(TENON_INTERNAL, "reading the device's memory: %s", driver->describe(result, text));
  info.kind = TENON_CUDA;
  info.ordinal = ordinal;
  info.name = name;
  info.arch = arch;
  info.threads = multiprocessors;
  info.driver = driver->getVersion();
  info.memory_bytes = total;
  info.free_bytes = free;
  return Status();
}

bool CudaDevice::canRun(const char *target, const std::vector<const char *> &, std::string &reason) const {
  if (runsOn(target, major, minor))
    return true;
  reason = std::string("code for ") + target + " does not run on CUDA device " + std::to_string(ordinal) + " (" + name + ", " + arch + ")";
  return false;
}

Status CudaDevice::loadCode(const uint8_t *bytes, uint64_t size, const uint8_t *hash, std::unique_ptr<Code> &code) {
  return CudaCode::load(*this, bytes, size, hash, code);
}

Status CudaDevice::loadConstants(const uint8_t *bytes, uint64_t size, const uint8_t *hash, std::unique_ptr<Constants> &constants) {
  return CudaConstants::load(*this, bytes, size, hash, constants);
}

Status CudaDevice::createStream(std::unique_ptr<Stream> &stream) { return CudaStream::create(*this, stream); }

Status CudaDevice::sizeScratch(const void *entry, int64_t scratch, int64_t workgroups, int64_t &bytes) const {
  const CudaKernel &kernel = CudaKernel::of(entry);
  bytes = 0;
  int64_t stride;
  if (!checkedAlignUp(scratch, 64, stride))
    return makeError(TENON_OVERFLOW, "kernel '%s': scratch of %" PRIi64 " bytes", kernel.name.c_str(), scratch);
  if (stride <= int64_t(kernel.maxShared))
    return Status();
  if (!kernel.scratchAnywhere)
    return makeError(TENON_UNSUPPORTED, "kernel '%s' needs %" PRIi64 " bytes of shared memory, this device has %u for it",
                     kernel.name.c_str(), stride, kernel.maxShared);
  if (!checkedMul(stride, std::clamp<int64_t>(workgroups, 1, kernel.maxBlocks), bytes))
    return makeError(TENON_OVERFLOW, "kernel '%s': scratch of %" PRIi64 " bytes for each block leaves 64 bits", kernel.name.c_str(),
                     stride);
  return Status();
}

Status CudaDevice::enter() {
  TENON_TRY(getLoss());
  return check(driver->cuCtxPushCurrent(context), "entering the device's context");
}

void CudaDevice::leave() {
  cuda::Context popped;
  driver->cuCtxPopCurrent(&popped);
}

/// After these nothing works in the context, and the driver answers every call with the same error.
static bool isSticky(cuda::Result result) {
  switch (result) {
  case cuda::deinitialized:
  case cuda::eccUncorrectable:
  case cuda::nvlinkUncorrectable:
  case cuda::contained:
  case cuda::illegalAddress:
  case cuda::launchTimeout:
  case cuda::contextIsDestroyed:
  case cuda::assertion:
  case cuda::unknown:
    return true;
  default:
    return result >= cuda::hardwareStackError && result <= cuda::launchFailed;
  }
}

Status CudaDevice::fail(cuda::Result result, const char *what) {
  char text[256];
  driver->describe(result, text);
  if (isSticky(result)) {
    char cause[400];
    std::snprintf(cause, sizeof(cause), "%s: %s", what, text);
    return lose(cause);
  }
  tenon_code code = result == cuda::outOfMemory                                     ? TENON_OUT_OF_MEMORY
                    : result == cuda::invalidValue || result == cuda::invalidHandle ? TENON_INVALID_ARGUMENT
                                                                                    : TENON_INTERNAL;
  return makeError(code, "CUDA device %d: %s: %s", ordinal, what, text);
}

Status CudaDevice::lose(const char *cause) {
  int expected = none;
  if (loss.compare_exchange_strong(expected, being)) {
    std::snprintf(lossCause, sizeof(lossCause), "%s", cause);
    loss.store(whole, std::memory_order_release);
  }
  return makeError(TENON_DEVICE_LOST, "CUDA device %d is lost: %s", ordinal, cause);
}

Status CudaDevice::getLoss() const {
  int state = loss.load(std::memory_order_acquire);
  if (state == none)
    return Status();
  return makeError(TENON_DEVICE_LOST, "CUDA device %d is lost since an earlier error: %s", ordinal,
                   state == whole ? lossCause : "it is being reported");
}

Status CudaDevice::wait(void *stream) {
  return check(driver->cuStreamSynchronize(static_cast<cuda::StreamHandle>(stream)), "waiting for a stream");
}

Status CudaDevice::allocate(size_t bytes, void *&memory) {
  cuda::DeviceAddress address = 0;
  TENON_TRY(check(driver->cuMemAlloc(&address, bytes), "allocating device memory"));
  memory = reinterpret_cast<void *>(address);
  return Status();
}

void CudaDevice::free(void *memory) { driver->cuMemFree(reinterpret_cast<cuda::DeviceAddress>(memory)); }

Status CudaDevice::copy(void *to, tenon_memory toMemory, const void *from, tenon_memory fromMemory, size_t bytes) {
  std::unique_ptr<Stream> stream;
  TENON_TRY(createStream(stream));
  if (fromMemory == TENON_HOST && toMemory == TENON_HOST)
    return makeError(TENON_INVALID_ARGUMENT, "neither side of the copy is device memory");
  TENON_TRY(toMemory == TENON_HOST     ? stream->download(to, from, bytes)
            : fromMemory == TENON_HOST ? stream->upload(to, from, bytes)
                                       : stream->copy(to, from, bytes));
  return stream->wait();
}

CudaTeardown::CudaTeardown(const CudaDevice &device)
    : driver(device.getDriver()), isUsable(!device.isHung() && driver.cuCtxPushCurrent(device.getContext()) == cuda::success) {}

CudaTeardown::~CudaTeardown() {
  cuda::Context popped;
  if (isUsable)
    driver.cuCtxPopCurrent(&popped);
}
