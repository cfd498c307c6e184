// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// sin, cos, tan and their inverses, hyperbolic functions, erf.
//
// The angle of a float32 is reduced in float64, where n * pi / 2 has bits enough for |x| up to 2^40, and a float64 by two parts of pi / 2,
// for |x| up to 2^15. Beyond that, which a branch asks for all lanes at once, it is reduced by the bits of 2 / pi (LargeAngle.cpp).
#include "conversion/MathToArith/Coefficients.h"
#include "conversion/MathToArith/Lanes.h"

namespace tenon::math {
namespace {

constexpr double kPi2 = 1.57079632679489661923, kPi2Low = 6.12323399573676603587e-17, kTwoOverPi = 0.63661977236758134308;
constexpr double kInfinity = __builtin_inf();

/// sin and cos of the reduced angle, and the quadrant as an integer of the element's width.
struct Angle {
  Lanes sin, cos, quadrant;
};

Angle reduceAngle(const Lanes &x) {
  mlir::Type f64 = mlir::Float64Type::get(x.get().getContext());
  Lanes wide = x.isDouble() ? x : x.to<mlir::arith::ExtFOp>(f64);
  Lanes magic = wide.constant(6755399441055744.0);
  Lanes shifted = fma(wide, wide.constant(kTwoOverPi), magic), n = shifted - magic;
  Lanes r = fma(n, wide.constant(-kPi2Low), fma(n, wide.constant(-kPi2), wide));
  Lanes quadrant = shifted.bits();
  reduceLargeAngles(abs(x) >= (x.isDouble() ? 0x1p15 : 0x1p40), wide, r, quadrant);
  if (!x.isDouble()) {
    r = r.to<mlir::arith::TruncFOp>(x.element());
    quadrant = quadrant.to<mlir::arith::TruncIOp>(mlir::IntegerType::get(x.get().getContext(), 32));
  }
  Lanes z = r * r;
  Lanes sine = fma(r * z, polynomial(z, coefficients::kSin32, coefficients::kSin64), r);
  Lanes cosine = fma(z * z, polynomial(z, coefficients::kCos32, coefficients::kCos64), fma(z, z.constant(-0.5), z.constant(1)));
  return {sine, cosine, quadrant};
}

/// Whether bit `bit` of the quadrant is set.
Lanes quadrantBit(const Lanes &x, const Lanes &quadrant, int64_t bit) {
  return (quadrant & x.integer(bit)).compareBits(mlir::arith::CmpIPredicate::ne, x.integer(0));
}

/// asin(t) - t over t, for 0 <= t <= 1/2.
Lanes asinTail(const Lanes &z) { return z * polynomial(z, coefficients::kAsin32, coefficients::kAsin64); }

} // namespace

Lanes sin(const Lanes &x) {
  Angle angle = reduceAngle(x);
  Lanes result = select(quadrantBit(x, angle.quadrant, 1), angle.cos, angle.sin);
  return select(x == 0.0, x, select(quadrantBit(x, angle.quadrant, 2), -result, result));
}

Lanes cos(const Lanes &x) {
  Angle angle = reduceAngle(x);
  Lanes odd = quadrantBit(x, angle.quadrant, 1), half = quadrantBit(x, angle.quadrant, 2);
  Lanes result = select(odd, angle.sin, angle.cos);
  return select(odd ^ half, -result, result);
}

Lanes tan(const Lanes &x) {
  Angle angle = reduceAngle(x);
  Lanes odd = quadrantBit(x, angle.quadrant, 1);
  return select(x == 0.0, x, select(odd, -angle.cos, angle.sin) / select(odd, angle.sin, angle.cos));
}

/// Below 1/2 by polynomial, above by pi / 2 - 2 asin(sqrt((1 - x) / 2)).
Lanes asin(const Lanes &x) {
  Lanes t = abs(x), large = t > 0.5;
  Lanes z = select(large, 0.5 * (1.0 - t), t * t), s = select(large, sqrt(z), t);
  Lanes p = fma(s, asinTail(z), s);
  Lanes high = fma(x.constant(-2.0), p, x.constant(kPi2));
  return copySign(select(large, high, p), x);
}

Lanes acos(const Lanes &x) {
  Lanes t = abs(x), large = t > 0.5;
  Lanes z = select(large, 0.5 * (1.0 - t), t * t), s = select(large, sqrt(z), x);
  Lanes p = fma(s, asinTail(z), s), twice = 2.0 * p;
  Lanes negative = x < 0.0;
  return select(large, select(negative, x.constant(2 * kPi2) - twice, twice), x.constant(kPi2) - p);
}

/// Three ranges: around 0, around 1 (atan((t - 1) / (t + 1)) + pi / 4) and above (pi / 2 - atan(1 / t)).
Lanes atan(const Lanes &x) {
  Lanes t = abs(x), middle = t > 0.41421356237309503, large = t > 2.414213562373095;
  Lanes numerator = select(large, t.constant(-1), select(middle, t - 1.0, t));
  Lanes denominator = select(large, t, select(middle, t + 1.0, t.constant(1)));
  Lanes u = numerator / denominator, z = u * u;
  Lanes p = fma(u * z, polynomial(z, coefficients::kAtan32, coefficients::kAtan64), u);
  Lanes base = select(large, t.constant(kPi2), select(middle, t.constant(kPi2 / 2), t.constant(0)));
  return copySign(base + p, x);
}

/// Through expm1 below, and (exp(t / 2) / 2) * exp(t / 2) where exp(t) may overflow before the result does.
Lanes sinh(const Lanes &x) {
  Lanes t = abs(x), e = expm1(atMost(t, x.isDouble() ? 40.0 : 20.0));
  Lanes low = 0.5 * (e + e / (e + 1.0)), root = exp(0.5 * t);
  return copySign(select(t > (x.isDouble() ? 40.0 : 20.0), (0.5 * root) * root, low), x);
}

Lanes cosh(const Lanes &x) {
  Lanes t = abs(x), root = exp(0.5 * t), e = exp(atMost(t, 40.0));
  return select(t > (x.isDouble() ? 40.0 : 20.0), (0.5 * root) * root, 0.5 * (e + 1.0 / e));
}

/// 1 - 2 / (exp(2t) + 1) without cancellation: e / (e + 2), e = expm1(2t).
Lanes tanh(const Lanes &x) {
  Lanes e = expm1(2.0 * atMost(abs(x), x.isDouble() ? 22.0 : 10.0));
  return copySign(e / (e + 2.0), x);
}

Lanes asinh(const Lanes &x) {
  Lanes t = abs(x), large = t > (x.isDouble() ? 0x1p28 : 0x1p13), bounded = atMost(t, x.isDouble() ? 0x1p28 : 0x1p13);
  Lanes square = bounded * bounded;
  Lanes low = log1p(bounded + square / (sqrt(square + 1.0) + 1.0));
  return copySign(select(large, log(t) + 0.69314718055994530942, low), x);
}

Lanes acosh(const Lanes &x) {
  Lanes large = x > (x.isDouble() ? 0x1p28 : 0x1p13), t = atMost(x, x.isDouble() ? 0x1p28 : 0x1p13) - 1.0;
  Lanes low = log1p(t + sqrt(fma(t, t, 2.0 * t)));
  Lanes result = select(large, log(x) + 0.69314718055994530942, low);
  return select(x < 1.0, x.constant(__builtin_nan("")), result);
}

Lanes atanh(const Lanes &x) {
  Lanes t = abs(x);
  return copySign(0.5 * log1p(2.0 * t / (1.0 - t)), x);
}

/// Below 1 by polynomial, above 1 - exp(t p(t)) with t p(t) the logarithm of erfc.
Lanes erf(const Lanes &x) {
  Lanes t = atMost(abs(x), 6.0), z = t * t;
  Lanes low = fma(t, polynomial(z, coefficients::kErf32, coefficients::kErf64), t);
  // 3.5 and 2.5 are the middle and half the width of [1, 6].
  Lanes p = polynomial(0.4 * (t - 3.5), coefficients::kLogErfc32, coefficients::kLogErfc64);
  return copySign(select(t < 1.0, low, 1.0 - exp(t * p)), x);
}

/// |x| is brought below |y| * 2^28 (2^50 for f64) step by step; in each the quotient is a whole number that fma multiplies exactly.
Lanes remainder(const Lanes &input, const Lanes &divisor) {
  mlir::Type f64 = mlir::Float64Type::get(input.get().getContext());
  bool isDouble = input.isDouble();
  Lanes x = isDouble ? input : input.to<mlir::arith::ExtFOp>(f64), y = isDouble ? divisor : divisor.to<mlir::arith::ExtFOp>(f64);
  Lanes r = abs(x), d = abs(y), bits = r.integer(0x7ff0000000000000);
  int64_t window = isDouble ? 50 : 28;
  for (int step = 0, steps = isDouble ? 43 : 11; step < steps; ++step) {
    // d * 2^k, k such that the quotient stays below 2^window; the exponent fields are compared as they are.
    Lanes gap = subBits(subBits(r.bits() & bits, d.bits() & bits), r.integer(window << 52));
    Lanes positive = gap.compareBits(mlir::arith::CmpIPredicate::sgt, r.integer(0));
    Lanes divisorNow = select(positive, addBits(d.bits(), gap).asFloat(r), d);
    Lanes quotient = trunc(r / divisorNow), next = fma(-quotient, divisorNow, r);
    next = select(next < 0.0, next + divisorNow, next);
    next = select(next.compare(mlir::arith::CmpFPredicate::OGE, divisorNow), next - divisorNow, next);
    r = select(r < d, r, next);
  }
  Lanes result = copySign(r, x);
  result = select((abs(y) == kInfinity) & (abs(x) < kInfinity), x, result);
  Lanes invalid = (abs(x) == kInfinity) | (y == 0.0) | isNaN(x) | isNaN(y);
  result = select(invalid, x.constant(__builtin_nan("")), result);
  return isDouble ? result : result.to<mlir::arith::TruncFOp>(input.element());
}

} // namespace tenon::math
