// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What leaves a product's registers: sums go through the epilogue and into memory, as far as they are inside of the result. Internal to
// this folder.
#ifndef TENON_LIB_SCHEDULE_GPU_PRODUCTRESULT_H
#define TENON_LIB_SCHEDULE_GPU_PRODUCTRESULT_H

#include "lib/Schedule/Gpu/IndexEmitter.h"
#include "lib/Schedule/Gpu/ProductSlice.h"

namespace tenon::schedule {

class ProductResult : IndexEmitter {
public:
  /// Sums come as vectors of `part` neighbours along the columns of a tile of `columns`.
  ProductResult(mlir::OpBuilder &b, const ProductDomain &domain, llvm::ArrayRef<EpilogueOp> epilogue, int64_t columns, int64_t part);

  /// Whether the result has the row, in a tile of `rows`; null: certainly.
  mlir::Value isRow(mlir::Value row, int64_t rows);
  /// A vector of sums, which begins at `column`.
  void store(mlir::Value row, mlir::Value column, mlir::Value sums);

private:
  mlir::Value isBelow(mlir::Value x, mlir::Value y);
  void findStores();
  llvm::SmallVector<mlir::Value> loopsAt(mlir::Value row, mlir::Value column);
  mlir::Value isColumn(mlir::Value column);
  mlir::Value finish(mlir::Value sum, mlir::ValueRange loops, int64_t lane, llvm::ArrayRef<llvm::SmallVector<mlir::Value>> shared);
  llvm::SmallVector<llvm::SmallVector<mlir::Value>> loadShared(mlir::ValueRange loops);

  const ProductDomain &domain;
  const Product &product;
  llvm::ArrayRef<EpilogueOp> epilogue;
  int64_t columns, part;
  mlir::Value target; // memory of the result, and where it has an element of these loops
  mlir::AffineMap targetMap;
  bool storesVectors = false;
};

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_GPU_PRODUCTRESULT_H
