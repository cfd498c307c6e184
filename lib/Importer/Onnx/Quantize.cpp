// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX ops over quantised integers, composed of integer and float ops that say the same: sums are exact in int32, division by a scale
// rounds halves to even, and the cast to the quantised type saturates.
#include "lib/Importer/Onnx/OpTable.h"
#include "lib/Importer/Onnx/Tensors.h"
#include "lib/Importer/Onnx/Window.h"

using namespace mlir;
using namespace tenon::onnx_importer;

/// Null for a tensor that failed, or that is absent.
static Type elementOf(Value tensor) { return tensor ? cast<RankedTensorType>(tensor.getType()).getElementType() : Type(); }

static Value castTo(NodeContext &node, Value tensor, Type element) {
  if (!tensor || !element || elementOf(tensor) == element)
    return tensor;
  return node.create("cast", {tensor}, {node.attr("to", TypeAttr::get(element)), node.boolean("saturate", true)});
}

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
static Value centred(NodeContext &node, Value x, Value zeroPoint) {
  Type i32 = node.builder().getI32Type();
  Value wide = castTo(node, x, i32);
  return zeroPoint ? node.create("sub", {wide, castTo(node, zeroPoint, i32)}) : wide;
}

/// saturate(round(x / scale) + zero_point); float8 has no zero point and no integers to round to.
static Value quantise(NodeContext &node, Value x, Value scale, Value zeroPoint, Type target) {
  Value quotient = node.create("div", {castTo(node, x, elementOf(scale)), scale});
  if (isa<FloatType>(target))
    return castTo(node, quotient, target);
  Value rounded = node.create("round", {quotient});
  if (zeroPoint)
    rounded = node.create("add", {rounded, castTo(node, zeroPoint, elementOf(rounded))});
  return castTo(node, rounded, target);
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
  node.setResult(0, quantise(node, node.input(0), scale, zeroPoint, target));
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
  Type type = elementOf(scale), f32 = node.builder().getF32Type();
  bool isInteger = isa<IntegerType>(elementOf(x));
  Value difference = castTo(node, isInteger ? centred(node, x, zeroPoint) : x, f32);
  node.setResult(0, castTo(node, node.create("mul", {difference, castTo(node, scale, f32)}), type));
  return success();
}

/// Scale and zero point from the range of x, zero included.
static LogicalResult importDynamicQuantizeLinear(NodeContext &node) {
  Type f32 = node.builder().getF32Type(), u8 = IntegerType::get(node.builder().getContext(), 8, IntegerType::Unsigned);
  SmallVector<int64_t> axes;
  for (int64_t i = 0; i < node.rank(0); ++i)
    axes.push_back(i);
  SmallVector<NamedAttribute> whole{node.ints("axes", axes), node.boolean("keepdims", false)};
  Value x = node.input(0), zero = node.constantScalar(f32, 0);
  Value greatest = node.create("max", {node.create("reduce_max", {x}, whole), zero});
  Value least = node.create("min", {node.create("reduce_min", {x}, whole), zero});
  Value scale = node.create("div", {node.create("sub", {greatest, least}), node.constantScalar(f32, 255)});
  Value zeroPoint = castTo(node, node.create("round", {node.create("neg", {node.create("div", {least, scale})})}), u8);
  node.setResult(0, quantise(node, x, scale, zeroPoint, u8));
  node.setResult(1, scale);
  node.setResult(2, zeroPoint);
  return success();
}

/// The int32 product of two quantised matrices. A zero point of one dim is one per row of a, or per column of b.
static Value multiply(NodeContext &node, Value a, Value aZero, Value b, Value bZero) {
  return node.create("mat_mul", {centred(node, a, alongAxis(node, aZero, 1)), centred(node, b, bZero)});
}

static LogicalResult importMatMulInteger(NodeContext &node) {
  node.setResult(0, multiply(node, node.input(0), node.input(2), node.input(1), node.input(3)));
  return success();
}

/// The int32 sum over windows; zero points of weights are one per filter. Padding is with zeros that are centred already.
static Value convolve(NodeContext &node, Value x, Value xZero, unsigned weights, Value wZero, Value bias) {
  int64_t behind = node.rank(weights) - 1;
  return createConv(node, weights, centred(node, x, xZero), centred(node, node.input(weights), alongAxis(node, wZero, behind)), bias);
}

static LogicalResult importConvInteger(NodeContext &node) {
  node.setResult(0, convolve(node, node.input(0), node.input(2), 1, node.input(3), {}));
  return success();
}

/// Brings an int32 sum, whose unit is the product of two scales, to the result's scale.
static Value requantise(NodeContext &node, Value sum, Value aScale, Value bScale, Value yScale, Value yZero) {
  Type f32 = node.builder().getF32Type();
  Value factor =
      node.create("div", {node.create("mul", {castTo(node, aScale, f32), castTo(node, bScale, f32)}), castTo(node, yScale, f32)});
  Value scaled = node.create("round", {node.create("mul", {castTo(node, sum, f32), factor})});
  return castTo(node, node.create("add", {scaled, castTo(node, yZero, f32)}), elementOf(yZero));
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
