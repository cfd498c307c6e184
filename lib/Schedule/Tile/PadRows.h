// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The kernel that copies a matrix to rows that begin at lines of memory, which the copy engine moves fastest. Internal to this folder.
#ifndef TENON_LIB_SCHEDULE_TILE_PADROWS_H
#define TENON_LIB_SCHEDULE_TILE_PADROWS_H

#include "lib/Schedule/Tile/Gemm.h"

namespace tenon::schedule {

/// The copy engine takes rows that begin at multiples of so many bytes.
inline constexpr int64_t kRowUnit = 16;
/// Rows of the copy begin at multiples of so many bytes: the lines of the L2 cache.
inline constexpr int64_t kRowPitch = 128;
/// Units that a workgroup copies.
inline constexpr int64_t kPaddedUnits = 1024;

/// Writes the kernel `name` for one matrix or two, with the parameters of runtime/engine/KernelAbi.h: for each matrix buffers from and to,
/// then for each as scalars the number of rows and the bytes of a row before, both above 0, then for two the workgroups of the first. Rows
/// of any type and length are copied by the same kernel.
tile::KernelOp buildPadRows(mlir::OpBuilder &builder, mlir::Location loc, llvm::StringRef name, int64_t matrices);

/// A matrix of a host program: its memory, how many rows it has, and their bytes.
struct RaggedMatrix {
  mlir::Value buffer, rows, rowBytes;
};

/// Bytes from one row to the next in the copy.
mlir::Value paddedBytes(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value rowBytes);

/// `size`, or 0 unless `isWanted`, which may be null.
mlir::Value ifWanted(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value isWanted, mlir::Value size);

/// Allocates copies of one or two matrices and launches `kernel`, which is made for so many, to fill them. Unless `isWanted`, which may be
/// null, there is neither memory nor a workgroup.
llvm::SmallVector<mlir::Value> launchPadRows(mlir::OpBuilder &builder, mlir::Location loc, tile::KernelOp kernel,
                                             llvm::ArrayRef<RaggedMatrix> matrices, mlir::Value isWanted);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_TILE_PADROWS_H
