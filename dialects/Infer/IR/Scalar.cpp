// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scalars over arith and math: arithmetic, comparison, selection and conversion. Functions of analysis are in ScalarMath.cpp.
#include "dialects/Infer/IR/Scalar.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace tenon::infer;

namespace {
template <typename FloatOp, typename IntegerOp> Scalar binary(const Scalar &x, const Scalar &y) {
  Value value = x.isFloat() ? FloatOp::create(x.getBuilder(), x.getLoc(), x.get(), y.get()).getResult()
                            : IntegerOp::create(x.getBuilder(), x.getLoc(), x.get(), y.get()).getResult();
  return x.with(value);
}

template <typename Op> Scalar integerOp(const Scalar &x, const Scalar &y) {
  return x.with(Op::create(x.getBuilder(), x.getLoc(), x.get(), y.get()));
}

Scalar compare(const Scalar &x, const Scalar &y, arith::CmpFPredicate floats, arith::CmpIPredicate signedInts,
               arith::CmpIPredicate unsignedInts) {
  OpBuilder &b = x.getBuilder();
  Value value;
  if (x.isFloat())
    value = arith::CmpFOp::create(b, x.getLoc(), floats, x.get(), y.get());
  else
    value = arith::CmpIOp::create(b, x.getLoc(), x.isUnsigned() || x.isBool() ? unsignedInts : signedInts, x.get(), y.get());
  return Scalar(b, x.getLoc(), value);
}

/// `y` made safe to divide `x` by: zero, and -1 under the least integer, become 1. The quotient is then what wrapping arithmetic gives.
Scalar safeDivisor(const Scalar &x, const Scalar &y) {
  Scalar unsafe = y == 0;
  if (!x.isUnsigned()) {
    APInt least = APInt::getSignedMinValue(x.getType().getIntOrFloatBitWidth());
    Value minimum = arith::ConstantOp::create(x.getBuilder(), x.getLoc(), IntegerAttr::get(x.getType(), least));
    unsafe = unsafe | ((y == -1) & (x == x.with(minimum)));
  }
  return select(unsafe, y.constant(1), y);
}
} // namespace

Scalar Scalar::constant(double number) const {
  TypedAttr attribute;
  if (isFloat())
    attribute = FloatAttr::get(getType(), number);
  else if (getType().isIndex())
    attribute = builder->getIndexAttr(static_cast<int64_t>(number));
  else
    attribute = IntegerAttr::get(getType(), APInt(getType().getIntOrFloatBitWidth(), static_cast<int64_t>(number), /*isSigned=*/true,
                                                  /*implicitTrunc=*/true));
  return with(arith::ConstantOp::create(*builder, loc, attribute));
}

