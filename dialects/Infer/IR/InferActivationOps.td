// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The Elementwise family: activation functions. Each formula is ONNX's; a body may be a stabler form of it.

#ifndef TENON_DIALECTS_INFER_IR_INFERACTIVATIONOPS_TD
#define TENON_DIALECTS_INFER_IR_INFERACTIVATIONOPS_TD

include "dialects/Infer/IR/InferElementwiseBase.td"

// `select(x < 0, 0, x)` and not a maximum: it keeps NaN and is one instruction (maxps returns its second operand for NaN).
def Infer_ReluOp : Infer_UnaryOp<"relu", "rectifier", "max(x, 0)", Infer_Signed, [{ return select(x < 0, x.constant(0), x); }]>;

class Infer_AlphaOp<string mnemonic, string meaning, string formula, string alpha, string body>
  : Infer_UnaryOp<mnemonic, meaning, formula, Infer_Float, "double alpha = getAlpha().convertToFloat(); " # body,
                  (ins DefaultValuedAttr<F32Attr, "::llvm::APFloat(" # alpha # "f)">:$alpha)>;
def Infer_LeakyReluOp : Infer_AlphaOp<"leaky_relu", "leaky rectifier", "x < 0 ? alpha * x : x", "0.01",
                                      [{ return select(x < 0, alpha * x, x); }]>;
def Infer_EluOp : Infer_AlphaOp<"elu", "exponential linear unit", "x < 0 ? alpha * (exp(x) - 1) : x", "1.0",
                                [{ return select(x < 0, alpha * expm1(x), x); }]>;
def Infer_CeluOp : Infer_AlphaOp<"celu", "continuously differentiable exponential linear unit",
                                 "max(0, x) + min(0, alpha * (exp(x / alpha) - 1))", "1.0",
                                 [{ return select(x < 0, alpha * expm1(x / alpha), x); }]>;
def Infer_ThresholdedReluOp : Infer_AlphaOp<"thresholded_relu", "thresholded rectifier", "x > alpha ? x : 0", "1.0",
                                            [{ return select(x > alpha, x, x.constant(0)); }]>;
def Infer_SwishOp : Infer_AlphaOp<"swish", "swish function (SiLU for alpha = 1)", "x / (1 + exp(-alpha * x))", "1.0",
                                  [{ return x / (1 + exp(-alpha * x)); }]>;

def Infer_SeluOp : Infer_UnaryOp<"selu", "scaled exponential linear unit", "gamma * (x < 0 ? alpha * (exp(x) - 1) : x)", Infer_Float,
  [{ double alpha = getAlpha().convertToFloat(), gamma = getGamma().convertToFloat();
     return gamma * select(x < 0, alpha * expm1(x), x); }],
  (ins DefaultValuedAttr<F32Attr, "::llvm::APFloat(1.67326319217681884765625f)">:$alpha,
       DefaultValuedAttr<F32Attr, "::llvm::APFloat(1.05070102214813232421875f)">:$gamma)>;
def Infer_PreluOp : Infer_BinaryOp<"prelu", "rectifier with a slope per element", "x < 0 ? y * x : x", Infer_Numeric,
                                   [{ return x.isUnsigned() ? x : select(x < 0, y * x, x); }]>;
def Infer_SigmoidOp : Infer_UnaryOp<"sigmoid", "logistic function", "1 / (1 + exp(-x))", Infer_Float, [{ return 1 / (1 + exp(-x)); }]>;
def Infer_HardSigmoidOp : Infer_UnaryOp<"hard_sigmoid", "linear form of the logistic function", "max(0, min(1, alpha * x + beta))", Infer_Float,
  [{ double alpha = getAlpha().convertToFloat(), beta = getBeta().convertToFloat(); return clip(alpha * x + beta, 0, 1); }],
  (ins DefaultValuedAttr<F32Attr, "::llvm::APFloat(0.2f)">:$alpha, DefaultValuedAttr<F32Attr, "::llvm::APFloat(0.5f)">:$beta)>;
def Infer_HardSwishOp : Infer_UnaryOp<"hard_swish", "linear form of swish", "x * max(0, min(1, x / 6 + 0.5))", Infer_Float,
                                      [{ return x * clip((1.0 / 6) * x + 0.5, 0, 1); }]>;
// max(x, 0) + log1p(exp(-|x|)) neither overflows nor loses small results.
def Infer_SoftplusOp : Infer_UnaryOp<"softplus", "smooth rectifier", "log(1 + exp(x))", Infer_Float, [{ return softplus(x); }]>;
def Infer_SoftsignOp : Infer_UnaryOp<"softsign", "softsign function", "x / (1 + |x|)", Infer_Float, [{ return x / (1 + abs(x)); }]>;
def Infer_MishOp : Infer_UnaryOp<"mish", "mish function", "x * tanh(log(1 + exp(x)))", Infer_Float, [{ return x * tanh(softplus(x)); }]>;
def Infer_GeluOp : Infer_UnaryOp<"gelu", "Gaussian error linear unit (`approximate` is \"none\", or \"tanh\" for its hyperbolic form)",
  "x / 2 * (1 + erf(x / sqrt(2)))", Infer_Float, [{ return gelu(x, getApproximate() == "tanh"); }],
  (ins DefaultValuedAttr<Infer_ChoiceAttr<[{"none", "tanh"}], "none or tanh">, "\"none\"">:$approximate)>;

#endif // TENON_DIALECTS_INFER_IR_INFERACTIVATIONOPS_TD
