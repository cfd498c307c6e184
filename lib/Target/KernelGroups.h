// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels in groups of fixed size: what is compiled together does not depend on how many threads compile.
#ifndef TENON_LIB_TARGET_KERNELGROUPS_H
#define TENON_LIB_TARGET_KERNELGROUPS_H

#include "lib/Support/Cancellation.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace tenon {

/// Modules of at most `groupSize` public functions of `kernels` (in the LLVM dialect) each, in its order, with all that they reach.
llvm::SmallVector<mlir::OwningOpRef<mlir::ModuleOp>> splitKernels(mlir::ModuleOp kernels, size_t groupSize);

/// Calls `task(i)` for each i below `count`, on `threads` threads. Fails if it was cancelled: then some were not called.
mlir::LogicalResult forEachGroup(size_t count, unsigned threads, const Cancellation *cancellation, llvm::function_ref<void(size_t)> task);

} // namespace tenon

#endif // TENON_LIB_TARGET_KERNELGROUPS_H
