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

/// A tile of `lines` rows or columns, moved in slices of `depth` products: each thread loads its vectors of the next slice into registers
/// and stores them to shared memory later, in one of two places.
class OperandSlice {
public:
  OperandSlice(const ProductDomain &domain, mlir::OpOperand &operand, bool isRows, int64_t lines, int64_t depth, ThreadBlock &block);
  virtual ~OperandSlice() = default;

  /// What this thread loads of the slice that begins at `first`.
  virtual llvm::SmallVector<mlir::Value> load(mlir::OpBuilder &b, mlir::Value first) const = 0;
  virtual void store(mlir::OpBuilder &b, mlir::Value buffer, llvm::ArrayRef<mlir::Value> loaded) const = 0;

protected:
  struct Place {
    mlir::Value k, line; // within the slice
    mlir::Value inside;  // null: always
  };
  void chooseVectors(int64_t widest);
  /// Threads deal in units of so many products of so many neighbouring lines.
  int64_t numRounds(int64_t products, int64_t neighbours) const;
  Place place(mlir::OpBuilder &b, int64_t round, int64_t products, int64_t neighbours) const;
  /// A vector, or one element if `width` is 1.
  mlir::Value loadAt(mlir::OpBuilder &b, const Place &at, mlir::Value first) const;
  mlir::Type getElementType() const;

  const ProductDomain &domain;
  mlir::OpOperand &operand;
  bool isRows;
  int64_t lines, depth;
  const ThreadBlock &block;
  mlir::Location loc;
  int64_t width = 1;       // of vectors
  bool alongDepth = false; // they run along the products rather than along the lines
  mlir::Value shared;

private:
  bool fits(int64_t vectorWidth, bool along) const;
};

/// Slices of f32: shared[slice % 2][depth][lines]. Short floats are widened.
class ProductSlice : public OperandSlice {
public:
  ProductSlice(const ProductDomain &domain, mlir::OpOperand &operand, bool isRows, int64_t lines, int64_t depth, ThreadBlock &block);
  llvm::SmallVector<mlir::Value> load(mlir::OpBuilder &b, mlir::Value first) const override;
  void store(mlir::OpBuilder &b, mlir::Value buffer, llvm::ArrayRef<mlir::Value> loaded) const override;
  /// `count` lines from `line` on, at `k` of the slice.
  mlir::Value read(mlir::OpBuilder &b, mlir::Value buffer, mlir::Value k, mlir::Value line, int64_t count) const;

private:
  mlir::Value widen(mlir::OpBuilder &b, mlir::Value loaded) const;
};

/// Slices of short floats as tensor cores want them: the products 2i and 2i + 1 of a line are neighbours. The other direction is that of
/// the vectors in memory: shared[slice % 2][lines][depth] or shared[slice % 2][depth / 2][lines][2].
class PairSlice : public OperandSlice {
public:
  PairSlice(const ProductDomain &domain, mlir::OpOperand &operand, bool isRows, int64_t lines, int64_t depth, ThreadBlock &block);
  llvm::SmallVector<mlir::Value> load(mlir::OpBuilder &b, mlir::Value first) const override;
  void store(mlir::OpBuilder &b, mlir::Value buffer, llvm::ArrayRef<mlir::Value> loaded) const override;
  /// Pair number `pair` of `line`.
  mlir::Value read(mlir::OpBuilder &b, mlir::Value buffer, mlir::Value pair, mlir::Value line) const;

private:
  int64_t numProducts() const { return alongDepth ? std::max<int64_t>(width, 2) : 2; }
  int64_t numNeighbours() const { return alongDepth ? 1 : width; }
};

/// All slices of both operands, the next one under way while `accumulate` works on one: it gets the place and the values carried so far.
llvm::SmallVector<mlir::Value> multiplySlices(mlir::OpBuilder &b, const ProductDomain &domain, int64_t depth, const OperandSlice &left,
                                              const OperandSlice &right, mlir::ValueRange start,
                                              llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value, mlir::ValueRange)> accumulate);

/// Runs `body` where `condition` holds; null: always.
void guardWith(mlir::OpBuilder &b, mlir::Location loc, mlir::Value condition, llvm::function_ref<void()> body);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_GPU_PRODUCTSLICE_H
