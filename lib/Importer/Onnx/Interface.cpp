// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Inputs, outputs and the names of dims. A dim without number or name is a name of its own. What the file says of an output's
// dims is kept as text only: exporters get it wrong, and the shapes follow from the inputs.
#include "lib/Importer/Onnx/Interface.h"

#include "dialects/Infer/IR/Infer.h"
#include "lib/Importer/Onnx/Metadata.h"
#include "lib/Importer/Onnx/onnx-ml.pb.h"
#include "llvm/Support/CheckedArithmetic.h"
#include <set>

using namespace mlir;
using namespace tenon::onnx_importer;
using llvm::any_of;
using llvm::checkedMul;
using llvm::enumerate;
using llvm::find_if;
using llvm::zip;
using Dimension = onnx::TensorShapeProto::Dimension;

bool Interface::report(const Twine &reason) {
  ImportProblem problem;
  problem.reason = reason.str();
  addProblem(problems, std::move(problem));
  return false;
}

/// The declared shape; null if the value has none.
static const onnx::TensorShapeProto *declaredShape(const onnx::ValueInfoProto &value) {
  if (!value.type().has_tensor_type() || !value.type().tensor_type().has_shape())
    return nullptr;
  return &value.type().tensor_type().shape();
}

/// Fixed dims that the file knows by a plain name hold for every input that uses the name.
bool Interface::fixNames(ArrayRef<tenon::ImportShape> shapes) {
  bool ok = true;
  for (const ImportShape &shape : shapes) {
    auto value = find_if(graph.input(), [&](const onnx::ValueInfoProto &input) { return input.name() == shape.input; });
    if (value == graph.input().end()) {
      ok = report("shape for '" + shape.input + "': expected the name of an input");
      continue;
    }
    const onnx::TensorShapeProto *declared = declaredShape(*value);
    if (!declared || declared->dim_size() != static_cast<int>(shape.dims.size())) {
      ok = report("shape for '" + shape.input + "': expected " + Twine(declared ? declared->dim_size() : 0) + " dims, got " +
                  Twine(shape.dims.size()));
      continue;
    }
    for (auto [dim, fixed] : zip(declared->dim(), shape.dims)) {
      if (fixed >= 0 && isDimName(dim.dim_param()) && !table.fix(dim.dim_param(), fixed))
        ok = report("shape for '" + shape.input + "': dim '" + dim.dim_param() + "' has another value already");
      if (fixed >= 0 && dim.has_dim_value() && dim.dim_value() != fixed)
        ok = report("shape for '" + shape.input + "': expected the model's own dim " + Twine(dim.dim_value()) + ", got " + Twine(fixed));
    }
  }
  return ok;
}

/// A name for a dim that has none: of the input and the dim's number, and another number while a dim of the file is called so.
std::string Interface::nameDim(StringRef input, size_t dim) {
  std::string name = (input + "." + Twine(dim)).str();
  for (unsigned number = 1; named.contains(name); ++number)
    name = (input + "." + Twine(dim) + "." + Twine(number)).str();
  named.insert(name);
  return name;
}

bool Interface::readInput(const onnx::ValueInfoProto &value, ArrayRef<int64_t> fixed) {
  std::string reason;
  if (!value.type().has_tensor_type())
    return report("input '" + value.name() + "': expected a tensor; sequences, maps and optionals are not supported");
  Type element = convertElementType(builder.getContext(), value.type().tensor_type().elem_type(), reason);
  if (!element)
    return report("input '" + value.name() + "': " + reason);
  const onnx::TensorShapeProto *shape = declaredShape(value);
  if (!shape)
    return report("input '" + value.name() + "': expected a declared rank");
  if (shape->dim_size() > kMaxRank)
    return report("input '" + value.name() + "': expected at most rank " + Twine(kMaxRank) + ", got rank " + Twine(shape->dim_size()));
  Input input;
  input.name = value.name();
  input.loc = withMetadata(NameLoc::get(builder.getStringAttr(input.name)), metadataOf(value.metadata_props(), builder.getContext()));
  SmallVector<int64_t> dims;
  int64_t count = 8; // bytes, at most, of one element
  for (auto [i, dim] : enumerate(shape->dim())) {
    int64_t given = i < fixed.size() ? fixed[i] : -1;
    AffineExpr expr;
    if (given >= 0 || dim.has_dim_value())
      expr = getAffineConstantExpr(given >= 0 ? given : dim.dim_value(), builder.getContext());
    else
      expr = dim.dim_param().empty() ? table.symbol(nameDim(input.name, i)) : table.parse(dim.dim_param());
    auto constant = dyn_cast<AffineConstantExpr>(expr);
    if (constant && constant.getValue() < 0)
      return report("input '" + value.name() + "': expected non-negative dims, got " + Twine(constant.getValue()));
    std::optional<int64_t> product = constant ? checkedMul(count, std::max<int64_t>(constant.getValue(), 1)) : std::optional(count);
    if (!product || *product >> 62)
      return report("input '" + value.name() + "': expected a tensor below 2^62 bytes");
    count = *product;
    input.dims.push_back(expr);
    dims.push_back(constant ? constant.getValue() : ShapedType::kDynamic);
    input.spelling.push_back(constant ? "" : dim.dim_param());
  }
  input.type = RankedTensorType::get(dims, element);
  inputs.push_back(std::move(input));
  return true;
}

