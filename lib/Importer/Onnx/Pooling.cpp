// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX ops of the Pooling family. Global pooling is a reduction over the spatial dims.
#include "lib/Importer/Onnx/OpTable.h"
#include "lib/Importer/Onnx/Window.h"

using namespace mlir;
using namespace tenon::onnx_importer;

static LogicalResult importPool(NodeContext &node) {
  SmallVector<int64_t> kernel = node.getInts("kernel_shape");
  if (kernel.empty())
    return node.fail("expected a kernel_shape");
  for (int64_t size : kernel)
    if (size < 1 || size > std::numeric_limits<int32_t>::max())
      return node.fail("expected kernel_shape in [1, 2^31), got " + Twine(size));
  Window window = readWindow(node, kernel);
  SmallVector<NamedAttribute> attributes = {node.ints("kernel_shape", kernel),
                                            node.ints("strides", window.strides),
                                            node.ints("pads", window.pads),
                                            node.ints("dilations", window.dilations),
                                            node.boolean("ceil_mode", node.getInt("ceil_mode", 0) != 0),
                                            node.string("auto_pad", window.autoPad)};
  bool isAverage = node.opType() == "AveragePool", withIndices = node.wantsOutput(1);
  if (isAverage)
    attributes.push_back(node.boolean("count_include_pad", node.getInt("count_include_pad", 0) != 0));
  else if (withIndices)
    attributes.push_back(node.integer("storage_order", node.getInt("storage_order", 0)));
  node.setResults(node.createOp(isAverage     ? "average_pool"
                                : withIndices ? "max_pool_with_indices"
                                              : "max_pool",
                                {node.input(0)}, attributes));
  return success();
}

static LogicalResult importGlobalPool(NodeContext &node) {
  int64_t rank = node.rank(0);
  if (rank < 3)
    return node.fail("expected an input of rank 3 or more, got rank " + Twine(rank));
  auto axes = llvm::to_vector(llvm::seq<int64_t>(2, rank));
  node.setResult(0, node.create(node.opType() == "GlobalMaxPool" ? "reduce_max" : "reduce_mean", {node.input(0)},
                                {node.ints("axes", axes), node.boolean("keepdims", true)}));
  return success();
}

ArrayRef<OpRow> tenon::onnx_importer::poolingRows() {
  static constexpr OpRow rows[] = {
      custom("MaxPool", importPool, 1, 1, "auto_pad kernel_shape pads strides storage_order", 7, 9),
      custom("MaxPool", importPool, 1, 1, "auto_pad kernel_shape pads strides storage_order ceil_mode dilations", 10),
      custom("AveragePool", importPool, 1, 1, "auto_pad kernel_shape pads strides count_include_pad", 7, 9),
      custom("AveragePool", importPool, 1, 1, "auto_pad kernel_shape pads strides count_include_pad ceil_mode dilations", 10),
      custom("GlobalAveragePool", importGlobalPool, 1, 1),
      custom("GlobalMaxPool", importGlobalPool, 1, 1),
  };
  return rows;
}
