// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX ops of the Contraction family.
#include "lib/Importer/Onnx/OpTable.h"
#include "lib/Importer/Onnx/Window.h"

using namespace mlir;
using namespace tenon::onnx_importer;
using llvm::zip;

static LogicalResult importGemm(NodeContext &node) {
  node.setResult(
      0, node.create("gemm", {node.input(0), node.input(1), node.input(2)},
                     {node.real("alpha", node.getFloat("alpha", 1)), node.real("beta", node.getFloat("beta", 1)),
                      node.boolean("trans_a", node.getInt("transA", 0) != 0), node.boolean("trans_b", node.getInt("transB", 0) != 0)}));
  return success();
}

/// The kernel's spatial dims; fails if `kernel_shape` disagrees with them.
static SmallVector<int64_t> kernelShape(NodeContext &node, unsigned input = 1) {
  RankedTensorType weights = node.inputType(input);
  if (weights.getRank() != node.rank(0) || weights.getRank() < 3) {
    node.reject("expected input and weights of one rank, 3 or more, got " + Twine(node.rank(0)) + " and " + Twine(weights.getRank()));
    return {};
  }
  SmallVector<int64_t> kernel(weights.getShape().drop_front(2));
  SmallVector<int64_t> declared = node.getInts("kernel_shape", kernel);
  if (declared.size() != kernel.size())
    node.reject("expected a kernel_shape of " + Twine(kernel.size()) + " dims, got " + Twine(declared.size()));
  else
    for (auto [actual, said] : zip(kernel, declared)) {
      if (actual != said && !ShapedType::isDynamic(actual))
        node.reject("expected the kernel_shape of the weights (" + Twine(actual) + "), got " + Twine(said));
    }
  return kernel;
}

Value tenon::onnx_importer::createConv(NodeContext &node, unsigned weights, Value x, Value w, Value b) {
  SmallVector<int64_t> kernel = kernelShape(node, weights);
  if (node.failed())
    return {};
  Window window = readWindow(node, kernel);
  if (node.failed())
    return {};
  return node.create("conv", {x, w, b},
                     {node.ints("strides", window.strides), node.ints("pads", window.pads), node.ints("dilations", window.dilations),
                      node.integer("group", node.getInt("group", 1)), node.string("auto_pad", window.autoPad)});
}

static LogicalResult importConv(NodeContext &node) {
  node.setResult(0, createConv(node, 1, node.input(0), node.input(1), node.input(2)));
  return success(!node.failed());
}

static LogicalResult importConvTranspose(NodeContext &node) {
  SmallVector<int64_t> kernel = kernelShape(node);
  if (node.failed())
    return failure();
  Window window = readWindow(node, kernel, /*resolve=*/false);
  if (node.failed())
    return failure();
  node.setResult(0, node.create("conv_transpose", {node.input(0), node.input(1), node.input(2)},
                                {node.ints("strides", window.strides), node.ints("pads", window.pads),
                                 node.ints("dilations", window.dilations), node.integer("group", node.getInt("group", 1)),
                                 node.string("auto_pad", window.autoPad), node.ints("output_padding", node.getInts("output_padding")),
                                 node.ints("output_shape", node.getInts("output_shape"))}));
  return success();
}

ArrayRef<OpRow> tenon::onnx_importer::contractionRows() {
  static constexpr OpRow rows[] = {
      same("MatMul", "mat_mul", 2, 2),
      custom("Gemm", importGemm, 3, 3, "alpha beta transA transB", 7, 10),
      custom("Gemm", importGemm, 2, 3, "alpha beta transA transB", 11),
      custom("Conv", importConv, 2, 3, "auto_pad dilations group kernel_shape pads strides"),
      custom("ConvTranspose", importConvTranspose, 2, 3, "auto_pad dilations group kernel_shape output_padding output_shape pads strides"),
  };
  return rows;
}