bool Interface::readInputs(ArrayRef<tenon::ImportShape> shapes) {
  bool ok = fixNames(shapes);
  DimTable spelled(builder.getContext());
  for (const onnx::ValueInfoProto &value : graph.input())
    if (const onnx::TensorShapeProto *declared = declaredShape(value))
      for (const Dimension &dim : declared->dim())
        if (!dim.dim_param().empty())
          spelled.parse(dim.dim_param());
  named.insert(spelled.symbols().begin(), spelled.symbols().end());
  StringSet<> initializers, seen;
  for (const onnx::TensorProto &tensor : graph.initializer())
    initializers.insert(tensor.name());
  for (const onnx::ValueInfoProto &value : graph.input()) {
    if (value.name().empty() || !seen.insert(value.name()).second) {
      ok = report("input '" + value.name() + "': expected a name of its own");
      continue;
    }
    // An initialiser is a constant even where the file lists it among the inputs, as IR version 3 had to.
    if (initializers.contains(value.name()))
      continue;
    auto shape = find_if(shapes, [&](const ImportShape &given) { return given.input == value.name(); });
    if (!readInput(value, shape == shapes.end() ? ArrayRef<int64_t>() : ArrayRef<int64_t>(shape->dims))) {
      refused.push_back(value.name());
      ok = false;
    }
  }
  nameUndetermined();
  return ok;
}

/// The numbers of the symbols in `exprs`, ascending.
static std::set<unsigned> symbolsOf(ArrayRef<AffineExpr> exprs) {
  std::set<unsigned> symbols;
  for (AffineExpr expr : exprs)
    expr.walk([&](AffineExpr part) {
      if (auto symbol = dyn_cast<AffineSymbolExpr>(part))
        symbols.insert(symbol.getPosition());
    });
  return symbols;
}

/// `2*n` says nothing about n where no input has a dim n, or n and a number: the dim is then a symbol of its own that is called `2*n`.
void Interface::nameUndetermined() {
  std::set<unsigned> determined;
  for (const Input &input : inputs)
    for (AffineExpr expr : input.dims) {
      auto sum = dyn_cast<AffineBinaryOpExpr>(expr);
      bool withNumber = sum && sum.getKind() == AffineExprKind::Add && isa<AffineConstantExpr>(sum.getRHS());
      if (auto symbol = dyn_cast<AffineSymbolExpr>(withNumber ? sum.getLHS() : expr))
        determined.insert(symbol.getPosition());
    }
  for (Input &input : inputs)
    for (auto [expr, spelling] : zip(input.dims, input.spelling))
      if (any_of(symbolsOf(expr), [&](unsigned symbol) { return !determined.count(symbol); }))
        expr = table.symbol(spelling);
}

