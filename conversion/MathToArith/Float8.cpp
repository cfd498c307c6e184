// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "conversion/MathToArith/Float8.h"

using namespace mlir;

namespace tenon::math {
namespace {

/// Bits of a float8 format: the exponent's bias, where its fields stand in an f32, the least pattern that is not a finite number.
struct Format {
  int bias, shift;
  int64_t firstSpecial, nan;
  bool hasInfinity;
};
constexpr Format kE4M3{7, 20, 0x7f, 0x7f, false};
constexpr Format kE5M2{15, 21, 0x7c, 0x7e, true};

std::optional<Format> formatOf(Type type) {
  if (isa<Float8E4M3FNType>(type))
    return kE4M3;
  if (isa<Float8E5M2Type>(type))
    return kE5M2;
  return std::nullopt;
}

/// The fields moved to an f32's places are the number scaled by a power of two, subnormals included.
Lanes fromFloat8(const Lanes &x, const Format &format, Type f32) {
  Type i32 = IntegerType::get(f32.getContext(), 32);
  Lanes wide = x.bits().to<arith::ExtUIOp>(i32);
  Lanes like = wide.with(arith::BitcastOp::create(x.b(), x.location(), wide.shaped(f32), wide.get()));
  Lanes sign = shiftLeft(wide & like.integer(0x80), like.integer(24)), magnitude = wide & like.integer(0x7f);
  Lanes number = std::ldexp(1.0, 127 - format.bias) * shiftLeft(magnitude, like.integer(format.shift)).asFloat(like);
  Lanes special = like.constant(__builtin_nan(""));
  if (format.hasInfinity)
    special =
        select(magnitude.compareBits(arith::CmpIPredicate::eq, like.integer(format.firstSpecial)), like.constant(__builtin_inf()), special);
  number = select(magnitude.compareBits(arith::CmpIPredicate::uge, like.integer(format.firstSpecial)), special, number);
  return (number.bits() | sign).asFloat(like);
}

/// Rounds by integer addition; what will be subnormal is rounded by adding a number whose last place is the least subnormal.
Lanes toFloat8(const Lanes &x, const Format &format, Type element) {
  Lanes bits = x.bits(), sign = shiftRight(bits, x.integer(24)) & x.integer(0x80), magnitude = abs(x);
  Lanes half = x.integer((int64_t(1) << (format.shift - 1)) - 1),
        odd = shiftRight(magnitude.bits(), x.integer(format.shift)) & x.integer(1);
  Lanes rounded = shiftRight(addBits(addBits(magnitude.bits(), half), odd), x.integer(format.shift));
  Lanes normal = subBits(rounded, x.integer(int64_t(127 - format.bias) << (23 - format.shift)));
  // The least subnormal is 2^(1 - bias - mantissa bits); its place in a sum with 2^23 of it is the last.
  double step = std::ldexp(1.0, 1 - format.bias - (23 - format.shift) + 23);
  Lanes subnormal = subBits((magnitude + step).bits(), x.constant(step).bits());
  Lanes result = select(magnitude < std::ldexp(1.0, 1 - format.bias), subnormal, normal);
  Lanes over = magnitude >= std::ldexp(1.0, 127 - format.bias); // beyond every exponent of the format
  result =
      select(over | result.compareBits(arith::CmpIPredicate::sgt, x.integer(format.firstSpecial)), x.integer(format.firstSpecial), result);
  result = select(isNaN(x), x.integer(format.nan), result);
  Lanes byte = (result | sign).to<arith::TruncIOp>(IntegerType::get(element.getContext(), 8));
  return byte.with(arith::BitcastOp::create(x.b(), x.location(), byte.shaped(element), byte.get()));
}

/// f64 to f32 rounded to odd: a second rounding to a shorter format is then right.
Lanes roundToOdd(const Lanes &x, Type f32) {
  Lanes nearest = x.to<arith::TruncFOp>(f32), back = nearest.to<arith::ExtFOp>(x.element());
  Lanes bits = nearest.bits();
  Lanes towardsZero = select(abs(back).compare(arith::CmpFPredicate::OGT, abs(x)), subBits(bits, nearest.integer(1)), bits);
  Lanes inexact = back.compare(arith::CmpFPredicate::ONE, x);
  return select(inexact, towardsZero | nearest.integer(1), bits).asFloat(nearest);
}

} // namespace

Value expandConversion(const Lanes &x, Type element) {
  Type f32 = Float32Type::get(element.getContext());
  if (std::optional<Format> from = formatOf(x.element())) {
    Lanes wide = fromFloat8(x, *from, f32);
    if (element.isF32())
      return wide.get();
    return element.isF64() ? wide.to<arith::ExtFOp>(element).get() : wide.to<arith::TruncFOp>(element).get();
  }
  std::optional<Format> to = formatOf(element);
  if (!to && !(x.isDouble() && element.getIntOrFloatBitWidth() == 16))
    return Value();
  Lanes single = x;
  if (x.isDouble())
    single = roundToOdd(x, f32);
  else if (!x.element().isF32())
    single = x.to<arith::ExtFOp>(f32);
  return to ? toFloat8(single, *to, element).get() : single.to<arith::TruncFOp>(element).get();
}

/// The integers that a float8 holds are exact in f32, and those that f32 rounds are beyond every float8.
Value expandFromInteger(const Lanes &x, bool isUnsigned, Type element) {
  std::optional<Format> to = formatOf(element);
  if (!to)
    return Value();
  Type f32 = Float32Type::get(element.getContext());
  return toFloat8(isUnsigned ? x.to<arith::UIToFPOp>(f32) : x.to<arith::SIToFPOp>(f32), *to, element).get();
}

} // namespace tenon::math
