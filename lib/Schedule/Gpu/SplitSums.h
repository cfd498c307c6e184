// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums over many elements in two steps. Internal to this folder.
#ifndef TENON_LIB_SCHEDULE_GPU_SPLITSUMS_H
#define TENON_LIB_SCHEDULE_GPU_SPLITSUMS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"

namespace tenon::schedule {

/// Splits the reductions of `function`, of static shape, that would leave most of the machine idle.
void splitSums(mlir::RewriterBase &rewriter, mlir::func::FuncOp function);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_GPU_SPLITSUMS_H
