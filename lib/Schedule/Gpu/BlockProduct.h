// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrix products and convolutions by thread blocks (see lib/Schedule/Product.h for what they have in common). Internal to this folder.
//
// A block computes a tile of rows and columns, each thread a part of it in registers. Step by step, slices of `depth` products are
// brought to shared memory, the next one while the present one is multiplied. What reads the result element by element is computed
// before it leaves the registers.
#ifndef TENON_LIB_SCHEDULE_GPU_BLOCKPRODUCT_H
#define TENON_LIB_SCHEDULE_GPU_BLOCKPRODUCT_H

#include "lib/Schedule/Gpu/Distribute.h"
#include "lib/Schedule/Product.h"

namespace tenon::schedule {

/// An elementwise op that follows a product in registers. Maps are of the product's loops.
struct EpilogueOp {
  mlir::linalg::GenericOp op;
  llvm::SmallVector<mlir::AffineMap> maps;   // per operand; null: what the op before computed
  llvm::SmallVector<mlir::AffineExpr> loops; // of the op
};

/// The ops after `product` that read its result, or that of the one before, and nothing else does.
llvm::SmallVector<EpilogueOp> matchEpilogue(mlir::linalg::GenericOp product);

/// Replaces a marked product, and the ops of its epilogue.
void distributeProduct(mlir::RewriterBase &rewriter, mlir::linalg::GenericOp op, const Product &product,
                       llvm::ArrayRef<EpilogueOp> epilogue, ThreadBlock &block);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_GPU_BLOCKPRODUCT_H
