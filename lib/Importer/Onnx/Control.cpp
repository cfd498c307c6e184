// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX ops with subgraphs.
#include "lib/Importer/Onnx/Composer.h"
#include "lib/Importer/Onnx/OpTable.h"

using namespace mlir;
using namespace tenon::onnx_importer;
using llvm::enumerate;

/// Imports a subgraph into a region of its own whose arguments have the given types. Null if a node in it failed.
static std::unique_ptr<Region> importRegion(NodeContext &node, const onnx::GraphProto &body, TypeRange arguments = {}) {
  return buildRegion(node, arguments,
                     [&](ValueRange values, SmallVectorImpl<Value> &yielded) { return node.importGraph(body, values, yielded); });
}

/// Makes the dims of `type` dynamic in which what the body yields differs; true if there were any.
static bool generalize(Type &type, Type yielded) {
  auto before = cast<RankedTensorType>(type), after = dyn_cast<RankedTensorType>(yielded);
  if (!after || after.getRank() != before.getRank())
    return false; // the op's own check says so
  SmallVector<int64_t> dims(before.getShape());
  for (auto [dim, next] : llvm::zip(dims, after.getShape()))
    if (dim != next)
      dim = ShapedType::kDynamic;
  Type joined = RankedTensorType::get(dims, before.getElementType());
  bool changed = joined != type;
  type = joined;
  return changed;
}

/// A value carried around a loop: number `argument` of the body's arguments becomes what number `yielded` of its results is.
struct Carried {
  unsigned argument, yielded;
};

/// Imports the body of a loop by `import`. A carried value whose dims change from one round to the next has them dynamic, which is seen
/// once the body was imported: it is imported again then, with dims that only get fewer, so this ends.
static std::unique_ptr<Region> importLoopBody(SmallVector<Type> arguments, ArrayRef<Carried> carried,
                                              function_ref<std::unique_ptr<Region>(TypeRange)> import) {
  while (true) {
    std::unique_ptr<Region> region = import(arguments);
    if (!region)
      return nullptr;
    auto yielded = region->front().getTerminator()->getOperandTypes();
    bool changed = false;
    for (Carried value : carried)
      if (value.yielded < yielded.size())
        changed |= generalize(arguments[value.argument], yielded[value.yielded]);
    if (!changed)
      return region;
  }
}

static std::unique_ptr<Region> importLoopBody(NodeContext &node, const onnx::GraphProto &body, const SmallVector<Type> &arguments,
                                              ArrayRef<Carried> carried) {
  return importLoopBody(arguments, carried, [&](TypeRange types) { return importRegion(node, body, types); });
}

/// The carried values of a loop: `count` of them, from `argument` and `yielded` on.
static SmallVector<Carried> carriedFrom(unsigned argument, unsigned yielded, unsigned count) {
  SmallVector<Carried> carried;
  for (unsigned i = 0; i < count; ++i)
    carried.push_back({argument + i, yielded + i});
  return carried;
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
  std::unique_ptr<Region> regions[2] = {importRegion(node, *thenGraph), importRegion(node, *elseGraph)};
  if (!regions[0] || !regions[1])
    return success();
  node.setResults(node.createOp("if", {node.input(0)}, {}, {}, regions));
  return success();
}

/// Operands are the trip count, the condition, both optional, and the initial values.
static LogicalResult importLoop(NodeContext &node) {
  const onnx::GraphProto *body = node.getGraph("body");
  if (!body)
    return failure();
  OpBuilder &builder = node.builder();
  SmallVector<Value> operands{node.input(0), node.input(1)};
  SmallVector<Type> arguments{RankedTensorType::get({}, builder.getI64Type()), RankedTensorType::get({}, builder.getI1Type())};
  for (unsigned i = 2; i < node.numInputs(); ++i) {
    if (!node.input(i))
      return node.fail("expected an input number " + Twine(i));
    operands.push_back(node.input(i));
    arguments.push_back(node.inputType(i));
  }
  unsigned count = operands.size() - 2;
  std::unique_ptr<Region> region = importLoopBody(node, *body, arguments, carriedFrom(2, 1, count));
  if (!region)
    return success();
  int32_t segments[] = {operands[0] ? 1 : 0, operands[1] ? 1 : 0, static_cast<int32_t>(count)};
  node.setResults(node.createOp("loop", operands, {}, segments, region));
  return success();
}

