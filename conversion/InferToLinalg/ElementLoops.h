// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loops that one element of a result needs for itself, inside of a linalg body: other elements do not wait for them.
#ifndef TENON_CONVERSION_INFERTOLINALG_ELEMENTLOOPS_H
#define TENON_CONVERSION_INFERTOLINALG_ELEMENTLOOPS_H

#include "conversion/InferToLinalg/Lowering.h"

namespace tenon {

/// What a step of a fold computes: the next values of what it carries.
using FoldFn = llvm::function_ref<llvm::SmallVector<Scalar>(const Scalar &index, llvm::ArrayRef<Scalar> carried)>;

/// Runs `step` for the indices [begin, end) and gives the last carried values.
llvm::SmallVector<Scalar> fold(Lowering &l, const Scalar &begin, const Scalar &end, llvm::ArrayRef<Scalar> initial, FoldFn step);

/// The first index of [begin, end) for which `precedes` is false, or `end`; `precedes` is true up to some index and false from there on.
Scalar findFirst(Lowering &l, const Scalar &begin, const Scalar &end, llvm::function_ref<Scalar(const Scalar &index)> precedes);

} // namespace tenon

#endif // TENON_CONVERSION_INFERTOLINALG_ELEMENTLOOPS_H
