// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Resize and its ancestor Upsample, in every opset, to the newest Resize.
#include "lib/Importer/Onnx/Composer.h"
#include "lib/Importer/Onnx/OpTable.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Matchers.h"
#include <cmath>

using namespace mlir;
using namespace tenon::onnx_importer;

/// Exporters pass empty tensors for operands they do not use.
static Value unlessEmpty(Value operand) {
  if (!operand || llvm::is_contained(cast<RankedTensorType>(operand.getType()).getShape(), 0))
    return {};
  return operand;
}

namespace {
/// What a resized tensor's dims follow from.
struct Extent {
  Value roi, scales, sizes;
  SmallVector<int64_t> axes;
  std::string transformation, policy;
};
} // namespace

/// Whether the shape function says what every dim becomes: scales that it knows, of dims that it knows or by factors that it follows.
static bool followsScales(NodeContext &node, const Extent &extent) {
  DenseFPElementsAttr scales;
  if (extent.transformation == "tf_crop_and_resize" || !matchPattern(extent.scales, m_Constant(&scales)) ||
      scales.getNumElements() != static_cast<int64_t>(extent.axes.size()))
    return false;
  for (auto [axis, scale] : llvm::zip(extent.axes, scales.getValues<APFloat>())) {
    double factor = scale.convertToDouble();
    int exponent;
    bool isSimple = factor >= 1 ? factor == std::floor(factor) : std::frexp(factor, &exponent) == 0.5;
    if (node.inputType(0).isDynamicDim(axis) && !isSimple)
      return false;
  }
  return true;
}

/// Where only the run tells sizes, they are computed as ONNX defines them, and the host reads them.
static void computeSizes(NodeContext &node, Extent &extent) {
  Composer c(node);
  Type f32 = node.builder().getF32Type();
  int64_t count = extent.axes.size();
  bool fits = extent.policy != "stretch" && !extent.scales;
  if (extent.scales ? followsScales(node, extent) : !fits)
    return;
  if (fits && node.inputType(0).hasStaticShape() && matchPattern(extent.sizes, m_Constant()))
    return;
  Value dims = c.cast(c.gather(c.shape(node.input(0)), node.constantInts(extent.axes)), f32);
  if (fits) {
    Value ratios = c.div(c.cast(extent.sizes, f32), dims);
    Value scale = c.reduce(extent.policy == "not_larger" ? "min" : "max", ratios, {0}, /*keepdims=*/true);
    extent.scales = c.mul(scale, node.constant(DenseElementsAttr::get(RankedTensorType::get({count}, f32), 1.0f)));
    extent.sizes = c.cast(c.op("floor", {c.add(c.mul(extent.scales, dims), c.number(dims, 0.5))}), c.i64);
    extent.policy = "stretch";
    return;
  }
  if (extent.transformation == "tf_crop_and_resize") {
    auto part = [&](int64_t begin, int64_t end) {
      return c.op("slice", {extent.roi, node.constantInts({begin}), node.constantInts({end})}, {node.ints("axes", {0})});
    };
    dims = c.mul(dims, c.cast(c.sub(part(count, 2 * count), part(0, count)), f32));
  }
  extent.sizes = c.cast(c.op("floor", {c.mul(dims, extent.scales)}), c.i64);
}

/// How many dims may change: those whose scale is not known to be 1, or whose size may differ.
static int64_t countResized(NodeContext &node, const Extent &extent) {
  DenseElementsAttr scales, sizes;
  matchPattern(extent.scales ? extent.scales : extent.sizes, m_Constant(extent.scales ? &scales : &sizes));
  ArrayRef<int64_t> dims = node.inputType(0).getShape();
  int64_t count = 0;
  for (auto [i, axis] : llvm::enumerate(extent.axes)) {
    bool keepsScale =
        scales && scales.getElementType().isF32() && static_cast<int64_t>(i) < scales.getNumElements() && scales.getValues<float>()[i] == 1;
    bool keepsSize = sizes && sizes.getElementType().isInteger(64) && static_cast<int64_t>(i) < sizes.getNumElements() &&
                     sizes.getValues<int64_t>()[i] == dims[axis];
    count += !keepsScale && !keepsSize;
  }
  return count;
}

