// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/device/Device.h"

#include <cinttypes>

using namespace tenon::runtime;

Status Device::makeMemoryError(int64_t bytes, const char *purpose) const {
  TENON_TRY(getLoss());
  return makeError(TENON_OUT_OF_MEMORY, "out of %smemory: %" PRIi64 " bytes %s", isHost() ? "" : "device ", bytes, purpose);
}
