// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Groups of ops of one block, and how a group becomes an `infer.fusion`.
#ifndef TENON_DIALECTS_INFER_TRANSFORMS_FUSIONGROUPS_H
#define TENON_DIALECTS_INFER_TRANSFORMS_FUSIONGROUPS_H

#include "dialects/Infer/IR/Infer.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace tenon::infer {

/// Ops of one block, in block order, that one dispatch will compute.
struct FusionGroup {
  llvm::SmallVector<mlir::Operation *> ops;
};

/// True for an op that only renames the elements of its first operand: same elements in the same row-major order.
bool isFreeView(mlir::Operation *op);

/// True for an op that the device computes: the ones that groups are made of.
bool isDeviceOp(mlir::Operation *op);

/// Gives an index value for dimension `axis` of `tensor` that is available at the builder's insertion point; null if there is none.
using DimFn = llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Value tensor, int64_t axis)>;

/// Replaces the ops of `group` by one fusion at the place of the group's last op. Every operand from outside must be available there, and
/// no op between the group's first and last may use a result of the group.
mlir::LogicalResult buildFusion(const FusionGroup &group, DimFn dimOf);

} // namespace tenon::infer

#endif // TENON_DIALECTS_INFER_TRANSFORMS_FUSIONGROUPS_H