void Interface::bindShapes(Block &entry) {
  std::set<unsigned> all;
  for (const Input &input : inputs)
    all.merge(symbolsOf(input.dims));
  llvm::DenseMap<unsigned, Value> values;
  for (unsigned symbol : all) {
    const std::string &name = table.symbols()[symbol];
    Location loc = NameLoc::get(builder.getStringAttr(name));
    // A dim may be 0: a decoder starts with an empty cache.
    values[symbol] = tenon::infer::SymbolicDimOp::create(builder, loc, builder.getStringAttr(name), builder.getI64IntegerAttr(0),
                                                         builder.getI64IntegerAttr(std::numeric_limits<int64_t>::max()));
  }
  for (auto [input, argument] : zip(inputs, entry.getArguments())) {
    if (input.type.hasStaticShape())
      continue;
    // Only the symbols that the dims use, so that the map reads well.
    SmallVector<Value> used;
    llvm::DenseMap<AffineExpr, AffineExpr> numbers;
    for (unsigned symbol : symbolsOf(input.dims)) {
      numbers[getAffineSymbolExpr(symbol, builder.getContext())] = getAffineSymbolExpr(used.size(), builder.getContext());
      used.push_back(values.lookup(symbol));
    }
    SmallVector<AffineExpr> dims = llvm::map_to_vector(input.dims, [&](AffineExpr expr) { return expr.replace(numbers); });
    AffineMap map = AffineMap::get(0, used.size(), dims, builder.getContext());
    tenon::infer::BindShapeOp::create(builder, argument.getLoc(), argument, used, AffineMapAttr::get(map));
  }
}

static NamedAttribute dimsAttribute(OpBuilder &builder, ArrayRef<std::string> spelling) {
  SmallVector<StringRef> views(spelling.begin(), spelling.end());
  return builder.getNamedAttr("infer.dims", builder.getStrArrayAttr(views));
}

func::FuncOp Interface::createMain(ModuleOp module) {
  SmallVector<Type> types;
  SmallVector<DictionaryAttr> attributes;
  for (const Input &input : inputs) {
    types.push_back(input.type);
    attributes.push_back(builder.getDictionaryAttr(
        {builder.getNamedAttr("infer.name", builder.getStringAttr(input.name)), dimsAttribute(builder, input.spelling)}));
  }
  builder.setInsertionPointToEnd(module.getBody());
  auto main = func::FuncOp::create(builder, module.getLoc(), "main", builder.getFunctionType(types, {}), {}, attributes);
  Block *entry = main.addEntryBlock();
  for (auto [input, argument] : zip(inputs, entry->getArguments()))
    argument.setLoc(input.loc);
  builder.setInsertionPointToStart(entry);
  bindShapes(*entry);
  return main;
}

void Interface::defineInputs(GraphImporter &importer, Scope &scope, func::FuncOp main) {
  for (auto [input, argument] : zip(inputs, main.getArguments()))
    importer.define(scope, input.name, Binding(argument));
  for (const std::string &name : refused)
    importer.define(scope, name, Binding());
}

bool Interface::finish(func::FuncOp main, ArrayRef<Value> values) {
  bool ok = true;
  SmallVector<Type> types;
  SmallVector<DictionaryAttr> attributes;
  for (auto [output, value] : zip(graph.output(), values)) {
    auto type = cast<RankedTensorType>(value.getType());
    std::string reason;
    Type element = output.type().has_tensor_type() && output.type().tensor_type().elem_type()
                       ? convertElementType(builder.getContext(), output.type().tensor_type().elem_type(), reason)
                       : type.getElementType();
    const onnx::TensorShapeProto *shape = declaredShape(output);
    if (element != type.getElementType())
      ok = report(
          "output '" + output.name() + "': expected the declared element type, got another one: the graph computes " +
          (Twine(type.getElementType().isInteger() ? "integers of " : "floats of ") + Twine(type.getElementTypeBitWidth()) + " bits"));
    if (shape && shape->dim_size() != type.getRank())
      ok = report("output '" + output.name() + "': expected the declared rank " + Twine(shape->dim_size()) + ", got rank " +
                  Twine(type.getRank()));
    SmallVector<std::string> spelling;
    for (auto [i, dim] : enumerate(type.getShape())) {
      bool named = ShapedType::isDynamic(dim) && shape && static_cast<int>(i) < shape->dim_size();
      spelling.push_back(named ? shape->dim(i).dim_param() : "");
    }
    types.push_back(type);
    attributes.push_back(builder.getDictionaryAttr(
        {builder.getNamedAttr("infer.name", builder.getStringAttr(output.name())), dimsAttribute(builder, spelling)}));
  }
  if (!ok)
    return false;
  func::ReturnOp::create(builder, main.getLoc(), values);
  main.setFunctionType(builder.getFunctionType(main.getFunctionType().getInputs(), types));
  main.setAllResultAttrs(attributes);
  return true;
}
