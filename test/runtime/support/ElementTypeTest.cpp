// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sizes of tensors, and host integers in and out of elements at the ends of each type's range.
#include "runtime/support/ElementType.h"

#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <vector>

using namespace tenon::runtime;

namespace {

constexpr int64_t least = std::numeric_limits<int64_t>::min(), greatest = std::numeric_limits<int64_t>::max();

int64_t bytesOf(tenon_type type, const std::vector<int64_t> &dims) {
  int64_t bytes = -1;
  return tensorBytes(type, dims.data(), uint32_t(dims.size()), bytes) ? bytes : -1;
}

TEST(ElementType, HasNameAndSize) {
  struct Row {
    tenon_type type;
    const char *name;
    uint32_t bits;
  };
  const Row rows[] = {{TENON_F32, "f32", 32},      {TENON_F64, "f64", 64},     {TENON_F16, "f16", 16},          {TENON_BF16, "bf16", 16},
                      {TENON_I8, "i8", 8},         {TENON_I16, "i16", 16},     {TENON_I32, "i32", 32},          {TENON_I64, "i64", 64},
                      {TENON_U8, "u8", 8},         {TENON_U16, "u16", 16},     {TENON_U32, "u32", 32},          {TENON_U64, "u64", 64},
                      {TENON_BOOL, "bool", 8},     {TENON_I4, "i4", 4},        {TENON_F8E4M3FN, "f8e4m3fn", 8}, {TENON_U4, "u4", 4},
                      {TENON_F8E5M2, "f8e5m2", 8}, {TENON_STRING, "string", 0}};
  for (const Row &row : rows) {
    EXPECT_STREQ(tenon_type_name(row.type), row.name);
    EXPECT_EQ(tenon_type_bits(row.type), row.bits) << row.name;
  }
  for (int number : {-1, TENON_STRING + 1}) {
    EXPECT_STREQ(tenon_type_name(static_cast<tenon_type>(number)), "unknown");
    EXPECT_EQ(tenon_type_bits(static_cast<tenon_type>(number)), 0u);
  }
}

TEST(ElementType, CountsBytes) {
  EXPECT_EQ(bytesOf(TENON_F32, {}), 4);
  EXPECT_EQ(bytesOf(TENON_F32, {2, 3}), 24);
  EXPECT_EQ(bytesOf(TENON_I4, {3}), 2) << "half bytes are rounded up";
  EXPECT_EQ(bytesOf(TENON_F64, {greatest, greatest, 0}), 0) << "empty whatever the others are";
  EXPECT_EQ(bytesOf(TENON_I8, {int64_t(1) << 59}), int64_t(1) << 59);
}

TEST(ElementType, RefusesSizesThatAreNone) {
  EXPECT_EQ(bytesOf(TENON_F32, {-1}), -1);
  EXPECT_EQ(bytesOf(TENON_F32, {0, -1}), -1);
  EXPECT_EQ(bytesOf(TENON_F32, {int64_t(1) << 32, int64_t(1) << 32}), -1);
  EXPECT_EQ(bytesOf(TENON_F64, {int64_t(1) << 60}), -1);
  EXPECT_EQ(bytesOf(TENON_I8, {greatest}), -1);
  EXPECT_EQ(bytesOf(TENON_STRING, {1}), -1);
  EXPECT_EQ(bytesOf(static_cast<tenon_type>(99), {1}), -1);
}

/// Writes `value` as element 1 of three and reads it back; the neighbours must stay as they were.
bool roundTrips(tenon_type type, int64_t value, int64_t &back) {
  std::vector<unsigned char> data(24, 0xa5), before = data;
  size_t width = tenon_type_bits(type) / 8;
  bool written = writeScalar(data.data(), type, 1, value);
  std::memcpy(before.data() + width, data.data() + width, written ? width : 0);
  EXPECT_EQ(data, before) << tenon_type_name(type);
  return written && readScalar(data.data(), type, 1, back);
}

TEST(ElementType, HoldsTheIntegersOfItsRange) {
  struct Row {
    tenon_type type;
    int64_t least, greatest;
  };
  const Row rows[] = {{TENON_I8, -128, 127}, {TENON_I16, -32768, 32767}, {TENON_I32, INT32_MIN, INT32_MAX}, {TENON_I64, least, greatest},
                      {TENON_U8, 0, 255},    {TENON_U16, 0, 65535},      {TENON_U32, 0, UINT32_MAX},        {TENON_U64, 0, greatest}};
  for (const Row &row : rows) {
    EXPECT_TRUE(canWriteScalar(row.type) && canReadScalar(row.type));
    int64_t back = 0;
    for (int64_t value : {row.least, row.greatest, int64_t(1)}) {
      EXPECT_TRUE(roundTrips(row.type, value, back)) << tenon_type_name(row.type) << " " << value;
      EXPECT_EQ(back, value);
    }
    if (row.least != least)
      EXPECT_FALSE(roundTrips(row.type, row.least - 1, back)) << tenon_type_name(row.type);
    if (row.greatest != greatest)
      EXPECT_FALSE(roundTrips(row.type, row.greatest + 1, back)) << tenon_type_name(row.type);
  }
}

TEST(ElementType, ReadsNoIntegerThat64SignedBitsCannotHold) {
  uint64_t values[] = {uint64_t(1) << 63, ~uint64_t(0), uint64_t(greatest)};
  int64_t value = 7;
  EXPECT_FALSE(readScalar(values, TENON_U64, 0, value));
  EXPECT_FALSE(readScalar(values, TENON_U64, 1, value));
  EXPECT_EQ(value, 7);
  EXPECT_TRUE(readScalar(values, TENON_U64, 2, value));
  EXPECT_EQ(value, greatest);
}

TEST(ElementType, WritesTruthAndFloats) {
  int64_t back = 0;
  EXPECT_TRUE(roundTrips(TENON_BOOL, 256, back));
  EXPECT_EQ(back, 1);
  float single[2] = {};
  double twice[2] = {};
  EXPECT_TRUE(writeScalar(single, TENON_F32, 1, -(int64_t(1) << 40)) && writeScalar(twice, TENON_F64, 1, (int64_t(1) << 53) - 1));
  EXPECT_EQ(single[1], -0x1p40f);
  EXPECT_EQ(twice[1], 0x1p53 - 1);
}

TEST(ElementType, KnowsWhatTheHostCannotReadOrWrite) {
  for (tenon_type type : {TENON_F16, TENON_BF16, TENON_F8E4M3FN, TENON_F8E5M2, TENON_I4, TENON_U4, TENON_STRING}) {
    int64_t data = 0, value = 0;
    EXPECT_FALSE(canWriteScalar(type) || canReadScalar(type)) << tenon_type_name(type);
    EXPECT_FALSE(writeScalar(&data, type, 0, 1) || readScalar(&data, type, 0, value)) << tenon_type_name(type);
  }
  for (tenon_type type : {TENON_F32, TENON_F64})
    EXPECT_TRUE(canWriteScalar(type) && !canReadScalar(type));
}

} // namespace
