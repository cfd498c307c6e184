// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The accessors of a node: each checks what the file says and turns a mistake into the node's one problem.
#include "lib/Importer/Onnx/Node.h"

#include "dialects/Infer/IR/Infer.h"
#include "lib/Importer/Onnx/Graph.h"
#include "lib/Importer/Onnx/onnx-ml.pb.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace tenon::onnx_importer;
using llvm::is_contained;
using onnx::AttributeProto;

StringRef NodeContext::opType() const { return node.op_type(); }
OpBuilder &NodeContext::builder() const { return graph.builder; }
unsigned NodeContext::numOutputs() const { return node.output_size(); }
bool NodeContext::wantsOutput(unsigned i) const { return i < numOutputs() && !node.output(i).empty(); }

RankedTensorType NodeContext::inputType(unsigned i) const { return cast<RankedTensorType>(input(i).getType()); }

void NodeContext::reject(const Twine &reason) {
  // The first problem is the cause; what follows from it would only distract.
  if (problem.empty())
    problem = reason.str();
}

const AttributeProto *NodeContext::find(StringRef name, int type) {
  const AttributeProto *attribute = attributes.lookup(name);
  if (!attribute || attribute->type() == type)
    return attribute;
  reject("expected attribute '" + name + "' of type " +
         AttributeProto::AttributeType_Name(static_cast<AttributeProto::AttributeType>(type)) + ", got " +
         AttributeProto::AttributeType_Name(attribute->type()));
  return nullptr;
}

int64_t NodeContext::getInt(StringRef name, int64_t missing) {
  const AttributeProto *attribute = find(name, AttributeProto::INT);
  return attribute ? attribute->i() : missing;
}

float NodeContext::getFloat(StringRef name, float missing) {
  const AttributeProto *attribute = find(name, AttributeProto::FLOAT);
  return attribute ? attribute->f() : missing;
}

std::string NodeContext::getString(StringRef name, StringRef missing) {
  const AttributeProto *attribute = find(name, AttributeProto::STRING);
  return attribute ? attribute->s() : missing.str();
}

SmallVector<int64_t> NodeContext::getInts(StringRef name, ArrayRef<int64_t> missing) {
  const AttributeProto *attribute = find(name, AttributeProto::INTS);
  return attribute ? SmallVector<int64_t>(attribute->ints().begin(), attribute->ints().end()) : SmallVector<int64_t>(missing);
}

SmallVector<float> NodeContext::getFloats(StringRef name) {
  const AttributeProto *attribute = find(name, AttributeProto::FLOATS);
  return attribute ? SmallVector<float>(attribute->floats().begin(), attribute->floats().end()) : SmallVector<float>();
}

SmallVector<std::string> NodeContext::getStrings(StringRef name) {
  const AttributeProto *attribute = find(name, AttributeProto::STRINGS);
  return attribute ? SmallVector<std::string>(attribute->strings().begin(), attribute->strings().end()) : SmallVector<std::string>();
}

ElementsAttr NodeContext::getTensor(StringRef name) {
  const AttributeProto *attribute = find(name, AttributeProto::TENSOR);
  if (!attribute)
    return {};
  std::string reason;
  ElementsAttr value = graph.tensors.read(attribute->t(), node.output_size() ? StringRef(node.output(0)) : name, reason);
  if (!value)
    reject("attribute '" + name + "': " + reason);
  return value;
}

const onnx::GraphProto *NodeContext::getGraph(StringRef name) {
  const AttributeProto *attribute = find(name, AttributeProto::GRAPH);
  if (!attribute)
    reject("expected a graph attribute '" + name + "'");
  return attribute ? &attribute->g() : nullptr;
}

int64_t NodeContext::normalizeAxis(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank) {
    reject("expected an axis in [" + Twine(-rank) + ", " + Twine(rank - 1) + "], got " + Twine(axis));
    return 0;
  }
  return axis < 0 ? axis + rank : axis;
}

