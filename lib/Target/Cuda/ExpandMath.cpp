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
/// The same for t in [0, 4], with the error of erfc itself in mind.
constexpr double kLog2ErfcFromZero[] = {-1.6279089450836182,    -0.9184173345565796,    -0.14843173325061798,  0.027999551966786385,
                                        -0.0002279150066897273, -0.0020973875652998686, 0.0008149543427862227, -0.0001653005601838231,
                                        1.836693445511628e-05,  -8.796690167400811e-07};
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

/// 1 + erf(x), the factor of GELU, is 2 - erfc(x) or erfc(-x): shorter than erf, and nothing cancels. Beyond 4, where only the polynomial
/// stands still, erfc goes on to 0: a large negative x times it must vanish.
Lanes onePlusErf(const Lanes &x) {
  Lanes t = abs(x), erfc = exp2Approx(t * polynomial(limit(t, 4), kLog2ErfcFromZero));
  return select(x < 0.0, erfc, 2.0 - erfc);
}

/// Above 0.6: 1 - 2 / (exp(2 |x|) + 1).
Lanes tanh(const Lanes &x) {
  Lanes t = abs(x), z = t * t;
  Lanes low = fma(t * z, polynomial(z, kTanh), t);
  Lanes high = fma(reciprocalApprox(exp2Approx(2 * kLog2E * t) + 1.0), x.constant(-2), x.constant(1));
  return copySign(select(t < 0.6, low, high), x);
}

/// 1 + tanh(x), the factor of GELU's other form, is 2 / (1 + exp(-2 x)): nothing cancels.
Lanes onePlusTanh(const Lanes &x) { return 2.0 * reciprocalApprox(exp2Approx(-2 * kLog2E * x) + 1.0); }

/// The number that `value` has in all lanes.
std::optional<double> constantOf(Value value) {
  FloatAttr scalar;
  DenseElementsAttr dense;
  if (matchPattern(value, m_Constant(&dense)) && dense.isSplat())
    scalar = dyn_cast<FloatAttr>(dense.getSplatValue<Attribute>());
  else if (!matchPattern(value, m_Constant(&scalar)))
    return std::nullopt;
  return scalar ? std::optional(scalar.getValueAsDouble()) : std::nullopt;
}

/// The `Op` that a constant is added to in `sum`, and the constant; null if it is another sum.
template <typename Op> std::pair<Op, double> plusConstant(arith::AddFOp sum) {
  for (auto [value, other] : {std::pair(sum.getLhs(), sum.getRhs()), std::pair(sum.getRhs(), sum.getLhs())})
    if (auto op = value.getDefiningOp<Op>())
      if (std::optional<double> constant = constantOf(other))
        return {op, *constant};
  return {Op(), 0.0};
}

/// True if `x` is exp(y) + c for a constant c >= 1, such as the divisor of the logistic function: no reciprocal of it is out of range.
bool isExpPlusConstant(Value x) {
  auto sum = x.getDefiningOp<arith::AddFOp>();
  if (!sum)
    return false;
  auto [exp, constant] = plusConstant<mlir::math::ExpOp>(sum);
  return exp && constant >= 1;
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
  if (auto sum = dyn_cast<arith::AddFOp>(op)) {
    if (!element.isF32())
      return Value();
    if (auto [erf, constant] = plusConstant<mlir::math::ErfOp>(sum); erf && constant == 1)
      return onePlusErf(x.with(erf.getOperand())).get();
    if (auto [tanh, constant] = plusConstant<mlir::math::TanhOp>(sum); tanh && constant == 1)
      return onePlusTanh(x.with(tanh.getOperand())).get();
    return Value();
  }
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
    SmallVector<Operation *> divisions, sums, functions;
    getOperation().walk([&](Operation *op) {
      if (isa<arith::DivFOp>(op))
        divisions.push_back(op);
      else if (isa<arith::AddFOp>(op))
        sums.push_back(op);
      else if (isa<mlir::math::MathDialect>(op->getDialect()) && op->getNumOperands() > 0)
        functions.push_back(op);
    });
    // What looks at the functions of its operands comes before them; a function that nobody wants any more is not expanded.
    for (ArrayRef<Operation *> ops : {ArrayRef(divisions), ArrayRef(sums), ArrayRef(functions)})
      for (Operation *op : ops) {
        Value value = isOpTriviallyDead(op) ? Value() : expand(op);
        if (!value)
          continue;
        op->replaceAllUsesWith(ValueRange(value));
        op->erase();
      }
  }
};

} // namespace
} // namespace tenon::cuda
