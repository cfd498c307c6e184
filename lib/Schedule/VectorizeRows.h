// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rows of a few elements in masked vectors. Internal to this folder.
#ifndef TENON_LIB_SCHEDULE_VECTORIZEROWS_H
#define TENON_LIB_SCHEDULE_VECTORIZEROWS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace tenon::schedule {

/// The loops of an op as its code has them: around the row, the row, and inside it those of a window, which are unrolled.
struct RowLoops {
  llvm::SmallVector<unsigned> outer;
  unsigned row = 0;
  llvm::SmallVector<unsigned> window;
};

/// Replaces `op`, on buffers, by loops over rows of vectors of `lanes`, the last one masked. Fails, with `op` as it was, where LLVM's
/// vectoriser does as well or the op is not made of f32 arithmetic on rows.
mlir::LogicalResult vectorizeRows(mlir::RewriterBase &rewriter, mlir::linalg::GenericOp op, const RowLoops &loops, int64_t lanes);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_VECTORIZEROWS_H
