// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The C ABI's device functions. A tenon_device is a runtime Device, seen from outside.
#include "runtime/api/Device.h"

#include "runtime/api/Arguments.h"
#include "runtime/cpu/CpuDevice.h"

using namespace tenon::runtime;

Device *tenon::runtime::unwrap(tenon_device *device) { return reinterpret_cast<Device *>(device); }

Status tenon::runtime::createDevice(const tenon_device_options *given, Device *&device) {
  tenon_device_options options;
  TENON_TRY(readStruct(given, options, "tenon_device_options"));
  if (options.kind != TENON_CPU)
    return makeError(TENON_UNSUPPORTED, "this version runs on the CPU only");
  if (options.ordinal != 0)
    return makeError(TENON_UNSUPPORTED, "there is no CPU device %d", options.ordinal);
  device = new CpuDevice(options.threads, options.spin_micros);
  return Status();
}

tenon_status *tenon_device_create(const tenon_device_options *options, tenon_device **device) {
  return guarded([&]() -> Status {
    TENON_REQUIRE(device);
    *device = nullptr;
    Device *made;
    TENON_TRY(createDevice(options, made));
    *device = reinterpret_cast<tenon_device *>(made);
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
