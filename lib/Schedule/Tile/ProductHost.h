// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The host's part of a product: sizes, the choice of a kernel, launches. Internal to this folder.
#ifndef TENON_LIB_SCHEDULE_TILE_PRODUCTHOST_H
#define TENON_LIB_SCHEDULE_TILE_PRODUCTHOST_H

#include "lib/Schedule/Tile/ProductDispatch.h"

namespace tenon::schedule {

/// A kernel of a product and how it was chosen.
struct ProductKernel {
  tile::KernelOp kernel;
  GemmChoice choice;
  tile::KernelOp padding = {}, turning = {}; // null: the choice pads no operand, or turns none
};

/// Replaces the body of the dispatch function by launches of `kernels`, all but one without workgroups: nothing is enqueued for those, and
/// the host program needs no branch, which would end a CUDA graph.
void writeProductHost(const ProductDispatch &product, llvm::ArrayRef<ProductKernel> kernels);

/// Gives a kernel the parameters of runtime/engine/KernelAbi.h; sizes arrive in 64 bits.
void adaptProductParameters(tile::KernelOp kernel, const GemmProblem &problem);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_TILE_PRODUCTHOST_H
