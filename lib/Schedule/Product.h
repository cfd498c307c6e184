// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrix products and convolutions, seen alike: out[m, n...] = sum over k... of a[m, k...] * b[k..., n...].
//
// A workgroup computes a tile of m rows and the columns of one panel. It first packs its part of `b` to panel[k][columns], contiguous
// and as wide as some vectors (for a convolution that is im2col), then multiplies register blocks. Columns are lanes: what lies beyond the
// edge of the result is computed from whatever is there and never read.
#ifndef TENON_LIB_SCHEDULE_PRODUCT_H
#define TENON_LIB_SCHEDULE_PRODUCT_H

#include "lib/Schedule/Schedule.h"

namespace tenon::schedule {

/// The loops of a product by their role.
struct Product {
  mlir::OpOperand *a = nullptr, *b = nullptr;
  unsigned m = 0;                      // in `a` and the result
  llvm::SmallVector<unsigned, 2> n;    // in `b` and, last, in the result: one or two
  llvm::SmallVector<unsigned, 3> k;    // summed
  llvm::SmallVector<unsigned, 4> rest; // other parallel loops: one iteration per workgroup
};

/// Recognises a sum of products of f32 that this schedule takes; of one that it does not take it says why. Of several loops that could be
/// the rows, a marked op has its choice noted.
mlir::FailureOr<Product> matchProduct(mlir::linalg::LinalgOp op, std::string *reason = nullptr);

/// The same for thread blocks, which also take operands of f16 and bf16 that are summed in f32.
mlir::FailureOr<Product> matchBlockProduct(mlir::linalg::LinalgOp op, std::string *reason = nullptr);

/// How one product is computed.
struct ProductTile {
  int64_t rows;  // per workgroup
  int64_t outer; // columns per workgroup: `outer` times `inner` of the (two) n loops
  int64_t inner;
  int64_t vectors;   // that hold them
  int64_t blockRows; // rows of a register block
};

ProductTile chooseProductTile(mlir::linalg::LinalgOp op, const Product &product, const VectorUnit &unit);

/// The same for thread blocks: `rows` by four times `vectors`. A square of `side` lines, if that is not 0.
ProductTile chooseBlockTile(mlir::linalg::LinalgOp op, const Product &product, int64_t side = 0);

/// Marks `op` so that lowerProducts finds its tiles and rows after bufferization.
void markProduct(mlir::linalg::LinalgOp op, const Product &product, const ProductTile &tile);

void unmarkProduct(mlir::linalg::LinalgOp op);

/// The tile of a marked op.
std::optional<ProductTile> getMarkedTile(mlir::linalg::LinalgOp op);

/// Whether there is a marked op in `function`.
bool holdsProduct(mlir::func::FuncOp function);

/// Replaces marked products on buffers by packing and register-blocked vector code.
mlir::LogicalResult lowerProducts(mlir::RewriterBase &rewriter, mlir::func::FuncOp function, const VectorUnit &unit);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_PRODUCT_H
