// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What passes over constant weights share. Internal to this folder.
#ifndef TENON_DIALECTS_INFER_TRANSFORMS_WEIGHTS_H
#define TENON_DIALECTS_INFER_TRANSFORMS_WEIGHTS_H

#include "dialects/Infer/IR/Infer.h"
#include "mlir/IR/Matchers.h"

namespace tenon::infer {

/// A constant, or its transpose.
inline bool isConstantMatrix(mlir::Value weights) {
  auto transpose = weights.getDefiningOp<TransposeOp>();
  return mlir::matchPattern(transpose ? transpose.getX() : weights, mlir::m_Constant());
}

/// The transpose of a matrix; of a transpose, which has no other permutation of two dims, what it is of.
inline mlir::Value transposeMatrix(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value matrix) {
  if (auto transpose = matrix.getDefiningOp<TransposeOp>(); transpose && transpose.getPerm() == llvm::ArrayRef<int64_t>{1, 0})
    return transpose.getX();
  return TransposeOp::create(builder, loc, matrix, builder.getDenseI64ArrayAttr({1, 0}));
}

/// Elements of weights that are worth a launch to pad what they are multiplied with.
inline constexpr int64_t kLeastPadded = 1 << 16;

} // namespace tenon::infer

#endif // TENON_DIALECTS_INFER_TRANSFORMS_WEIGHTS_H
