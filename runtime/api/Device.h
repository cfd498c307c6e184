// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Devices behind the C ABI's handles.
#ifndef TENON_RUNTIME_API_DEVICE_H
#define TENON_RUNTIME_API_DEVICE_H

#include "runtime/device/Device.h"

namespace tenon::runtime {

Device *unwrap(tenon_device *device);

/// A new device with one reference. `options` may be NULL.
Status createDevice(const tenon_device_options *options, Device *&device);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_API_DEVICE_H
