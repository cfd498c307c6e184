// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Imports the nodes of graphs, subgraphs and model-local functions into one function body.
#ifndef TENON_LIB_IMPORTER_ONNX_GRAPH_H
#define TENON_LIB_IMPORTER_ONNX_GRAPH_H

#include "lib/Importer/Onnx/Import.h"
#include "lib/Importer/Onnx/Node.h"
#include "lib/Importer/Onnx/Tensors.h"
#include "llvm/ADT/StringSet.h"

namespace onnx {
class FunctionProto;
class ModelProto;
class ValueInfoProto;
} // namespace onnx
namespace google::protobuf {
template <typename T> class RepeatedPtrField;
}

namespace tenon::onnx_importer {

struct OpRow;

/// What a name stands for.
struct Binding {
  explicit Binding(mlir::Value value = {}, std::string missing = "", bool absent = false)
      : value(value), missing(std::move(missing)), absent(absent) {}
  mlir::Value value;   // null: nothing can use it
  std::string missing; // why; empty if the reason was reported already
  bool absent;         // an optional input that a function call leaves out: as good as an empty name
};

/// The names of one graph; a subgraph sees those around it.
struct Scope {
  explicit Scope(Scope *parent = nullptr) : parent(parent) {}
  const Binding *lookup(llvm::StringRef name) const {
    for (const Scope *scope = this; scope; scope = scope->parent)
      if (auto entry = scope->names.find(name); entry != scope->names.end())
        return &entry->second;
    return nullptr;
  }
  Scope *parent;
  llvm::StringMap<Binding> names;
};

/// The model or the function call whose nodes are imported.
struct Frame {
  llvm::StringMap<int64_t> opsets; // by domain, "" for ai.onnx
  AttributeMap attributes;         // of the function call
  const Frame *caller = nullptr;   // null for the model
  const onnx::FunctionProto *function = nullptr;
  std::string prefix; // of node names
  unsigned depth = 0;
};

class GraphImporter {
public:
  GraphImporter(mlir::OpBuilder builder, mlir::Block *entry, TensorReader &tensors, std::vector<ImportProblem> &problems)
      : builder(builder), tensors(tensors), entry(entry), problems(problems),
        nodeBudget(150000 + static_cast<int64_t>(tensors.modelSize() / 512)) {}

  /// Makes the model's functions callable.
  void addFunctions(const onnx::ModelProto &model);
  /// Defines initialisers, then nodes in an order that their operands allow. Problems are collected.
  void importBody(const onnx::GraphProto &graph, Scope &scope, const Frame &frame);
  /// The values of a graph's outputs; false if one is missing or failed before.
  bool outputs(const onnx::GraphProto &graph, const Scope &scope, llvm::SmallVectorImpl<mlir::Value> &values);
  bool importSubgraph(const onnx::GraphProto &body, Scope &scope, const Frame &frame, mlir::ValueRange arguments,
                      llvm::SmallVectorImpl<mlir::Value> &values);
  /// A constant at the start of the function, where every region sees it.
  mlir::Value constant(mlir::ElementsAttr value, mlir::Location loc);
  void define(Scope &scope, llvm::StringRef name, Binding binding);
  void report(const llvm::Twine &reason);
  /// How many nodes of each op were read, those of functions once for each call.
  const llvm::StringMap<int64_t> &getNodeCounts() const { return nodeCounts; }
  /// Counts ops made; false when there are too many.
  bool charge(int64_t ops) { return (nodeBudget -= ops) >= 0; }

  mlir::OpBuilder builder;
  TensorReader &tensors;

private:
  using Nodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;
  void importInitializers(const onnx::GraphProto &graph, Scope &scope);
  void importNodes(const Nodes &nodes, Scope &scope, const Frame &frame);
  void importNode(const onnx::NodeProto &node, Scope &scope, const Frame &frame);
  mlir::Location nodeLocation(const onnx::NodeProto &node, const Frame &frame, llvm::StringRef name);
  void runHandler(NodeContext &context, const OpRow &row);
  void callFunction(NodeContext &context, const onnx::FunctionProto &function, const Frame &frame);
  bool resolveInputs(NodeContext &context);
  bool resolveAttributes(NodeContext &context);
  void defineOutputs(NodeContext &context);
  void report(NodeContext &context);

  mlir::Block *entry;
  mlir::Operation *lastConstant = nullptr;
  std::vector<ImportProblem> &problems;
  llvm::StringMap<const onnx::FunctionProto *> functions;
  llvm::StringMap<int64_t> nodeCounts;
  /// The nodes of a function are imported at each call, their metadata once.
  llvm::DenseMap<const onnx::NodeProto *, mlir::DictionaryAttr> nodeMetadata;
  /// Bounds of memory and of time: functions can multiply the nodes of a small file.
  int64_t nodeBudget;
  int64_t visitBudget = 5000000;
};

/// Positions of `nodes` in an order in which every value is made before it is used: the file's order where that is one already.
/// Nodes on or behind a cycle are left out. `visits` grows with the names that were looked at.
llvm::SmallVector<int> topologicalOrder(const google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes, int64_t &visits);

} // namespace tenon::onnx_importer

#endif // TENON_LIB_IMPORTER_ONNX_GRAPH_H
