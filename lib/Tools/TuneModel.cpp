// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The model that `tenon tune` compiles: products side by side, as `--fp16` leaves them in real ones, with an epilogue in float32.
//
//   a.0 [M, K] f16 -> Gemm or MatMul with b.0 -> Cast to f32 -> Add x0 -> Gelu -> Cast to f16 -> c.0 [M, N]
#include "lib/Importer/Onnx/onnx-ml.pb.h"
#include "lib/Tools/TuneProduct.h"
#include "lib/Tools/WriteWhole.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace tenon::cli;
using onnx::TensorProto;

namespace {

constexpr char kWeights[] = "weights.bin";

class ModelWriter {
public:
  ModelWriter(const TuneProduct &product, const TuneData &data) : product(product), data(data), graph(*model.mutable_graph()) {}

  std::string write(int64_t copies);

private:
  std::string node(StringRef op, ArrayRef<std::string> inputs);
  onnx::AttributeProto *attribute(StringRef name, onnx::AttributeProto::AttributeType type);
  std::string cast(const std::string &value, TensorProto::DataType type);
  std::string declare(onnx::ValueInfoProto *value, const std::string &name, TensorProto::DataType type, ArrayRef<int64_t> dims);
  std::string input(const std::string &name, const HostTensor &tensor);
  std::string weights(const std::string &name);
  std::string constant(const std::string &name, const HostTensor &tensor);
  std::string multiply(const std::string &a, const std::string &b);
  std::string apply(StringRef function, const std::string &value);
  std::string applySteps(std::string value, StringRef number);
  void addCopy(int64_t copy);

  static TensorProto::DataType typeOf(tenon_type type) {
    return type == TENON_F32 ? TensorProto::FLOAT : type == TENON_F16 ? TensorProto::FLOAT16 : TensorProto::BFLOAT16;
  }

  const TuneProduct &product;
  const TuneData &data;
  onnx::ModelProto model;
  onnx::GraphProto &graph;
  int64_t values = 0;
};

} // namespace

std::string ModelWriter::node(StringRef op, ArrayRef<std::string> inputs) {
  onnx::NodeProto *node = graph.add_node();
  node->set_op_type(op.str());
  for (const std::string &input : inputs)
    node->add_input(input);
  return *node->add_output() = "v" + std::to_string(values++);
}

/// Of the last node.
onnx::AttributeProto *ModelWriter::attribute(StringRef name, onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto *attribute = graph.mutable_node()->rbegin()->add_attribute();
  attribute->set_name(name.str());
  attribute->set_type(type);
  return attribute;
}

std::string ModelWriter::cast(const std::string &value, TensorProto::DataType type) {
  std::string result = node("Cast", value);
  attribute("to", onnx::AttributeProto::INT)->set_i(type);
  return result;
}

std::string ModelWriter::declare(onnx::ValueInfoProto *value, const std::string &name, TensorProto::DataType type, ArrayRef<int64_t> dims) {
  value->set_name(name);
  onnx::TypeProto::Tensor *tensor = value->mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(type);
  for (int64_t dim : dims)
    tensor->mutable_shape()->add_dim()->set_dim_value(dim);
  return name;
}

std::string ModelWriter::input(const std::string &name, const HostTensor &tensor) {
  return declare(graph.add_input(), name, typeOf(tensor.type), tensor.dims);
}

/// B, by way of a file: all copies have the same bytes, which the engine holds once for each.
std::string ModelWriter::weights(const std::string &name) {
  TensorProto *tensor = graph.add_initializer();
  tensor->set_name(name);
  tensor->set_data_type(typeOf(data.b.type));
  for (int64_t dim : data.b.dims)
    tensor->add_dims(dim);
  tensor->set_data_location(TensorProto::EXTERNAL);
  onnx::StringStringEntryProto *location = tensor->add_external_data();
  location->set_key("location");
  location->set_value(kWeights);
  return name;
}

std::string ModelWriter::constant(const std::string &name, const HostTensor &tensor) {
  TensorProto *constant = graph.add_initializer();
  constant->set_name(name);
  constant->set_data_type(typeOf(tensor.type));
  for (int64_t dim : tensor.dims)
    constant->add_dims(dim);
  constant->set_raw_data(tensor.data.get(), tensor.bytes);
  return name;
}

std::string ModelWriter::multiply(const std::string &a, const std::string &b) {
  if (product.key.layout == "nn")
    return node("MatMul", {a, b});
  std::string result = node("Gemm", {a, b});
  attribute("transA", onnx::AttributeProto::INT)->set_i(product.isTransposedA());
  attribute("transB", onnx::AttributeProto::INT)->set_i(!product.isTransposedB());
  return result;
}

std::string ModelWriter::apply(StringRef function, const std::string &value) {
  if (function == "relu")
    return node("Relu", value);
  if (function == "silu")
    return node("Mul", {value, node("Sigmoid", value)});
  std::string result = node("Gelu", value);
  attribute("approximate", onnx::AttributeProto::STRING)->set_s(function == "gelu_tanh" ? "tanh" : "none");
  return result;
}

/// Functions and operands of f32 take f32; an operand of 16 bits is added to a value of its type, as in models of that type.
std::string ModelWriter::applySteps(std::string value, StringRef number) {
  TensorProto::DataType narrow = typeOf(data.a.type), type = narrow;
  auto castTo = [&](TensorProto::DataType wanted) {
    if (type != wanted)
      value = cast(value, wanted);
    type = wanted;
  };
  size_t next = 0;
  for (StringRef step : product.steps) {
    bool isOperand = TuneProduct::isOperand(step);
    castTo(isOperand ? typeOf(data.operands[next].type) : TensorProto::FLOAT);
    if (!isOperand) {
      value = apply(step, value);
      continue;
    }
    // Biases are constants, which copies share; residuals are activations.
    std::string name = "x" + std::to_string(next);
    if (step.starts_with("matrix"))
      name = input(name + number.str(), data.operands[next]);
    value = node("Add", {value, name});
    ++next;
  }
  castTo(product.key.output == "f32" ? TensorProto::FLOAT : narrow);
  return value;
}

void ModelWriter::addCopy(int64_t copy) {
  std::string number = "." + std::to_string(copy);
  std::string b = product.isBatched() ? input("b" + number, data.b) : weights("b" + number);
  applySteps(multiply(input("a" + number, data.a), b), number);
  *graph.mutable_node()->rbegin()->mutable_output(0) = "c" + number;
  SmallVector<int64_t> dims{product.rows, product.key.n};
  if (product.isBatched())
    dims.insert(dims.begin(), product.key.batch);
  declare(graph.add_output(), "c" + number, product.key.output == "f32" ? TensorProto::FLOAT : typeOf(data.a.type), dims);
}

std::string ModelWriter::write(int64_t copies) {
  model.set_ir_version(10);
  model.add_opset_import()->set_version(20);
  graph.set_name("product");
  for (size_t index = 0; index < data.operands.size(); ++index)
    if (!StringRef(product.key.operands[index]).starts_with("matrix"))
      constant("x" + std::to_string(index), data.operands[index]);
  for (int64_t copy = 0; copy < copies; ++copy)
    addCopy(copy);
  return model.SerializeAsString();
}

bool tenon::cli::writeTuneModel(const TuneProduct &product, const TuneData &data, StringRef folder, Problem &problem) {
  std::string file = ModelWriter(product, data).write(data.copies()), path = (folder + "/").str();
  return (product.isBatched() || writeWhole(path + kWeights, "", StringRef(data.b.data.get(), data.b.bytes), problem)) &&
         writeWhole(path + "product.onnx", file, "", problem);
}
