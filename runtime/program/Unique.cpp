// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The host function "unique". Elements become unsigned keys of the same order, so that one comparison serves all types.
#include "runtime/program/HostFunctions.h"
#include "runtime/support/Checked.h"

#include <algorithm>
#include <cinttypes>
#include <cstring>
#include <memory>
#include <new>

using namespace tenon::runtime;

namespace {
/// How the bits of a type are read.
struct Format {
  tenon_type type;
  unsigned bytes;
  enum Kind { isUnsigned, isSigned, isFloat } kind;
  uint64_t greatest; // floats: bits of the greatest magnitude that is a number
};

constexpr Format formats[] = {
    {TENON_F32, 4, Format::isFloat, 0x7F800000}, {TENON_F64, 8, Format::isFloat, 0x7FF0000000000000},
    {TENON_F16, 2, Format::isFloat, 0x7C00},     {TENON_BF16, 2, Format::isFloat, 0x7F80},
    {TENON_F8E4M3FN, 1, Format::isFloat, 0x7E},  {TENON_F8E5M2, 1, Format::isFloat, 0x7C},
    {TENON_I8, 1, Format::isSigned, 0},          {TENON_I16, 2, Format::isSigned, 0},
    {TENON_I32, 4, Format::isSigned, 0},         {TENON_I64, 8, Format::isSigned, 0},
    {TENON_U8, 1, Format::isUnsigned, 0},        {TENON_U16, 2, Format::isUnsigned, 0},
    {TENON_U32, 4, Format::isUnsigned, 0},       {TENON_U64, 8, Format::isUnsigned, 0},
    {TENON_BOOL, 1, Format::isUnsigned, 0},
};

const Format *findFormat(tenon_type type) {
  for (const Format &format : formats)
    if (format.type == type)
      return &format;
  return nullptr;
}

/// Rises with the element's value.
uint64_t makeKey(const Format &format, const char *element) {
  uint64_t bits = 0;
  std::memcpy(&bits, element, format.bytes); // both little-endian
  uint64_t sign = uint64_t(1) << (8 * format.bytes - 1);
  if (format.kind == Format::isUnsigned)
    return format.type == TENON_BOOL ? bits != 0 : bits;
  if (format.kind == Format::isSigned)
    return bits ^ sign;
  uint64_t magnitude = bits & (sign - 1);
  if (magnitude > format.greatest)
    return UINT64_MAX;
  return bits & sign ? sign - magnitude : sign + magnitude;
}

/// The slices of a tensor, by number.
class Slices {
public:
  Slices(const uint64_t *keys, int64_t outer, int64_t size, int64_t inner) : keys(keys), outer(outer), size(size), inner(inner) {}

  /// Below 0, 0, above 0: as strcmp.
  int compare(int64_t a, int64_t b) const {
    for (int64_t i = 0; i < outer; ++i)
      for (int64_t k = 0; k < inner; ++k) {
        uint64_t left = keys[(i * size + a) * inner + k], right = keys[(i * size + b) * inner + k];
        if (left != right)
          return left < right ? -1 : 1;
      }
    return 0;
  }

private:
  const uint64_t *keys;
  int64_t outer, size, inner;
};
} // namespace

bool tenon::runtime::takesUniqueType(tenon_type type) { return findFormat(type) != nullptr; }

/// Puts the slices in order of value, then of place, and counts what is different. Each array has an entry for each slice.
static int64_t group(const Slices &slices, int64_t size, int64_t *order, int64_t *firsts, int64_t *inverse, int64_t *counts) {
  for (int64_t i = 0; i < size; ++i)
    order[i] = i;
  std::sort(order, order + size, [&](int64_t a, int64_t b) {
    int difference = slices.compare(a, b);
    return difference ? difference < 0 : a < b;
  });
  int64_t number = 0;
  for (int64_t i = 0; i < size; ++i) {
    if (i == 0 || slices.compare(order[i - 1], order[i]) != 0) {
      firsts[number] = order[i];
      counts[number++] = 0;
    }
    ++counts[number - 1];
    inverse[order[i]] = number - 1;
  }
  return number;
}

/// From rising order to that of first places.
static void orderByPlace(int64_t number, int64_t size, int64_t *order, int64_t *firsts, int64_t *inverse, int64_t *counts) {
  std::sort(firsts, firsts + number);
  // `order` has become free: the new number of each old one.
  for (int64_t i = 0; i < number; ++i)
    order[inverse[firsts[i]]] = i;
  for (int64_t i = 0; i < size; ++i)
    inverse[i] = order[inverse[i]];
  std::fill(counts, counts + number, 0);
  for (int64_t i = 0; i < size; ++i)
    ++counts[inverse[i]];
}

Status tenon::runtime::callUnique(tenon_type type, const HostBuffer *buffers, const int64_t *scalars) {
  const Format &format = *findFormat(type);
  int64_t outer = scalars[0], size = scalars[1], inner = scalars[2], width = format.bytes;
  int64_t elements = 0, bytes = 0, places = 0, keyBytes = 0;
  bool fits = outer >= 0 && size >= 0 && inner >= 0 && checkedMul(outer, size, elements) && checkedMul(elements, inner, elements) &&
              checkedMul(elements, width, bytes) && checkedMul(size, 8, places) && checkedMul(places, 4, keyBytes) &&
              checkedMul(elements, 8, keyBytes);
  fits = fits && buffers[0].bytes >= bytes && buffers[1].bytes >= bytes && buffers[5].bytes >= 8;
  for (int i = 2; i < 5; ++i)
    fits = fits && buffers[i].bytes >= places;
  if (!fits)
    return makeError(TENON_PROGRAM_ERROR, "unique: %" PRIi64 " x %" PRIi64 " x %" PRIi64 " elements do not fit its buffers", outer, size,
                     inner);
  std::unique_ptr<uint64_t[]> keys(new (std::nothrow) uint64_t[size_t(elements)]);
  // What comes out is put together here: the program's buffers may overlap.
  std::unique_ptr<int64_t[]> numbers(new (std::nothrow) int64_t[size_t(4 * size)]);
  if (!keys || !numbers)
    return makeError(TENON_OUT_OF_MEMORY, "unique: %" PRIi64 " bytes of host memory", keyBytes);
  if (elements == 0)
    outer = 0; // however many: they hold nothing
  for (int64_t i = 0; i < elements; ++i)
    keys[i] = makeKey(format, buffers[0].data + i * width);
  int64_t *order = numbers.get(), *firsts = order + size, *inverse = firsts + size, *counts = inverse + size;
  int64_t number = group(Slices(keys.get(), outer, size, inner), size, order, firsts, inverse, counts);
  if (!scalars[3])
    orderByPlace(number, size, order, firsts, inverse, counts);
  for (int64_t i = 0; i < outer; ++i)
    for (int64_t k = 0; k < number; ++k)
      std::memmove(buffers[1].data + (i * number + k) * inner * width, buffers[0].data + (i * size + firsts[k]) * inner * width,
                   size_t(inner * width));
  std::memcpy(buffers[2].data, firsts, size_t(number) * 8);
  std::memcpy(buffers[3].data, inverse, size_t(size) * 8);
  std::memcpy(buffers[4].data, counts, size_t(number) * 8);
  std::memcpy(buffers[5].data, &number, 8);
  return Status();
}
