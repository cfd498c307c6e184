// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Moves device code of a dispatch function into a kernel function. Internal to this folder.
#ifndef TENON_DIALECTS_PLAN_TRANSFORMS_KERNELBUILDER_H
#define TENON_DIALECTS_PLAN_TRANSFORMS_KERNELBUILDER_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

namespace tenon::plan {

/// A kernel and what a launch of it must pass.
struct OutlinedKernel {
  mlir::func::FuncOp function;
  llvm::SmallVector<mlir::Value> buffers; // memrefs of the host, one per memref argument
  llvm::SmallVector<bool> writes;         // per buffer
  llvm::SmallVector<mlir::Value> scalars; // index values of the host: the buffers' dynamic dims in order, then others
  llvm::SmallVector<mlir::Value> grid;    // x, y, z
  mlir::Value scratch;                    // bytes per workgroup
  mlir::Operation *placeholder;           // host op to erase once the outlined ops are gone
};

/// True for ops that need no device: arithmetic on scalars, dims, views of memory (kernels repeat them), allocations.
bool isHostOp(mlir::Operation *op);

/// Makes a kernel of `ops`: either one scf.forall, a workgroup per iteration, or consecutive other ops, run by a single workgroup.
/// The ops stay; host values that the launch needs are created at `host`'s insertion point, which must be before them.
/// Fails, with a diagnostic, if the ops use a value that the host cannot hand over.
/// Allocations among the ops are replaced, in the list too. A flat grid has one dim, x, whatever the loop has.
mlir::FailureOr<OutlinedKernel> outlineKernel(mlir::OpBuilder &host, llvm::SmallVectorImpl<mlir::Operation *> &ops, bool flatGrid);

/// Replaces each allocation among and inside `ops` by a part of `arena`, a memory of bytes that stands for the workgroup's scratch; host
/// arithmetic goes to `host`'s insertion point. Returns the bytes that a workgroup needs.
mlir::FailureOr<mlir::Value> placeScratch(mlir::OpBuilder &host, llvm::SmallVectorImpl<mlir::Operation *> &ops, mlir::Value arena);

/// `dims` (its constant part folded in) times `elementBytes`.
mlir::Value multiplyBytes(mlir::OpBuilder &host, mlir::Location loc, llvm::ArrayRef<mlir::OpFoldResult> dims, int64_t elementBytes);

} // namespace tenon::plan

#endif // TENON_DIALECTS_PLAN_TRANSFORMS_KERNELBUILDER_H
