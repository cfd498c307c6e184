// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Making, reading and releasing statuses.
#include "runtime/support/Status.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

using namespace tenon::runtime;

// Never written: release leaves constants alone.
static tenon_status outOfMemoryStatus = {TENON_OUT_OF_MEMORY, "out of memory", true};

Status tenon::runtime::outOfMemory() { return Status(&outOfMemoryStatus); }

Status tenon::runtime::makeError(tenon_code code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  va_list again;
  va_copy(again, arguments);
  int length = std::vsnprintf(nullptr, 0, format, arguments);
  va_end(arguments);
  size_t bytes = length < 0 ? 0 : size_t(length);
  auto *status = static_cast<tenon_status *>(std::malloc(sizeof(tenon_status) + bytes + 1));
  if (!status) {
    va_end(again);
    return outOfMemory();
  }
  char *text = reinterpret_cast<char *>(status + 1);
  text[0] = 0;
  if (length >= 0)
    std::vsnprintf(text, bytes + 1, format, again);
  va_end(again);
  *status = {code, text, false};
  return Status(status);
}

tenon_code tenon_status_code(const tenon_status *status) { return status ? status->code : TENON_OK; }

const char *tenon_status_message(const tenon_status *status) { return status ? status->message : ""; }

void tenon_status_release(tenon_status *status) {
  if (status && !status->isConstant)
    std::free(status);
}

const char *tenon_code_name(tenon_code code) {
  static constexpr const char *names[] = {"TENON_OK",          "TENON_INVALID_ARGUMENT", "TENON_INVALID_STATE",  "TENON_OUT_OF_MEMORY",
                                          "TENON_IO_ERROR",    "TENON_CORRUPT_ENGINE",   "TENON_INVALID_ENGINE", "TENON_WRONG_VERSION",
                                          "TENON_UNSUPPORTED", "TENON_WRONG_TYPE",       "TENON_WRONG_SHAPE",    "TENON_GUARD_FAILED",
                                          "TENON_OVERFLOW",    "TENON_PROGRAM_ERROR",    "TENON_INTERNAL",       "TENON_CANCELLED",
                                          "TENON_DEVICE_LOST"};
  auto number = static_cast<unsigned>(code);
  return number < sizeof(names) / sizeof(*names) ? names[number] : "TENON_UNKNOWN";
}

const char *tenon_version(void) { return TENON_VERSION_STRING; }
