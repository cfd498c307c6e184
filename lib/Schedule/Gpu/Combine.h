// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums, maxima and the like, shared by threads. Internal to this folder.
#ifndef TENON_LIB_SCHEDULE_GPU_COMBINE_H
#define TENON_LIB_SCHEDULE_GPU_COMBINE_H

#include "lib/Schedule/Gpu/Distribute.h"

namespace tenon::schedule {

/// How a reduction joins what parts of its elements give.
class Combiner {
public:
  /// Of `op`, if it has one result and its body is `yield(combine(accumulator, f(inputs)))` of an operation with a neutral element. The
  /// order of joining is then free.
  static std::optional<Combiner> match(mlir::linalg::GenericOp op);

  mlir::Type getType() const { return join->getResult(0).getType(); }
  mlir::Value createNeutral(mlir::OpBuilder &b, mlir::Location loc) const;
  mlir::Value combine(mlir::OpBuilder &b, mlir::Location loc, mlir::Value left, mlir::Value right) const;

  /// Joins the values of `size` consecutive threads, a power of two; every one of them gets the result. More than a warp exchange them
  /// through `slots`, a memory of one element per warp of the block, with barriers.
  mlir::Value combineThreads(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value, int64_t size, mlir::Value thread,
                             mlir::Value slots) const;

private:
  Combiner(mlir::Operation *join, mlir::TypedAttr neutral) : join(join), neutral(neutral) {}

  mlir::Operation *join;
  mlir::TypedAttr neutral;
};

constexpr int64_t kWarpThreads = 32;

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_GPU_COMBINE_H
