// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The ops of Selection.cpp and running sums for thread blocks: passes whose elements do not depend on each other. They give what the serial
// forms give, bit for bit but for the order in which floats are summed.
#ifndef TENON_CONVERSION_INFERTOLINALG_PARALLELSELECTION_H
#define TENON_CONVERSION_INFERTOLINALG_PARALLELSELECTION_H

#include "conversion/InferToLinalg/Boxes.h"
#include "dialects/Infer/IR/Infer.h"

namespace tenon {

/// True if the element is not 0.
Scalar isNonZero(const Scalar &element);

void lowerTopKInPasses(infer::TopKOp op, Lowering &l);
/// `y`: the coordinates of the first non-zero elements of `x`, as many as it has columns.
void lowerNonZeroFillInPasses(mlir::Value x, mlir::Value y, Lowering &l);
void lowerCumSumInPasses(infer::CumSumOp op, Lowering &l);
void lowerNonMaxSuppressionInPasses(const BoxSelection &op, Lowering &l);

} // namespace tenon

#endif // TENON_CONVERSION_INFERTOLINALG_PARALLELSELECTION_H
