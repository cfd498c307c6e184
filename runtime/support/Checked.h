// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// 64-bit arithmetic that reports overflow instead of wrapping. Every function returns false and leaves `result` alone if the exact
// value does not fit.
#ifndef TENON_RUNTIME_SUPPORT_CHECKED_H
#define TENON_RUNTIME_SUPPORT_CHECKED_H

#include <cstdint>
#include <limits>

namespace tenon::runtime {

[[nodiscard]] inline bool checkedAdd(int64_t a, int64_t b, int64_t &result) {
  int64_t value;
  if (__builtin_add_overflow(a, b, &value))
    return false;
  result = value;
  return true;
}

[[nodiscard]] inline bool checkedMul(int64_t a, int64_t b, int64_t &result) {
  int64_t value;
  if (__builtin_mul_overflow(a, b, &value))
    return false;
  result = value;
  return true;
}

/// `value` rounded up to a multiple of the power of two `alignment`; value >= 0.
[[nodiscard]] inline bool checkedAlignUp(int64_t value, int64_t alignment, int64_t &result) {
  int64_t sum;
  if (!checkedAdd(value, alignment - 1, sum))
    return false;
  result = sum & ~(alignment - 1);
  return true;
}

/// Is [offset, offset + bytes) inside [0, total)? Negative values are not.
[[nodiscard]] inline bool fitsInside(int64_t offset, int64_t bytes, int64_t total) {
  return offset >= 0 && bytes >= 0 && bytes <= total && offset <= total - bytes;
}

} // namespace tenon::runtime

#endif // TENON_RUNTIME_SUPPORT_CHECKED_H
