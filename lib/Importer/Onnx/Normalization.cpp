// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX ops of the Normalization family.
#include "lib/Importer/Onnx/Composer.h"
#include "lib/Importer/Onnx/OpTable.h"
#include "lib/Importer/Onnx/ShapeMath.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace tenon::onnx_importer;

/// Until opset 8 spatial = 0 gave every element behind the batch statistics of its own:
/// BatchNormalization(x, scale, bias, mean, variance) -> (x - mean) / sqrt(variance + epsilon) * scale + bias
static LogicalResult importElementNormalization(NodeContext &node) {
  Composer c(node);
  Type element = node.inputType(0).getElementType(), f32 = node.builder().getF32Type();
  Type wide = element.isF64() ? element : f32;
  for (unsigned i = 1; i < 5; ++i)
    if (failed(verifyCompatibleShape(node.inputType(0).getShape().drop_front(), node.inputType(i).getShape())))
      return node.fail("expected an input number " + Twine(i) + " with the dims behind the batch");
  SmallVector<Value> values;
  for (Value operand : node.allInputs())
    values.push_back(c.cast(operand, wide));
  Value deviation = c.op("sqrt", {c.add(values[4], c.number(values[4], node.getFloat("epsilon", 1e-5f)))});
  Value factor = c.div(values[1], deviation);
  node.setResult(0, c.cast(c.add(c.mul(c.sub(values[0], values[3]), factor), values[2]), element));
  return success();
}

static LogicalResult importBatchNormalization(NodeContext &node) {
  if (node.getInt("spatial", 1) == 0 && node.rank(0) > 1)
    return importElementNormalization(node);
  if (node.getInt("training_mode", 0) != 0)
    return node.fail("expected training_mode to be 0");
  node.setResult(0, node.create("batch_normalization", node.allInputs(), {node.real("epsilon", node.getFloat("epsilon", 1e-5f))}));
  return success();
}

static LogicalResult importLayerNormalization(NodeContext &node) {
  int64_t statistics = node.wantsOutput(2) ? 2 : node.wantsOutput(1) ? 1 : 0;
  node.setResults(node.createOp("layer_normalization", {node.input(0), node.input(1), node.input(2)},
                                {node.integer("axis", node.normalizeAxis(node.getInt("axis", -1), node.rank(0))),
                                 node.real("epsilon", node.getFloat("epsilon", 1e-5f)), node.integer("num_statistics", statistics)}));
  return success();
}

/// One scale per group (opset 18) -> one per channel: reshape to [groups, 1], expand to [groups, channels / groups], flatten.
static Value scalePerChannel(NodeContext &node, Value scale, int64_t groups, int64_t channels) {
  Value column = node.create("reshape", {scale, node.constantInts({groups, 1})});
  Value rows = column ? node.create("expand", {column, node.constantInts({groups, channels / groups})}) : Value();
  return rows ? node.create("reshape", {rows, node.constantInts({channels})}) : Value();
}

static LogicalResult importGroupNormalization(NodeContext &node) {
  int64_t groups = node.getInt("num_groups", 0);
  Value scale = node.input(1), bias = node.input(2);
  if (node.opset() < 21) {
    int64_t channels = node.rank(0) > 1 ? node.inputType(0).getDimSize(1) : 0;
    if (ShapedType::isDynamic(channels))
      return node.fail("expected a known number of channels");
    if (channels <= 0 || groups <= 0 || channels % groups)
      return node.fail("expected a number of channels that num_groups divides, got " + Twine(channels) + " and " + Twine(groups));
    scale = scalePerChannel(node, scale, groups, channels);
    bias = scalePerChannel(node, bias, groups, channels);
    if (!scale || !bias)
      return failure();
  }
  node.setResult(0, node.create("group_normalization", {node.input(0), scale, bias},
                                {node.integer("num_groups", groups), node.real("epsilon", node.getFloat("epsilon", 1e-5f))}));
  return success();
}

/// Before opset 13 softmax ran over all dims from `axis` (default 1) on, taken as one:
/// Softmax(x) -> reshape(softmax(reshape(x, [d0, .., product of the dims from axis on]), axis), shape(x))
static LogicalResult importFlatSoftmax(NodeContext &node) {
  int64_t rank = node.rank(0), axis = node.normalizeAxis(node.getInt("axis", 1), rank);
  if (node.failed())
    return failure();
  StringRef op = node.opType() == "Softmax" ? "softmax" : "log_softmax";
  Composer c(node);
  Value x = node.input(0);
  bool flatten = axis + 1 < rank;
  Value y = c.op(op, {flatten ? joinDims(node, x, /*kept=*/axis, axis) : x}, {node.integer("axis", axis)});
  node.setResult(0, flatten ? c.reshape(y, c.shape(x)) : y);
  return success();
}

ArrayRef<OpRow> tenon::onnx_importer::normalizationRows() {
  static constexpr OpRow rows[] = {
      custom("BatchNormalization", importBatchNormalization, 5, 5, "epsilon momentum spatial", 7, 8),
      custom("BatchNormalization", importBatchNormalization, 5, 5, "epsilon momentum", 9, 13),
      custom("BatchNormalization", importBatchNormalization, 5, 5, "epsilon momentum training_mode", 14),
      custom("LayerNormalization", importLayerNormalization, 2, 3, "axis epsilon stash_type", 17),
      same("RMSNormalization", "rms_normalization", 2, 2, "axis:a=-1 epsilon:f=1e-5 stash_type", 23),
      same("InstanceNormalization", "instance_normalization", 3, 3, "epsilon:f=1e-5"),
      custom("GroupNormalization", importGroupNormalization, 3, 3, "epsilon num_groups stash_type", 18),
      same("LpNormalization", "lp_normalization", 1, 1, "axis:a=-1 p:i=2"),
      same("LRN", "lrn", 1, 1, "size:i alpha:f=1e-4 beta:f=0.75 bias:f=1"),
      custom("Softmax", importFlatSoftmax, 1, 1, "axis", 7, 12),
      same("Softmax", "softmax", 1, 1, "axis:a=-1", 13),
      custom("LogSoftmax", importFlatSoftmax, 1, 1, "axis", 7, 12),
      same("LogSoftmax", "log_softmax", 1, 1, "axis:a=-1", 13),
  };
  return rows;
}
