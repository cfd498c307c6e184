// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Devices behind the C ABI's handles.
#ifndef TENON_RUNTIME_API_DEVICE_H
#define TENON_RUNTIME_API_DEVICE_H

#include "runtime/device/Device.h"

namespace tenon::runtime {

inline Device *unwrap(tenon_device *device) { return reinterpret_cast<Device *>(device); }
inline tenon_device *wrap(Device *device) { return reinterpret_cast<tenon_device *>(device); }

} // namespace tenon::runtime

#endif // TENON_RUNTIME_API_DEVICE_H
