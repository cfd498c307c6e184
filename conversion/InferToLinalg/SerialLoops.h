// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Nests of scf.for over tensors, for what is serial by nature: scatters, scans, selection.
#ifndef TENON_CONVERSION_INFERTOLINALG_SERIALLOOPS_H
#define TENON_CONVERSION_INFERTOLINALG_SERIALLOOPS_H

#include "conversion/InferToLinalg/Lowering.h"

namespace tenon {

/// What a step of a loop nest computes: the next values of what it carries.
using StepFn = llvm::function_ref<llvm::SmallVector<mlir::Value>(llvm::ArrayRef<Scalar> indices, mlir::ValueRange carried)>;

/// Runs `step` for all index tuples below `sizes`, row-major, and gives the last carried values. Dims must be asked for before.
llvm::SmallVector<mlir::Value> serialLoops(Lowering &l, llvm::ArrayRef<mlir::Value> sizes, mlir::ValueRange initial, StepFn step);

/// Gives what `then` computes where `condition` holds, else `values`.
llvm::SmallVector<mlir::Value> updateIf(Lowering &l, const Scalar &condition, mlir::ValueRange values,
                                        llvm::function_ref<llvm::SmallVector<mlir::Value>()> then);

mlir::Value insert(Lowering &l, const Scalar &element, mlir::Value tensor, llvm::ArrayRef<Scalar> indices);
Scalar extract(Lowering &l, mlir::Value tensor, llvm::ArrayRef<Scalar> indices, mlir::Type element);
Scalar toI64(const Scalar &index);

} // namespace tenon

#endif // TENON_CONVERSION_INFERTOLINALG_SERIALLOOPS_H
