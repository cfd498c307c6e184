// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shorthand for handlers that say an ONNX op in several `infer` ops. A null value among the operands gives a null result: a handler
// checks the last one, or leaves that to the node, which knows the first problem.
#ifndef TENON_LIB_IMPORTER_ONNX_COMPOSER_H
#define TENON_LIB_IMPORTER_ONNX_COMPOSER_H

#include "lib/Importer/Onnx/Node.h"

namespace tenon::onnx_importer {

class Composer {
public:
  explicit Composer(NodeContext &node) : node(node), i64(node.builder().getI64Type()) {}

  mlir::Value op(llvm::StringRef name, llvm::ArrayRef<mlir::Value> operands, llvm::ArrayRef<mlir::NamedAttribute> attributes = {});
  mlir::Type elementOf(mlir::Value tensor);
  int64_t rankOf(mlir::Value tensor) { return mlir::cast<mlir::RankedTensorType>(tensor.getType()).getRank(); }

  mlir::Value cast(mlir::Value tensor, mlir::Type element);
  /// A number of the element type of `like`.
  mlir::Value number(mlir::Value like, double value) { return like ? node.constantScalar(elementOf(like), value) : mlir::Value(); }
  mlir::Value add(mlir::Value a, mlir::Value b) { return op("add", {a, b}); }
  mlir::Value sub(mlir::Value a, mlir::Value b) { return op("sub", {a, b}); }
  mlir::Value mul(mlir::Value a, mlir::Value b) { return op("mul", {a, b}); }
  mlir::Value div(mlir::Value a, mlir::Value b) { return op("div", {a, b}); }
  mlir::Value where(mlir::Value condition, mlir::Value a, mlir::Value b) { return op("where", {condition, a, b}); }
  mlir::Value concat(llvm::ArrayRef<mlir::Value> parts, int64_t axis = 0) { return op("concat", parts, {node.integer("axis", axis)}); }
  mlir::Value gather(mlir::Value data, mlir::Value indices, int64_t axis = 0) {
    return op("gather", {data, indices}, {node.integer("axis", axis)});
  }
  mlir::Value reduce(llvm::StringRef kind, mlir::Value x, llvm::ArrayRef<int64_t> axes, bool keepdims);
  mlir::Value reshape(mlir::Value x, mlir::Value shape);
  mlir::Value unsqueeze(mlir::Value x, llvm::ArrayRef<int64_t> axes) { return op("unsqueeze", {x}, {node.ints("axes", axes)}); }
  /// The dims [start, end) as an i64 vector.
  mlir::Value shape(mlir::Value x, int64_t start = 0, std::optional<int64_t> end = std::nullopt);
  /// An i64 vector of `count` times `value`.
  mlir::Value repeated(int64_t count, int64_t value);
  /// `otherwise`, or what `then` makes if the one-element `condition` is true when the engine runs.
  mlir::Value choose(mlir::Value condition, llvm::function_ref<mlir::Value()> then, mlir::Value otherwise);

  NodeContext &node;
  mlir::Type i64;
};

/// A region with the ops that `fill` makes in its block of `arguments`, and a yield of the values that it gives; null if it gives none.
std::unique_ptr<mlir::Region>
buildRegion(NodeContext &node, mlir::TypeRange arguments,
            llvm::function_ref<bool(mlir::ValueRange arguments, llvm::SmallVectorImpl<mlir::Value> &yielded)> fill);

} // namespace tenon::onnx_importer

#endif // TENON_LIB_IMPORTER_ONNX_COMPOSER_H
