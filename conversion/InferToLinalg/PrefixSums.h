// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Running sums of rows by a few passes whose elements do not depend on each other.
#ifndef TENON_CONVERSION_INFERTOLINALG_PREFIXSUMS_H
#define TENON_CONVERSION_INFERTOLINALG_PREFIXSUMS_H

#include "conversion/InferToLinalg/Lowering.h"

namespace tenon {

/// Elements that are summed one after the other.
constexpr int64_t kChunk = 64;

/// The sum, of type `type`, of everything that stands before each chunk of the rows of `length` elements that `element` gives from their
/// indices: dims of the rows, then the number of chunks. The order of the sums depends on the length alone.
mlir::Value sumBeforeChunks(Lowering &l, const Dims &rows, mlir::OpFoldResult length, mlir::Type type, IndexFn element);

/// The number of chunks of a row.
mlir::OpFoldResult countChunks(Lowering &l, mlir::OpFoldResult length);

/// What elements in a row stand for: `count` things each.
struct CountedRow {
  mlir::Value before; // of each chunk, i64
  mlir::OpFoldResult length;
  llvm::function_ref<Scalar(const Scalar &index)> count; // i64
};

/// Thing `number` (i64) of a row, in a body.
struct Found {
  Scalar element, rest; // the element that has it (index; the length if there is none), and which of its things it is
};
Found findCounted(Lowering &l, const CountedRow &row, const Scalar &number);

} // namespace tenon

#endif // TENON_CONVERSION_INFERTOLINALG_PREFIXSUMS_H
