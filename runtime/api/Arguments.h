// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Size-versioned structs at the C ABI's border: members that the caller's version does not have read as zero, and are not written.
#ifndef TENON_RUNTIME_API_ARGUMENTS_H
#define TENON_RUNTIME_API_ARGUMENTS_H

#include "runtime/support/Status.h"

#include <algorithm>
#include <cstring>

namespace tenon::runtime {

/// Copies what the caller has of `*given` (NULL: nothing) into `result`. Sizes that no version had are refused.
template <typename T> Status readStruct(const T *given, T &result, const char *name) {
  result = {};
  result.size = sizeof(T);
  if (!given)
    return Status();
  if (given->size < sizeof(size_t) || given->size > 4096)
    return makeError(TENON_INVALID_ARGUMENT, "%s: expected size %zu or that of another version, got %zu", name, sizeof(T), given->size);
  std::memcpy(&result, given, std::min(given->size, sizeof(T)));
  result.size = sizeof(T);
  return Status();
}

/// Copies `result` to the members that the caller's `*given` has.
template <typename T> Status writeStruct(const T &result, T *given, const char *name) {
  if (!given)
    return makeError(TENON_INVALID_ARGUMENT, "%s is NULL", name);
  size_t size = given->size;
  if (size < sizeof(size_t) || size > 4096)
    return makeError(TENON_INVALID_ARGUMENT, "%s: expected size %zu or that of another version, got %zu", name, sizeof(T), size);
  std::memcpy(given, &result, std::min(size, sizeof(T)));
  given->size = size;
  return Status();
}

#define TENON_REQUIRE(pointer)                                                                                                             \
  do {                                                                                                                                     \
    if (!(pointer))                                                                                                                        \
      return ::tenon::runtime::makeError(TENON_INVALID_ARGUMENT, "argument '%s' is NULL", #pointer);                                       \
  } while (false)

} // namespace tenon::runtime

#endif // TENON_RUNTIME_API_ARGUMENTS_H
