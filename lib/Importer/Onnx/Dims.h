// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The dims of graph inputs as the file spells them: numbers, names, and expressions of names such as `s2 + s27`.
#ifndef TENON_LIB_IMPORTER_ONNX_DIMS_H
#define TENON_LIB_IMPORTER_ONNX_DIMS_H

#include "mlir/IR/AffineExpr.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"
#include <string>

namespace tenon::onnx_importer {

/// Numbers the names that dims use, in order of their first use.
class DimTable {
public:
  explicit DimTable(mlir::MLIRContext *context) : context(context) {}

  /// The expression that `text` spells over `symbols()`. What is not arithmetic on names and integers is one name as a whole.
  mlir::AffineExpr parse(llvm::StringRef text);
  /// The symbol called `name`, or the constant that it was fixed to.
  mlir::AffineExpr symbol(llvm::StringRef name);
  /// Gives `name` a value, before any expression uses it. False if it has another one already.
  bool fix(llvm::StringRef name, int64_t value);
  llvm::ArrayRef<std::string> symbols() const { return names; }

private:
  mlir::MLIRContext *context;
  llvm::StringMap<unsigned> numbers;
  llvm::StringMap<int64_t> fixed;
  std::vector<std::string> names;
};

/// Whether `text` is a name and no expression.
bool isDimName(llvm::StringRef text);

} // namespace tenon::onnx_importer

#endif // TENON_LIB_IMPORTER_ONNX_DIMS_H
