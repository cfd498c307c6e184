// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX ops of the Elementwise family. Those of any number of operands become chains of two; what changes no value disappears.
#include "lib/Importer/Onnx/Composer.h"
#include "lib/Importer/Onnx/OpTable.h"
#include "lib/Importer/Onnx/Tensors.h"

using namespace mlir;
using namespace tenon::onnx_importer;
using llvm::any_of;
using llvm::enumerate;

/// Max(a, b, c) -> max(max(a, b), c)
static Value chain(NodeContext &node, StringRef op) {
  Value result = node.input(0);
  for (Value operand : node.allInputs().drop_front()) {
    if (!result || !operand)
      return {};
    result = node.create(op, {result, operand});
  }
  return result;
}

static LogicalResult importNary(NodeContext &node, StringRef op) {
  for (auto [i, operand] : enumerate(node.allInputs()))
    if (!operand)
      return node.fail("expected an input number " + Twine(i));
  node.setResult(0, chain(node, op));
  return success();
}
static LogicalResult importMax(NodeContext &node) { return importNary(node, "max"); }
static LogicalResult importMin(NodeContext &node) { return importNary(node, "min"); }
static LogicalResult importSum(NodeContext &node) { return importNary(node, "add"); }

static LogicalResult importMean(NodeContext &node) {
  Value sum = chain(node, "add");
  if (!sum)
    return failure();
  Value count = node.constantScalar(node.inputType(0).getElementType(), node.numInputs());
  node.setResult(0, node.create("div", {sum, count}));
  return success();
}

/// Bounds were attributes before opset 11; there an absent one is the greatest float, which limits nothing but infinity.
static LogicalResult importClip(NodeContext &node) {
  Type element = node.inputType(0).getElementType();
  Value bounds[2] = {node.input(1), node.input(2)};
  if (node.opset() < 11) {
    float missing = std::numeric_limits<float>::max();
    bounds[0] = node.constantScalar(element, node.getFloat("min", -missing));
    bounds[1] = node.constantScalar(element, node.getFloat("max", missing));
  }
  node.setResult(0, node.create("clip", {node.input(0), bounds[0], bounds[1]}));
  return success();
}

static LogicalResult castTo(NodeContext &node, Type element) {
  Value input = node.input(0);
  if (node.inputType(0).getElementType() != element)
    input =
        node.create("cast", {input}, {node.attr("to", TypeAttr::get(element)), node.boolean("saturate", node.getInt("saturate", 1) != 0)});
  node.setResult(0, input);
  return success();
}

static LogicalResult importCast(NodeContext &node) {
  std::string reason;
  Type element = convertElementType(node.builder().getContext(), node.getInt("to", 0), reason);
  if (node.failed())
    return failure();
  return element ? castTo(node, element) : node.fail("attribute 'to': " + reason);
}

static LogicalResult importCastLike(NodeContext &node) { return castTo(node, node.inputType(1).getElementType()); }

static LogicalResult importIdentity(NodeContext &node) {
  node.setResult(0, node.input(0));
  return success();
}

/// Inference only: the training mode (an input since opset 12) must be absent or false.
static LogicalResult importDropout(NodeContext &node) {
  if (node.input(2)) {
    std::optional<SmallVector<int64_t>> training = node.knownInts(2);
    if (!training || any_of(*training, [](int64_t value) { return value != 0; }))
      return node.fail("expected training_mode to be false");
  }
  if (node.wantsOutput(1)) {
    // The mask of what was kept: everything. It was of the data's type before opset 10.
    Composer c(node);
    Type element = node.opset() < 10 ? node.inputType(0).getElementType() : node.builder().getI1Type();
    Attribute kept = isa<FloatType>(element) ? Attribute(FloatAttr::get(element, 1)) : IntegerAttr::get(element, 1);
    auto value = DenseElementsAttr::get(RankedTensorType::get({1}, element), kept);
    node.setResult(1, c.op("constant_of_shape", {c.shape(node.input(0))}, {node.attr("value", value)}));
  }
  return importIdentity(node);
}

