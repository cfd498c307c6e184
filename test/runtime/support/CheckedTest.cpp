// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checked arithmetic against the exact value in 128 bits, around every border of 64 bits.
#include "runtime/support/Checked.h"

#include <gtest/gtest.h>

using namespace tenon::runtime;

namespace {

constexpr int64_t least = std::numeric_limits<int64_t>::min(), greatest = std::numeric_limits<int64_t>::max();
constexpr int64_t numbers[] = {least,
                               least + 1,
                               least / 2,
                               -(int64_t(1) << 32),
                               -65,
                               -2,
                               -1,
                               0,
                               1,
                               2,
                               63,
                               64,
                               int64_t(1) << 31,
                               int64_t(1) << 32,
                               greatest / 2,
                               greatest / 2 + 1,
                               greatest - 1,
                               greatest};
constexpr int64_t untouched = 12345;

bool fits(__int128 value) { return value >= least && value <= greatest; }

/// The operation must succeed exactly if `exact` fits, and leave the result alone otherwise.
void expectChecked(bool succeeded, int64_t result, __int128 exact, int64_t a, int64_t b) {
  EXPECT_EQ(succeeded, fits(exact)) << a << " and " << b;
  EXPECT_EQ(result, fits(exact) ? int64_t(exact) : untouched) << a << " and " << b;
}

TEST(Checked, AddsAndMultipliesExactlyOrNotAtAll) {
  for (int64_t a : numbers)
    for (int64_t b : numbers) {
      int64_t sum = untouched, product = untouched;
      bool hasSum = checkedAdd(a, b, sum), hasProduct = checkedMul(a, b, product);
      expectChecked(hasSum, sum, __int128(a) + b, a, b);
      expectChecked(hasProduct, product, __int128(a) * b, a, b);
    }
}

TEST(Checked, WritesToAnOperand) {
  int64_t value = 20;
  EXPECT_TRUE(checkedAdd(value, 1, value) && checkedMul(value, 2, value));
  EXPECT_EQ(value, 42);
}

TEST(Checked, AlignsUp) {
  for (int64_t alignment : {1, 2, 64, 4096})
    for (int64_t value : numbers) {
      if (value < 0)
        continue;
      int64_t result = untouched;
      bool succeeded = checkedAlignUp(value, alignment, result);
      expectChecked(succeeded, result, (__int128(value) + alignment - 1) / alignment * alignment, value, alignment);
    }
}

TEST(Checked, KnowsWhatLiesInside) {
  for (int64_t offset : numbers)
    for (int64_t bytes : numbers)
      for (int64_t total : numbers) {
        bool inside = offset >= 0 && bytes >= 0 && __int128(offset) + bytes <= total;
        EXPECT_EQ(fitsInside(offset, bytes, total), inside) << offset << ", " << bytes << " in " << total;
      }
}

} // namespace
