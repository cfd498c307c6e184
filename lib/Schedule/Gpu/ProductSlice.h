// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How one operand of a product gets to shared memory, slice by slice. Internal to this folder.
#ifndef TENON_LIB_SCHEDULE_GPU_PRODUCTSLICE_H
#define TENON_LIB_SCHEDULE_GPU_PRODUCTSLICE_H

#include "lib/Schedule/Gpu/BlockProduct.h"

namespace tenon::schedule {

/// The loops of a product as this thread block sees them.
struct ProductDomain {
  mlir::linalg::GenericOp op;
  const Product &product;
  int64_t innerColumns;                  // columns of the tile along the last n loop
  llvm::SmallVector<mlir::Value> sizes;  // of all loops
  llvm::SmallVector<mlir::Value> kSizes; // of the summed loops
  mlir::Value depth;                     // product of kSizes
};

/// A tile of `lines` rows or columns, which threads bring to shared memory in slices of `depth` products.
class OperandSlice {
protected:
  OperandSlice(const ProductDomain &domain, mlir::OpOperand &operand, bool isRows, int64_t lines, int64_t depth, ThreadBlock &block);

  struct Place {
    mlir::Value k, line; // within the slice
    mlir::Value inside;  // null: always
  };
  /// Where the operand has a place of a slice, or the nearest one that it has.
  struct Source {
    llvm::SmallVector<mlir::Value> indices;
    mlir::Value inside; // is there such a product? null: always
  };
  void chooseVectors(int64_t widest);
  /// Threads deal in units of so many products of so many neighbouring lines.
  int64_t numRounds(int64_t products, int64_t neighbours) const;
  Place place(mlir::OpBuilder &b, int64_t round, int64_t products, int64_t neighbours) const;
  Source sourceOf(mlir::OpBuilder &b, const Place &at, mlir::Value first) const;
  mlir::MemRefType getType() const;
  mlir::Type getElementType() const;

  const ProductDomain &domain;
  mlir::OpOperand &operand;
  bool isRows;
  int64_t lines, depth;
  ThreadBlock &block;
  mlir::Location loc;
  int64_t width = 1;       // of vectors
  bool alongDepth = false; // they run along the products rather than along the lines
  mlir::Value shared;

private:
  bool fits(int64_t vectorWidth, bool along) const;
};

/// Slices that go through registers: each thread loads its vectors of the next slice and stores them to shared memory later, in one of two
/// places.
class LoadedSlice : public OperandSlice {
public:
  virtual ~LoadedSlice() = default;

  /// What this thread loads of the slice that begins at `first`.
  virtual llvm::SmallVector<mlir::Value> load(mlir::OpBuilder &b, mlir::Value first) const = 0;
  virtual void store(mlir::OpBuilder &b, mlir::Value buffer, llvm::ArrayRef<mlir::Value> loaded) const = 0;

protected:
  using OperandSlice::OperandSlice;
  /// A vector, or one element if `width` is 1.
  mlir::Value loadAt(mlir::OpBuilder &b, const Place &at, mlir::Value first) const;
};

/// Slices of f32: shared[slice % 2][depth][lines]. Short floats are widened.
class ProductSlice : public LoadedSlice {
public:
  ProductSlice(const ProductDomain &domain, mlir::OpOperand &operand, bool isRows, int64_t lines, int64_t depth, ThreadBlock &block);
  llvm::SmallVector<mlir::Value> load(mlir::OpBuilder &b, mlir::Value first) const override;
  void store(mlir::OpBuilder &b, mlir::Value buffer, llvm::ArrayRef<mlir::Value> loaded) const override;
  /// `count` lines from `line` on, at `k` of the slice.
  mlir::Value read(mlir::OpBuilder &b, mlir::Value buffer, mlir::Value k, mlir::Value line, int64_t count) const;

private:
  mlir::Value widen(mlir::OpBuilder &b, mlir::Value loaded) const;
};

/// The lines of a slice that a warp multiplies: fragments of 16 rows or of 8 columns.
struct WarpLines {
  mlir::Value lane, first;
  int64_t count; // of fragments
};

/// Slices of short floats as tensor cores want them: the products 2i and 2i + 1 of a line are neighbours. The other direction is that of
/// the vectors in memory: shared[slice % 2][lines][depth] or shared[slice % 2][depth / 2][lines][2].
class PairSlice : public LoadedSlice {
public:
  PairSlice(const ProductDomain &domain, mlir::OpOperand &operand, bool isRows, int64_t lines, int64_t depth, ThreadBlock &block);
  llvm::SmallVector<mlir::Value> load(mlir::OpBuilder &b, mlir::Value first) const override;
  void store(mlir::OpBuilder &b, mlir::Value buffer, llvm::ArrayRef<mlir::Value> loaded) const override;
  /// This thread's pairs of the 16 products from `k` on: for each fragment of rows 4 x 2, of columns 2 x 2.
  llvm::SmallVector<mlir::Value> fragments(mlir::OpBuilder &b, mlir::Value buffer, int64_t k, const WarpLines &warp) const;

private:
  mlir::Value read(mlir::OpBuilder &b, mlir::Value buffer, mlir::Value pair, mlir::Value line) const;
  int64_t numProducts() const { return alongDepth ? std::max<int64_t>(width, 2) : 2; }
  int64_t numNeighbours() const { return alongDepth ? 1 : width; }
};

/// All slices of both operands, the next one under way while `accumulate` works on one: it gets the place and the values carried so far.
using Accumulate = llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value, mlir::ValueRange)>;
llvm::SmallVector<mlir::Value> multiplySlices(mlir::OpBuilder &b, const ProductDomain &domain, int64_t depth, const LoadedSlice &left,
                                              const LoadedSlice &right, mlir::ValueRange start, Accumulate accumulate);

/// A fragment of these registers.
mlir::Value joinPairs(mlir::OpBuilder &b, mlir::Location loc, llvm::ArrayRef<mlir::Value> pairs);

/// Runs `body` where `condition` holds; null: always.
void guardWith(mlir::OpBuilder &b, mlir::Location loc, mlir::Value condition, llvm::function_ref<void()> body);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_GPU_PRODUCTSLICE_H
