// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cuda/Architecture.h"

#include <cstring>

using namespace tenon::runtime;

bool tenon::runtime::parseArchitecture(const char *text, Architecture &architecture) {
  architecture.isPtx = std::strncmp(text, "compute_", 8) == 0;
  if (!architecture.isPtx && std::strncmp(text, "sm_", 3) != 0)
    return false;
  text += architecture.isPtx ? 8 : 3;
  int number = 0, digits = 0;
  for (; *text >= '0' && *text <= '9' && digits < 4; ++text, ++digits)
    number = number * 10 + (*text - '0');
  architecture.major = number / 10;
  architecture.minor = number % 10;
  architecture.suffix = 0;
  // PTX for one architecture only would run nowhere else than its cubin.
  if (!architecture.isPtx && (*text == 'a' || *text == 'f'))
    architecture.suffix = *text++;
  return digits >= 2 && *text == 0;
}

bool tenon::runtime::runsOn(const char *target, int major, int minor) {
  Architecture code;
  if (!parseArchitecture(target, code))
    return false;
  if (code.isPtx)
    return major > code.major || (major == code.major && minor >= code.minor);
  return major == code.major && (code.suffix == 'a' ? minor == code.minor : minor >= code.minor);
}
