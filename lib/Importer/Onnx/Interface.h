// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The model's interface: graph inputs with their dims -> arguments of `main`, symbolic dims and shape bindings; graph outputs -> results.
#ifndef TENON_LIB_IMPORTER_ONNX_INTERFACE_H
#define TENON_LIB_IMPORTER_ONNX_INTERFACE_H

#include "lib/Importer/Onnx/Dims.h"
#include "lib/Importer/Onnx/Graph.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace onnx {
class TypeProto;
}

namespace tenon::onnx_importer {

class Interface {
public:
  Interface(mlir::OpBuilder &builder, const onnx::GraphProto &graph, std::vector<ImportProblem> &problems)
      : builder(builder), graph(graph), problems(problems), table(builder.getContext()) {}

  /// Reads the inputs that are no initialisers; `shapes` fixes dims. False if one is wrong.
  bool readInputs(llvm::ArrayRef<ImportShape> shapes);
  /// Makes `main` with one argument per input and the symbolic dims at its start. The function has no results yet.
  mlir::func::FuncOp createMain(mlir::ModuleOp module);
  /// Defines the inputs' names, those of refused ones too.
  void defineInputs(GraphImporter &importer, Scope &scope, mlir::func::FuncOp main);
  /// Returns `values` from `main` and names the results. False if a value contradicts what the file declares.
  bool finish(mlir::func::FuncOp main, llvm::ArrayRef<mlir::Value> values);

private:
  struct Input {
    std::string name;
    mlir::LocationAttr loc;
    mlir::RankedTensorType type;
    llvm::SmallVector<mlir::AffineExpr, 4> dims;
    llvm::SmallVector<std::string, 4> spelling; // "" for known dims
  };
  bool report(const llvm::Twine &reason);
  bool fixNames(llvm::ArrayRef<ImportShape> shapes);
  std::string nameDim(llvm::StringRef input, size_t dim);
  bool readInput(const onnx::ValueInfoProto &value, llvm::ArrayRef<int64_t> fixed);
  void nameUndetermined();
  void bindShapes(mlir::Block &entry);

  mlir::OpBuilder &builder;
  const onnx::GraphProto &graph;
  std::vector<ImportProblem> &problems;
  DimTable table;
  llvm::StringSet<> named; // dims that have a name of the file or of ours
  std::vector<Input> inputs;
  std::vector<std::string> refused; // inputs with a problem of their own: what reads them is silent
};

} // namespace tenon::onnx_importer

#endif // TENON_LIB_IMPORTER_ONNX_INTERFACE_H