namespace tenon::infer {
Scalar operator+(const Scalar &x, const Scalar &y) { return binary<arith::AddFOp, arith::AddIOp>(x, y); }
Scalar operator-(const Scalar &x, const Scalar &y) { return binary<arith::SubFOp, arith::SubIOp>(x, y); }
Scalar operator*(const Scalar &x, const Scalar &y) { return binary<arith::MulFOp, arith::MulIOp>(x, y); }
Scalar operator/(const Scalar &x, const Scalar &y) {
  if (x.isFloat())
    return integerOp<arith::DivFOp>(x, y);
  return x.isUnsigned() ? integerOp<arith::DivUIOp>(x, safeDivisor(x, y)) : integerOp<arith::DivSIOp>(x, safeDivisor(x, y));
}
Scalar operator-(const Scalar &x) {
  if (x.isFloat())
    return x.with(arith::NegFOp::create(x.getBuilder(), x.getLoc(), x.get()));
  return 0 - x;
}

Scalar operator&(const Scalar &x, const Scalar &y) { return integerOp<arith::AndIOp>(x, y); }
Scalar operator|(const Scalar &x, const Scalar &y) { return integerOp<arith::OrIOp>(x, y); }
Scalar operator^(const Scalar &x, const Scalar &y) { return integerOp<arith::XOrIOp>(x, y); }
Scalar operator~(const Scalar &x) { return x ^ x.constant(-1); }

using FloatPredicate = arith::CmpFPredicate;
using IntegerPredicate = arith::CmpIPredicate;
Scalar operator==(const Scalar &x, const Scalar &y) {
  return compare(x, y, FloatPredicate::OEQ, IntegerPredicate::eq, IntegerPredicate::eq);
}
Scalar operator!=(const Scalar &x, const Scalar &y) {
  return compare(x, y, FloatPredicate::UNE, IntegerPredicate::ne, IntegerPredicate::ne);
}
Scalar operator<(const Scalar &x, const Scalar &y) {
  return compare(x, y, FloatPredicate::OLT, IntegerPredicate::slt, IntegerPredicate::ult);
}
Scalar operator<=(const Scalar &x, const Scalar &y) {
  return compare(x, y, FloatPredicate::OLE, IntegerPredicate::sle, IntegerPredicate::ule);
}
Scalar operator>(const Scalar &x, const Scalar &y) {
  return compare(x, y, FloatPredicate::OGT, IntegerPredicate::sgt, IntegerPredicate::ugt);
}
Scalar operator>=(const Scalar &x, const Scalar &y) {
  return compare(x, y, FloatPredicate::OGE, IntegerPredicate::sge, IntegerPredicate::uge);
}

Scalar select(const Scalar &condition, const Scalar &x, const Scalar &y) {
  return x.with(arith::SelectOp::create(x.getBuilder(), x.getLoc(), condition.get(), x.get(), y.get()));
}

Scalar max(const Scalar &x, const Scalar &y) {
  return x.isUnsigned() ? integerOp<arith::MaxUIOp>(x, y) : binary<arith::MaximumFOp, arith::MaxSIOp>(x, y);
}
Scalar min(const Scalar &x, const Scalar &y) {
  return x.isUnsigned() ? integerOp<arith::MinUIOp>(x, y) : binary<arith::MinimumFOp, arith::MinSIOp>(x, y);
}
Scalar abs(const Scalar &x) {
  if (x.isFloat())
    return x.with(math::AbsFOp::create(x.getBuilder(), x.getLoc(), x.get()));
  return x.isUnsigned() ? x : select(x < 0, -x, x);
}

Scalar clip(const Scalar &x, const Scalar *lo, const Scalar *hi) {
  Scalar result = x;
  if (lo)
    result = select(result < *lo, *lo, result);
  if (hi)
    result = select(result > *hi, *hi, result);
  return result;
}
Scalar clip(const Scalar &x, double lo, double hi) {
  Scalar low = x.constant(lo), high = x.constant(hi);
  return clip(x, &low, &high);
}

Scalar remainder(const Scalar &x, const Scalar &y) {
  if (x.isFloat())
    return integerOp<arith::RemFOp>(x, y);
  return x.isUnsigned() ? integerOp<arith::RemUIOp>(x, safeDivisor(x, y)) : integerOp<arith::RemSIOp>(x, safeDivisor(x, y));
}
Scalar modulo(const Scalar &x, const Scalar &y) {
  Scalar rest = remainder(x, y);
  if (x.isUnsigned())
    return rest;
  // A remainder whose sign differs from the divisor's is one divisor away from the result.
  Scalar result = select((rest != 0) & ((rest < 0) ^ (y < 0)), rest + y, rest);
  if (!x.isFloat())
    return result;
  Scalar zero = x.with(math::CopySignOp::create(x.getBuilder(), x.getLoc(), x.constant(0).get(), y.get()));
  return select(rest == 0, zero, result);
}

Scalar shift(const Scalar &x, const Scalar &y, bool left) {
  OpBuilder &b = x.getBuilder();
  Scalar width = y.constant(x.getType().getIntOrFloatBitWidth());
  // Compared as unsigned, a negative amount is out of range too.
  Scalar inRange(b, x.getLoc(), arith::CmpIOp::create(b, x.getLoc(), arith::CmpIPredicate::ult, y.get(), width.get()));
  Scalar amount = select(inRange, y, y.constant(0)), zero = x.constant(0);
  if (left)
    return select(inRange, integerOp<arith::ShLIOp>(x, amount), zero);
  if (x.isUnsigned())
    return select(inRange, integerOp<arith::ShRUIOp>(x, amount), zero);
  return select(inRange, integerOp<arith::ShRSIOp>(x, amount), select(x < 0, x.constant(-1), zero));
}

Scalar isInfinite(const Scalar &x, bool positive, bool negative) {
  double infinity = std::numeric_limits<double>::infinity();
  if (!positive && !negative)
    return Scalar(x.getBuilder(), x.getLoc(), arith::ConstantIntOp::create(x.getBuilder(), x.getLoc(), 0, 1));
  return positive && negative ? abs(x) == infinity : x == (positive ? infinity : -infinity);
}
} // namespace tenon::infer

