// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inputs, outputs, symbols and kernels, with the texts and arrays that the C ABI hands out of them.
#include "runtime/program/Flatten.h"

using namespace tenon::runtime;
namespace fb = tenon::engine;

static void flattenTensors(const flatbuffers::Vector<flatbuffers::Offset<fb::Tensor>> *tensors,
                           const flatbuffers::Vector<flatbuffers::Offset<fb::Binding>> *bindings, std::vector<TensorSpec> &specs) {
  specs.resize(sizeOf(tensors));
  for (uint32_t i = 0; i < sizeOf(tensors); ++i) {
    const fb::Tensor &tensor = *at(tensors, i);
    TensorSpec &spec = specs[i];
    spec.name = textOf(tensor.name());
    spec.type = static_cast<tenon_type>(tensor.type());
    spec.buffer = at(bindings, i)->buffer();
    spec.dataDependent = tensor.data_dependent();
    for (uint32_t axis = 0; axis < sizeOf(tensor.dims()); ++axis) {
      spec.dims.push_back(toOperand(at(at(bindings, i)->dims(), axis)));
      spec.publicDims.push_back(at(tensor.dims(), axis));
      spec.dimNames.emplace_back(sizeOf(tensor.dim_names()) ? textOf(at(tensor.dim_names(), axis)) : "");
    }
    for (const std::string &name : spec.dimNames)
      spec.publicDimNames.push_back(name.c_str());
  }
}

static void flattenKernels(const fb::Target &target, Program &program) {
  program.kernels.resize(sizeOf(target.kernels()));
  for (uint32_t i = 0; i < program.kernels.size(); ++i) {
    const fb::Kernel &kernel = *at(target.kernels(), i);
    Kernel &result = program.kernels[i];
    result.name = textOf(kernel.name());
    for (uint32_t k = 0; k < sizeOf(kernel.nodes()); ++k)
      result.nodes.emplace_back(textOf(at(kernel.nodes(), k)));
    for (const std::string &node : result.nodes)
      result.publicNodes.push_back(node.c_str());
    for (uint32_t k = 0; k < sizeOf(kernel.writes()); ++k)
      result.writes.push_back(at(kernel.writes(), k) != 0);
  }
}

void tenon::runtime::flattenTables(const fb::Engine &engine, const fb::Target &target, Program &program) {
  const fb::Program &source = *target.program();
  flattenTensors(engine.inputs(), source.inputs(), program.inputs);
  for (TensorSpec &input : program.inputs) {
    input.firstDim = program.numInputDims;
    program.numInputDims += uint32_t(input.dims.size());
  }
  flattenTensors(engine.outputs(), source.outputs(), program.outputs);
  for (uint32_t i = 0; i < sizeOf(engine.symbols()); ++i) {
    const fb::Symbol &symbol = *at(engine.symbols(), i);
    program.symbols.push_back({textOf(symbol.name()), symbol.minimum(), symbol.maximum(), at(source.symbols(), i)});
  }
  flattenKernels(target, program);
}
