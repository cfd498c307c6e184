// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Stable sorting by one thread.
#ifndef TENON_CONVERSION_INFERTOLINALG_SERIALSORT_H
#define TENON_CONVERSION_INFERTOLINALG_SERIALSORT_H

#include "conversion/InferToLinalg/Lowering.h"

namespace tenon {

/// Whether the element at place `x` must come before the one at place `kept`, which it stands behind.
using PrecedesFn = llvm::function_ref<Scalar(const Scalar &x, const Scalar &kept)>;

/// The first `count` entries of `list`, places (i64), in the order of what they stand for. Equal elements keep their order. The other
/// entries are not defined.
mlir::Value sortSerially(Lowering &l, mlir::Value list, const Scalar &count, PrecedesFn precedes);

} // namespace tenon

#endif // TENON_CONVERSION_INFERTOLINALG_SERIALSORT_H
