// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Functions of analysis on scalars: math ops, which the math library expands, and the stable forms of what is composed of them.
#include "dialects/Infer/IR/Scalar.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace {
using tenon::infer::Scalar;

template <typename Op> Scalar unary(const Scalar &x) { return x.with(Op::create(x.getBuilder(), x.getLoc(), x.get())); }

/// base ** exponent for integers: six squarings, since a larger exponent only matters for the bases 0, 1 and -1.
Scalar integerPower(const Scalar &base, const Scalar &exponent) {
  unsigned width = exponent.getType().getIntOrFloatBitWidth();
  Scalar one = base.constant(1), zero = base.constant(0);
  Scalar result = one, square = base;
  for (unsigned bit = 0; bit < 6 && bit < width; ++bit) {
    Scalar taken = (exponent & exponent.constant(double(1u << bit))) != 0;
    result = select(taken, result * square, result);
    square = square * square;
  }
  Scalar odd = (exponent & exponent.constant(1)) != 0;
  Scalar unit = base == 1; // the bases whose powers stay small
  Scalar ofUnit = one;
  if (!base.isUnsigned()) {
    unit = unit | (base == -1);
    ofUnit = select(odd & (base == -1), base, one);
  }
  // Wrapped around, an even base to the 64th and beyond is 0; an odd one is not, and keeps the low six bits' power: ONNX leaves it open.
  if (width > 6)
    result = select(exponent >= 64, zero, result);
  if (!exponent.isUnsigned())
    result = select(exponent < 0, zero, result);
  return select(unit, ofUnit, result);
}

/// x squared or cubed, which variances and GELU are full of.
std::optional<Scalar> smallPower(const Scalar &x, const Scalar &y) {
  APFloat real(0.0f);
  APInt whole;
  double exponent = 0;
  if (matchPattern(y.get(), m_ConstantFloat(&real)))
    exponent = real.convertToDouble();
  else if (matchPattern(y.get(), m_ConstantInt(&whole)) && whole.isSignedIntN(32))
    exponent = double(whole.getSExtValue());
  if (exponent == 2)
    return x * x;
  return exponent == 3 ? std::optional(x * x * x) : std::nullopt;
}
} // namespace

namespace tenon::infer {
Scalar sqrt(const Scalar &x) { return unary<math::SqrtOp>(x); }
Scalar exp(const Scalar &x) { return unary<math::ExpOp>(x); }
Scalar expm1(const Scalar &x) { return unary<math::ExpM1Op>(x); }
Scalar log(const Scalar &x) { return unary<math::LogOp>(x); }
Scalar log1p(const Scalar &x) { return unary<math::Log1pOp>(x); }
Scalar sin(const Scalar &x) { return unary<math::SinOp>(x); }
Scalar cos(const Scalar &x) { return unary<math::CosOp>(x); }
Scalar tan(const Scalar &x) { return unary<math::TanOp>(x); }
Scalar asin(const Scalar &x) { return unary<math::AsinOp>(x); }
Scalar acos(const Scalar &x) { return unary<math::AcosOp>(x); }
Scalar atan(const Scalar &x) { return unary<math::AtanOp>(x); }
Scalar sinh(const Scalar &x) { return unary<math::SinhOp>(x); }
Scalar cosh(const Scalar &x) { return unary<math::CoshOp>(x); }
Scalar tanh(const Scalar &x) { return unary<math::TanhOp>(x); }
Scalar asinh(const Scalar &x) { return unary<math::AsinhOp>(x); }
Scalar acosh(const Scalar &x) { return unary<math::AcoshOp>(x); }
Scalar atanh(const Scalar &x) { return unary<math::AtanhOp>(x); }
Scalar ceil(const Scalar &x) { return unary<math::CeilOp>(x); }
Scalar floor(const Scalar &x) { return unary<math::FloorOp>(x); }
Scalar roundEven(const Scalar &x) { return unary<math::RoundEvenOp>(x); }

Scalar erf(const Scalar &x) {
  if (x.isFloat())
    return unary<math::ErfOp>(x);
  Type type = x.getType();
  if (x.isUnsigned())
    type = IntegerType::get(type.getContext(), type.getIntOrFloatBitWidth(), IntegerType::Unsigned);
  return convert(erf(convert(x, x.getBuilder().getF32Type())), type);
}

Scalar power(const Scalar &x, const Scalar &y) {
  Builder &b = x.getBuilder();
  if (x.isFloat()) {
    if (std::optional<Scalar> simple = smallPower(x, y))
      return *simple;
    Scalar exponent = convert(y, x.getType());
    return x.with(math::PowFOp::create(x.getBuilder(), x.getLoc(), x.get(), exponent.get()));
  }
  if (!y.isFloat())
    return integerPower(x, y);
  Type type = x.getType();
  if (x.isUnsigned())
    type = IntegerType::get(type.getContext(), type.getIntOrFloatBitWidth(), IntegerType::Unsigned);
  return convert(power(convert(x, b.getF64Type()), convert(y, b.getF64Type())), type);
}

Scalar softplus(const Scalar &x) { return max(x, x.constant(0)) + log1p(exp(-abs(x))); }

Scalar gelu(const Scalar &x, bool tanhForm) {
  if (!tanhForm)
    return 0.5 * x * (1 + erf(0.70710678118654752440 * x));
  // 0.7978845608028654 is sqrt(2 / pi); the cubic coefficient is that of Hendrycks and Gimpel's formula, as ONNX gives it, times this.
  return 0.5 * x * (1 + tanh(x * (0.79788456080286535588 + 0.035677408136300125 * (x * x))));
}
} // namespace tenon::infer
