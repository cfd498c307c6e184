// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The kernel that copies the transpose of a matrix to rows of whole 16 bytes. Internal to this folder.
#ifndef TENON_LIB_SCHEDULE_TILE_TURNROWS_H
#define TENON_LIB_SCHEDULE_TILE_TURNROWS_H

#include "lib/Schedule/Tile/Gemm.h"

namespace tenon::schedule {

/// Matrices of a host program, [count, rows, columns] as they lie in memory: rows and columns are above 0.
struct TurnedMatrix {
  mlir::Value buffer, rows, columns, count;
  int64_t elementBytes = 0;
};

/// Writes the kernel `name` for elements of 1 or 4 bytes, with the parameters of runtime/engine/KernelAbi.h: buffers from and to, then as
/// scalars rows, columns and the number of matrices before.
tile::KernelOp buildTurnRows(mlir::OpBuilder &builder, mlir::Location loc, llvm::StringRef name, int64_t elementBytes);

/// Allocates the transposes, whose rows are padded as those of a padded copy are, and launches `kernel` to fill them. Unless `isWanted`,
/// which may be null, there is neither memory nor a workgroup.
mlir::Value launchTurnRows(mlir::OpBuilder &builder, mlir::Location loc, tile::KernelOp kernel, const TurnedMatrix &matrix,
                           mlir::Value isWanted);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_TILE_TURNROWS_H
