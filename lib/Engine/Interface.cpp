// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inputs and outputs of a host program as the engine's caller sees them.
#include "lib/Engine/ProgramWriterImpl.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::engine;

ProgramWriter::ProgramWriter(ArrayRef<ConstantPlace> constants, ArrayRef<std::string> kernelNames) : constants(constants) {
  for (const std::string &name : kernelNames) {
    kernelNumbers[name] = tables.kernels.size();
    tables.kernels.push_back(std::make_unique<KernelT>());
    tables.kernels.back()->name = name;
  }
}

FailureOr<HostProgramTables> ProgramWriter::run(func::FuncOp main) {
  newBlock(tables.program.prologue);
  current = &newBlock(tables.program.main);
  if (failed(declareInterface(main)) || failed(writeBlock(main.getBody().front())))
    return failure();
  if (failed(planMemory(tables.program, [&] { return main.emitError(); })))
    return failure();
  return std::move(tables);
}

FailureOr<HostProgramTables> tenon::engine::writeProgram(func::FuncOp main, ArrayRef<ConstantPlace> constants,
                                                         ArrayRef<std::string> kernelNames) {
  return ProgramWriter(constants, kernelNames).run(main);
}

/// Reads one entry of plan.inputs or plan.outputs: name, element type, dims as numbers and in the file's spelling.
static LogicalResult describe(Attribute attribute, unsigned number, StringRef kind, TensorT &tensor, RankedTensorType &type,
                              Operation *op) {
  auto entry = dyn_cast<DictionaryAttr>(attribute);
  auto typeAttr = entry ? entry.getAs<TypeAttr>("type") : TypeAttr();
  type = typeAttr ? dyn_cast<RankedTensorType>(typeAttr.getValue()) : RankedTensorType();
  if (!type)
    return op->emitError("expected a ranked tensor type for ") << kind << " " << number;
  std::optional<ElementType> element = elementTypeOf(type.getElementType());
  if (!element)
    return op->emitError("expected ") << kind << " " << number << " to have an element type that engines know, got "
                                      << type.getElementType();
  tensor.type = *element;
  for (int64_t dim : type.getShape())
    tensor.dims.push_back(ShapedType::isDynamic(dim) ? -1 : dim);
  auto name = entry.getAs<StringAttr>("infer.name");
  tensor.name = name ? name.str() : (kind + std::to_string(number)).str();
  if (auto dims = entry.getAs<ArrayAttr>("infer.dims"); dims && static_cast<int64_t>(dims.size()) == type.getRank())
    for (Attribute dim : dims)
      tensor.dim_names.push_back(isa<StringAttr>(dim) ? cast<StringAttr>(dim).str() : "");
  return success();
}

LogicalResult ProgramWriter::declareInterface(func::FuncOp main) {
  auto module = main->getParentOfType<ModuleOp>();
  auto inputs = module->getAttrOfType<ArrayAttr>("plan.inputs"), outputs = module->getAttrOfType<ArrayAttr>("plan.outputs");
  if (!inputs || !outputs || inputs.size() != main.getNumArguments())
    return main.emitError("expected plan.inputs and plan.outputs on the module, one input for each argument");
  RankedTensorType type;
  for (auto [index, attribute] : llvm::enumerate(inputs)) {
    auto tensor = std::make_unique<TensorT>();
    if (failed(describe(attribute, index, "input", *tensor, type, main)))
      return failure();
    auto binding = std::make_unique<BindingT>();
    // Bytes of the whole tensor: the static part is multiplied here, in 64 bits.
    int64_t statically = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
    SmallVector<Operand> dynamic;
    for (int64_t axis = 0; axis < type.getRank(); ++axis) {
      if (type.isDynamicDim(axis)) {
        dynamic.push_back(inputDim(index, axis));
        binding->dims.push_back(dynamic.back());
        continue;
      }
      if (llvm::MulOverflow(statically, type.getDimSize(axis), statically))
        return main.emitError("expected input ") << index << " to have less than 2^63 bytes";
      binding->dims.push_back(constant(type.getDimSize(axis)));
    }
    Operand bytes = constant(statically);
    for (Operand dim : dynamic)
      bytes = scalar(ScalarOp::mul, bytes, dim, constant(0), prologue());
    binding->buffer = newBuffer(Storage::input, index, constant(0), bytes);
    buffers[main.getArgument(index)] = binding->buffer;
    tables.inputs.push_back(std::move(tensor));
    tables.program.inputs.push_back(std::move(binding));
  }
  for (auto [index, attribute] : llvm::enumerate(outputs)) {
    tables.outputs.push_back(std::make_unique<TensorT>());
    tables.program.outputs.push_back(std::make_unique<BindingT>());
    if (failed(describe(attribute, index, "output", *tables.outputs.back(), type, main)))
      return failure();
  }
  return success();
}

Operand ProgramWriter::inputDim(unsigned input, unsigned axis) {
  auto found = inputDims.find({input, axis});
  if (found != inputDims.end())
    return found->second;
  auto instruction = std::make_unique<InputDimT>();
  int reg = newRegister();
  instruction->dst = reg;
  instruction->input = input;
  instruction->axis = axis;
  append(prologue(), std::move(instruction));
  return inputDims[{input, axis}] = Operand(0, reg);
}
