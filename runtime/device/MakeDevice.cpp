// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/device/MakeDevice.h"

#include "runtime/cpu/CpuDevice.h"
#include "runtime/cuda/CudaDevice.h"

using namespace tenon::runtime;

Status tenon::runtime::makeDevice(const tenon_device_options &options, Device *&device) {
  if (options.kind == TENON_CUDA)
    return CudaDevice::create(options, device);
  if (options.kind != TENON_CPU)
    return makeError(TENON_UNSUPPORTED, "there is no device of kind %d", int(options.kind));
  if (options.ordinal != 0)
    return makeError(TENON_UNSUPPORTED, "there is no CPU device %d", options.ordinal);
  device = new CpuDevice(options.threads, options.spin_micros);
  return Status();
}

Status tenon::runtime::makeDevice(tenon_device_kind kind, uint32_t threads, Device *&device) {
  tenon_device_options options = {};
  options.size = sizeof(options);
  options.kind = kind;
  options.threads = threads;
  return makeDevice(options, device);
}
