// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The C ABI's device functions. A tenon_device is a runtime Device, seen from outside.
#include "runtime/api/Device.h"

#include "runtime/api/Arguments.h"
#include "runtime/device/MakeDevice.h"

using namespace tenon::runtime;

template <typename Body> static tenon_status *withDevice(tenon_device *device, Body &&body) {
  return guarded([&]() -> Status {
    TENON_REQUIRE(device);
    DeviceScope scope(*unwrap(device));
    TENON_TRY(scope.takeStatus());
    return body(*unwrap(device));
  });
}

tenon_status *tenon_device_create(const tenon_device_options *given, tenon_device **device) {
  return guarded([&]() -> Status {
    TENON_REQUIRE(device);
    *device = nullptr;
    tenon_device_options options;
    TENON_TRY(readStruct(given, options, "tenon_device_options"));
    Device *made;
    TENON_TRY(makeDevice(options, made));
    *device = wrap(made);
    return Status();
  });
}

void tenon_device_release(tenon_device *device) {
  if (device)
    unwrap(device)->release();
}

uint32_t tenon_device_threads(const tenon_device *device) {
  return device ? unwrap(const_cast<tenon_device *>(device))->getParallelism() : 0;
}

tenon_status *tenon_device_describe(tenon_device *device, tenon_device_info *info) {
  return withDevice(device, [&](Device &self) -> Status {
    tenon_device_info result = {};
    result.name = result.arch = "";
    TENON_TRY(self.describe(result));
    return writeStruct(result, info, "tenon_device_info");
  });
}

tenon_status *tenon_device_wait(tenon_device *device, void *stream) {
  return withDevice(device, [&](Device &self) -> Status {
    TENON_REQUIRE(stream);
    return self.wait(stream);
  });
}

tenon_status *tenon_device_allocate(tenon_device *device, size_t bytes, void **memory) {
  return withDevice(device, [&](Device &self) -> Status {
    TENON_REQUIRE(memory);
    *memory = nullptr;
    return self.allocate(bytes ? bytes : 1, *memory);
  });
}

void tenon_device_free(tenon_device *device, void *memory) {
  if (!device || !memory)
    return;
  DeviceScope scope(*unwrap(device));
  if (!scope.takeStatus())
    unwrap(device)->free(memory);
}

tenon_status *tenon_device_copy(tenon_device *device, void *to, tenon_memory toMemory, const void *from, tenon_memory fromMemory,
                                size_t bytes) {
  return withDevice(device, [&](Device &self) -> Status {
    if (bytes == 0)
      return Status();
    TENON_REQUIRE(to);
    TENON_REQUIRE(from);
    return self.copy(to, toMemory, from, fromMemory, bytes);
  });
}
