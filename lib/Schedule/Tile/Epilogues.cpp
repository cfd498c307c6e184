// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Schedule/Tile/Epilogues.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace tenon::schedule;

namespace {

/// Arithmetic on f32, short enough to read as the formula.
struct Scalar {
  OpBuilder &builder;
  Location loc;
  Value value;

  Scalar with(Value other) const { return {builder, loc, other}; }
  Scalar constant(double number) const {
    return with(arith::ConstantFloatOp::create(builder, loc, builder.getF32Type(), APFloat(static_cast<float>(number))));
  }
  Scalar operator+(const Scalar &other) const { return with(arith::AddFOp::create(builder, loc, value, other.value)); }
  Scalar operator*(const Scalar &other) const { return with(arith::MulFOp::create(builder, loc, value, other.value)); }
  Scalar operator*(double number) const { return *this * constant(number); }
  Scalar operator+(double number) const { return *this + constant(number); }
  /// this * a + b, rounded once: nothing else joins the two.
  Scalar fma(const Scalar &a, const Scalar &b) const { return with(math::FmaOp::create(builder, loc, value, a.value, b.value)); }
  Scalar fma(const Scalar &a, double b) const { return fma(a, constant(b)); }
  Scalar fma(double a, double b) const { return fma(constant(a), constant(b)); }
  template <typename Op> Scalar apply() const { return with(Op::create(builder, loc, value)); }
};

using Step = Scalar (*)(Scalar, Scalar);

/// 2^x and a / b by the special function unit, within 2 units in the last place of f32 (PTX ISA, "ex2" and "div.approx"): far below what
/// rounding to 16 bits does, and a sixth of the instructions.
Scalar exp2(Scalar x) { return x.with(math::Exp2Op::create(x.builder, x.loc, x.value, arith::FastMathFlags::afn)); }
Scalar divide(Scalar a, Scalar b) {
  auto flags = arith::FastMathFlags::afn | arith::FastMathFlags::arcp;
  return a.with(arith::DivFOp::create(a.builder, a.loc, a.value, b.value, flags));
}

constexpr double kLog2e = 1.4426950408889634;

/// x / (1 + 2^y): SiLU for y = -x log2(e), and GELU's tanh form, because (1 + tanh(z)) / 2 is the logistic function of 2 z.
Scalar gate(Scalar x, Scalar y) { return divide(x, exp2(y) + 1); }

/// 2 sqrt(2 / pi) (x + 0.044715 x^3), for gate.
Scalar geluTanh(Scalar x) {
  constexpr double kScale = -1.59576912160573072 * kLog2e;
  return gate(x, x * (x * x).fma(0.044715 * kScale, kScale));
}

/// erf by Abramowitz and Stegun 7.1.26, absolute error below 1.5e-7, odd by the sign of x.
Scalar erf(Scalar x) {
  Scalar size = x.apply<math::AbsFOp>();
  Scalar t = divide(x.constant(1), size.fma(0.3275911, 1));
  Scalar sum = t.fma(1.061405429, -1.453152027).fma(t, 1.421413741).fma(t, -0.284496736).fma(t, 0.254829592) * t;
  Scalar rest = (sum * -1).fma(exp2(size * (size * -kLog2e)), 1);
  return x.with(math::CopySignOp::create(x.builder, x.loc, rest.value, x.value));
}

struct Row {
  StringRef name;
  std::optional<EpilogueOperand> operand;
  Step step; // null: the value is a result besides what becomes of it
};

const Row kSteps[] = {
    {"bias", EpilogueOperand::row, [](Scalar x, Scalar y) { return x + y; }},
    {"residual", EpilogueOperand::matrix, [](Scalar x, Scalar y) { return x + y; }},
    {"relu", std::nullopt,
     [](Scalar x, Scalar) { return x.with(arith::MaximumFOp::create(x.builder, x.loc, x.value, x.constant(0).value)); }},
    {"gelu", std::nullopt,
     [](Scalar x, Scalar) {
       Scalar half = x * 0.5;
       return half.fma(erf(x * 0.70710678118654752), half);
     }},
    {"gelu_tanh", std::nullopt, [](Scalar x, Scalar) { return geluTanh(x); }},
    {"silu", std::nullopt, [](Scalar x, Scalar) { return gate(x, x * -kLog2e); }},
    {"keep", std::nullopt, nullptr},
};

} // namespace

LogicalResult tenon::schedule::setEpilogue(Location loc, StringRef steps, GemmProblem &problem) {
  if (steps.empty())
    return success();
  SmallVector<StringRef> names;
  steps.split(names, '+');
  SmallVector<Row> chosen;
  for (StringRef name : names) {
    const Row *row = llvm::find_if(kSteps, [&](const Row &candidate) { return candidate.name == name; });
    if (row == std::end(kSteps))
      return emitError(loc, "expected an epilogue of bias, residual, relu, gelu, gelu_tanh, silu, keep, got ") << name;
    if (row->operand)
      problem.operands.push_back(*row->operand);
    if (!row->step)
      problem.furtherOutputs.push_back(problem.output);
    chosen.push_back(*row);
  }
  problem.epilogue = [chosen](OpBuilder &builder, Location loc, ValueRange values) -> SmallVector<Value> {
    Scalar x{builder, loc, values[0]};
    SmallVector<Value> kept;
    size_t next = 1;
    for (const Row &row : chosen)
      if (row.step)
        x.value = row.step(x, row.operand ? x.with(values[next++]) : x).value;
      else
        kept.push_back(x.value);
    kept.insert(kept.begin(), x.value);
    return kept;
  };
  return success();
}