/// Operands are the states and then the tensors to scan.
static LogicalResult importScan(NodeContext &node) {
  const onnx::GraphProto *body = node.getGraph("body");
  int64_t inputs = node.getInt("num_scan_inputs", 0);
  if (!body || node.failed())
    return failure();
  if (inputs < 1 || inputs > static_cast<int64_t>(node.numInputs()))
    return node.fail("expected 1 to " + Twine(node.numInputs()) + " scan inputs, got " + Twine(inputs));
  int64_t states = static_cast<int64_t>(node.numInputs()) - inputs;
  SmallVector<int64_t> inputAxes = node.getInts("scan_input_axes");
  if (!inputAxes.empty() && static_cast<int64_t>(inputAxes.size()) != inputs)
    return node.fail("expected " + Twine(inputs) + " axes, got " + Twine(inputAxes.size()));
  SmallVector<Type> arguments;
  for (int64_t i = 0; i < static_cast<int64_t>(node.numInputs()); ++i) {
    if (!node.input(i))
      return node.fail("expected an input number " + Twine(i));
    RankedTensorType type = node.inputType(i);
    SmallVector<int64_t> dims(type.getShape());
    if (i >= states) {
      int64_t axis = node.normalizeAxis(inputAxes.empty() ? 0 : inputAxes[i - states], type.getRank());
      if (node.failed())
        return failure();
      if (!inputAxes.empty())
        inputAxes[i - states] = axis;
      dims.erase(dims.begin() + axis);
    }
    arguments.push_back(RankedTensorType::get(dims, type.getElementType()));
  }
  std::unique_ptr<Region> region = importLoopBody(node, *body, arguments, carriedFrom(0, 0, states));
  if (!region)
    return success();
  OperandRange yielded = region->front().getTerminator()->getOperands();
  SmallVector<int64_t> outputAxes = node.getInts("scan_output_axes");
  for (auto [axis, slice] : llvm::zip(outputAxes, yielded.drop_front(std::min<size_t>(states, yielded.size()))))
    axis = node.normalizeAxis(axis, cast<RankedTensorType>(slice.getType()).getRank() + 1);
  if (node.failed())
    return failure();
  node.setResults(
      node.createOp("scan", node.allInputs(),
                    {node.attr("num_scan_inputs", node.builder().getI64IntegerAttr(inputs)), node.ints("scan_input_axes", inputAxes),
                     node.ints("scan_input_directions", node.getInts("scan_input_directions")), node.ints("scan_output_axes", outputAxes),
                     node.ints("scan_output_directions", node.getInts("scan_output_directions"))},
                    {}, region));
  return success();
}

/// The type of a slice of `tensor` along its first dim.
static RankedTensorType sliceType(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  return RankedTensorType::get(type.getShape().drop_front(), type.getElementType());
}

