// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX ops of the Recurrent family.
#include "lib/Importer/Onnx/OpTable.h"

using namespace mlir;
using namespace tenon::onnx_importer;

static LogicalResult importRecurrent(NodeContext &node) {
  if (!node.has("hidden_size"))
    return node.fail("expected attribute 'hidden_size'");
  SmallVector<NamedAttribute> attributes = {node.integer("hidden_size", node.getInt("hidden_size", 0)),
                                            node.string("direction", node.getString("direction", "forward")),
                                            node.integer("layout", node.getInt("layout", 0))};
  if (node.has("activations")) {
    SmallVector<std::string> names = node.getStrings("activations");
    SmallVector<StringRef> views(names.begin(), names.end());
    attributes.push_back(node.attr("activations", node.builder().getStrArrayAttr(views)));
  }
  for (StringRef name : {"activation_alpha", "activation_beta"})
    if (node.has(name))
      attributes.push_back(node.attr(name, node.builder().getDenseF32ArrayAttr(node.getFloats(name))));
  if (node.has("clip"))
    attributes.push_back(node.real("clip", node.getFloat("clip", 0)));
  bool isLstm = node.opType() == "LSTM";
  if (isLstm)
    attributes.push_back(node.boolean("input_forget", node.getInt("input_forget", 0) != 0));
  if (node.opType() == "GRU")
    attributes.push_back(node.boolean("linear_before_reset", node.getInt("linear_before_reset", 0) != 0));
  SmallVector<Value> operands(node.allInputs());
  operands.resize(isLstm ? 8 : 6);
  node.setResults(node.createOp(node.opType().lower(), operands, attributes));
  return success();
}

ArrayRef<OpRow> tenon::onnx_importer::recurrentRows() {
#define COMMON "activation_alpha activation_beta activations clip direction hidden_size"
  static constexpr OpRow rows[] = {
      custom("LSTM", importRecurrent, 3, 8, COMMON " input_forget", 7, 13),
      custom("LSTM", importRecurrent, 3, 8, COMMON " input_forget layout", 14),
      custom("GRU", importRecurrent, 3, 6, COMMON " linear_before_reset", 7, 13),
      custom("GRU", importRecurrent, 3, 6, COMMON " linear_before_reset layout", 14),
      custom("RNN", importRecurrent, 3, 6, COMMON, 7, 13),
      custom("RNN", importRecurrent, 3, 6, COMMON " layout", 14),
  };
#undef COMMON
  return rows;
}
