// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Index values of what the host knows of a tensor without asking the analysis.
#ifndef TENON_DIALECTS_INFER_ANALYSIS_HOSTVALUES_H
#define TENON_DIALECTS_INFER_ANALYSIS_HOSTVALUES_H

#include "mlir/IR/Builders.h"

namespace tenon::infer {

/// Element `index` of a small tensor that the host makes, as an index value; null if the host does not make it.
mlir::Value hostElement(mlir::OpBuilder &builder, mlir::Value tensor, int64_t index);

/// A dim of a tensor: a constant, or tensor.dim.
mlir::Value dimValue(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value tensor, int64_t axis);

/// A position along a dim of `size`, from its end if negative, clamped to [0, size].
mlir::Value clampPosition(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value position, mlir::Value size);

/// What a slice takes of the dim of `size` that is number `position` of its axes (SliceRule.h). Null if the host does not make its ends and
/// step.
mlir::Value sliceLength(mlir::OpBuilder &builder, mlir::Operation *slice, int64_t position, mlir::Value size);

} // namespace tenon::infer

#endif // TENON_DIALECTS_INFER_ANALYSIS_HOSTVALUES_H
