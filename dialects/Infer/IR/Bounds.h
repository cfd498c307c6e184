// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What fits: elements of a tensor into 63 bits, values into short integers.
#ifndef TENON_DIALECTS_INFER_IR_BOUNDS_H
#define TENON_DIALECTS_INFER_IR_BOUNDS_H

#include "dialects/Infer/IR/ShapeScope.h"

namespace tenon::infer {

/// Whether the known dims, none of which is negative, give a number of elements that fits 63 bits.
bool areElementsCountable(llvm::ArrayRef<int64_t> dims);

/// Whether integers of `width` bits (signed) hold every value of `expr`. Dims are taken to be below 2^30 where the width is 32: larger ones
/// are beyond what shape arithmetic in int32 is written for.
bool fitsWidth(ShapeScope &scope, mlir::AffineExpr expr, unsigned width);

} // namespace tenon::infer

#endif // TENON_DIALECTS_INFER_IR_BOUNDS_H