SmallVector<int64_t> NodeContext::normalizeAxes(ArrayRef<int64_t> axes, int64_t rank) {
  SmallVector<int64_t> result;
  for (int64_t axis : axes) {
    result.push_back(normalizeAxis(axis, rank));
    if (is_contained(ArrayRef(result).drop_back(), result.back()))
      reject("expected distinct axes, got " + Twine(axis) + " twice");
  }
  return result;
}

std::optional<SmallVector<int64_t>> NodeContext::knownInts(unsigned i) const {
  DenseElementsAttr value;
  SmallVector<int64_t> result;
  if (input(i) && inputType(i).getShape() == ArrayRef<int64_t>{0})
    return result; // an empty vector is known without a value
  if (!input(i) || !matchPattern(input(i), m_Constant(&value)) || !value.getElementType().isInteger())
    return std::nullopt;
  bool isUnsigned = value.getElementType().isUnsignedInteger();
  for (const APInt &element : value.getValues<APInt>())
    result.push_back(isUnsigned ? static_cast<int64_t>(element.getZExtValue()) : element.getSExtValue());
  return result;
}

std::optional<SmallVector<int64_t>> NodeContext::attributeOrInput(StringRef name, int64_t inputSince, unsigned i) {
  if (opset() < inputSince)
    return has(name) ? std::optional(getInts(name)) : std::nullopt;
  return knownInts(i);
}

NamedAttribute NodeContext::attr(StringRef name, Attribute value) const { return builder().getNamedAttr(name, value); }
NamedAttribute NodeContext::ints(StringRef name, ArrayRef<int64_t> values) const {
  return attr(name, builder().getDenseI64ArrayAttr(values));
}
NamedAttribute NodeContext::integer(StringRef name, int64_t value) const { return attr(name, builder().getI64IntegerAttr(value)); }
NamedAttribute NodeContext::boolean(StringRef name, bool value) const { return attr(name, builder().getBoolAttr(value)); }
NamedAttribute NodeContext::real(StringRef name, float value) const { return attr(name, builder().getF32FloatAttr(value)); }
NamedAttribute NodeContext::string(StringRef name, StringRef value) const { return attr(name, builder().getStringAttr(value)); }

Value NodeContext::constant(ElementsAttr value) { return graph.constant(value, loc); }

Value NodeContext::constantInts(ArrayRef<int64_t> values) {
  auto type = RankedTensorType::get({static_cast<int64_t>(values.size())}, builder().getI64Type());
  return graph.constant(DenseElementsAttr::get(type, values), loc);
}

Value NodeContext::constantInt(int64_t value) {
  return graph.constant(DenseElementsAttr::get(RankedTensorType::get({}, builder().getI64Type()), value), loc);
}

Value NodeContext::constantScalar(Type element, double value) {
  auto type = RankedTensorType::get({}, element);
  if (auto floatType = dyn_cast<FloatType>(element)) {
    APFloat number(value);
    bool losesInfo;
    number.convert(floatType.getFloatSemantics(), APFloat::rmNearestTiesToEven, &losesInfo);
    return graph.constant(DenseElementsAttr::get(type, number), loc);
  }
  APSInt number(element.getIntOrFloatBitWidth(), element.isUnsignedInteger());
  bool isExact;
  APFloat(value).convertToInteger(number, APFloat::rmTowardZero, &isExact); // saturates
  return graph.constant(DenseElementsAttr::get(type, APInt(number)), loc);
}

bool NodeContext::importGraph(const onnx::GraphProto &body, ValueRange arguments, SmallVectorImpl<Value> &values) {
  bool ok = graph.importSubgraph(body, scope, frame, arguments, values);
  skipped |= !ok;
  return ok;
}

void NodeContext::setResult(unsigned i, Value value) {
  if (results.size() <= i)
    results.resize(i + 1);
  results[i] = value;
}
