// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The Elementwise family: arithmetic, comparison, logic and rounding. Activations have their own file.
// Float16 and bfloat16 are computed in float32 and rounded once (Scalar.h).

#ifndef TENON_DIALECTS_INFER_IR_INFERELEMENTWISEOPS_TD
#define TENON_DIALECTS_INFER_IR_INFERELEMENTWISEOPS_TD

include "dialects/Infer/IR/InferElementwiseBase.td"

// Arithmetic. Integers wrap around; what ONNX leaves undefined (division by zero) is defined, since a model's data must never trap.
def Infer_AddOp : Infer_BinaryOp<"add", "sum", "x + y", Infer_Numeric, [{ return x + y; }]>;
def Infer_SubOp : Infer_BinaryOp<"sub", "difference", "x - y", Infer_Numeric, [{ return x - y; }]>;
def Infer_MulOp : Infer_BinaryOp<"mul", "product", "x * y", Infer_Numeric, [{ return x * y; }]>;
def Infer_DivOp : Infer_BinaryOp<"div", "quotient, truncated for integers (an integer divided by 0 is itself)", "x / y", Infer_Numeric,
                                 [{ return x / y; }]>;
def Infer_ModOp : Infer_BinaryOp<"mod", "remainder with the sign of the divisor, or of the dividend where `fmod` is set", "x - y * floor(x / y)",
                                 Infer_Numeric, [{ return getFmod() ? remainder(x, y) : modulo(x, y); }],
                                 (ins DefaultValuedAttr<BoolAttr, "false">:$fmod)>;
def Infer_PowOp : Infer_BinaryBase<"pow", "power", "x ** y", Infer_Numeric, Infer_Numeric, "firstElement(operands)",
                                   [{ return power(x, y); }], "Base and exponent have numeric element types, which may differ.",
                                   "The result has the broadcast shape and the base's element type.", "", (ins), "">;
def Infer_MaxOp : Infer_BinaryOp<"max", "maximum (NaN if one operand is)", "max(x, y)", Infer_Numeric, [{ return max(x, y); }]>;
def Infer_MinOp : Infer_BinaryOp<"min", "minimum (NaN if one operand is)", "min(x, y)", Infer_Numeric, [{ return min(x, y); }]>;
def Infer_NegOp : Infer_UnaryOp<"neg", "negation", "-x", Infer_Signed, [{ return -x; }]>;
def Infer_AbsOp : Infer_UnaryOp<"abs", "absolute value", "|x|", Infer_Numeric, [{ return abs(x); }]>;
def Infer_SignOp : Infer_UnaryOp<"sign", "sign (zero and NaN are kept)", "x > 0 ? 1 : x < 0 ? -1 : x", Infer_Numeric,
                                 [{ return select(x > 0, x.constant(1), x.isUnsigned() ? x : select(x < 0, x.constant(-1), x)); }]>;
def Infer_ReciprocalOp : Infer_UnaryOp<"reciprocal", "reciprocal", "1 / x", Infer_Float, [{ return 1 / x; }]>;
def Infer_SqrtOp : Infer_UnaryOp<"sqrt", "square root", "sqrt(x)", Infer_Float, [{ return sqrt(x); }]>;

// Logic.
def Infer_AndOp : Infer_BinaryOp<"and", "logical and", "x and y", Infer_Bool, [{ return x & y; }]>;
def Infer_OrOp : Infer_BinaryOp<"or", "logical or", "x or y", Infer_Bool, [{ return x | y; }]>;
def Infer_XorOp : Infer_BinaryOp<"xor", "logical exclusive or", "x xor y", Infer_Bool, [{ return x ^ y; }]>;
def Infer_NotOp : Infer_UnaryOp<"not", "logical negation", "not x", Infer_Bool, [{ return ~x; }]>;
def Infer_BitwiseAndOp : Infer_BinaryOp<"bitwise_and", "bitwise and", "x & y", Infer_Integer, [{ return x & y; }]>;
def Infer_BitwiseOrOp : Infer_BinaryOp<"bitwise_or", "bitwise or", "x | y", Infer_Integer, [{ return x | y; }]>;
def Infer_BitwiseXorOp : Infer_BinaryOp<"bitwise_xor", "bitwise exclusive or", "x ^ y", Infer_Integer, [{ return x ^ y; }]>;
def Infer_BitwiseNotOp : Infer_UnaryOp<"bitwise_not", "bitwise complement", "~x", Infer_Integer, [{ return ~x; }]>;
def Infer_BitShiftOp : Infer_BinaryOp<"bit_shift", "shift to the left or right (of signs, to the right; by amounts below 0 or above the width, of all bits)",
                                      "x << y", Infer_Integer, [{ return shift(x, y, getDirection() == "LEFT"); }],
                                      (ins Infer_ChoiceAttr<[{"LEFT", "RIGHT"}], "LEFT or RIGHT">:$direction),
                                      " {direction = \"LEFT\"}">;

