// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Slices that come to shared memory without a way through registers, several of them under way at once. Internal to this folder.
//
// cp.async brings chunks of 16 bytes (or 8 or 4, where rows are no whole chunks), and ldmatrix reads tiles of 8 x 8 short floats, a row of
// them being a chunk. Rows of shared memory lie as the operand does: a line of `depth` products, or a product of all lines, which
// ldmatrix.trans turns. A step of either instruction moves 8 chunks, 128 bytes, and meets every bank once if these are different chunks
// modulo 8. So a row's chunks change places:
//
//   place(row, chunk) = row * chunks + (chunk ^ s(row)),   s(row) = row / r % min(chunks, 8)
//
// where r = max(1, 8 / chunks) rows fill 128 bytes. Of 8 chunks below each other those in one of r rows differ by s, and rows of one r by
// their place in the 128 bytes; 8 neighbouring chunks are still the same 128 bytes.
// Example, depth 32: 4 chunks, r = 2; chunk 0 of the rows 0 to 7 has the places 0, 4, 9, 13, 18, 22, 27, 31: modulo 8 all of them.
// Where threads read squares of 4 x 4 floats, a load of theirs meets every fourth row: s(row) = row / 4r % min(chunks, 8).
#ifndef TENON_LIB_SCHEDULE_GPU_ASYNCSLICE_H
#define TENON_LIB_SCHEDULE_GPU_ASYNCSLICE_H

#include "lib/Schedule/Gpu/ProductSlice.h"

namespace tenon::schedule {

/// Slices in a ring of `stages` places: shared[slice % stages][row][chunk ^ s(row)].
class AsyncSlice : public OperandSlice {
public:
  AsyncSlice(const ProductDomain &domain, mlir::OpOperand &operand, bool isRows, int64_t lines, int64_t depth, ThreadBlock &block);
  /// Side of the squares that a thread reads.
  static constexpr int64_t kSquare = 4;

  /// Whether the operand is vectors of global memory that the instruction takes, by proof.
  bool isCopied() const;
  /// Memory for the ring: its own, or what `memory`, of bytes, has from `first` on. Nothing below works without.
  void allocate(int64_t stages);
  void allocate(mlir::OpBuilder &b, int64_t stages, mlir::Value memory, int64_t first);
  int64_t countBytes(int64_t stages) const;

  /// Starts this thread's copies of the slice that begins at `first`. Beyond the last product there is zero, beyond the last line a copy of
  /// it.
  void copy(mlir::OpBuilder &b, mlir::Value stage, mlir::Value first) const;
  /// Of floats, for each of four products from `k` on a vector of the four lines from `line` on; these are multiples of 4.
  llvm::SmallVector<mlir::Value> square(mlir::OpBuilder &b, mlir::Value stage, mlir::Value k, mlir::Value line) const;
  /// Of short floats, as PairSlice has them.
  llvm::SmallVector<mlir::Value> fragments(mlir::OpBuilder &b, mlir::Value stage, int64_t k, const WarpLines &warp) const;

private:
  mlir::MemRefType getRingType(int64_t stages) const;
  int64_t numChunks() const; // of a row
  mlir::Value swizzle(mlir::OpBuilder &b, mlir::Value row) const;

  int64_t chunk;   // in elements
  int64_t perRead; // rows of which one load of a thread reads one
};

/// As multiplySlices, with `stages` - 1 slices under way while `accumulate` works on one.
llvm::SmallVector<mlir::Value> multiplyAsyncSlices(mlir::OpBuilder &b, const ProductDomain &domain, int64_t depth, int64_t stages,
                                                   const AsyncSlice &left, const AsyncSlice &right, mlir::ValueRange start,
                                                   Accumulate accumulate);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_GPU_ASYNCSLICE_H
