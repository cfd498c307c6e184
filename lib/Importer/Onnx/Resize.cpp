// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Resize and its ancestor Upsample, in every opset, to the newest Resize.
#include "lib/Importer/Onnx/OpTable.h"

#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;
using namespace tenon::onnx_importer;

/// Exporters pass empty tensors for operands they do not use.
static Value unlessEmpty(Value operand) {
  if (!operand || llvm::is_contained(cast<RankedTensorType>(operand.getType()).getShape(), 0))
    return {};
  return operand;
}

static LogicalResult buildResize(NodeContext &node, Value roi, Value scales, Value sizes, ArrayRef<int64_t> axes, StringRef transformation,
                                 StringRef nearest) {
  node.setResult(0, node.create("resize", {node.input(0), roi, scales, sizes},
                                {node.ints("axes", axes), node.string("mode", node.getString("mode", "nearest")),
                                 node.string("coordinate_transformation_mode", transformation), node.string("nearest_mode", nearest),
                                 node.string("keep_aspect_ratio_policy", node.getString("keep_aspect_ratio_policy", "stretch")),
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
  return buildResize(node, {}, scales, {}, allAxes(node), "asymmetric", "floor");
}

static LogicalResult importResize(NodeContext &node) {
  std::string transformation = node.getString("coordinate_transformation_mode", "half_pixel");
  // Only the crop reads the region of interest.
  Value roi = transformation == "tf_crop_and_resize" ? unlessEmpty(node.input(1)) : Value();
  SmallVector<int64_t> axes = node.has("axes") ? node.normalizeAxes(node.getInts("axes"), node.rank(0)) : allAxes(node);
  return buildResize(node, roi, unlessEmpty(node.input(2)), unlessEmpty(node.input(3)), axes, transformation,
                     node.getString("nearest_mode", "round_prefer_floor"));
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
