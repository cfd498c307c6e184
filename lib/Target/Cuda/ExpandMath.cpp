// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// exp, erf, tanh and the logistic function on f32 -> arithmetic around the GPU's approximations of 2^x and 1/x, which run beside the
// multipliers. The math library, which takes all other functions, needs two to three times as many instructions for these.
//
// ex2.approx.ftz is off by at most 2^-22 of its value, rcp.approx.ftz by 1 unit in the last place. Both keep NaN and infinities.
#include "conversion/MathToArith/Lanes.h"
#include "lib/Target/Cuda/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using tenon::math::Lanes;

namespace tenon::cuda {
#define GEN_PASS_DEF_EXPANDMATHPASS
#include "lib/Target/Cuda/Passes.h.inc"

namespace {

constexpr double kLog2E = 1.44269504088896340736;
/// Weighted minimax fits, lowest coefficient first. erf(x) = x + x p(x^2) for |x| <= 1.
constexpr double kErf[] = {0.12837912142276764,  -0.3761235475540161,   0.112804114818573,
                           -0.02671770751476288, 0.0049247900024056435, -0.0005660156020894647};
/// log2(erfc(t)) = t p(t) for t in [1, 4], as exact as 1 - erfc(t) in f32 needs it.
constexpr double kLog2Erfc[] = {-1.6280525922775269,  -0.9173109531402588,   -0.15165050327777863,
                                0.032891206443309784, -0.004597784485667944, 0.00030389297171495855};
/// tanh(x) = x + x z p(z), z = x^2, for |x| <= 0.6.
constexpr double kTanh[] = {-0.33333298563957214, 0.13331958651542664, -0.05378668010234833, 0.020805373787879944, -0.005905856844037771};

/// An intrinsic on each lane.
Lanes callIntrinsic(StringRef name, const Lanes &first, ArrayRef<Lanes> rest = {}) {
  OpBuilder &b = first.b();
  Location loc = first.location();
  auto call = [&](ArrayRef<Value> arguments) -> Value {
    return LLVM::CallIntrinsicOp::create(b, loc, b.getF32Type(), b.getStringAttr(name), arguments).getResults();
  };
  auto vector = dyn_cast<VectorType>(first.get().getType());
  if (!vector) {
    SmallVector<Value> arguments{first.get()};
    for (const Lanes &lanes : rest)
      arguments.push_back(lanes.get());
    return first.with(call(arguments));
  }
  SmallVector<SmallVector<Value>> columns;
  auto split = [&](const Lanes &lanes) { columns.emplace_back(vector::ToElementsOp::create(b, loc, lanes.get()).getResults()); };
  split(first);
  llvm::for_each(rest, split);
  SmallVector<Value> results;
  for (int64_t i = 0; i < vector.getNumElements(); ++i) {
    SmallVector<Value> arguments;
    for (ArrayRef<Value> column : columns)
      arguments.push_back(column[i]);
    results.push_back(call(arguments));
  }
  return first.with(vector::FromElementsOp::create(b, loc, vector, results));
}

Lanes exp2Approx(const Lanes &x) { return callIntrinsic("llvm.nvvm.ex2.approx.ftz", x); }
Lanes reciprocalApprox(const Lanes &x) { return callIntrinsic("llvm.nvvm.rcp.approx.ftz.f", x); }

/// exp(x) = 2^r 2^n with n the whole number nearest to x log2(e), held in [-126, 126]; beyond, r carries on until the product overflows or
/// vanishes. The saturating sum makes 0 of NaN, but r is NaN then. 12582913 = 1.5 * 2^23 + 1 leaves n + 127 in the low bits.
Lanes exp(const Lanes &x) {
  Lanes share = callIntrinsic("llvm.nvvm.fma.rn.sat.f", x, {x.constant(kLog2E / 252), x.constant(0.5)});
  Lanes shifted = fma(share, x.constant(252), x.constant(12582913));
  Lanes n = shifted - 12583039.0;
  double high = 0x1.715476p0; // of log2(e)
  Lanes r = fma(x, x.constant(kLog2E - high), fma(x, x.constant(high), -n));
  return exp2Approx(r) * shiftLeft(shifted.bits(), x.integer(23)).asFloat(x);
}

Lanes limit(const Lanes &x, double greatest) { return x.apply<arith::MinimumFOp>(x.constant(greatest)); }

Lanes erf(const Lanes &x) {
  Lanes t = limit(abs(x), 4);
  Lanes low = fma(t, polynomial(t * t, kErf), t);
  Lanes high = 1.0 - exp2Approx(t * polynomial(t, kLog2Erfc));
  return copySign(select(t < 1.0, low, high), x);
}

/// Above 0.6: 1 - 2 / (exp(2 |x|) + 1).
Lanes tanh(const Lanes &x) {
  Lanes t = abs(x), z = t * t;
  Lanes low = fma(t * z, polynomial(z, kTanh), t);
  Lanes high = fma(reciprocalApprox(exp2Approx(2 * kLog2E * t) + 1.0), x.constant(-2), x.constant(1));
  return copySign(select(t < 0.6, low, high), x);
}

/// True if `x` is exp(y) + c for a constant c >= 1, such as the divisor of the logistic function: no reciprocal of it is out of range.
bool isExpPlusConstant(Value x) {
  auto sum = x.getDefiningOp<arith::AddFOp>();
  if (!sum)
    return false;
  auto isAtLeastOne = [](Value value) {
    FloatAttr scalar;
    DenseElementsAttr dense;
    if (matchPattern(value, m_Constant(&dense)) && dense.isSplat())
      scalar = dyn_cast<FloatAttr>(dense.getSplatValue<Attribute>());
    else if (!matchPattern(value, m_Constant(&scalar)))
      return false;
    return scalar && scalar.getValueAsDouble() >= 1;
  };
  auto isExp = [](Value value) { return value.getDefiningOp<mlir::math::ExpOp>() != nullptr; };
  return (isExp(sum.getLhs()) && isAtLeastOne(sum.getRhs())) || (isExp(sum.getRhs()) && isAtLeastOne(sum.getLhs()));
}

/// The value that stands for an op's result; null if the op stays.
Value expand(Operation *op) {
  using Function = Lanes (*)(const Lanes &);
  if (op->getNumResults() != 1)
    return Value();
  Type element = getElementTypeOrSelf(op->getResult(0).getType());
  if (!element.isF32() && !element.isF16() && !element.isBF16())
    return Value();
  OpBuilder builder(op);
  Lanes x(builder, op->getLoc(), op->getOperand(0));
  if (auto quotient = dyn_cast<arith::DivFOp>(op))
    return element.isF32() && isExpPlusConstant(quotient.getRhs()) ? (x * reciprocalApprox(x.with(quotient.getRhs()))).get() : Value();
  Function function = llvm::TypeSwitch<Operation *, Function>(op)
                          .Case([](mlir::math::ExpOp) -> Function { return exp; })
                          .Case([](mlir::math::ErfOp) -> Function { return erf; })
                          .Case([](mlir::math::TanhOp) -> Function { return tanh; })
                          .Default(Function());
  if (!function)
    return Value();
  if (element.isF32())
    return function(x).get();
  return function(x.to<arith::ExtFOp>(builder.getF32Type())).to<arith::TruncFOp>(element).get();
}

struct ExpandMath : impl::ExpandMathPassBase<ExpandMath> {
  void runOnOperation() override {
    SmallVector<Operation *> divisions, functions;
    getOperation().walk([&](Operation *op) {
      if (isa<arith::DivFOp>(op))
        divisions.push_back(op);
      else if (isa<mlir::math::MathDialect>(op->getDialect()))
        functions.push_back(op);
    });
    // Divisions look at the functions that they divide by.
    divisions.append(functions);
    for (Operation *op : divisions) {
      Value value = op->getNumOperands() ? expand(op) : Value();
      if (!value)
        continue;
      op->replaceAllUsesWith(ValueRange(value));
      op->erase();
    }
  }
};

} // namespace
} // namespace tenon::cuda
