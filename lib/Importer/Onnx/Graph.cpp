// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Graphs, subgraphs and function calls: names become values, nodes go to their row of the op table, and every problem is kept.
// A value whose node failed is defined without a value: what depends on it is skipped in silence, so one cause makes one line.
#include "lib/Importer/Onnx/Graph.h"

#include "lib/Importer/Onnx/Metadata.h"
#include "lib/Importer/Onnx/OpTable.h"
#include "lib/Importer/Onnx/onnx-ml.pb.h"

using namespace mlir;
using namespace tenon::onnx_importer;
using llvm::enumerate;
using llvm::interleaveComma;
using llvm::raw_string_ostream;
using llvm::zip;

static std::string functionKey(StringRef domain, StringRef name, StringRef overload) {
  return (domain + "\n" + name + "\n" + overload).str();
}
/// The name of a node as its location has it.
static StringRef nodeName(Location loc) { return loc->findInstanceOf<NameLoc>().getName(); }
/// ai.onnx has two spellings.
static StringRef canonicalDomain(StringRef domain) { return domain == "ai.onnx" ? "" : domain; }

void GraphImporter::report(const Twine &reason) {
  ImportProblem problem;
  problem.reason = reason.str();
  addProblem(problems, std::move(problem));
}

/// Function calls put a node's name before those of the nodes they inline, so its length is bounded.
Location GraphImporter::nodeLocation(const onnx::NodeProto &node, const Frame &frame, StringRef name) {
  constexpr size_t maxName = 256;
  std::string whole = frame.prefix + name.take_front(maxName).str();
  NameLoc loc = NameLoc::get(builder.getStringAttr(StringRef(whole).take_front(maxName)));
  if (node.metadata_props().empty())
    return loc;
  auto [entry, isNew] = nodeMetadata.try_emplace(&node);
  if (isNew)
    entry->second = metadataOf(node.metadata_props(), builder.getContext());
  return withMetadata(loc, entry->second);
}

void GraphImporter::report(NodeContext &context) {
  ImportProblem problem;
  problem.reason = context.problem;
  problem.node = nodeName(context.loc).str();
  problem.op = context.node.op_type();
  problem.domain = canonicalDomain(context.node.domain());
  problem.opset = context.version;
  constexpr size_t shown = 16;
  llvm::raw_string_ostream os(problem.operands);
  interleaveComma(ArrayRef(context.inputs).take_front(shown), os, [&](Value value) {
    if (value)
      os << value.getType();
    else
      os << "none";
  });
  if (context.inputs.size() > shown)
    os << ", and " << context.inputs.size() - shown << " more";
  addProblem(problems, std::move(problem));
}

void GraphImporter::addFunctions(const onnx::ModelProto &model) {
  for (const onnx::FunctionProto &function : model.functions())
    if (!functions.try_emplace(functionKey(canonicalDomain(function.domain()), function.name(), function.overload()), &function).second)
      report("function '" + function.name() + "': expected one definition, got two");
}

void GraphImporter::define(Scope &scope, StringRef name, Binding binding) {
  if (name.empty())
    return;
  if (scope.lookup(name)) {
    report("value '" + name + "': expected one definition, got two");
    return;
  }
  scope.names.try_emplace(name, std::move(binding));
}

void GraphImporter::importInitializers(const onnx::GraphProto &graph, Scope &scope) {
  for (const onnx::TensorProto &tensor : graph.initializer()) {
    std::string reason;
    ElementsAttr value = tensors.read(tensor, tensor.name(), reason);
    if (!value)
      report("initialiser '" + tensor.name() + "': " + reason);
    Location loc =
        withMetadata(NameLoc::get(builder.getStringAttr(tensor.name())), metadataOf(tensor.metadata_props(), builder.getContext()));
    define(scope, tensor.name(), Binding(value ? constant(value, loc) : Value()));
  }
  for (const onnx::SparseTensorProto &tensor : graph.sparse_initializer())
    report("initialiser '" + tensor.values().name() + "': sparse tensors are not supported");
}

void GraphImporter::importBody(const onnx::GraphProto &graph, Scope &scope, const Frame &frame) {
  importInitializers(graph, scope);
  importNodes(graph.node(), scope, frame);
}

