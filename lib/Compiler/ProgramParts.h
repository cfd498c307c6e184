// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Host programs that compute some of the outputs of another one. Internal to this folder.
#ifndef TENON_LIB_COMPILER_PROGRAMPARTS_H
#define TENON_LIB_COMPILER_PROGRAMPARTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace tenon {

/// Outputs by number, put together where something is computed for several of them; in the order in which they come.
llvm::SmallVector<llvm::SmallVector<unsigned>> findIndependentOutputs(mlir::func::FuncOp main);

/// A program with some of the inputs and outputs of another one, in their order.
struct ProgramPart {
  mlir::OwningOpRef<mlir::ModuleOp> module; // without @kernels
  llvm::SmallVector<unsigned> inputs, outputs;
};

/// The part of `program` that computes `outputs`, unions of what findIndependentOutputs gives.
ProgramPart extractPart(mlir::ModuleOp program, llvm::ArrayRef<unsigned> outputs);

} // namespace tenon

#endif // TENON_LIB_COMPILER_PROGRAMPARTS_H
