// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Folding that whole families share: small constants through an op's own rules, and ops that do nothing.
#ifndef TENON_DIALECTS_INFER_IR_FOLDING_H
#define TENON_DIALECTS_INFER_IR_FOLDING_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/OpDefinition.h"

namespace tenon::infer {

/// Constants that folding makes are at most this large.
constexpr int64_t kMaxFoldedBytes = 4096;

/// The result of an op with a shape function as a constant: its elements are numbers, or elements of constant operands that were moved.
mlir::OpFoldResult foldElements(mlir::Operation *op, llvm::ArrayRef<mlir::Attribute> operands);
/// Result i of an op with several results, as a constant.
mlir::Attribute foldElements(mlir::Operation *op, unsigned result, llvm::ArrayRef<mlir::Attribute> operands);
/// An elementwise op on constants: its scalar body, run by the folders of arith. Only results that every host computes alike.
mlir::OpFoldResult foldElementwise(mlir::Operation *op, llvm::ArrayRef<mlir::Attribute> operands);

} // namespace tenon::infer

#endif // TENON_DIALECTS_INFER_IR_FOLDING_H