void GraphImporter::importNodes(const Nodes &nodes, Scope &scope, const Frame &frame) {
  int64_t visits = 0;
  if (visitBudget < 0)
    return;
  SmallVector<int> order = topologicalOrder(nodes, visits);
  visitBudget -= visits;
  if (visitBudget < 0)
    report("expected fewer nodes with functions inlined");
  for (int i : order)
    importNode(nodes[i], scope, frame);
  if (static_cast<int>(order.size()) == nodes.size())
    return;
  DenseSet<int> done(order.begin(), order.end());
  for (int i = 0; i < nodes.size(); ++i) {
    if (done.contains(i))
      continue;
    NodeContext context(*this, scope, frame, nodes[i], nodeLocation(nodes[i], frame, nodes[i].name()));
    context.version = frame.opsets.lookup(canonicalDomain(nodes[i].domain()));
    context.reject("expected a graph without cycles, got a node that depends on itself");
    report(context);
    for (const std::string &output : nodes[i].output())
      if (!scope.lookup(output))
        define(scope, output, Binding());
  }
}

bool GraphImporter::outputs(const onnx::GraphProto &graph, const Scope &scope, SmallVectorImpl<Value> &values) {
  bool ok = true;
  for (const onnx::ValueInfoProto &output : graph.output()) {
    const Binding *binding = scope.lookup(output.name());
    if (!binding)
      report("output '" + output.name() + "': expected a value of this name, which nothing defines");
    else if (!binding->missing.empty())
      report("output '" + output.name() + "': " + binding->missing);
    ok &= binding && binding->value;
    values.push_back(binding ? binding->value : Value());
  }
  return ok;
}

bool GraphImporter::importSubgraph(const onnx::GraphProto &body, Scope &scope, const Frame &frame, ValueRange arguments,
                                   SmallVectorImpl<Value> &values) {
  Scope inner(&scope);
  if (static_cast<int>(arguments.size()) != body.input_size()) {
    report("subgraph '" + body.name() + "': expected " + Twine(arguments.size()) + " inputs, got " + Twine(body.input_size()));
    return false;
  }
  for (auto [input, argument] : zip(body.input(), arguments))
    define(inner, input.name(), Binding(argument));
  importBody(body, inner, frame);
  return outputs(body, inner, values);
}

bool GraphImporter::resolveInputs(NodeContext &context) {
  bool usable = true;
  for (const std::string &name : context.node.input()) {
    const Binding *binding = name.empty() ? nullptr : context.scope.lookup(name);
    if (!name.empty() && !binding)
      context.reject("expected a value named '" + name + "', which nothing defines");
    else if (binding && !binding->missing.empty())
      context.reject("input '" + name + "': " + binding->missing);
    usable &= name.empty() || (binding && (binding->value || binding->absent));
    context.inputs.push_back(binding ? binding->value : Value());
  }
  while (!context.inputs.empty() && !context.inputs.back())
    context.inputs.pop_back();
  return usable;
}

bool GraphImporter::resolveAttributes(NodeContext &context) {
  for (const onnx::AttributeProto &attribute : context.node.attribute()) {
    const onnx::AttributeProto *resolved = &attribute;
    if (!attribute.ref_attr_name().empty()) {
      resolved = context.frame.attributes.lookup(attribute.ref_attr_name());
      if (!context.frame.function)
        context.reject("attribute '" + attribute.name() + "': expected a reference inside a function");
      if (!resolved)
        continue; // the call leaves it at its default
    }
    if (!context.attributes.try_emplace(attribute.name(), resolved).second)
      context.reject("expected one attribute '" + attribute.name() + "', got two");
  }
  return !context.failed();
}

void GraphImporter::defineOutputs(NodeContext &context) {
  for (int i = 0; i < context.node.output_size(); ++i) {
    Value value = i < static_cast<int>(context.results.size()) ? context.results[i] : Value();
    std::string missing;
    if (!value && !context.failed() && !context.skipped)
      missing = ("expected a supported output, got output " + Twine(i) + " of " + context.node.op_type()).str();
    define(context.scope, context.node.output(i), Binding(value, missing));
  }
}

