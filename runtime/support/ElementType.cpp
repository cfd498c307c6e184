// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sizes and scalar access of element types.
#include "runtime/support/ElementType.h"

#include "runtime/support/Checked.h"

#include <cstring>

using namespace tenon::runtime;

namespace {
struct TypeRow {
  const char *name;
  uint32_t bits;
};
// In the order of tenon_type.
constexpr TypeRow typeRows[] = {{"f32", 32}, {"f64", 64},     {"f16", 16},   {"bf16", 16}, {"i8", 8},   {"i16", 16},
                                {"i32", 32}, {"i64", 64},     {"u8", 8},     {"u16", 16},  {"u32", 32}, {"u64", 64},
                                {"bool", 8}, {"f8e4m3fn", 8}, {"f8e5m2", 8}, {"i4", 4},    {"u4", 4},   {"string", 0}};
const TypeRow *findRow(tenon_type type) {
  auto number = static_cast<unsigned>(type);
  return number < sizeof(typeRows) / sizeof(*typeRows) ? &typeRows[number] : nullptr;
}
} // namespace

const char *tenon_type_name(tenon_type type) {
  const TypeRow *row = findRow(type);
  return row ? row->name : "unknown";
}

uint32_t tenon_type_bits(tenon_type type) {
  const TypeRow *row = findRow(type);
  return row ? row->bits : 0;
}

bool tenon::runtime::tensorBytes(tenon_type type, const int64_t *dims, uint32_t rank, int64_t &bytes) {
  uint32_t bits = tenon_type_bits(type);
  if (bits == 0)
    return false;
  // A zero dim makes the tensor empty whatever the others are; they must still not be negative.
  bool empty = false;
  for (uint32_t i = 0; i < rank; ++i) {
    if (dims[i] < 0)
      return false;
    empty |= dims[i] == 0;
  }
  int64_t count = empty ? 0 : 1;
  for (uint32_t i = 0; i < rank && !empty; ++i)
    if (!checkedMul(count, dims[i], count))
      return false;
  int64_t totalBits;
  if (!checkedMul(count, bits, totalBits) || !checkedAdd(totalBits, 7, totalBits))
    return false;
  bytes = totalBits / 8;
  return true;
}

bool tenon::runtime::canReadScalar(tenon_type type) { return (type >= TENON_I8 && type <= TENON_BOOL); }
bool tenon::runtime::canWriteScalar(tenon_type type) { return canReadScalar(type) || type == TENON_F32 || type == TENON_F64; }

template <typename T> static bool store(void *data, int64_t index, int64_t value) {
  T converted = static_cast<T>(value);
  // Signs must agree too: -1 and 2^64-1 have the same bits.
  if (static_cast<int64_t>(converted) != value || (value < 0) != (converted < T(0)))
    return false;
  std::memcpy(static_cast<char *>(data) + index * int64_t(sizeof(T)), &converted, sizeof(T));
  return true;
}

template <typename T> static bool storeFloat(void *data, int64_t index, int64_t value) {
  T converted = static_cast<T>(value);
  std::memcpy(static_cast<char *>(data) + index * int64_t(sizeof(T)), &converted, sizeof(T));
  return true;
}

template <typename T> static bool load(const void *data, int64_t index, int64_t &value) {
  T element;
  std::memcpy(&element, static_cast<const char *>(data) + index * int64_t(sizeof(T)), sizeof(T));
  auto converted = static_cast<int64_t>(element);
  if ((converted < 0) != (element < T(0)))
    return false;
  value = converted;
  return true;
}

bool tenon::runtime::writeScalar(void *data, tenon_type type, int64_t index, int64_t value) {
  switch (type) {
  case TENON_F32:
    return storeFloat<float>(data, index, value);
  case TENON_F64:
    return storeFloat<double>(data, index, value);
  case TENON_I8:
    return store<int8_t>(data, index, value);
  case TENON_I16:
    return store<int16_t>(data, index, value);
  case TENON_I32:
    return store<int32_t>(data, index, value);
  case TENON_I64:
    return store<int64_t>(data, index, value);
  case TENON_U8:
    return store<uint8_t>(data, index, value);
  case TENON_U16:
    return store<uint16_t>(data, index, value);
  case TENON_U32:
    return store<uint32_t>(data, index, value);
  case TENON_U64:
    return store<uint64_t>(data, index, value);
  case TENON_BOOL:
    return store<uint8_t>(data, index, value != 0);
  default:
    return false;
  }
}

bool tenon::runtime::readScalar(const void *data, tenon_type type, int64_t index, int64_t &value) {
  switch (type) {
  case TENON_I8:
    return load<int8_t>(data, index, value);
  case TENON_I16:
    return load<int16_t>(data, index, value);
  case TENON_I32:
    return load<int32_t>(data, index, value);
  case TENON_I64:
    return load<int64_t>(data, index, value);
  case TENON_U8:
    return load<uint8_t>(data, index, value);
  case TENON_U16:
    return load<uint16_t>(data, index, value);
  case TENON_U32:
    return load<uint32_t>(data, index, value);
  case TENON_U64:
    return load<uint64_t>(data, index, value);
  case TENON_BOOL:
    return load<uint8_t>(data, index, value);
  default:
    return false;
  }
}
