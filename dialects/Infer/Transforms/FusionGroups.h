// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Groups of ops of one block, and how a group becomes an `infer.fusion`.
#ifndef TENON_DIALECTS_INFER_TRANSFORMS_FUSIONGROUPS_H
#define TENON_DIALECTS_INFER_TRANSFORMS_FUSIONGROUPS_H

#include "dialects/Infer/Analysis/SymbolicShapes.h"
#include "dialects/Infer/IR/Infer.h"

namespace tenon::infer {

/// Ops of one block, in block order, that one dispatch will compute.
struct FusionGroup {
  llvm::SmallVector<mlir::Operation *> ops;
};

/// True for an op that only renames the elements of its first operand: same elements in the same row-major order.
bool isFreeView(mlir::Operation *op);

/// True for an op that the device computes: the ones that groups are made of.
bool isDeviceOp(mlir::Operation *op);

/// Index values for the dynamic dims of the tensors that groups exchange. Asked of the shape analysis before any op changes.
class FusionDims {
public:
  /// Notes the dims of every tensor that a group takes or gives; fails with a diagnostic where one cannot be computed.
  mlir::LogicalResult collect(SymbolicShapes &shapes, llvm::ArrayRef<FusionGroup> groups);
  /// The dynamic dims of `tensor`, in order.
  llvm::ArrayRef<mlir::Value> dynamicDims(mlir::Value tensor) const;
  /// `after` takes the place of `before`.
  void replace(mlir::Value before, mlir::Value after);

private:
  mlir::LogicalResult note(SymbolicShapes &shapes, mlir::Value tensor);
  mlir::Value notedDim(SymbolicShapes &shapes, mlir::OpBuilder &builder, mlir::Value tensor, int64_t axis);
  mlir::Value slicedDim(SymbolicShapes &shapes, mlir::Value tensor, int64_t axis);
  mlir::Value concatenatedDim(SymbolicShapes &shapes, mlir::Value tensor, int64_t axis);
  llvm::DenseMap<mlir::Value, llvm::SmallVector<mlir::Value, 2>> known;
};

/// Replaces the ops of `group` by one fusion at the place of the group's last op. Every operand from outside must be available there, and
/// no op between the group's first and last may use a result of the group.
void buildFusion(const FusionGroup &group, FusionDims &dims);

} // namespace tenon::infer

#endif // TENON_DIALECTS_INFER_TRANSFORMS_FUSIONGROUPS_H
