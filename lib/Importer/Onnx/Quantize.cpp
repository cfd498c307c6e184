// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX ops over quantised integers, composed of integer and float ops that say the same: sums are exact in int32, division by a scale
// rounds halves to even, and the cast to the quantised type saturates.
#include "lib/Importer/Onnx/Composer.h"
#include "lib/Importer/Onnx/OpTable.h"
#include "lib/Importer/Onnx/Tensors.h"
#include "lib/Importer/Onnx/Window.h"

using namespace mlir;
using namespace tenon::onnx_importer;

/// A vector with `count` dims of one behind it, so that it lies along an axis further to the front. Other tensors stay as they are.
static Value alongAxis(NodeContext &node, Value tensor, int64_t count) {
  if (!tensor || count <= 0 || cast<RankedTensorType>(tensor.getType()).getRank() != 1)
    return tensor;
  SmallVector<int64_t> axes;
  for (int64_t i = 1; i <= count; ++i)
    axes.push_back(i);
  return node.create("unsqueeze", {tensor}, {node.ints("axes", axes)});
}

/// x - zero_point in int32, where nothing is lost.
static Value centred(Composer &c, Value x, Value zeroPoint) {
  Type i32 = c.node.builder().getI32Type();
  Value wide = c.cast(x, i32);
  return zeroPoint ? c.sub(wide, c.cast(zeroPoint, i32)) : wide;
}

/// saturate(round(x / scale) + zero_point); float8 has no zero point and no integers to round to.
static Value quantise(Composer &c, Value x, Value scale, Value zeroPoint, Type target) {
  Value quotient = c.div(c.cast(x, c.elementOf(scale)), scale);
  if (isa<FloatType>(target))
    return c.cast(quotient, target);
  Value rounded = c.op("round", {quotient});
  if (zeroPoint)
    rounded = c.add(rounded, c.cast(zeroPoint, c.elementOf(rounded)));
  return c.cast(rounded, target);
}

/// Dims behind the axis that a scale of one dim lies along. Fails for blocks.
static int64_t dimsBehindAxis(NodeContext &node) {
  if (int64_t block = node.getInt("block_size", 0))
    node.reject("expected block_size 0, got " + Twine(block));
  if (node.inputType(1).getRank() == 0 || node.rank(0) < 2)
    return 0;
  return node.rank(0) - 1 - node.normalizeAxis(node.getInt("axis", 1), node.rank(0));
}

static LogicalResult importQuantizeLinear(NodeContext &node) {
  int64_t behind = dimsBehindAxis(node);
  if (int64_t precision = node.getInt("precision", 0))
    return node.fail("expected precision 0, got " + Twine(precision));
  if (!isa<FloatType>(node.inputType(1).getElementType()))
    return node.fail("expected a scale of floats");
  Type target = IntegerType::get(node.builder().getContext(), 8, IntegerType::Unsigned);
  if (node.input(2)) {
    target = node.inputType(2).getElementType();
  } else if (int64_t type = node.getInt("output_dtype", 0)) {
    std::string reason;
    target = convertElementType(node.builder().getContext(), type, reason);
    if (!target)
      return node.fail("attribute 'output_dtype': " + reason);
  }
  if (node.failed())
    return failure();
  Value scale = alongAxis(node, node.input(1), behind), zeroPoint = alongAxis(node, node.input(2), behind);
  Composer c(node);
  node.setResult(0, quantise(c, node.input(0), scale, zeroPoint, target));
  return success();
}

/// (x - zero_point) * scale, in the scale's type or in float32 where that is shorter.
static LogicalResult importDequantizeLinear(NodeContext &node) {
  int64_t behind = dimsBehindAxis(node);
  if (node.has("output_dtype"))
    return node.fail("expected no attribute 'output_dtype'");
  if (node.failed())
    return failure();
  Value x = node.input(0), scale = alongAxis(node, node.input(1), behind), zeroPoint = alongAxis(node, node.input(2), behind);
  Composer c(node);
  Type f32 = node.builder().getF32Type();
  bool isInteger = isa<IntegerType>(c.elementOf(x));
  Value difference = c.cast(isInteger ? centred(c, x, zeroPoint) : x, f32);
  node.setResult(0, c.cast(c.mul(difference, c.cast(scale, f32)), c.elementOf(scale)));
  return success();
}

