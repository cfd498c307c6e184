// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Importer/Onnx/RunTimeAxes.h"

#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace tenon::onnx_importer;

bool tenon::onnx_importer::isRunTime(const NodeContext &node, unsigned i) { return node.input(i) && !node.knownInts(i); }

/// An operand of integers, a scalar or a vector, as an i64 vector.
static Value toVector(Composer &c, Value integers) {
  if (integers && c.rankOf(integers) == 0)
    integers = c.unsqueeze(integers, {0});
  return c.cast(integers, c.i64);
}

Value tenon::onnx_importer::spreadOverDims(Composer &c, Value axes, Value values, int64_t rank, int64_t missing) {
  Value whole = c.repeated(rank, missing);
  if (!values)
    return whole;
  return c.op("scatter_elements", {whole, toVector(c, axes), toVector(c, values)}, {c.node.integer("axis", 0)});
}

Value tenon::onnx_importer::axesMask(Composer &c, Value axes, int64_t rank) {
  Value vector = toVector(c, axes);
  return spreadOverDims(c, vector, c.add(c.mul(vector, c.number(vector, 0)), c.number(vector, 1)), rank, 0);
}

Value tenon::onnx_importer::applyAlong(Composer &c, Value x, Value mask, function_ref<Value(Value, int64_t)> apply) {
  if (!x || !mask)
    return {};
  int64_t rank = c.rankOf(x);
  Value chosen = c.cast(mask, c.node.builder().getI1Type());
  for (int64_t axis = 0; axis < rank && x; ++axis)
    x = c.choose(c.gather(chosen, c.node.constantInt(axis)), [&] { return apply(x, axis); }, x);
  return x;
}

/// Of each dim of the mask that is 0, how many such dims stand before it.
static Value countKept(Composer &c, Value mask) {
  return c.op("cum_sum", {c.sub(c.number(mask, 1), mask)},
              {c.node.integer("axis", 0), c.node.boolean("exclusive", true), c.node.boolean("reverse", false)});
}

/// The dims that stay go to their places in the result's shape, all others to one place behind it.
Value tenon::onnx_importer::dropDims(Composer &c, Value x, Value mask, int64_t count) {
  int64_t rank = c.rankOf(x), kept = rank - count;
  if (kept == 0)
    return c.reshape(x, c.node.constantInts({}));
  Value place = c.where(c.cast(mask, c.node.builder().getI1Type()), c.node.constantInts({kept}), countKept(c, mask));
  Value shape = c.op("scatter_elements", {c.repeated(kept + 1, 1), place, c.shape(x)}, {c.node.integer("axis", 0)});
  return c.reshape(x, c.op("slice", {shape, c.node.constantInts({0}), c.node.constantInts({kept})}, {c.node.ints("axes", {0})}));
}

/// A dim of the result that is not new is the dim of x that as many others stand before.
Value tenon::onnx_importer::insertDims(Composer &c, Value x, Value mask) {
  if (c.rankOf(x) == 0)
    return c.reshape(x, mask);
  Value isNew = c.cast(mask, c.node.builder().getI1Type());
  Value source = c.op("min", {countKept(c, mask), c.number(mask, c.rankOf(x) - 1)});
  return c.reshape(x, c.where(isNew, c.node.constantInts({1}), c.gather(c.shape(x), source)));
}

std::optional<int64_t> tenon::onnx_importer::numberOfAxes(NodeContext &node, unsigned input, int64_t most) {
  RankedTensorType type = node.inputType(input);
  if (!type.hasStaticShape() || type.getRank() > 1)
    node.reject("expected 'axes' of a known number, since it decides the rank of the result");
  else if (type.getNumElements() > most)
    node.reject("expected at most " + Twine(most) + " axes, got " + Twine(type.getNumElements()));
  else
    return type.getNumElements();
  return std::nullopt;
}

namespace {
/// A reduction as one that may be applied dim by dim, with elementwise ops around it.
struct Stepwise {
  StringRef kind;
  bool squares = false, magnitudes = false, roots = false, logs = false, divides = false;
};
} // namespace

static Stepwise stepwise(StringRef opType, bool isFloat) {
  Stepwise sums{"sum"};
  if (opType == "ReduceL1")
    sums.magnitudes = true;
  else if (opType == "ReduceL2")
    sums.squares = sums.roots = true;
  else if (opType == "ReduceSumSquare")
    sums.squares = true;
  else if (opType == "ReduceLogSum")
    sums.logs = true;
  else if (opType == "ReduceMean" && !isFloat)
    sums.divides = true; // a quotient of each dim would be rounded
  else if (opType != "ReduceSum")
    return {llvm::StringSwitch<StringRef>(opType)
                .Case("ReduceMean", "mean")
                .Case("ReduceMax", "max")
                .Case("ReduceMin", "min")
                .Case("ReduceProd", "prod")
                .Default("log_sum_exp")};
  return sums;
}

LogicalResult tenon::onnx_importer::importRunTimeReduce(NodeContext &node) {
  Composer c(node);
  Value x = node.input(0), axes = node.input(1);
  bool keepdims = node.getInt("keepdims", 1) != 0, allIfEmpty = node.getInt("noop_with_empty_axes", 0) == 0;
  std::optional<int64_t> count = keepdims ? std::nullopt : numberOfAxes(node, 1, node.rank(0));
  if (node.failed())
    return failure();
  Value mask = axesMask(c, axes, node.rank(0));
  if (allIfEmpty && !node.inputType(1).hasStaticShape()) {
    Value isEmpty = c.op("equal", {c.op("size", {axes}), node.constantInt(0)});
    mask = c.where(isEmpty, c.number(mask, 1), mask);
  }
  Stepwise plan = stepwise(node.opType(), isa<FloatType>(c.elementOf(x)));
  if (plan.magnitudes)
    x = c.op("abs", {x});
  if (plan.squares)
    x = c.mul(x, x);
  Value y = applyAlong(c, x, mask, [&](Value part, int64_t axis) { return c.reduce(plan.kind, part, {axis}, /*keepdims=*/true); });
  if (plan.divides)
    y = y ? c.div(y, c.cast(c.div(c.op("size", {x}), c.op("size", {y})), c.elementOf(y))) : Value();
  if (plan.roots)
    y = c.op("sqrt", {y});
  if (plan.logs)
    y = c.op("log", {y});
  node.setResult(0, keepdims || !y ? y : dropDims(c, y, mask, *count));
  return success();
}
