// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/importer/Mutator.h"

#include "lib/Importer/Onnx/onnx-ml.pb.h"
#include <iterator>

using namespace tenon::test;
using onnx::AttributeProto;

static constexpr const char *opTypes[] = {"Add",
                                          "And",
                                          "ArgMax",
                                          "AveragePool",
                                          "BatchNormalization",
                                          "BitShift",
                                          "Cast",
                                          "CastLike",
                                          "Clip",
                                          "Concat",
                                          "Constant",
                                          "ConstantOfShape",
                                          "Conv",
                                          "ConvTranspose",
                                          "CumSum",
                                          "DepthToSpace",
                                          "Div",
                                          "Dropout",
                                          "Equal",
                                          "Erf",
                                          "Expand",
                                          "Flatten",
                                          "GRU",
                                          "Gather",
                                          "GatherElements",
                                          "GatherND",
                                          "Gelu",
                                          "Gemm",
                                          "GlobalAveragePool",
                                          "GroupNormalization",
                                          "Identity",
                                          "If",
                                          "InstanceNormalization",
                                          "LRN",
                                          "LSTM",
                                          "LayerNormalization",
                                          "LogSoftmax",
                                          "LpNormalization",
                                          "MatMul",
                                          "Max",
                                          "MaxPool",
                                          "Mean",
                                          "Mod",
                                          "NonMaxSuppression",
                                          "NonZero",
                                          "Not",
                                          "OneHot",
                                          "PRelu",
                                          "Pad",
                                          "Pow",
                                          "RMSNormalization",
                                          "RNN",
                                          "Range",
                                          "ReduceMax",
                                          "ReduceMean",
                                          "ReduceProd",
                                          "ReduceSum",
                                          "Relu",
                                          "Reshape",
                                          "Resize",
                                          "ScatterElements",
                                          "ScatterND",
                                          "Shape",
                                          "Size",
                                          "Slice",
                                          "Softmax",
                                          "SpaceToDepth",
                                          "Split",
                                          "Squeeze",
                                          "Sum",
                                          "Tile",
                                          "TopK",
                                          "Transpose",
                                          "Trilu",
                                          "Unsqueeze",
                                          "Upsample",
                                          "Where"};
static constexpr const char *attributeNames[] = {
    "alpha",      "axes",        "axis",           "auto_pad",     "batch_dims", "blocksize", "ceil_mode",    "dilations", "direction",
    "ends",       "epsilon",     "group",          "hidden_size",  "k",          "keepdims",  "kernel_shape", "largest",   "mode",
    "num_groups", "num_outputs", "output_padding", "output_shape", "pads",       "perm",      "scales",       "size",      "split",
    "start",      "starts",      "strides",        "to",           "transA",     "value",     "value_ints"};

int64_t Mutator::number() {
  static constexpr int64_t values[] = {
      0,         1,         -1,           2, 3, -2, 7, 64, 65, 4096, 65536, INT32_MAX, INT32_MIN, int64_t(1) << 32, (int64_t(1) << 62) - 1,
      INT64_MAX, INT64_MIN, INT64_MIN + 1};
  return below(4) ? values[below(std::size(values))] : static_cast<int64_t>(random()) >> below(64);
}

void Mutator::mutateBytes(std::string &file) {
  size_t at = below(file.size()), length = 1 + below(below(4) ? 16 : 4096);
  switch (below(7)) {
  case 0:
    file[at] = static_cast<char>(file[at] ^ (1 << below(8)));
    break;
  case 1:
    file[at] = static_cast<char>(random());
    break;
  case 2:
    file.resize(at + 1);
    break;
  case 3:
    if (length < file.size())
      file.erase(at, length);
    break;
  case 4:
    file.insert(at, file.substr(below(file.size()), length));
    break;
  case 5:
    for (size_t i = 0; i < length && i < 16; ++i)
      file.insert(file.begin() + at, static_cast<char>(random()));
    break;
  default: // a varint of any value, overlong ones too
    file.replace(at, 1, std::string(below(11), '\xff') + static_cast<char>(below(128)));
  }
}

std::string Mutator::anyValue(const onnx::GraphProto &graph) {
  switch (below(5)) {
  case 0:
    return graph.initializer_size() ? graph.initializer(below(graph.initializer_size())).name() : "nowhere";
  case 1:
    return graph.input_size() ? graph.input(below(graph.input_size())).name() : "";
  case 2:
    return "";
  default: {
    if (!graph.node_size())
      return "nowhere";
    const onnx::NodeProto &node = graph.node(below(graph.node_size()));
    return node.output_size() ? node.output(below(node.output_size())) : "nowhere";
  }
  }
}

