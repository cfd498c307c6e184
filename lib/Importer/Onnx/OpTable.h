// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of ONNX ops: one row each. A row either names the `infer` op that has the same operands and attributes, or a handler.
#ifndef TENON_LIB_IMPORTER_ONNX_OPTABLE_H
#define TENON_LIB_IMPORTER_ONNX_OPTABLE_H

#include "lib/Importer/Onnx/Node.h"
#include <limits>

namespace tenon::onnx_importer {

using Handler = mlir::LogicalResult (*)(NodeContext &);

/// `attributes` lists, separated by spaces, every attribute that the op may have. For rows that name an op an entry is `name:kind=default`
/// or `name:kind` without a default; kinds are i(nt), b(ool), f(loat), s(tring), I(nts) and a(xis of operand 0, normalised).
/// Without a kind it means nothing to inference.
struct OpRow {
  const char *type;
  int since = 7, until = std::numeric_limits<int>::max(); // opsets of ai.onnx
  int minInputs = 1, maxInputs = 1;                       // maxInputs -1: any number
  const char *attributes = "";
  const char *op = nullptr; // in `infer`
  Handler handler = nullptr;
};

constexpr int anyNumber = -1;
constexpr int newest = std::numeric_limits<int>::max();

/// A row whose op has ONNX's operands and attributes.
constexpr OpRow same(const char *type, const char *op, int minInputs, int maxInputs, const char *attributes = "", int since = 7,
                     int until = newest) {
  return {type, since, until, minInputs, maxInputs, attributes, op, nullptr};
}
/// A row with a handler.
constexpr OpRow custom(const char *type, Handler handler, int minInputs, int maxInputs, const char *attributes = "", int since = 7,
                       int until = newest) {
  return {type, since, until, minInputs, maxInputs, attributes, nullptr, handler};
}

// One family of rows per file.
llvm::ArrayRef<OpRow> elementwiseRows();
llvm::ArrayRef<OpRow> contractionRows();
llvm::ArrayRef<OpRow> reductionRows();
llvm::ArrayRef<OpRow> normalizationRows();
llvm::ArrayRef<OpRow> poolingRows();
llvm::ArrayRef<OpRow> shapeRows();
llvm::ArrayRef<OpRow> resizeRows();
llvm::ArrayRef<OpRow> indexingRows();
llvm::ArrayRef<OpRow> recurrentRows();
llvm::ArrayRef<OpRow> controlRows();
llvm::ArrayRef<OpRow> quantizeRows();

/// The row of an op of ai.onnx at an opset; null and a reason if there is none.
const OpRow *findRow(llvm::StringRef type, int64_t opset, std::string &reason);
/// Whether the row lists the attribute.
bool hasAttribute(const OpRow &row, llvm::StringRef name);
/// Builds the op that a row names.
mlir::LogicalResult importSame(NodeContext &node, const OpRow &row);

} // namespace tenon::onnx_importer

#endif // TENON_LIB_IMPORTER_ONNX_OPTABLE_H