// Comparison. NaN compares as IEEE 754 has it: unequal to all, below and above none.
def Infer_EqualOp : Infer_ComparisonOp<"equal", "equality", "x == y", Infer_Comparable, [{ return x == y; }]>;
def Infer_GreaterOp : Infer_ComparisonOp<"greater", "comparison above", "x > y", Infer_Numeric, [{ return x > y; }]>;
def Infer_GreaterOrEqualOp : Infer_ComparisonOp<"greater_or_equal", "comparison above or equal", "x >= y", Infer_Numeric, [{ return x >= y; }]>;
def Infer_LessOp : Infer_ComparisonOp<"less", "comparison below", "x < y", Infer_Numeric, [{ return x < y; }]>;
def Infer_LessOrEqualOp : Infer_ComparisonOp<"less_or_equal", "comparison below or equal", "x <= y", Infer_Numeric, [{ return x <= y; }]>;
def Infer_IsNanOp : Infer_UnaryPredicateOp<"is_nan", "test for NaN", "x != x", Infer_AnyFloat, [{ return x != x; }]>;
def Infer_IsInfOp : Infer_UnaryPredicateOp<"is_inf", "test for infinity", "|x| == inf", Infer_AnyFloat,
                                           [{ return isInfinite(x, getDetectPositive(), getDetectNegative()); }],
                                           (ins DefaultValuedAttr<BoolAttr, "true">:$detect_negative,
                                                DefaultValuedAttr<BoolAttr, "true">:$detect_positive)>;

// Rounding.
def Infer_CeilOp : Infer_UnaryOp<"ceil", "rounding up", "ceil(x)", Infer_Float, [{ return ceil(x); }]>;
def Infer_FloorOp : Infer_UnaryOp<"floor", "rounding down", "floor(x)", Infer_Float, [{ return floor(x); }]>;
def Infer_RoundOp : Infer_UnaryOp<"round", "rounding to the nearest integer, halves to the even one", "round(x)", Infer_Float,
                                  [{ return roundEven(x); }]>;

// Exponential, trigonometric and hyperbolic functions.
def Infer_ExpOp : Infer_UnaryOp<"exp", "exponential function", "exp(x)", Infer_Float, [{ return exp(x); }]>;
def Infer_LogOp : Infer_UnaryOp<"log", "natural logarithm", "log(x)", Infer_Float, [{ return log(x); }]>;
def Infer_ErfOp : Infer_UnaryOp<"erf", "error function", "2 / sqrt(pi) * integral of exp(-t*t) from 0 to x", Infer_Numeric, [{ return erf(x); }]>;
def Infer_SinOp : Infer_UnaryOp<"sin", "sine", "sin(x)", Infer_Float, [{ return sin(x); }]>;
def Infer_CosOp : Infer_UnaryOp<"cos", "cosine", "cos(x)", Infer_Float, [{ return cos(x); }]>;
def Infer_TanOp : Infer_UnaryOp<"tan", "tangent", "tan(x)", Infer_Float, [{ return tan(x); }]>;
def Infer_AsinOp : Infer_UnaryOp<"asin", "arc sine", "asin(x)", Infer_Float, [{ return asin(x); }]>;
def Infer_AcosOp : Infer_UnaryOp<"acos", "arc cosine", "acos(x)", Infer_Float, [{ return acos(x); }]>;
def Infer_AtanOp : Infer_UnaryOp<"atan", "arc tangent", "atan(x)", Infer_Float, [{ return atan(x); }]>;
def Infer_SinhOp : Infer_UnaryOp<"sinh", "hyperbolic sine", "sinh(x)", Infer_Float, [{ return sinh(x); }]>;
def Infer_CoshOp : Infer_UnaryOp<"cosh", "hyperbolic cosine", "cosh(x)", Infer_Float, [{ return cosh(x); }]>;
def Infer_TanhOp : Infer_UnaryOp<"tanh", "hyperbolic tangent", "tanh(x)", Infer_Float, [{ return tanh(x); }]>;
def Infer_AsinhOp : Infer_UnaryOp<"asinh", "inverse hyperbolic sine", "asinh(x)", Infer_Float, [{ return asinh(x); }]>;
def Infer_AcoshOp : Infer_UnaryOp<"acosh", "inverse hyperbolic cosine", "acosh(x)", Infer_Float, [{ return acosh(x); }]>;
def Infer_AtanhOp : Infer_UnaryOp<"atanh", "inverse hyperbolic tangent", "atanh(x)", Infer_Float, [{ return atanh(x); }]>;

