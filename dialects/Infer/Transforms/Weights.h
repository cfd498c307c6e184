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

/// Elements of weights that are worth a launch to pad what they are multiplied with.
inline constexpr int64_t kLeastPadded = 1 << 16;

} // namespace tenon::infer

#endif // TENON_DIALECTS_INFER_TRANSFORMS_WEIGHTS_H