void Mutator::mutateAttribute(onnx::NodeProto &node) {
  bool add = node.attribute_size() == 0 || !below(4);
  AttributeProto &attribute = add ? *node.add_attribute() : *node.mutable_attribute(below(node.attribute_size()));
  if (add) {
    attribute.set_name(attributeNames[below(std::size(attributeNames))]);
    attribute.set_type(below(2) ? AttributeProto::INT : AttributeProto::INTS);
  }
  switch (below(7)) {
  case 0:
    attribute.set_type(static_cast<AttributeProto::AttributeType>(below(15)));
    break;
  case 1:
    attribute.set_name(attributeNames[below(std::size(attributeNames))]);
    break;
  case 2:
    attribute.set_s(std::string(below(9), 'S'));
    break;
  case 3:
    attribute.set_f(static_cast<float>(number()));
    break;
  case 4:
    if (below(2))
      attribute.clear_ints();
    for (uint64_t i = below(5); i; --i)
      attribute.add_ints(number());
    break;
  default:
    attribute.set_i(number());
    if (attribute.ints_size())
      attribute.set_ints(below(attribute.ints_size()), number());
  }
}

void Mutator::mutateNode(onnx::GraphProto &graph, onnx::NodeProto &node) {
  switch (below(8)) {
  case 0:
    node.set_op_type(opTypes[below(std::size(opTypes))]);
    break;
  case 1:
    node.add_input(anyValue(graph));
    break;
  case 2:
    if (node.input_size())
      node.mutable_input()->RemoveLast();
    break;
  case 3:
    node.add_output(anyValue(graph));
    break;
  case 4:
  case 5:
    if (node.input_size())
      node.set_input(below(node.input_size()), anyValue(graph));
    break;
  default:
    mutateAttribute(node);
  }
}

void Mutator::mutateTensor(onnx::GraphProto &graph) {
  if (!graph.initializer_size())
    return;
  onnx::TensorProto &tensor = *graph.mutable_initializer(below(graph.initializer_size()));
  switch (below(6)) {
  case 0:
    tensor.add_dims(number());
    break;
  case 1:
    if (tensor.dims_size())
      tensor.set_dims(below(tensor.dims_size()), number());
    break;
  case 2:
    tensor.set_data_type(below(30));
    break;
  case 3:
    if (tensor.int64_data_size())
      tensor.set_int64_data(below(tensor.int64_data_size()), number());
    break;
  case 4:
    if (tensor.has_raw_data())
      tensor.mutable_raw_data()->resize(below(tensor.raw_data().size() + 9));
    break;
  default:
    tensor.clear_raw_data();
    tensor.clear_float_data();
    for (uint64_t i = below(5); i; --i)
      tensor.add_int64_data(number());
  }
}

void Mutator::mutateGraph(onnx::GraphProto &graph) {
  int nodes = graph.node_size();
  switch (below(10)) {
  case 0:
    if (nodes)
      graph.mutable_node()->SwapElements(below(nodes), below(nodes));
    break;
  case 1:
    if (nodes)
      graph.mutable_node()->DeleteSubrange(below(nodes), 1);
    break;
  case 2:
    if (nodes)
      *graph.add_node() = graph.node(below(nodes));
    break;
  case 3:
    if (graph.input_size() && graph.input(0).type().tensor_type().shape().dim_size()) {
      auto &shape = *graph.mutable_input(below(graph.input_size()))->mutable_type()->mutable_tensor_type()->mutable_shape();
      auto &dim = shape.dim_size() ? *shape.mutable_dim(below(shape.dim_size())) : *shape.add_dim();
      below(2) ? dim.set_dim_value(number()) : dim.set_dim_param(below(2) ? "n" : "2 * (n + 1) - m // 3");
    }
    break;
  case 4:
    mutateTensor(graph);
    break;
  case 5:
    if (graph.output_size())
      graph.mutable_output(0)->set_name(anyValue(graph));
    break;
  default:
    if (nodes)
      mutateNode(graph, *graph.mutable_node(below(nodes)));
  }
}

void Mutator::mutateModel(onnx::ModelProto &model) {
  switch (below(20)) {
  case 0:
    model.set_ir_version(number());
    break;
  case 1:
    if (model.opset_import_size())
      model.mutable_opset_import(0)->set_version(below(4) ? 7 + below(22) : number());
    break;
  case 2: // a function that calls itself, and a call of it
    if (model.graph().node_size()) {
      onnx::FunctionProto &function = *model.add_functions();
      function.set_name(opTypes[below(std::size(opTypes))]);
      *function.add_node() = model.graph().node(below(model.graph().node_size()));
      function.add_input(anyValue(model.graph()));
      function.add_output(anyValue(model.graph()));
      *function.mutable_opset_import() = model.opset_import();
    }
    break;
  default:
    mutateGraph(*model.mutable_graph());
  }
}

std::string Mutator::mutate(const std::string &file) {
  std::string result = file;
  uint64_t changes = 1 + below(4);
  onnx::ModelProto model;
  if (below(2) && model.ParseFromString(file)) {
    while (changes--)
      mutateModel(model);
    result = model.SerializeAsString();
  } else {
    while (changes-- && !result.empty())
      mutateBytes(result);
  }
  return result;
}
