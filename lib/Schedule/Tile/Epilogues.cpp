// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Schedule/Tile/Epilogues.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/StringExtras.h"

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

/// Gives what becomes of the first value; the others are one from each operand of the step.
using Step = Scalar (*)(ArrayRef<Scalar>);

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

/// round(x * scale) + zero, saturated to 8 bits, which are the low ones of the result. A float near 1.5 * 2^23 has a unit of 1, so adding
/// that rounds halves to even and leaves the integer in the low bits: the multiplier's and the adder's rate, where conversions have a
/// quarter.
Scalar quantise(Scalar x, Scalar scale, Scalar zero) {
  constexpr double kUnit = 12582912;
  Value sum = (x.fma(scale, x.constant(kUnit)) + zero).value;
  sum = arith::MaxNumFOp::create(x.builder, x.loc, sum, x.constant(kUnit - 128).value);
  sum = arith::MinNumFOp::create(x.builder, x.loc, sum, x.constant(kUnit + 127).value);
  return x.with(arith::BitcastOp::create(x.builder, x.loc, x.builder.getI32Type(), sum));
}

struct Operand {
  EpilogueOperand kind;
  bool isWide; // f32, whatever C is of
};
constexpr Operand kRow[] = {{EpilogueOperand::row, false}}, kMatrix[] = {{EpilogueOperand::matrix, false}};
constexpr Operand kRowScales[] = {{EpilogueOperand::column, true}}, kColumnScales[] = {{EpilogueOperand::row, true}};
constexpr Operand kScaleAndZero[] = {{EpilogueOperand::scalar, true}, {EpilogueOperand::scalar, true}};

struct Row {
  StringRef name;
  ArrayRef<Operand> operands;
  Step step; // null: the value is a result besides what becomes of it
};

const Row kSteps[] = {
    {"bias", kRow, [](ArrayRef<Scalar> v) { return v[0] + v[1]; }},
    {"residual", kMatrix, [](ArrayRef<Scalar> v) { return v[0] + v[1]; }},
    {"scale_rows", kRowScales, [](ArrayRef<Scalar> v) { return v[0] * v[1]; }},
    {"scale_columns", kColumnScales, [](ArrayRef<Scalar> v) { return v[0] * v[1]; }},
    {"relu",
     {},
     [](ArrayRef<Scalar> v) { return v[0].with(arith::MaximumFOp::create(v[0].builder, v[0].loc, v[0].value, v[0].constant(0).value)); }},
    {"gelu",
     {},
     [](ArrayRef<Scalar> v) {
       Scalar half = v[0] * 0.5;
       return half.fma(erf(v[0] * 0.70710678118654752), half);
     }},
    {"gelu_tanh", {}, [](ArrayRef<Scalar> v) { return geluTanh(v[0]); }},
    {"silu", {}, [](ArrayRef<Scalar> v) { return gate(v[0], v[0] * -kLog2e); }},
    {"quantise", kScaleAndZero, [](ArrayRef<Scalar> v) { return quantise(v[0], v[1], v[2]); }},
    {"keep", {}, nullptr},
};

/// The body of the steps. Integer sums become f32 first.
SmallVector<Value> writeSteps(ArrayRef<Row> steps, OpBuilder &builder, Location loc, ValueRange values) {
  Scalar x{builder, loc, values[0]};
  if (isa<IntegerType>(x.value.getType()))
    x.value = arith::SIToFPOp::create(builder, loc, builder.getF32Type(), x.value);
  SmallVector<Value> kept;
  ValueRange rest = values.drop_front();
  for (const Row &row : steps) {
    SmallVector<Scalar> inputs{x};
    for (Value value : rest.take_front(row.operands.size()))
      inputs.push_back(x.with(value));
    rest = rest.drop_front(row.operands.size());
    if (row.step)
      x.value = row.step(inputs).value;
    else
      kept.push_back(x.value);
  }
  kept.insert(kept.begin(), x.value);
  return kept;
}

} // namespace

LogicalResult tenon::schedule::setEpilogue(Location loc, StringRef steps, GemmProblem &problem) {
  SmallVector<StringRef> names;
  steps.split(names, '+', -1, /*KeepEmpty=*/!steps.empty());
  // Operands and kept results are like C, where C has integers like A or f32.
  Type value = isa<FloatType>(problem.output) ? problem.output : problem.element, wide = Float32Type::get(value.getContext());
  if (tile::elementBytes(value) == 1)
    value = wide;
  SmallVector<Row> chosen;
  for (StringRef name : names) {
    const Row *row = llvm::find_if(kSteps, [&](const Row &candidate) { return candidate.name == name; });
    if (row == std::end(kSteps))
      return emitError(loc, "expected an epilogue of ")
             << llvm::join(llvm::map_range(kSteps, [](const Row &known) { return known.name; }), ", ") << ", got " << name;
    for (Operand operand : row->operands) {
      problem.operands.push_back(operand.kind);
      problem.operandTypes.push_back(operand.isWide ? wide : value);
    }
    if (!row->step)
      problem.furtherOutputs.push_back(value);
    chosen.push_back(*row);
  }
  bool isQuantised = llvm::is_contained(names, "quantise");
  if (isQuantised != problem.output.isInteger(8) || (isQuantised && names.back() != "quantise"))
    return emitError(loc, "expected quantise as the last step where C is of i8, and only there, got '") << steps << "'";
  if (problem.output.isInteger(32) && !names.empty())
    return emitError(loc, "expected no epilogue where C is of i32, got '") << steps << "'";
  if (!names.empty())
    problem.epilogue = [chosen](OpBuilder &builder, Location loc, ValueRange values) { return writeSteps(chosen, builder, loc, values); };
  return success();
}
