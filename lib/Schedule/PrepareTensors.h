// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rewrites before scheduling. Internal to this folder.
#ifndef TENON_LIB_SCHEDULE_PREPARETENSORS_H
#define TENON_LIB_SCHEDULE_PREPARETENSORS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tenon::schedule {

/// Fuses elementwise ops, turns tensor ops that bufferization would copy for into linalg ops, and makes the result in the memory of an
/// argument that is marked so.
mlir::LogicalResult prepareTensors(mlir::func::FuncOp function);

/// Folds what tiling left behind: slices of slices, constant minima, dead ops, equal ops.
mlir::LogicalResult cleanUp(mlir::func::FuncOp function);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_PREPARETENSORS_H
