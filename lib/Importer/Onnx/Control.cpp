// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX ops with subgraphs.
#include "lib/Importer/Onnx/OpTable.h"

#include "dialects/Infer/IR/Infer.h"

using namespace mlir;
using namespace tenon::onnx_importer;
using llvm::enumerate;

/// Imports a subgraph without inputs into a region of its own. Null if a node in it failed.
static std::unique_ptr<Region> importBranch(NodeContext &node, const onnx::GraphProto &body) {
  OpBuilder &builder = node.builder();
  OpBuilder::InsertionGuard guard(builder);
  auto region = std::make_unique<Region>();
  builder.createBlock(region.get());
  SmallVector<Value> values;
  if (!node.importGraph(body, {}, values))
    return nullptr;
  tenon::infer::YieldOp::create(builder, node.location(), values);
  return region;
}

/// If on a condition that is known -> the branch taken, in place. Exporters guard a Squeeze by such an If; its branches differ in rank.
static LogicalResult importIf(NodeContext &node) {
  const onnx::GraphProto *thenGraph = node.getGraph("then_branch"), *elseGraph = node.getGraph("else_branch");
  if (!thenGraph || !elseGraph)
    return failure();
  if (std::optional<SmallVector<int64_t>> known = node.knownInts(0); known && known->size() == 1) {
    SmallVector<Value> values;
    if (node.importGraph(known->front() ? *thenGraph : *elseGraph, {}, values))
      for (auto [i, value] : enumerate(values))
        node.setResult(i, value);
    return success();
  }
  std::unique_ptr<Region> regions[2] = {importBranch(node, *thenGraph), importBranch(node, *elseGraph)};
  if (!regions[0] || !regions[1])
    return success();
  node.setResults(node.createOp("if", {node.input(0)}, {}, {}, regions));
  return success();
}

ArrayRef<OpRow> tenon::onnx_importer::controlRows() {
  static constexpr OpRow rows[] = {custom("If", importIf, 1, 1, "then_branch else_branch")};
  return rows;
}
