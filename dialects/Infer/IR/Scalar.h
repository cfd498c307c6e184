// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scalars whose C++ operators build arith and math ops: the language of elementwise ops' bodies.
//
// A Scalar is an SSA value of a signless type (f32, i8, i1 ...) that remembers whether its ONNX type is unsigned. Float16, bfloat16
// and float8 operands are extended to float32 before a body sees them and its result is rounded once, so that a body is written once.
// Nothing here builds an op whose result is undefined for some input: division, shifts and conversions are total.
#ifndef TENON_DIALECTS_INFER_IR_SCALAR_H
#define TENON_DIALECTS_INFER_IR_SCALAR_H

#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace tenon::infer {

class Scalar {
public:
  Scalar(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, bool isUnsigned = false)
      : builder(&builder), loc(loc), value(value), unsignedInteger(isUnsigned) {}

  mlir::Value get() const { return value; }
  mlir::Type getType() const { return value.getType(); }
  mlir::OpBuilder &getBuilder() const { return *builder; }
  mlir::Location getLoc() const { return loc; }
  bool isFloat() const { return llvm::isa<mlir::FloatType>(getType()); }
  bool isBool() const { return getType().isInteger(1); }
  bool isUnsigned() const { return unsignedInteger; }

  /// A constant of this scalar's type.
  Scalar constant(double number) const;
  /// Another value with this scalar's builder, location and sign.
  Scalar with(mlir::Value other) const { return Scalar(*builder, loc, other, unsignedInteger); }

private:
  mlir::OpBuilder *builder;
  mlir::Location loc;
  mlir::Value value;
  bool unsignedInteger;
};

// Arithmetic on two scalars of one type; a number takes the other operand's type. Integer division truncates; x / 0 is x.
Scalar operator+(const Scalar &x, const Scalar &y);
Scalar operator-(const Scalar &x, const Scalar &y);
Scalar operator*(const Scalar &x, const Scalar &y);
Scalar operator/(const Scalar &x, const Scalar &y);
Scalar operator-(const Scalar &x);
// Bits of integers, logic of i1.
Scalar operator&(const Scalar &x, const Scalar &y);
Scalar operator|(const Scalar &x, const Scalar &y);
Scalar operator^(const Scalar &x, const Scalar &y);
Scalar operator~(const Scalar &x);
// Comparisons give i1. For floats all but != are false if an operand is NaN.
Scalar operator==(const Scalar &x, const Scalar &y);
Scalar operator!=(const Scalar &x, const Scalar &y);
Scalar operator<(const Scalar &x, const Scalar &y);
Scalar operator<=(const Scalar &x, const Scalar &y);
Scalar operator>(const Scalar &x, const Scalar &y);
Scalar operator>=(const Scalar &x, const Scalar &y);

inline Scalar operator+(const Scalar &x, double y) { return x + x.constant(y); }
inline Scalar operator+(double x, const Scalar &y) { return y.constant(x) + y; }
inline Scalar operator-(const Scalar &x, double y) { return x - x.constant(y); }
inline Scalar operator-(double x, const Scalar &y) { return y.constant(x) - y; }
inline Scalar operator*(double x, const Scalar &y) { return y.constant(x) * y; }
inline Scalar operator/(const Scalar &x, double y) { return x / x.constant(y); }
inline Scalar operator/(double x, const Scalar &y) { return y.constant(x) / y; }
inline Scalar operator==(const Scalar &x, double y) { return x == x.constant(y); }
inline Scalar operator!=(const Scalar &x, double y) { return x != x.constant(y); }
inline Scalar operator<(const Scalar &x, double y) { return x < x.constant(y); }
inline Scalar operator<=(const Scalar &x, double y) { return x <= x.constant(y); }
inline Scalar operator>(const Scalar &x, double y) { return x > x.constant(y); }
inline Scalar operator>=(const Scalar &x, double y) { return x >= x.constant(y); }

Scalar select(const Scalar &condition, const Scalar &x, const Scalar &y);
/// NaN if an operand is NaN.
Scalar max(const Scalar &x, const Scalar &y);
Scalar min(const Scalar &x, const Scalar &y);
Scalar abs(const Scalar &x);
/// min(max(x, lo), hi) that keeps NaN; a null bound does not limit.
Scalar clip(const Scalar &x, const Scalar *lo, const Scalar *hi);
Scalar clip(const Scalar &x, double lo, double hi);
/// Sign of the divisor; x modulo 0 is 0.
Scalar modulo(const Scalar &x, const Scalar &y);
/// Sign of the dividend (C's % and fmod); integer remainder of 0 is 0.
Scalar remainder(const Scalar &x, const Scalar &y);
/// x ** y of x's type; the exponent may have any numeric type. Integer powers are exact modulo 2 ** width.
Scalar power(const Scalar &x, const Scalar &y);
/// Shift of unsigned integers, or of signed ones with their sign; by a y outside of [0, width) all bits are moved out.
Scalar shift(const Scalar &x, const Scalar &y, bool left);
Scalar isInfinite(const Scalar &x, bool positive, bool negative);
/// `type` as the dialect spells it (ui8, i1 ...). Floats to integers truncate and saturate; `saturate` is for float8 targets.
Scalar convert(const Scalar &x, mlir::Type type, bool saturate = true);

Scalar sqrt(const Scalar &x);
Scalar exp(const Scalar &x);
Scalar expm1(const Scalar &x);
Scalar log(const Scalar &x);
Scalar log1p(const Scalar &x);
Scalar sin(const Scalar &x);
Scalar cos(const Scalar &x);
Scalar tan(const Scalar &x);
Scalar asin(const Scalar &x);
Scalar acos(const Scalar &x);
Scalar atan(const Scalar &x);
Scalar sinh(const Scalar &x);
Scalar cosh(const Scalar &x);
Scalar tanh(const Scalar &x);
Scalar asinh(const Scalar &x);
Scalar acosh(const Scalar &x);
Scalar atanh(const Scalar &x);
/// Integers go through float32.
Scalar erf(const Scalar &x);
Scalar ceil(const Scalar &x);
Scalar floor(const Scalar &x);
Scalar roundEven(const Scalar &x);
Scalar softplus(const Scalar &x);
Scalar gelu(const Scalar &x, bool tanhForm);

using ScalarFunction = llvm::function_ref<Scalar(llvm::ArrayRef<Scalar>)>;

/// Runs `body` on `operands` (elements of `op`'s operands in signless form) and gives an element of its result in signless form.
mlir::Value buildScalarBody(mlir::Operation *op, mlir::OpBuilder &builder, mlir::Location loc, mlir::ValueRange operands,
                            ScalarFunction body);

/// The type of an element inside scalar bodies: ui8 is i8, all others are themselves.
mlir::Type getSignlessType(mlir::Type type);

} // namespace tenon::infer

#endif // TENON_DIALECTS_INFER_IR_SCALAR_H
