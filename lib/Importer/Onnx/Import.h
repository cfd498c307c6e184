// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads an ONNX model: a file or bytes -> a module whose `main` holds `infer` ops (docs/architecture.md, "The module").
//
// Weights stay in the mapped file; the module's resource blobs keep the mapping alive. Whatever the file holds, the outcome is a
// module that verifies or a list of problems; all problems that one pass over the file can find are in the list.
#ifndef TENON_LIB_IMPORTER_ONNX_IMPORT_H
#define TENON_LIB_IMPORTER_ONNX_IMPORT_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>
#include <string>
#include <vector>

namespace tenon {

/// Why a model, or one of its nodes, cannot be imported. The node fields are empty where no node is to blame.
struct ImportProblem {
  std::string reason;
  std::string node; // ONNX node name, or its first output's if it has none
  std::string op;
  std::string domain; // "" is ai.onnx
  int64_t opset = 0;
  std::string operands; // operand types, comma separated

  /// The problem as one line.
  std::string str() const;
};

/// Adds a problem unless there are a thousand already; long texts are cut, since names come from the file.
void addProblem(std::vector<ImportProblem> &problems, ImportProblem problem);

/// Fixes dims of one input: `dims[i] < 0` leaves dimension i as the model declares it.
struct ImportShape {
  std::string input;
  std::vector<int64_t> dims;
};

struct ImportOptions {
  std::vector<ImportShape> shapes;
  /// Keeps the metadata_props of nodes, initialisers and inputs as metadata of their locations. Exporters put stack traces there, many
  /// times the size of the graph, so this is for those who print locations.
  bool keepMetadata = false;
};

/// Imports the model file `path`; external data is looked up in its folder. Null if `problems` got an entry.
/// Loads the dialects it needs into `context`.
mlir::OwningOpRef<mlir::ModuleOp> importOnnxFile(mlir::MLIRContext &context, llvm::StringRef path, const ImportOptions &options,
                                                 std::vector<ImportProblem> &problems);

/// Imports a model in memory. The module shares `bytes`. External data is refused unless `folder` names where it lies.
mlir::OwningOpRef<mlir::ModuleOp> importOnnx(mlir::MLIRContext &context, std::shared_ptr<llvm::MemoryBuffer> bytes, llvm::StringRef folder,
                                             const ImportOptions &options, std::vector<ImportProblem> &problems);

} // namespace tenon

#endif // TENON_LIB_IMPORTER_ONNX_IMPORT_H
