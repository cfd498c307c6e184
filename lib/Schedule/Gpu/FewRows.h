// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products of few rows, whose time is that of reading the other operand: weights, of which each element is used once a row. Internal to
// this folder.
//
// A tile has all rows and few columns, and several slices of it are under way at once: what a multiprocessor waits for must cover the
// memory's latency (3 TB/s for 1 us are 3 MB, 23 KB for each of 132). A thread sums squares of 4 x 4 products of up to 8 rows in registers,
// since shared memory gives a warp 128 bytes a cycle, and sums of 2 x 2 would wait for it. As few sums need few threads, groups of threads
// share the products of a slice, and add up their sums in the end, in a fixed order.
#ifndef TENON_LIB_SCHEDULE_GPU_FEWROWS_H
#define TENON_LIB_SCHEDULE_GPU_FEWROWS_H

#include "lib/Schedule/Gpu/ProductSlice.h"

namespace tenon::schedule {

/// Columns of a tile, the rows that it has at most, and what its sums have at least, which is two slices.
inline constexpr int64_t kFewRowsColumns = 64, kMostFewRows = 64, kFewRowsLength = 128;

/// Rows of the tile that is offered where the run knows how many there are: for some numbers 8 or 32 would be better, but each is a kernel
/// more.
inline constexpr int64_t kOfferedFewRows = 16;

/// The tile for so many rows, less its columns.
ProductTile chooseFewRows(int64_t rows);

/// Whether `op` is of such a kind, however many rows it has: of f32, with sums of a known length that is worth a ring.
bool canHaveFewRows(mlir::linalg::LinalgOp op, const Product &product);

/// Whether `tile` is one of few rows; others are squares.
bool isOfFewRows(const ProductTile &tile);

/// The product of `domain` in a tile of few rows, with what follows it; false if operands are not in global memory.
bool emitFewRows(mlir::OpBuilder &b, const ProductDomain &domain, const ProductTile &tile, llvm::ArrayRef<EpilogueOp> epilogue,
                 ThreadBlock &block);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_GPU_FEWROWS_H
