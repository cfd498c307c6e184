// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The one place that knows every kind of device.
#ifndef TENON_RUNTIME_DEVICE_MAKEDEVICE_H
#define TENON_RUNTIME_DEVICE_MAKEDEVICE_H

#include "runtime/device/Device.h"

namespace tenon::runtime {

/// A new device with one reference. `options` were read: their size is this library's.
Status makeDevice(const tenon_device_options &options, Device *&device);
/// The first of its kind with default options; `threads` are for the CPU.
Status makeDevice(tenon_device_kind kind, uint32_t threads, Device *&device);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_DEVICE_MAKEDEVICE_H
