// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How one operand of a product gets to shared memory. Internal to this folder.
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
/// and stores them to shared memory later, shared[slice % 2][depth][lines].
class ProductSlice {
public:
  ProductSlice(const ProductDomain &domain, mlir::OpOperand &operand, bool isRows, int64_t lines, int64_t depth, ThreadBlock &block);

  /// What this thread loads of the slice that begins at `first`.
  llvm::SmallVector<mlir::Value> load(mlir::OpBuilder &b, mlir::Value first) const;
  void store(mlir::OpBuilder &b, mlir::Value buffer, llvm::ArrayRef<mlir::Value> loaded) const;
  /// `count` lines from `line` on, at `k` of the slice.
  mlir::Value read(mlir::OpBuilder &b, mlir::Value buffer, mlir::Value k, mlir::Value line, int64_t count) const;

private:
  struct Place {
    mlir::Value k, line; // within the slice
    mlir::Value inside;  // null: always
  };
  void chooseVectors();
  int64_t numRounds() const;
  Place place(mlir::OpBuilder &b, int64_t round) const;
  mlir::Value loadAt(mlir::OpBuilder &b, const Place &at, mlir::Value first) const;

  const ProductDomain &domain;
  mlir::OpOperand &operand;
  bool isRows;
  int64_t lines, depth;
  const ThreadBlock &block;
  mlir::Location loc;
  int64_t width = 1;       // of vectors
  bool alongDepth = false; // they run along the products rather than along the lines
  mlir::Value shared;
};

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_GPU_PRODUCTSLICE_H