static LogicalResult buildResize(NodeContext &node, Extent extent, StringRef nearest) {
  if (node.failed())
    return failure();
  // An element is a sum over all combinations of 2 or 4 taps per resized dim. No framework resizes more than 3.
  constexpr int64_t mostResized = 4;
  if (extent.scales || extent.sizes)
    if (int64_t count = countResized(node, extent); count > mostResized && node.getString("mode", "nearest") != "nearest")
      return node.fail("expected at most " + Twine(mostResized) + " dims to change in mode " + node.getString("mode", "nearest") +
                       ", got " + Twine(count));
  if (extent.scales || extent.sizes)
    computeSizes(node, extent);
  node.setResult(0, node.create("resize", {node.input(0), extent.roi, extent.scales, extent.sizes},
                                {node.ints("axes", extent.axes), node.string("mode", node.getString("mode", "nearest")),
                                 node.string("coordinate_transformation_mode", extent.transformation), node.string("nearest_mode", nearest),
                                 node.string("keep_aspect_ratio_policy", extent.policy),
                                 node.real("cubic_coeff_a", node.getFloat("cubic_coeff_a", -0.75f)),
                                 node.real("extrapolation_value", node.getFloat("extrapolation_value", 0)),
                                 node.boolean("antialias", node.getInt("antialias", 0) != 0),
                                 node.boolean("exclude_outside", node.getInt("exclude_outside", 0) != 0)}));
  return success();
}

static SmallVector<int64_t> allAxes(NodeContext &node) { return llvm::to_vector(llvm::seq<int64_t>(0, node.rank(0))); }

/// Upsample (7 to 9) and Resize 10 map coordinates by the scale alone and round down.
static LogicalResult importUpsample(NodeContext &node) {
  Value scales = node.input(1);
  if (node.opset() < 9) {
    SmallVector<float> values = node.getFloats("scales");
    auto type = RankedTensorType::get({static_cast<int64_t>(values.size())}, node.builder().getF32Type());
    scales = node.constant(DenseElementsAttr::get(type, ArrayRef<float>(values)));
  }
  return buildResize(node, {{}, scales, {}, allAxes(node), "asymmetric", "stretch"}, "floor");
}

static LogicalResult importResize(NodeContext &node) {
  Extent extent;
  extent.transformation = node.getString("coordinate_transformation_mode", "half_pixel");
  extent.policy = node.getString("keep_aspect_ratio_policy", "stretch");
  // Only the crop reads the region of interest.
  extent.roi = extent.transformation == "tf_crop_and_resize" ? unlessEmpty(node.input(1)) : Value();
  extent.scales = unlessEmpty(node.input(2));
  extent.sizes = unlessEmpty(node.input(3));
  if (extent.scales && extent.sizes)
    return node.fail("expected either scales or sizes");
  extent.axes = node.has("axes") ? node.normalizeAxes(node.getInts("axes"), node.rank(0)) : allAxes(node);
  return buildResize(node, extent, node.getString("nearest_mode", "round_prefer_floor"));
}

ArrayRef<OpRow> tenon::onnx_importer::resizeRows() {
#define COMMON "coordinate_transformation_mode cubic_coeff_a exclude_outside extrapolation_value mode nearest_mode"
  static constexpr OpRow rows[] = {
      custom("Upsample", importUpsample, 1, 1, "mode scales", 7, 8),
      custom("Upsample", importUpsample, 2, 2, "mode", 9, 9),
      custom("Resize", importUpsample, 2, 2, "mode", 10, 10),
      custom("Resize", importResize, 1, 4, COMMON, 11, 17),
      custom("Resize", importResize, 1, 4, COMMON " antialias axes keep_aspect_ratio_policy", 18),
  };
#undef COMMON
  return rows;
}
