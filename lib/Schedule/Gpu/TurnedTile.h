// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tile of an operand that is read across the direction in which it lies, turned in shared memory. Internal to this folder.
//
//   linalg.generic (i, j) ins(%x[j, i]) outs(%y[i, j])
//   ->
//   %tile[i, j] = %x[j, i], loaded along i;  barrier;  linalg.generic (i, j) ins(%tile[i, j]) outs(%y[i, j])
//
// Global memory is walked as it lies on both sides, in vectors where there are any, and shared memory without bank conflicts. Let r be the
// operand's row and c its column, where it is contiguous, and G the elements of 16 bytes. The tile holds column after column, groups of G
// rows of a column together, and these change places with the column:
//
//   place(r, c) = c * rows + (r ^ G * s(c)),   s(c) = (c ^ c / G) % 8
//
// An access of shared memory takes as many steps as there are words of 4 bytes in the bank that it meets most often, and 128 bytes at
// least; a column of 128 bytes, or a multiple, begins in bank 0.
//   - Reads: 8 threads have the 8 groups of 128 bytes of a column, whatever their order: each bank once, 16 bytes a thread.
//   - Writes after loads of vectors: a thread has G columns c = G * v + k of as many rows as fill a word (two of fp16), and writes G words.
//     A warp has 4 such words of a group by 8 neighbouring v: s(G * v + k) is another number for each v, so the 32 words of one k are those
//     of 8 groups in different places. 64 bits are half a group: 16 threads, which one step takes, have 2 by 8.
//   - Writes after loads of elements (rows of odd length, say): a thread has a group of one column, and writes 16 bytes. 8 threads have
//     8 neighbouring columns, for which s differs too.
// Example, fp16, G = 8: thread v loads x[2q, 8v ...] and x[2q + 1, 8v ...]; word k, (x[2q, 8v + k], x[2q + 1, 8v + k]), is for bank
// 4 * (q / 4 ^ v ^ k) + q % 4.
#ifndef TENON_LIB_SCHEDULE_GPU_TURNEDTILE_H
#define TENON_LIB_SCHEDULE_GPU_TURNEDTILE_H

#include "lib/Schedule/Gpu/Distribute.h"

namespace tenon::schedule {

class TurnedTile {
public:
  /// Memory for an operand that `op` reads so; none if there is no such operand, or too much of it.
  static std::optional<TurnedTile> allocate(mlir::RewriterBase &b, mlir::linalg::GenericOp op, ThreadBlock &block);

  mlir::Value getSource() const { return source; }
  mlir::Value getMemory() const { return memory; }

  /// Each thread loads its part and stores it in the tile: all of the loads, or many of them, come first.
  void fill(mlir::RewriterBase &b, const ThreadBlock &block);

  /// Does `operand` read what the tile holds, in its direction?
  bool holds(mlir::OpOperand &operand) const;
  /// `width` elements along the rows from `indices` of the source on; a width of more than one begins at a multiple of it.
  llvm::SmallVector<mlir::Value> load(mlir::OpBuilder &b, mlir::ValueRange indices, int64_t width) const;

private:
  explicit TurnedTile(mlir::Location loc) : loc(loc) {}

  /// What a thread loads at once: `rows[i]` is a vector of the source, or an element, at row i of the patch.
  struct Patch {
    llvm::SmallVector<mlir::Value> at; // in the tile
    mlir::Value inside;                // null: always
    llvm::SmallVector<mlir::Value> rows;
  };
  struct PatchShape {
    int64_t height, width;
    llvm::SmallVector<int64_t> counts; // of patches, in the order of threads, slowest first
  };
  PatchShape choosePatches() const;
  Patch loadPatch(mlir::OpBuilder &b, const PatchShape &shape, mlir::Value number, int64_t end, int64_t total) const;
  void storePatch(mlir::OpBuilder &b, const PatchShape &shape, const Patch &patch) const;
  mlir::Value place(mlir::OpBuilder &b, mlir::ValueRange indices) const;
  mlir::Value clamp(mlir::OpBuilder &b, mlir::Value index, unsigned dim, int64_t width) const;

  unsigned getColumnDim() const { return sizes.size() - 1; }

  mlir::Location loc;
  mlir::Value source, memory;
  mlir::AffineMap map;                        // from the op's loops to the source
  unsigned columnLoop = 0;                    // of the op
  unsigned rowDim = 0;                        // of the source; its columns are the last dim
  int64_t bytes = 0, group = 0;               // of an element; elements of 16 bytes
  llvm::SmallVector<mlir::Value> sourceSizes; // by dim
  llvm::SmallVector<int64_t> sizes;           // of the tile: bounds of these, powers of two for rows and columns
};

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_GPU_TURNEDTILE_H
