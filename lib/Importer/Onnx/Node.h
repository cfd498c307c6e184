// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a handler sees of one ONNX node: checked access to operands and attributes, and the building of `infer` ops.
#ifndef TENON_LIB_IMPORTER_ONNX_NODE_H
#define TENON_LIB_IMPORTER_ONNX_NODE_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/Twine.h"
#include <optional>

namespace onnx {
class AttributeProto;
class GraphProto;
class NodeProto;
} // namespace onnx

namespace tenon::onnx_importer {

class GraphImporter;
struct Scope;
struct Frame;

/// Attributes by name, references to a function's attributes resolved.
using AttributeMap = llvm::StringMap<const onnx::AttributeProto *>;

/// One node while it is imported. Accessors that find something wrong call `reject` and return a default, so that a handler may
/// read all it needs and check `failed()` once; a handler that returns without having set a result has failed or cannot give it.
class NodeContext {
public:
  NodeContext(GraphImporter &graph, Scope &scope, const Frame &frame, const onnx::NodeProto &node, mlir::Location loc)
      : graph(graph), scope(scope), frame(frame), node(node), loc(loc) {}

  // The node.
  llvm::StringRef opType() const;
  int64_t opset() const { return version; }
  mlir::Location location() const { return loc; }
  mlir::OpBuilder &builder() const;

  // Operands. Trailing and empty names are absent: null values.
  unsigned numInputs() const { return inputs.size(); }
  mlir::Value input(unsigned i) const { return i < inputs.size() ? inputs[i] : mlir::Value(); }
  llvm::ArrayRef<mlir::Value> allInputs() const { return inputs; }
  mlir::RankedTensorType inputType(unsigned i) const;
  int64_t rank(unsigned i) const { return inputType(i).getRank(); }
  unsigned numOutputs() const;
  bool wantsOutput(unsigned i) const;

  // Attributes.
  bool has(llvm::StringRef name) const { return attributes.contains(name); }
  int64_t getInt(llvm::StringRef name, int64_t missing);
  float getFloat(llvm::StringRef name, float missing);
  std::string getString(llvm::StringRef name, llvm::StringRef missing);
  llvm::SmallVector<int64_t> getInts(llvm::StringRef name, llvm::ArrayRef<int64_t> missing = {});
  llvm::SmallVector<float> getFloats(llvm::StringRef name);
  llvm::SmallVector<std::string> getStrings(llvm::StringRef name);
  /// The tensor attribute; null if absent or wrong.
  mlir::ElementsAttr getTensor(llvm::StringRef name);
  const onnx::GraphProto *getGraph(llvm::StringRef name);

  /// `axis` counted from the front for a tensor of `rank` dims (or one more for `end`); fails outside of it.
  int64_t normalizeAxis(int64_t axis, int64_t rank);
  llvm::SmallVector<int64_t> normalizeAxes(llvm::ArrayRef<int64_t> axes, int64_t rank);
  /// The elements of an integer operand known at import. None: absent or computed when the engine runs.
  std::optional<llvm::SmallVector<int64_t>> knownInts(unsigned input) const;
  /// The integers of attribute `name` up to the opset before `inputSince`, of operand `input` from it on.
  /// None: absent, or computed when the engine runs.
  std::optional<llvm::SmallVector<int64_t>> attributeOrInput(llvm::StringRef name, int64_t inputSince, unsigned input);

  // Building. Null values among the operands are absent optional ones; a value that is null on return has failed.
  mlir::Operation *createOp(llvm::StringRef op, llvm::ArrayRef<mlir::Value> operands, llvm::ArrayRef<mlir::NamedAttribute> attributes = {},
                            llvm::ArrayRef<int32_t> segments = {}, llvm::MutableArrayRef<std::unique_ptr<mlir::Region>> regions = {});
  mlir::Value create(llvm::StringRef op, llvm::ArrayRef<mlir::Value> operands, llvm::ArrayRef<mlir::NamedAttribute> attributes = {},
                     llvm::ArrayRef<int32_t> segments = {});
  mlir::NamedAttribute attr(llvm::StringRef name, mlir::Attribute value) const;
  mlir::NamedAttribute ints(llvm::StringRef name, llvm::ArrayRef<int64_t> values) const;
  mlir::NamedAttribute integer(llvm::StringRef name, int64_t value) const;
  mlir::NamedAttribute boolean(llvm::StringRef name, bool value) const;
  mlir::NamedAttribute real(llvm::StringRef name, float value) const;
  mlir::NamedAttribute string(llvm::StringRef name, llvm::StringRef value) const;
  mlir::Value constant(mlir::ElementsAttr value);
  mlir::Value constantInts(llvm::ArrayRef<int64_t> values);
  mlir::Value constantInt(int64_t value);
  /// A scalar or one-element list of the operand type's element type.
  mlir::Value constantScalar(mlir::Type element, double value);

  /// Imports a subgraph at the builder's place, with `arguments` for its inputs. False if a node in it failed.
  bool importGraph(const onnx::GraphProto &body, mlir::ValueRange arguments, llvm::SmallVectorImpl<mlir::Value> &results);

  // Outcome.
  void reject(const llvm::Twine &reason);
  mlir::LogicalResult fail(const llvm::Twine &reason) {
    reject(reason);
    return mlir::failure();
  }
  bool failed() const { return !problem.empty(); }
  void setResult(unsigned i, mlir::Value value);
  void setResults(mlir::Operation *op);

private:
  friend class GraphImporter;
  const onnx::AttributeProto *find(llvm::StringRef name, int type);

  GraphImporter &graph;
  Scope &scope;
  const Frame &frame;
  const onnx::NodeProto &node;
  mlir::Location loc;
  int64_t version = 0;
  llvm::SmallVector<mlir::Value, 4> inputs;
  AttributeMap attributes;
  llvm::SmallVector<mlir::Value, 2> results;
  std::string problem;
  bool skipped = false;
};

} // namespace tenon::onnx_importer

#endif // TENON_LIB_IMPORTER_ONNX_NODE_H
