// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// exp, log, their relatives and pow. The argument is reduced by a power of two, a polynomial does the rest, and selects put the special
// values right: no branch, no table. Integers come out of floats by adding 1.5 * 2^p, so that NaN never meets a conversion.
#include "conversion/MathToArith/Coefficients.h"
#include "conversion/MathToArith/Lanes.h"

namespace tenon::math {
namespace {

/// What the two formats differ in.
struct Format {
  int mantissa, bias;
  double round;           // 1.5 * 2^mantissa: x + round - round is x to the nearest integer
  double ln2High, ln2Low; // their sum is ln 2; n * ln2High is exact for every exponent n
  double least, greatest; // exp is 0 below and infinite above
  double leastNormal;
};
constexpr Format kSingle{23, 127, 12582912.0, 0.693359375, -2.12194440054690583e-4, -104.0, 89.0, 1.17549435e-38};
constexpr Format kDouble{52, 1023, 6755399441055744.0, 0x1.62e42feep-1, 1.90821492927058770002e-10, -746.0, 710.0, 2.2250738585072014e-308};
constexpr double kLog2E = 1.44269504088896340736, kLn2 = 0.69314718055994530942;
constexpr double kInfinity = __builtin_inf();

const Format &formatOf(const Lanes &x) { return x.isDouble() ? kDouble : kSingle; }

/// A float that is an integer, and the same integer.
struct Whole {
  Lanes number, integer;
};
Whole roundToWhole(const Lanes &x, const Lanes &factor) {
  Lanes magic = x.constant(formatOf(x).round);
  Lanes shifted = fma(x, factor, magic);
  return {shifted - magic, subBits(shifted.bits(), magic.bits())};
}

/// 2^n for n in the range of normal exponents.
Lanes powerOfTwo(const Lanes &n, const Lanes &like) {
  const Format &format = formatOf(like);
  return shiftLeft(addBits(n, like.integer(format.bias)), like.integer(format.mantissa)).asFloat(like);
}

/// x * 2^n where the result may be subnormal or infinite: in two steps, each a normal power.
Lanes scale(const Lanes &x, const Lanes &n) {
  Lanes half = shiftRightSigned(n, x.integer(1));
  return x * powerOfTwo(half, x) * powerOfTwo(subBits(n, half), x);
}

/// exp(r) - 1 for |r| <= ln(2) / 2.
Lanes smallExpm1(const Lanes &r) {
  Lanes p = polynomial(r, coefficients::kExp32, coefficients::kExp64);
  return fma(r * r, p, r);
}

Lanes reduceByLn2(const Lanes &x, const Lanes &n) {
  const Format &format = formatOf(x);
  return fma(n, x.constant(-format.ln2Low), fma(n, x.constant(-format.ln2High), x));
}

/// exp(x + low) for a small correction.
Lanes expWithLow(const Lanes &x, const Lanes *low) {
  const Format &format = formatOf(x);
  Lanes limited = atMost(atLeast(x, format.least), format.greatest);
  Whole n = roundToWhole(limited, x.constant(kLog2E));
  Lanes r = reduceByLn2(limited, n.number);
  if (low)
    r = r + *low;
  return scale(smallExpm1(r) + 1, n.integer);
}

/// x as m * 2^e with m in [sqrt(1/2), sqrt(2)); subnormals are scaled up first.
struct Split {
  Lanes mantissa, exponent;
};
Split splitExponent(const Lanes &x) {
  const Format &format = formatOf(x);
  Lanes tiny = x < format.leastNormal;
  double lift = x.isDouble() ? 0x1p54 : 0x1p25;
  Lanes bits = select(tiny, lift * x, x).bits();
  // Subtracting the bits of sqrt(1/2) makes the exponent field step there.
  Lanes step = x.constant(0.70710678118654752440).bits();
  Lanes e = shiftRightSigned(subBits(bits, step), x.integer(format.mantissa));
  Lanes m = subBits(bits, shiftLeft(e, x.integer(format.mantissa))).asFloat(x);
  Lanes magic = x.constant(format.round);
  Lanes number = addBits(e, magic.bits()).asFloat(x) - magic;
  return {m, select(tiny, number - (x.isDouble() ? 54.0 : 25.0), number)};
}

/// Puts the values of a logarithm right where x is not positive and finite.
Lanes logSpecials(const Lanes &x, Lanes result) {
  result = select(x == kInfinity, x, result);
  result = select(x == 0.0, x.constant(-kInfinity), result);
  return select((x < 0.0) | isNaN(x), x.constant(__builtin_nan("")), result);
}

/// log(m) = f - (f^2 / 2 - s * (f^2 / 2 + z p(z))), f = m - 1, s = f / (2 + f), z = s^2: the largest term is exact.
Lanes logOfMantissa(const Lanes &f, const Lanes &tail) {
  Lanes s = f / (f + 2.0), z = s * s, half = 0.5 * f * f;
  Lanes p = z * polynomial(z, coefficients::kLog32, coefficients::kLog64);
  return f - (half - (fma(s, half + p, tail)));
}

/// log(x) as a sum of two numbers, the second a correction: what pow needs to stay accurate when it multiplies by y.
struct Double {
  Lanes high, low;
};
Double logWithLow(const Lanes &x) {
  const Format &format = formatOf(x);
  Split split = splitExponent(x);
  Lanes f = split.mantissa - 1.0, d = split.mantissa + 1.0;
  Lanes s = f / d;
  // f is exact. d may have lost its last bit: what is missing of s * d from f is divided again.
  Lanes dLow = (split.mantissa - (d - 1.0));
  Lanes rest = fma(-s, d, f) - s * dLow;
  Lanes sLow = rest / d;
  Lanes z = s * s;
  Lanes tail = s * z * polynomial(z, coefficients::kLog32, coefficients::kLog64);
  Lanes main = split.exponent * x.constant(format.ln2High), twice = 2.0 * s;
  // Two exact sums: the larger term may be either one.
  auto twoSum = [](const Lanes &a, const Lanes &b) -> Double {
    Lanes sum = a + b, back = sum - a;
    return {sum, (a - (sum - back)) + (b - back)};
  };
  Double first = twoSum(main, twice);
  Lanes low = first.low + fma(split.exponent, x.constant(format.ln2Low), fma(x.constant(2.0), sLow, tail));
  Double result = twoSum(first.high, low);
  return result;
}

} // namespace

Lanes exp(const Lanes &x) { return expWithLow(x, nullptr); }

Lanes exp2(const Lanes &x) {
  double limit = x.isDouble() ? 1080.0 : 151.0;
  Lanes limited = atMost(atLeast(x, -limit), x.isDouble() ? 1025.0 : 129.0);
  Whole n = roundToWhole(limited, x.constant(1.0));
  return scale(smallExpm1(kLn2 * (limited - n.number)) + 1, n.integer);
}

/// exp(x) - 1 = 2 * (2^(n-1) * (exp(r) - 1) + (2^(n-1) - 1/2)); the half keeps the greatest exponent in range.
Lanes expm1(const Lanes &x) {
  const Format &format = formatOf(x);
  Lanes limited = atMost(atLeast(x, x.isDouble() ? -50.0 : -30.0), format.greatest);
  Whole n = roundToWhole(limited, x.constant(kLog2E));
  Lanes power = powerOfTwo(subBits(n.integer, x.integer(1)), x);
  Lanes result = 2.0 * fma(smallExpm1(reduceByLn2(limited, n.number)), power, power - 0.5);
  return select(x == 0.0, x, result); // keeps the sign of zero
}

Lanes log(const Lanes &x) {
  const Format &format = formatOf(x);
  Split split = splitExponent(x);
  Lanes low = split.exponent * x.constant(format.ln2Low);
  return logSpecials(x, fma(split.exponent, x.constant(format.ln2High), logOfMantissa(split.mantissa - 1.0, low)));
}

Lanes log2(const Lanes &x) {
  Split split = splitExponent(x);
  Lanes m = logOfMantissa(split.mantissa - 1.0, x.constant(0));
  // log2(e) in two parts, so that the product's error stays below that of the sum.
  double high = x.isDouble() ? 0x1.7154765p0 : 1.44287109375;
  return logSpecials(x, split.exponent + fma(m, x.constant(high), m * x.constant(kLog2E - high)));
}

Lanes log10(const Lanes &x) {
  Split split = splitExponent(x);
  Lanes m = logOfMantissa(split.mantissa - 1.0, x.constant(0));
  double high = x.isDouble() ? 0x1.34413508p-2 : 0.30102539062500000000; // exponent * high is exact
  Lanes tail = fma(split.exponent, x.constant(0.30102999566398119521 - high), 0.43429448190325182765 * m);
  return logSpecials(x, fma(split.exponent, x.constant(high), tail));
}

/// log(u) for u = 1 + x rounded, and what rounding lost divided by u.
Lanes log1p(const Lanes &x) {
  Lanes u = x + 1.0;
  Lanes lost = select((u == 0.0) | (u == kInfinity), x.constant(0), (x - (u - 1.0)) / u);
  return select(x == 0.0, x, log(u) + lost);
}

Lanes pow(const Lanes &x, const Lanes &y) {
  Lanes magnitude = abs(x), one = x.constant(1), zero = x.constant(0), infinity = x.constant(kInfinity);
  Double logarithm = logWithLow(magnitude);
  Lanes product = y * logarithm.high;
  Lanes low = fma(y, logarithm.high, -product) + y * logarithm.low;
  // Where the product is out of range its error is not a number.
  Lanes corrected = select(abs(product) < 800.0, low, zero);
  Lanes result = expWithLow(product, &corrected);

  Lanes atZero = select(y > 0.0, zero, infinity), atInfinity = select(y > 0.0, infinity, zero);
  result = select(magnitude == 0.0, atZero, result);
  result = select(magnitude == kInfinity, atInfinity, result);
  Lanes grows = (magnitude > 1.0).apply<mlir::arith::XOrIOp>(y < 0.0);
  result = select(abs(y) == kInfinity, select(magnitude == 1.0, one, select(grows, infinity, zero)), result);
  // Beyond 2^mantissa every number is an even integer.
  Lanes whole = (y == floor(y)) & (abs(y) < (x.isDouble() ? 0x1p53 : 0x1p24));
  Lanes half = 0.5 * y;
  Lanes odd = whole & half.compare(mlir::arith::CmpFPredicate::UNE, floor(half));
  Lanes fractional = y.compare(mlir::arith::CmpFPredicate::UNE, floor(y));
  Lanes negative = x.bits().compareBits(mlir::arith::CmpIPredicate::slt, x.integer(0));
  result = select(negative & odd, -result, result);
  result = select((x < 0.0) & fractional & (magnitude < kInfinity), x.constant(__builtin_nan("")), result);
  result = select(isNaN(x) | isNaN(y), x + y, result);
  return select((y == 0.0) | (x == 1.0), one, result);
}

} // namespace tenon::math
