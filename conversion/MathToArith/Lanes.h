// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A float scalar or a vector of them, with operators that build arith ops and explicit fma: the language of the math library.
#ifndef TENON_CONVERSION_MATHTOARITH_LANES_H
#define TENON_CONVERSION_MATHTOARITH_LANES_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"

namespace tenon::math {

class Lanes {
public:
  Lanes(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value) : builder(&builder), loc(loc), value(value) {}

  mlir::Value get() const { return value; }
  mlir::Type element() const { return mlir::getElementTypeOrSelf(value.getType()); }
  bool isDouble() const { return element().isF64(); }
  mlir::OpBuilder &b() const { return *builder; }
  mlir::Location location() const { return loc; }
  Lanes with(mlir::Value other) const { return Lanes(*builder, loc, other); }
  /// A float constant in all lanes, rounded to the element type.
  Lanes constant(double number) const { return with(splat(mlir::FloatAttr::get(element(), number), value.getType())); }
  /// An integer constant in all lanes, of the width of the element.
  Lanes integer(int64_t number) const {
    mlir::Type type = integerType();
    return with(splat(mlir::IntegerAttr::get(mlir::getElementTypeOrSelf(type), number), type));
  }
  /// The same bits as integers, or integers' bits as `like`'s floats.
  Lanes bits() const { return with(mlir::arith::BitcastOp::create(*builder, loc, integerType(), value)); }
  Lanes asFloat(const Lanes &like) const { return with(mlir::arith::BitcastOp::create(*builder, loc, like.value.getType(), value)); }

  template <typename Op> Lanes apply() const { return with(Op::create(*builder, loc, value)); }
  template <typename Op> Lanes apply(const Lanes &y) const { return with(Op::create(*builder, loc, value, y.value)); }
  Lanes compare(mlir::arith::CmpFPredicate predicate, const Lanes &y) const {
    return with(mlir::arith::CmpFOp::create(*builder, loc, predicate, value, y.value));
  }
  Lanes compareBits(mlir::arith::CmpIPredicate predicate, const Lanes &y) const {
    return with(mlir::arith::CmpIOp::create(*builder, loc, predicate, value, y.value));
  }
  /// Elements of another type, by extf, truncf and the like.
  template <typename Op> Lanes to(mlir::Type elementType) const { return with(Op::create(*builder, loc, shaped(elementType), value)); }
  mlir::Type shaped(mlir::Type elementType) const {
    auto vector = llvm::dyn_cast<mlir::VectorType>(value.getType());
    return vector ? mlir::Type(vector.clone(elementType)) : elementType;
  }

private:
  mlir::Type integerType() const { return shaped(mlir::IntegerType::get(value.getContext(), element().getIntOrFloatBitWidth())); }
  mlir::Value splat(mlir::TypedAttr number, mlir::Type type) const {
    if (auto vector = llvm::dyn_cast<mlir::VectorType>(type))
      number = mlir::DenseElementsAttr::get(vector, mlir::Attribute(number));
    return mlir::arith::ConstantOp::create(*builder, loc, number);
  }

