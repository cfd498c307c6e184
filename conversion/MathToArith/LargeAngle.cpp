// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reduction of large angles, by Payne and Hanek: of x * 2 / pi only the last two bits before the point and those behind it matter, so
// x = m * 2^e, with m of 53 bits, is multiplied by 192 bits of 2 / pi that begin two bits before the point of the product.
#include "conversion/MathToArith/Coefficients.h"
#include "conversion/MathToArith/Lanes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <array>
#include <limits>

using namespace mlir;

namespace tenon::math {
namespace {

/// Whether any lane of a condition holds.
Value anyLane(const Lanes &condition) {
  auto vector = dyn_cast<VectorType>(condition.get().getType());
  if (!vector)
    return condition.get();
  Value flat = condition.get();
  if (vector.getRank() != 1)
    flat = vector::ShapeCastOp::create(condition.b(), condition.location(), VectorType::get({vector.getNumElements()}, condition.element()),
                                       flat);
  return vector::ReductionOp::create(condition.b(), condition.location(), vector::CombiningKind::OR, flat);
}

/// The 64 bits at `shift` in two words, of which `high` has the first ones.
Lanes wordAt(const Lanes &high, const Lanes &low, const Lanes &shift) {
  Lanes left = subBits(high.integer(63), shift); // shifts by 64 are not defined
  return shiftLeft(high, shift) | shiftRight(shiftRight(low, low.integer(1)), left);
}

struct Product {
  Lanes low, high;
};
Product multiply(const Lanes &a, const Lanes &b) {
  auto op = arith::MulUIExtendedOp::create(a.b(), a.location(), a.get(), b.get());
  return {a.with(op.getLow()), a.with(op.getHigh())};
}

/// The 192 bits of 2 / pi from bit `position` of the table on, highest word first.
std::array<Lanes, 3> bitsAt(const Lanes &position) {
  Lanes number = shiftRight(position, position.integer(6)), shift = position & position.integer(63);
  SmallVector<Lanes> words;
  for (unsigned long long word : coefficients::kTwoOverPiBits)
    words.push_back(position.integer(static_cast<int64_t>(word)));
  // Of the words that the higher bits of the number leave, four from the one that it names.
  for (size_t step = 16; step; step /= 2) {
    Lanes isSet = (number & number.integer(step)).compareBits(arith::CmpIPredicate::ne, number.integer(0));
    for (size_t i = 0; i < step + 3; ++i)
      if (i + step < words.size())
        words[i] = select(isSet, words[i + step], words[i]);
  }
  return {wordAt(words[0], words[1], shift), wordAt(words[1], words[2], shift), wordAt(words[2], words[3], shift)};
}

/// x - n * pi / 2 and n modulo 4, for 2^15 <= |x|.
std::pair<Lanes, Lanes> reduce(const Lanes &x) {
  constexpr double kPi2 = 1.57079632679489661923 * 0x1p-64, kPi2Low = 6.12323399573676603587e-17 * 0x1p-64;
  Lanes bits = x.bits(), sign = bits & x.integer(std::numeric_limits<int64_t>::min());
  Lanes exponent = shiftRight(bits, x.integer(52)) & x.integer(0x7ff);
  Lanes mantissa = (bits & x.integer(0xfffffffffffff)) | x.integer(int64_t(1) << 52);
  // x = mantissa * 2^(exponent - 1075). Bit i behind the point of 2 / pi, which stands at 63 + i of the table, has the weight
  // 2^(exponent - 1075 - i) in the product: 2, the higher of the two bits before the point, for i = exponent - 1076.
  auto [first, second, third] = bitsAt(subBits(exponent, x.integer(1013)));
  Product high = multiply(mantissa, second), low = multiply(mantissa, third);
  Lanes middle = addBits(high.low, low.high);
  Lanes carry = select(middle.compareBits(arith::CmpIPredicate::ult, low.high), x.integer(1), x.integer(0));
  Lanes top = addBits(addBits(first.apply<arith::MulIOp>(mantissa), high.high), carry);

  // Two bits before the point, 126 behind it; to the nearest whole number.
  Lanes quadrant = shiftRight(addBits(top, x.integer(int64_t(1) << 61)), x.integer(62));
  Lanes fraction = shiftLeft(top, x.integer(2)) | shiftRight(middle, x.integer(62)), rest = shiftLeft(middle, x.integer(2));
  Lanes negative = shiftRightSigned(fraction, x.integer(63));
  fraction = fraction ^ negative;
  rest = rest ^ negative;

  // As the sum of two floats, the first of which is exact, times pi / 2.
  auto asFloat = [&](const Lanes &value) { return value.to<arith::SIToFPOp>(x.element()); };
  Lanes a = asFloat(fraction & x.integer(~int64_t(0x7ff)));
  Lanes b = asFloat(fraction & x.integer(0x7ff)) + 0x1p-63 * asFloat(shiftRight(rest, x.integer(1)));
  Lanes main = kPi2 * a, error = fma(a, x.constant(kPi2), -main);
  Lanes angle = main + fma(b, x.constant(kPi2), fma(a, x.constant(kPi2Low), error));

  Lanes flipped = sign ^ (negative & x.integer(std::numeric_limits<int64_t>::min()));
  angle = (angle.bits() ^ flipped).asFloat(x);
  Lanes below = x < 0.0;
  quadrant = select(below, subBits(x.integer(0), quadrant), quadrant);
  return {select(abs(x) == __builtin_inf(), x.constant(__builtin_nan("")), angle), quadrant};
}
} // namespace

void reduceLargeAngles(const Lanes &isLarge, const Lanes &x, Lanes &angle, Lanes &quadrant) {
  auto takeBoth = [&](OpBuilder &builder, Location loc) {
    auto [slow, number] = reduce(Lanes(builder, loc, x.get()));
    Lanes large(builder, loc, isLarge.get());
    scf::YieldOp::create(builder, loc, {select(large, slow, angle).get(), select(large, number, quadrant).get()});
  };
  auto keepBoth = [&](OpBuilder &builder, Location loc) { scf::YieldOp::create(builder, loc, {angle.get(), quadrant.get()}); };
  auto branch = scf::IfOp::create(x.b(), x.location(), anyLane(isLarge), takeBoth, keepBoth);
  angle = angle.with(branch.getResult(0));
  quadrant = quadrant.with(branch.getResult(1));
}

} // namespace tenon::math