ArrayRef<OpRow> tenon::onnx_importer::elementwiseRows() {
  static constexpr OpRow rows[] = {
      same("Add", "add", 2, 2),
      same("Sub", "sub", 2, 2),
      same("Mul", "mul", 2, 2),
      same("Div", "div", 2, 2),
      same("Pow", "pow", 2, 2),
      same("Mod", "mod", 2, 2, "fmod:b=0", 10),
      same("And", "and", 2, 2),
      same("Or", "or", 2, 2),
      same("Xor", "xor", 2, 2),
      same("Not", "not", 1, 1),
      same("BitwiseAnd", "bitwise_and", 2, 2, "", 18),
      same("BitwiseOr", "bitwise_or", 2, 2, "", 18),
      same("BitwiseXor", "bitwise_xor", 2, 2, "", 18),
      same("BitwiseNot", "bitwise_not", 1, 1, "", 18),
      same("BitShift", "bit_shift", 2, 2, "direction:s", 11),
      same("Equal", "equal", 2, 2),
      same("Greater", "greater", 2, 2),
      same("GreaterOrEqual", "greater_or_equal", 2, 2, "", 12),
      same("Less", "less", 2, 2),
      same("LessOrEqual", "less_or_equal", 2, 2, "", 12),
      same("IsNaN", "is_nan", 1, 1, "", 9),
      same("IsInf", "is_inf", 1, 1, "detect_negative:b=1 detect_positive:b=1", 10),
      same("Neg", "neg", 1, 1),
      same("Abs", "abs", 1, 1),
      same("Sign", "sign", 1, 1, "", 9),
      same("Reciprocal", "reciprocal", 1, 1),
      same("Sqrt", "sqrt", 1, 1),
      same("Ceil", "ceil", 1, 1),
      same("Floor", "floor", 1, 1),
      same("Round", "round", 1, 1, "", 11),
      same("Exp", "exp", 1, 1),
      same("Log", "log", 1, 1),
      same("Erf", "erf", 1, 1, "", 9),
      same("Sin", "sin", 1, 1),
      same("Cos", "cos", 1, 1),
      same("Tan", "tan", 1, 1),
      same("Asin", "asin", 1, 1),
      same("Acos", "acos", 1, 1),
      same("Atan", "atan", 1, 1),
      same("Sinh", "sinh", 1, 1, "", 9),
      same("Cosh", "cosh", 1, 1, "", 9),
      same("Tanh", "tanh", 1, 1),
      same("Asinh", "asinh", 1, 1, "", 9),
      same("Acosh", "acosh", 1, 1, "", 9),
      same("Atanh", "atanh", 1, 1, "", 9),
      same("Relu", "relu", 1, 1),
      same("LeakyRelu", "leaky_relu", 1, 1, "alpha:f=0.01"),
      same("Elu", "elu", 1, 1, "alpha:f=1"),
      same("Celu", "celu", 1, 1, "alpha:f=1", 12),
      same("ThresholdedRelu", "thresholded_relu", 1, 1, "alpha:f=1", 10),
      same("Selu", "selu", 1, 1, "alpha:f=1.67326319217681884765625 gamma:f=1.05070102214813232421875"),
      same("PRelu", "prelu", 2, 2),
      same("Sigmoid", "sigmoid", 1, 1),
      same("HardSigmoid", "hard_sigmoid", 1, 1, "alpha:f=0.2 beta:f=0.5"),
      same("HardSwish", "hard_swish", 1, 1, "", 14),
      same("Swish", "swish", 1, 1, "alpha:f=1", 24),
      same("Softplus", "softplus", 1, 1),
      same("Softsign", "softsign", 1, 1),
      same("Mish", "mish", 1, 1, "", 18),
      same("Gelu", "gelu", 1, 1, "approximate:s=none", 20),
      same("Where", "where", 3, 3, "", 9),
      custom("Max", importMax, 1, anyNumber),
      custom("Min", importMin, 1, anyNumber),
      custom("Sum", importSum, 1, anyNumber),
      custom("Mean", importMean, 1, anyNumber),
      custom("Clip", importClip, 1, 1, "min max", 7, 10),
      custom("Clip", importClip, 1, 3, "", 11),
      custom("Cast", importCast, 1, 1, "to saturate round_mode"),
      custom("CastLike", importCastLike, 2, 2, "saturate round_mode", 15),
      custom("Identity", importIdentity, 1, 1),
      custom("Dropout", importDropout, 1, 1, "ratio", 7, 11),
      custom("Dropout", importDropout, 1, 3, "seed", 12),
  };
  return rows;
}
