// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Importer/Onnx/Composer.h"

#include "dialects/Infer/IR/Infer.h"
#include "lib/Importer/Onnx/ShapeMath.h"

using namespace mlir;
using namespace tenon::onnx_importer;

Value Composer::op(StringRef name, ArrayRef<Value> operands, ArrayRef<NamedAttribute> attributes) {
  if (llvm::any_of(operands, [](Value operand) { return !operand; }))
    return {};
  return node.create(name, operands, attributes);
}

Type Composer::elementOf(Value tensor) { return tensor ? mlir::cast<RankedTensorType>(tensor.getType()).getElementType() : Type(); }

Value Composer::cast(Value tensor, Type element) {
  if (!tensor || !element || elementOf(tensor) == element)
    return tensor;
  return op("cast", {tensor}, {node.attr("to", TypeAttr::get(element)), node.boolean("saturate", true)});
}

Value Composer::reduce(StringRef kind, Value x, ArrayRef<int64_t> axes, bool keepdims) {
  return op(("reduce_" + kind).str(), {x}, {node.ints("axes", axes), node.boolean("keepdims", keepdims)});
}

Value Composer::reshape(Value x, Value shape) { return op("reshape", {x, shape}, {node.boolean("allowzero", true)}); }

Value Composer::shape(Value x, int64_t start, std::optional<int64_t> end) { return x ? shapeOf(node, x, start, end) : Value(); }

Value Composer::repeated(int64_t count, int64_t value) { return node.constantInts(SmallVector<int64_t>(count, value)); }

Value Composer::choose(Value condition, llvm::function_ref<Value()> then, Value otherwise) {
  if (!condition || !otherwise)
    return {};
  std::unique_ptr<Region> regions[2];
  auto yieldOne = [](Value value, SmallVectorImpl<Value> &yielded) {
    if (value)
      yielded.push_back(value);
    return static_cast<bool>(value);
  };
  regions[0] = buildRegion(node, {}, [&](ValueRange, SmallVectorImpl<Value> &yielded) { return yieldOne(then(), yielded); });
  regions[1] = buildRegion(node, {}, [&](ValueRange, SmallVectorImpl<Value> &yielded) { return yieldOne(otherwise, yielded); });
  if (!regions[0] || !regions[1])
    return {};
  Operation *branch = node.createOp("if", {condition}, {}, {}, regions);
  return branch ? branch->getResult(0) : Value();
}

std::unique_ptr<Region> tenon::onnx_importer::buildRegion(NodeContext &node, TypeRange arguments,
                                                          function_ref<bool(ValueRange, SmallVectorImpl<Value> &)> fill) {
  OpBuilder &builder = node.builder();
  OpBuilder::InsertionGuard guard(builder);
  // While its ops are made the region belongs to an op in the graph: verifiers look at what is around them.
  OperationState state(node.location(), tenon::infer::LoopOp::getOperationName());
  state.addRegion();
  Operation *holder = builder.create(state);
  Block *block = builder.createBlock(&holder->getRegion(0), {}, arguments, SmallVector<Location>(arguments.size(), node.location()));
  SmallVector<Value> values;
  std::unique_ptr<Region> region;
  if (fill(block->getArguments(), values)) {
    tenon::infer::YieldOp::create(builder, node.location(), values);
    region = std::make_unique<Region>();
    region->takeBody(holder->getRegion(0));
  }
  holder->erase();
  return region;
}
