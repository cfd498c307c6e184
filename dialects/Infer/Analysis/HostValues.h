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

} // namespace tenon::infer

#endif // TENON_DIALECTS_INFER_ANALYSIS_HOSTVALUES_H