// Selection and conversion.
def Infer_WhereOp : Infer_ElementwiseOp<"where", "choice", "commonElement(site, operands.drop_front())",
                                        "const Scalar &c = in[0], &x = in[1], &y = in[2];", [{ return select(c, x, y); }]> {
  let description = "Takes `x` where the condition `c` holds and `y` elsewhere." # Infer_Constraints<
    "`x` and `y` have one element type.", "The result has the broadcast shape and the element type of `x`.">.text # Infer_Example<
    "%z = infer.where %c, %x, %y : (tensor<?x1xi1>, tensor<?x8xf32>, tensor<f32>) -> tensor<?x8xf32>">.text;
  let arguments = (ins Infer_Bool.tensor:$condition, Infer_Any.tensor:$x, Infer_Any.tensor:$y);
  let assemblyFormat = "$condition `,` $x `,` $y attr-dict `:` functional-type(operands, results)";
}

def Infer_ClipOp : Infer_ElementwiseOp<"clip", "limitation to a range", "commonElement(site, operands)",
                                       "const Scalar &x = in[0];",
                                       [{ return clip(x, getMin() ? &in[1] : nullptr, getMax() ? &in.back() : nullptr); }],
                                       [AttrSizedOperandSegments]> {
  let description = [{
    Computes `min(max(x, lo), hi)`; NaN is kept, and `hi` wins where `lo > hi`. A bound that is not given does not limit.

    Constraints:
    - (C1) All operands have one element type.
    - (C2) `min` and `max` have one element each.
    - (C3) The result has the input's type.

  }] # Infer_Example<"%y = infer.clip %x min %lo max %hi : (tensor<?x8xf32>, tensor<f32>, tensor<f32>) -> tensor<?x8xf32>">.text;
  let arguments = (ins Infer_Numeric.tensor:$input, Optional<Infer_Numeric.tensor>:$min, Optional<Infer_Numeric.tensor>:$max);
  let assemblyFormat = "$input (`min` $min^)? (`max` $max^)? attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Infer_CastOp : Infer_ElementwiseOp<"cast", "conversion", "::mlir::FailureOr<::mlir::Type>(adaptor.getTo())",
                                       "const Scalar &x = in[0];", [{ return convert(x, getTo(), getSaturate()); }]> {
  let description = [{
    Converts each element to the element type `to`. Floats become integers by truncation, limited to the integer's range (NaN becomes 0);
    integers wrap around; anything but 0 becomes true. Floats round to the nearest float, halves to even; where the target is a float8
    type, `saturate` limits to its greatest finite value.

    Constraints:
    - (C1) The result has the operand's shape and element type `to`.

  }] # Infer_Example<"%y = infer.cast %x {to = ui8} : (tensor<?x8xf32>) -> tensor<?x8xui8>">.text;
  let arguments = (ins Infer_Any.tensor:$input, TypeAttr:$to, DefaultValuedAttr<BoolAttr, "true">:$saturate);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

#endif // TENON_DIALECTS_INFER_IR_INFERELEMENTWISEOPS_TD