/// The scan over the sequence of one element of a batch. From step `length` on (null: none) states stay and outputs are zero: a step
/// counter is carried in front of the states, and what is scanned backward begins at the end that the length gives.
static Operation *scanSequence(NodeContext &node, const onnx::GraphProto &body, ValueRange states, ValueRange inputs, Value length,
                               ArrayRef<int64_t> directions) {
  Composer c(node);
  unsigned counters = length ? 1 : 0;
  SmallVector<Value> operands;
  if (length)
    operands.push_back(node.constantInt(0));
  llvm::append_range(operands, states);
  SmallVector<Type> arguments(ValueRange(operands).getTypes());
  for (Value input : inputs) {
    operands.push_back(input);
    arguments.push_back(sliceType(input));
  }
  auto importStep = [&](ValueRange values, SmallVectorImpl<Value> &yielded) {
    SmallVector<Value> given(values.drop_front(counters));
    if (length)
      for (auto [i, direction] : enumerate(directions))
        if (Value left = direction == 1 ? c.sub(c.sub(length, values[0]), node.constantInt(1)) : Value())
          given[states.size() + i] = c.gather(inputs[i], c.op("max", {left, node.constantInt(0)}));
    if (!node.importGraph(body, given, yielded))
      return false;
    if (!length)
      return true;
    Value runs = c.op("less", {values[0], length});
    for (auto [i, value] : enumerate(yielded))
      value = c.where(runs, value, i < states.size() ? values[i + 1] : c.number(value, 0));
    yielded.insert(yielded.begin(), c.add(values[0], node.constantInt(1)));
    return llvm::all_of(yielded, [](Value value) { return value; });
  };
  std::unique_ptr<Region> region = importLoopBody(arguments, carriedFrom(counters, counters, states.size()),
                                                  [&](TypeRange types) { return buildRegion(node, types, importStep); });
  if (!region)
    return nullptr;
  return node.createOp(
      "scan", operands,
      {node.integer("num_scan_inputs", inputs.size()), node.ints("scan_input_directions", length ? ArrayRef<int64_t>() : directions)}, {},
      region);
}

/// Before opset 9 a Scan ran over the second dim of tensors whose first one was a batch, with a length for each element of the batch:
/// Scan(lengths, s, x) -> scan over axis 0 of (lengths, s, x) { scan(s[i], x[i]) }
static LogicalResult importBatchedScan(NodeContext &node) {
  const onnx::GraphProto *body = node.getGraph("body");
  int64_t inputs = node.getInt("num_scan_inputs", 0), states = static_cast<int64_t>(node.numInputs()) - 1 - inputs;
  SmallVector<int64_t> directions = node.getInts("directions");
  if (!body || node.failed())
    return failure();
  if (node.numInputs() < 2)
    return node.fail("expected 2 or more inputs, got " + Twine(node.numInputs()));
  if (!directions.empty() && static_cast<int64_t>(directions.size()) != inputs)
    return node.fail("expected " + Twine(inputs) + " directions, got " + Twine(directions.size()));
  if (inputs < 1 || states < 0)
    return node.fail("expected 1 to " + Twine(node.numInputs() - 1) + " scan inputs, got " + Twine(inputs));
  SmallVector<Value> operands;
  SmallVector<Type> arguments;
  for (int64_t i = node.input(0) ? 0 : 1; i < static_cast<int64_t>(node.numInputs()); ++i) {
    if (!node.input(i))
      return node.fail("expected an input number " + Twine(i));
    if (int64_t least = i > states ? 2 : 1; node.rank(i) < least)
      return node.fail("expected an input number " + Twine(i) + " of rank " + Twine(least) + " or more, got rank " + Twine(node.rank(i)));
    operands.push_back(node.input(i));
    arguments.push_back(sliceType(node.input(i)));
  }
  std::unique_ptr<Region> region = buildRegion(node, arguments, [&](ValueRange values, SmallVectorImpl<Value> &yielded) {
    Value length = node.input(0) ? values.front() : Value();
    ValueRange rest = values.drop_front(length ? 1 : 0);
    Operation *scan = scanSequence(node, *body, rest.take_front(states), rest.drop_front(states), length, directions);
    if (!scan)
      return false;
    llvm::append_range(yielded, scan->getResults().drop_front(length ? 1 : 0));
    return true;
  });
  if (!region)
    return success();
  node.setResults(node.createOp("scan", operands, {node.integer("num_scan_inputs", operands.size())}, {}, region));
  return success();
}

ArrayRef<OpRow> tenon::onnx_importer::controlRows() {
  static constexpr OpRow rows[] = {
      custom("If", importIf, 1, 1, "then_branch else_branch"),
      custom("Loop", importLoop, 0, anyNumber, "body"),
      custom("Scan", importBatchedScan, 0, anyNumber, "body directions num_scan_inputs", 8, 8),
      custom("Scan", importScan, 1, anyNumber,
             "body num_scan_inputs scan_input_axes scan_input_directions scan_output_axes scan_output_directions", 9),
  };
  return rows;
}
