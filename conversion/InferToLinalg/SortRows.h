// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Stable sorting of rows by passes whose elements do not depend on each other.
#ifndef TENON_CONVERSION_INFERTOLINALG_SORTROWS_H
#define TENON_CONVERSION_INFERTOLINALG_SORTROWS_H

#include "conversion/InferToLinalg/Lowering.h"

namespace tenon {

/// Whether `x` comes before `kept`; NaN comes last.
Scalar comesBefore(const Scalar &x, const Scalar &kept, bool largest);

/// Both of the dims of the rows, then their length; `places` (i64) are where the keys stood.
struct SortedRows {
  mlir::Value keys, places;
};

/// Sorts the rows of `length` elements that `key` gives from their indices, greatest or least first. Equal elements keep their order.
SortedRows sortRows(Lowering &l, const Dims &rows, mlir::OpFoldResult length, mlir::Type element, bool largest, IndexFn key);

} // namespace tenon

#endif // TENON_CONVERSION_INFERTOLINALG_SORTROWS_H
