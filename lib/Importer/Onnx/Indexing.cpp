// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX ops of the Indexing family.
#include "lib/Importer/Onnx/Composer.h"
#include "lib/Importer/Onnx/OpTable.h"

using namespace mlir;
using namespace tenon::onnx_importer;

/// `k` was an attribute before opset 10; `largest` and `sorted` came with 11.
static LogicalResult importTopK(NodeContext &node) {
  Value k = node.opset() < 10 ? node.constantInts({node.getInt("k", -1)}) : node.input(1);
  node.setResults(
      node.createOp("top_k", {node.input(0), k},
                    {node.integer("axis", node.normalizeAxis(node.getInt("axis", -1), node.rank(0))),
                     node.boolean("largest", node.getInt("largest", 1) != 0), node.boolean("sorted", node.getInt("sorted", 1) != 0)}));
  return success();
}

/// Without an axis the elements are compared.
static LogicalResult importUnique(NodeContext &node) {
  SmallVector<NamedAttribute> attributes = {node.boolean("sorted", node.getInt("sorted", 1) != 0)};
  if (node.has("axis"))
    attributes.push_back(node.integer("axis", node.normalizeAxis(node.getInt("axis", 0), node.rank(0))));
  node.setResults(node.createOp("unique", {node.input(0)}, attributes));
  return success();
}

/// The axis counts in the result, which has one dim more than the indices. The depth, a number of any type, is a size.
static LogicalResult importOneHot(NodeContext &node) {
  Composer c(node);
  node.setResult(0, c.op("one_hot", {node.input(0), c.cast(node.input(1), c.i64), node.input(2)},
                         {node.integer("axis", node.normalizeAxis(node.getInt("axis", -1), node.rank(0) + 1))}));
  return success();
}

ArrayRef<OpRow> tenon::onnx_importer::indexingRows() {
  static constexpr OpRow rows[] = {
      same("Gather", "gather", 2, 2, "axis:a=0"),
      same("GatherElements", "gather_elements", 2, 2, "axis:a=0", 11),
      same("GatherND", "gather_nd", 2, 2, "", 11, 11),
      same("GatherND", "gather_nd", 2, 2, "batch_dims:i=0", 12),
      same("Scatter", "scatter_elements", 3, 3, "axis:a=0", 9, 10),
      same("ScatterElements", "scatter_elements", 3, 3, "axis:a=0", 11, 15),
      same("ScatterElements", "scatter_elements", 3, 3, "axis:a=0 reduction:s=none", 16),
      same("ScatterND", "scatter_nd", 3, 3, "", 11, 15),
      same("ScatterND", "scatter_nd", 3, 3, "reduction:s=none", 16),
      custom("TopK", importTopK, 1, 1, "axis k", 7, 9),
      custom("TopK", importTopK, 2, 2, "axis", 10, 10),
      custom("TopK", importTopK, 2, 2, "axis largest sorted", 11),
      same("NonZero", "non_zero", 1, 1, "", 9),
      same("NonMaxSuppression", "non_max_suppression", 2, 5, "center_point_box:i=0", 10),
      custom("Unique", importUnique, 1, 1, "axis sorted", 11),
      custom("OneHot", importOneHot, 3, 3, "axis", 9),
  };
  return rows;
}