/// Scale and zero point from the range of x, zero included. The range of zeros has scale 1, as ONNX Runtime has it.
static LogicalResult importDynamicQuantizeLinear(NodeContext &node) {
  Composer c(node);
  Type f32 = node.builder().getF32Type(), u8 = IntegerType::get(node.builder().getContext(), 8, IntegerType::Unsigned);
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, node.rank(0)));
  Value x = node.input(0), zero = node.constantScalar(f32, 0);
  Value greatest = c.op("max", {c.reduce("max", x, axes, /*keepdims=*/false), zero});
  Value least = c.op("min", {c.reduce("min", x, axes, /*keepdims=*/false), zero});
  Value isFlat = c.op("equal", {greatest, least});
  Value scale = c.where(isFlat, c.number(x, 1), c.div(c.sub(greatest, least), c.number(x, 255)));
  Value zeroPoint = c.cast(c.op("round", {c.op("neg", {c.div(least, scale)})}), u8);
  node.setResult(0, quantise(c, x, scale, zeroPoint, u8));
  node.setResult(1, scale);
  node.setResult(2, zeroPoint);
  return success();
}

/// The int32 product of two quantised matrices. A zero point of one dim is one per row of a, or per column of b.
static Value multiply(NodeContext &node, Value a, Value aZero, Value b, Value bZero) {
  Composer c(node);
  return c.op("mat_mul", {centred(c, a, alongAxis(node, aZero, 1)), centred(c, b, bZero)});
}

static LogicalResult importMatMulInteger(NodeContext &node) {
  node.setResult(0, multiply(node, node.input(0), node.input(2), node.input(1), node.input(3)));
  return success();
}

/// The int32 sum over windows; zero points of weights are one per filter. Padding is with zeros that are centred already.
static Value convolve(NodeContext &node, Value x, Value xZero, unsigned weights, Value wZero, Value bias) {
  int64_t behind = node.rank(weights) - 1;
  Composer c(node);
  return createConv(node, weights, centred(c, x, xZero), centred(c, node.input(weights), alongAxis(node, wZero, behind)), bias);
}

static LogicalResult importConvInteger(NodeContext &node) {
  node.setResult(0, convolve(node, node.input(0), node.input(2), 1, node.input(3), {}));
  return success();
}

/// Brings an int32 sum, whose unit is the product of two scales, to the result's scale.
static Value requantise(NodeContext &node, Value sum, Value aScale, Value bScale, Value yScale, Value yZero) {
  Composer c(node);
  Type f32 = node.builder().getF32Type();
  Value factor = c.div(c.mul(c.cast(aScale, f32), c.cast(bScale, f32)), c.cast(yScale, f32));
  Value scaled = c.op("round", {c.mul(c.cast(sum, f32), factor)});
  return c.cast(c.add(scaled, c.cast(yZero, f32)), c.elementOf(yZero));
}

/// a, its scale and zero point, b, its scale and zero point, the result's scale and zero point.
static LogicalResult importQLinearMatMul(NodeContext &node) {
  Value sum = multiply(node, node.input(0), node.input(2), node.input(3), node.input(5));
  node.setResult(0, requantise(node, sum, alongAxis(node, node.input(1), 1), node.input(4), node.input(6), node.input(7)));
  return success();
}

/// The same with an int32 bias as the last operand; scales of weights are one per filter.
static LogicalResult importQLinearConv(NodeContext &node) {
  Value sum = convolve(node, node.input(0), node.input(2), 3, node.input(5), node.input(8));
  Value filters = alongAxis(node, node.input(4), node.rank(0) - 2);
  node.setResult(0, requantise(node, sum, node.input(1), filters, node.input(6), node.input(7)));
  return success();
}

ArrayRef<OpRow> tenon::onnx_importer::quantizeRows() {
  static constexpr const char *window = "auto_pad dilations group kernel_shape pads strides";
  static constexpr OpRow rows[] = {
      custom("QuantizeLinear", importQuantizeLinear, 2, 3, "axis saturate block_size output_dtype precision", 10),
      custom("DequantizeLinear", importDequantizeLinear, 2, 3, "axis block_size output_dtype", 10),
      custom("DynamicQuantizeLinear", importDynamicQuantizeLinear, 1, 1, "", 11),
      custom("MatMulInteger", importMatMulInteger, 2, 4, "", 10),
      custom("ConvInteger", importConvInteger, 2, 4, window, 10),
      custom("QLinearMatMul", importQLinearMatMul, 8, 8, "", 10),
      custom("QLinearConv", importQLinearConv, 8, 9, window, 10),
  };
  return rows;
}