namespace {
Scalar floatToInteger(const Scalar &x, IntegerType type) {
  OpBuilder &b = x.getBuilder();
  Location loc = x.getLoc();
  bool isUnsigned = type.isUnsigned();
  Type signless = getSignlessType(type);
  unsigned width = type.getWidth();
  Value truncated = isUnsigned ? arith::FPToUIOp::create(b, loc, signless, x.get()).getResult()
                               : arith::FPToSIOp::create(b, loc, signless, x.get()).getResult();
  // The bounds are powers of two (or zero), hence exact in every float type; a conversion outside of them is poison that no select takes.
  double upper = std::ldexp(1.0, isUnsigned ? width : width - 1), lower = isUnsigned ? 0.0 : -upper;
  auto integer = [&](const APInt &number) {
    return Scalar(b, loc, arith::ConstantOp::create(b, loc, IntegerAttr::get(signless, number)), isUnsigned);
  };
  APInt greatest = isUnsigned ? APInt::getMaxValue(width) : APInt::getSignedMaxValue(width);
  APInt least = isUnsigned ? APInt::getZero(width) : APInt::getSignedMinValue(width);
  Scalar result = select(x < upper, Scalar(b, loc, truncated, isUnsigned), integer(greatest));
  result = select(x <= lower, integer(least), result);
  return select(x == x, result, integer(APInt::getZero(width)));
}

Scalar integerToInteger(const Scalar &x, IntegerType type) {
  OpBuilder &b = x.getBuilder();
  Type signless = getSignlessType(type);
  unsigned from = x.getType().getIntOrFloatBitWidth(), to = type.getWidth();
  Value value = x.get();
  if (to < from)
    value = arith::TruncIOp::create(b, x.getLoc(), signless, value);
  else if (to > from && (x.isUnsigned() || x.isBool()))
    value = arith::ExtUIOp::create(b, x.getLoc(), signless, value);
  else if (to > from)
    value = arith::ExtSIOp::create(b, x.getLoc(), signless, value);
  return Scalar(b, x.getLoc(), value, type.isUnsigned());
}

Scalar toFloat(const Scalar &x, FloatType type, bool saturate) {
  OpBuilder &b = x.getBuilder();
  Location loc = x.getLoc();
  if (!x.isFloat()) {
    // Float8 is reached through float32: its integers are few and all exact there.
    FloatType direct = type.getWidth() < 16 ? b.getF32Type() : type;
    Value value = x.isUnsigned() || x.isBool() ? arith::UIToFPOp::create(b, loc, direct, x.get()).getResult()
                                               : arith::SIToFPOp::create(b, loc, direct, x.get()).getResult();
    return toFloat(Scalar(b, loc, value), type, saturate);
  }
  if (x.getType() == type)
    return x;
  if (x.getType().getIntOrFloatBitWidth() < type.getWidth())
    return Scalar(b, loc, arith::ExtFOp::create(b, loc, type, x.get()));
  Scalar source = x;
  if (type.getWidth() == 8 && saturate) {
    double greatest = APFloat::getLargest(type.getFloatSemantics()).convertToDouble();
    source = clip(x, -greatest, greatest);
  }
  if (source.getType().getIntOrFloatBitWidth() == type.getWidth()) // f16 to bf16 and back, one float8 to the other
    source = Scalar(b, loc, arith::ExtFOp::create(b, loc, b.getF32Type(), source.get()));
  return Scalar(b, loc, arith::TruncFOp::create(b, loc, type, source.get()));
}
} // namespace

namespace tenon::infer {
Scalar convert(const Scalar &x, Type type, bool saturate) {
  if (auto floatType = dyn_cast<FloatType>(type))
    return toFloat(x, floatType, saturate);
  auto integerType = cast<IntegerType>(type);
  if (integerType.getWidth() == 1)
    return x.isBool() ? x : x != 0;
  return x.isFloat() ? floatToInteger(x, integerType) : integerToInteger(x, integerType);
}

Type getSignlessType(Type type) {
  auto integer = dyn_cast<IntegerType>(type);
  return integer && !integer.isSignless() ? IntegerType::get(type.getContext(), integer.getWidth()) : type;
}

Value buildScalarBody(Operation *op, OpBuilder &builder, Location loc, ValueRange operands, ScalarFunction body) {
  SmallVector<Scalar> scalars;
  for (auto [operand, value] : llvm::zip_equal(op->getOperands(), operands)) {
    Scalar scalar(builder, loc, value, getElementTypeOrSelf(operand.getType()).isUnsignedInteger());
    if (auto type = dyn_cast<FloatType>(value.getType()); type && type.getWidth() < 32)
      scalar = convert(scalar, builder.getF32Type());
    scalars.push_back(scalar);
  }
  Type type = getElementTypeOrSelf(op->getResult(0).getType());
  Scalar result = body(scalars);
  // Only `cast` gives another type than its body was computed in; it has converted already.
  return convert(result, type, /*saturate=*/false).get();
}
} // namespace tenon::infer