void GraphImporter::runHandler(NodeContext &context, const OpRow &row) {
  int64_t count = context.inputs.size();
  if (count < row.minInputs || (row.maxInputs != anyNumber && count > row.maxInputs)) {
    context.reject("expected " + Twine(row.minInputs) + " to " +
                   (row.maxInputs == anyNumber ? Twine("any number of") : Twine(row.maxInputs)) + " inputs, got " + Twine(count));
    return;
  }
  for (int i = 0; i < row.minInputs; ++i)
    if (!context.inputs[i])
      context.reject("expected an input number " + Twine(i));
  for (const auto &attribute : context.attributes)
    if (!hasAttribute(row, attribute.first()))
      context.reject("expected no attribute '" + attribute.first() + "'");
  if (context.failed())
    return;
  if (mlir::failed(row.handler ? row.handler(context) : importSame(context, row)))
    context.reject("invalid operands or attributes");
}

void GraphImporter::importNode(const onnx::NodeProto &node, Scope &scope, const Frame &frame) {
  StringRef name = !node.name().empty() || !node.output_size() ? StringRef(node.name()) : StringRef(node.output(0));
  NodeContext context(*this, scope, frame, node, nodeLocation(node, frame, name));
  StringRef domain = canonicalDomain(node.domain());
  context.version = frame.opsets.lookup(domain);
  bool usable = resolveInputs(context);
  resolveAttributes(context);
  // What the op's inference, verifier and folder say becomes the node's reason.
  std::string said;
  {
    ScopedDiagnosticHandler handler(builder.getContext(), [&](Diagnostic &diagnostic) {
      if (said.empty())
        said = diagnostic.str();
      return success();
    });
    auto function = functions.find(functionKey(domain, node.op_type(), node.overload()));
    std::string reason;
    if (!charge(0))
      context.reject("expected fewer nodes with functions inlined");
    else if (context.failed() || (!usable && function != functions.end()))
      context.skipped = true;
    else if (function != functions.end())
      callFunction(context, *function->second, frame);
    else if (!domain.empty())
      context.reject("ops of this domain are not supported, and the model has no function of this name");
    else if (const OpRow *row = findRow(node.op_type(), context.version, reason)) {
      ++nodeCounts[node.op_type()];
      usable ? runHandler(context, *row) : void(context.skipped = true);
    } else
      context.reject(reason);
  }
  if (context.failed()) {
    if (!said.empty() && context.problem == "invalid operands or attributes")
      context.problem = said;
    report(context);
  }
  defineOutputs(context);
}

void GraphImporter::callFunction(NodeContext &context, const onnx::FunctionProto &function, const Frame &frame) {
  constexpr unsigned maxDepth = 64;
  charge(1);
  visitBudget -= function.input_size() + function.output_size() + function.attribute_proto_size() + function.opset_import_size();
  if (visitBudget < 0) {
    context.reject("expected fewer nodes with functions inlined");
    return;
  }
  for (const Frame *caller = &frame; caller; caller = caller->caller)
    if (caller->function == &function) {
      context.reject("expected functions without recursion");
      return;
    }
  if (frame.depth >= maxDepth) {
    context.reject("expected at most " + Twine(maxDepth) + " nested function calls");
    return;
  }
  if (static_cast<int>(context.inputs.size()) > function.input_size()) {
    context.reject("expected at most " + Twine(function.input_size()) + " inputs, got " + Twine(context.inputs.size()));
    return;
  }
  Frame inner;
  inner.caller = &frame;
  inner.function = &function;
  inner.depth = frame.depth + 1;
  inner.prefix = nodeName(context.loc).str() + "/";
  for (const onnx::OperatorSetIdProto &opset : function.opset_import())
    inner.opsets[canonicalDomain(opset.domain())] = opset.version();
  for (const onnx::AttributeProto &attribute : function.attribute_proto())
    inner.attributes[attribute.name()] = &attribute;
  for (const auto &attribute : context.attributes)
    inner.attributes[attribute.first()] = attribute.second;
  Scope scope;
  for (auto [i, name] : enumerate(function.input()))
    define(scope, name, Binding(context.input(i), "", !context.input(i)));
  importNodes(function.node(), scope, inner);
  for (auto [i, name] : enumerate(function.output())) {
    const Binding *result = scope.lookup(name);
    if (!result)
      context.reject("expected a value named '" + name + "' in the function, which nothing defines");
    context.setResult(i, result ? result->value : Value());
    context.skipped |= !result || !result->value;
  }
}
