// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Two versions of a model: @main takes dims that broadcast to be equal and is fast, kGeneralName serves all inputs. The host program
// decides between them when shapes are bound.
#ifndef TENON_DIALECTS_INFER_IR_VERSIONS_H
#define TENON_DIALECTS_INFER_IR_VERSIONS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace tenon::infer {

/// On @main: the name of the other version.
constexpr llvm::StringLiteral kGeneralAttr = "infer.general";
constexpr llvm::StringLiteral kGeneralName = "main_general";
/// On a cf.assert in @main: not an error but the other version if it does not hold.
constexpr llvm::StringLiteral kVersionAttr = "infer.version";

/// @main and, where there is one, the other version: none if there is no @main.
llvm::SmallVector<mlir::func::FuncOp, 2> versionsOf(mlir::ModuleOp module);

} // namespace tenon::infer

#endif // TENON_DIALECTS_INFER_IR_VERSIONS_H