  mlir::OpBuilder *builder;
  mlir::Location loc;
  mlir::Value value;
};

inline Lanes operator+(const Lanes &x, const Lanes &y) { return x.apply<mlir::arith::AddFOp>(y); }
inline Lanes operator-(const Lanes &x, const Lanes &y) { return x.apply<mlir::arith::SubFOp>(y); }
inline Lanes operator*(const Lanes &x, const Lanes &y) { return x.apply<mlir::arith::MulFOp>(y); }
inline Lanes operator/(const Lanes &x, const Lanes &y) { return x.apply<mlir::arith::DivFOp>(y); }
inline Lanes operator-(const Lanes &x) { return x.apply<mlir::arith::NegFOp>(); }
inline Lanes operator+(const Lanes &x, double y) { return x + x.constant(y); }
inline Lanes operator-(const Lanes &x, double y) { return x - x.constant(y); }
inline Lanes operator-(double x, const Lanes &y) { return y.constant(x) - y; }
inline Lanes operator*(double x, const Lanes &y) { return y.constant(x) * y; }
inline Lanes operator/(double x, const Lanes &y) { return y.constant(x) / y; }

// Ordered comparisons: false for NaN.
inline Lanes operator<(const Lanes &x, const Lanes &y) { return x.compare(mlir::arith::CmpFPredicate::OLT, y); }
inline Lanes operator>(const Lanes &x, const Lanes &y) { return x.compare(mlir::arith::CmpFPredicate::OGT, y); }
inline Lanes operator<(const Lanes &x, double y) { return x < x.constant(y); }
inline Lanes operator>(const Lanes &x, double y) { return x > x.constant(y); }
inline Lanes operator<=(const Lanes &x, double y) { return x.compare(mlir::arith::CmpFPredicate::OLE, x.constant(y)); }
inline Lanes operator>=(const Lanes &x, double y) { return x.compare(mlir::arith::CmpFPredicate::OGE, x.constant(y)); }
inline Lanes operator==(const Lanes &x, const Lanes &y) { return x.compare(mlir::arith::CmpFPredicate::OEQ, y); }
inline Lanes operator==(const Lanes &x, double y) { return x == x.constant(y); }
inline Lanes isNaN(const Lanes &x) { return x.compare(mlir::arith::CmpFPredicate::UNO, x); }

// Logic of comparisons and bits of integers.
inline Lanes operator&(const Lanes &x, const Lanes &y) { return x.apply<mlir::arith::AndIOp>(y); }
inline Lanes operator|(const Lanes &x, const Lanes &y) { return x.apply<mlir::arith::OrIOp>(y); }
inline Lanes operator^(const Lanes &x, const Lanes &y) { return x.apply<mlir::arith::XOrIOp>(y); }
inline Lanes addBits(const Lanes &x, const Lanes &y) { return x.apply<mlir::arith::AddIOp>(y); }
inline Lanes subBits(const Lanes &x, const Lanes &y) { return x.apply<mlir::arith::SubIOp>(y); }
inline Lanes shiftLeft(const Lanes &x, const Lanes &y) { return x.apply<mlir::arith::ShLIOp>(y); }
inline Lanes shiftRight(const Lanes &x, const Lanes &y) { return x.apply<mlir::arith::ShRUIOp>(y); }
inline Lanes shiftRightSigned(const Lanes &x, const Lanes &y) { return x.apply<mlir::arith::ShRSIOp>(y); }

inline Lanes select(const Lanes &c, const Lanes &x, const Lanes &y) {
  return x.with(mlir::arith::SelectOp::create(x.b(), x.location(), c.get(), x.get(), y.get()));
}
inline Lanes fma(const Lanes &x, const Lanes &y, const Lanes &z) {
  return x.with(mlir::math::FmaOp::create(x.b(), x.location(), x.get(), y.get(), z.get()));
}
inline Lanes abs(const Lanes &x) { return x.apply<mlir::math::AbsFOp>(); }
inline Lanes sqrt(const Lanes &x) { return x.apply<mlir::math::SqrtOp>(); }
inline Lanes floor(const Lanes &x) { return x.apply<mlir::math::FloorOp>(); }
inline Lanes trunc(const Lanes &x) { return x.apply<mlir::math::TruncOp>(); }
inline Lanes copySign(const Lanes &x, const Lanes &sign) { return x.apply<mlir::math::CopySignOp>(sign); }
/// Limits that keep NaN.
inline Lanes atMost(const Lanes &x, double y) { return select(x > y, x.constant(y), x); }
inline Lanes atLeast(const Lanes &x, double y) { return select(x < y, x.constant(y), x); }

/// The polynomial with these coefficients, lowest first, by Horner's rule with fma.
inline Lanes polynomial(const Lanes &x, llvm::ArrayRef<double> coefficients) {
  Lanes sum = x.constant(coefficients.back());
  for (double coefficient : llvm::reverse(coefficients.drop_back()))
    sum = fma(sum, x, x.constant(coefficient));
  return sum;
}
/// The polynomial for the element type of `x`.
inline Lanes polynomial(const Lanes &x, llvm::ArrayRef<double> single, llvm::ArrayRef<double> precise) {
  return polynomial(x, x.isDouble() ? precise : single);
}

/// Where `isLarge`, sets the f64 `angle` to x - n * pi / 2 for the whole number n next to x / (pi / 2), and the low two bits of `quadrant`,
/// of 64, to those of n: for every finite x. No lane being large costs a branch.
void reduceLargeAngles(const Lanes &isLarge, const Lanes &x, Lanes &angle, Lanes &quadrant);

// The functions, on f32 and f64 lanes. MathToArith.cpp states the error of each.
Lanes exp(const Lanes &x);
Lanes exp2(const Lanes &x);
Lanes expm1(const Lanes &x);
Lanes log(const Lanes &x);
Lanes log2(const Lanes &x);
Lanes log10(const Lanes &x);
Lanes log1p(const Lanes &x);
Lanes pow(const Lanes &x, const Lanes &y);
Lanes sin(const Lanes &x);
Lanes cos(const Lanes &x);
Lanes tan(const Lanes &x);
Lanes asin(const Lanes &x);
Lanes acos(const Lanes &x);
Lanes atan(const Lanes &x);
Lanes sinh(const Lanes &x);
Lanes cosh(const Lanes &x);
Lanes tanh(const Lanes &x);
Lanes asinh(const Lanes &x);
Lanes acosh(const Lanes &x);
Lanes atanh(const Lanes &x);
Lanes erf(const Lanes &x);
/// fmod: exact.
Lanes remainder(const Lanes &x, const Lanes &y);

} // namespace tenon::math

#endif // TENON_CONVERSION_MATHTOARITH_LANES_H
