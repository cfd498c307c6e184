// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products of short floats on tensor cores by mma.sync, which every GPU from sm_80 on has. Any shape, stride and window that the products
// of single threads take: slices go through shared memory by the same loads, and sums through the same epilogue. Internal to this folder.
#ifndef TENON_LIB_SCHEDULE_GPU_WARPPRODUCT_H
#define TENON_LIB_SCHEDULE_GPU_WARPPRODUCT_H

#include "lib/Schedule/Gpu/ProductSlice.h"

namespace tenon::schedule {

/// True if both operands are of f16 or both of bf16.
bool isWarpProduct(const Product &product);

/// The product of `domain` in a tile, with what follows it.
void emitWarpProduct(mlir::OpBuilder &b, const ProductDomain &domain, const ProductTile &tile, llvm::ArrayRef<EpilogueOp> epilogue,
                     ThreadBlock &block);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_GPU_WARPPRODUCT_H
