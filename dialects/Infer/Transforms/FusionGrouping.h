// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Decides which ops of a block share a dispatch.
#ifndef TENON_DIALECTS_INFER_TRANSFORMS_FUSIONGROUPING_H
#define TENON_DIALECTS_INFER_TRANSFORMS_FUSIONGROUPING_H

#include "dialects/Infer/Transforms/FusionGroups.h"

namespace tenon::infer {

/// Whether two values have the same dims in every valid run.
using SameShapeFn = llvm::function_ref<bool(mlir::Value, mlir::Value)>;

/// Gives the groups of a block in an order in which no group needs a later one. Every refusal to fuse leaves a remark.
llvm::SmallVector<FusionGroup> formGroups(mlir::Block &block, SameShapeFn sameShape);

} // namespace tenon::infer

#endif // TENON_DIALECTS_INFER_TRANSFORMS_FUSIONGROUPING_H
