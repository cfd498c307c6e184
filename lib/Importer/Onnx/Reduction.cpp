// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX ops of the Reduction family. `axes` became an input at opset 13 for ReduceSum and at 18 for the others.
#include "lib/Importer/Onnx/OpTable.h"
#include "lib/Importer/Onnx/RunTimeAxes.h"

using namespace mlir;
using namespace tenon::onnx_importer;
using llvm::isUpper;
using llvm::toLower;

/// ReduceLogSumExp -> reduce_log_sum_exp
static std::string snakeCase(StringRef name) {
  std::string result;
  for (char c : name) {
    if (isUpper(c) && !result.empty())
      result += '_';
    result += toLower(c);
  }
  return result;
}

static LogicalResult importReduce(NodeContext &node) {
  int64_t inputSince = node.opType() == "ReduceSum" ? 13 : 18;
  if (node.opset() >= inputSince && isRunTime(node, 1))
    return importRunTimeReduce(node);
  std::optional<SmallVector<int64_t>> given = node.attributeOrInput("axes", inputSince, 1);
  if (node.failed())
    return failure();
  SmallVector<int64_t> axes = node.normalizeAxes(given.value_or(SmallVector<int64_t>()), node.rank(0));
  if (axes.empty() && node.getInt("noop_with_empty_axes", 0) == 0)
    axes = llvm::to_vector(llvm::seq<int64_t>(0, node.rank(0)));
  llvm::sort(axes);
  node.setResult(0, node.create(snakeCase(node.opType()), {node.input(0)},
                                {node.ints("axes", axes), node.boolean("keepdims", node.getInt("keepdims", 1) != 0)}));
  return success();
}

static LogicalResult importArgReduce(NodeContext &node) {
  node.setResult(0, node.create(snakeCase(node.opType()), {node.input(0)},
                                {node.integer("axis", node.normalizeAxis(node.getInt("axis", 0), node.rank(0))),
                                 node.boolean("keepdims", node.getInt("keepdims", 1) != 0),
                                 node.boolean("select_last_index", node.getInt("select_last_index", 0) != 0)}));
  return success();
}

static LogicalResult importCumSum(NodeContext &node) {
  std::optional<SmallVector<int64_t>> known = node.knownInts(1);
  if (!node.inputType(1).hasStaticShape() || node.inputType(1).getNumElements() != 1)
    return node.fail("expected 'axis' to be one number");
  auto sums = [&](Value x, int64_t axis) {
    return node.create("cum_sum", {x},
                       {node.integer("axis", axis), node.boolean("exclusive", node.getInt("exclusive", 0) != 0),
                        node.boolean("reverse", node.getInt("reverse", 0) != 0)});
  };
  Composer c(node);
  if (known)
    node.setResult(0, sums(node.input(0), node.normalizeAxis(known->front(), node.rank(0))));
  else
    node.setResult(0, applyAlong(c, node.input(0), axesMask(c, node.input(1), node.rank(0)), sums));
  return success();
}

ArrayRef<OpRow> tenon::onnx_importer::reductionRows() {
#define REDUCE(NAME)                                                                                                                       \
  custom(NAME, importReduce, 1, 1, "axes keepdims", 7, 17), custom(NAME, importReduce, 1, 2, "keepdims noop_with_empty_axes", 18)
  static constexpr OpRow rows[] = {
      custom("ReduceSum", importReduce, 1, 1, "axes keepdims", 7, 12),
      custom("ReduceSum", importReduce, 1, 2, "keepdims noop_with_empty_axes", 13),
      REDUCE("ReduceMean"),
      REDUCE("ReduceMax"),
      REDUCE("ReduceMin"),
      REDUCE("ReduceProd"),
      REDUCE("ReduceL1"),
      REDUCE("ReduceL2"),
      REDUCE("ReduceLogSum"),
      REDUCE("ReduceLogSumExp"),
      REDUCE("ReduceSumSquare"),
      custom("ArgMax", importArgReduce, 1, 1, "axis keepdims select_last_index"),
      custom("ArgMin", importArgReduce, 1, 1, "axis keepdims select_last_index"),
      custom("CumSum", importCumSum, 2, 2, "exclusive reverse", 11),
  };
#undef REDUCE
  return rows;
}
