// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What schedules share: the target they write for, and the generic one that takes what no other does.
#ifndef TENON_LIB_SCHEDULE_SCHEDULE_H
#define TENON_LIB_SCHEDULE_SCHEDULE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

namespace tenon::schedule {

/// Multiprocessors of the GPUs that sm_90a is, which schedules for thread blocks are made for. Fewer blocks than these leave some idle.
inline constexpr int64_t kProcessors = 132;

/// The vector unit that kernels are written for.
struct VectorUnit {
  int64_t bytes = 32;     // per register
  int64_t registers = 16; // architectural
};

/// What the generic schedule needs to know of a machine.
struct Machine {
  VectorUnit unit;
  /// A workgroup is a block of threads rather than one thread.
  bool hasThreadBlocks = false;
};

/// Whether `op` only sets a tensor to start from: it is computed where it is needed, as often as it is.
inline bool isCheapInit(mlir::Operation *op) { return mlir::isa<mlir::linalg::FillOp>(op); }

/// An op with this attribute is not computed in the tiles of what reads it.
inline constexpr llvm::StringLiteral kOwnLaunch = "schedule.own_launch";

/// Memory for a tensor of `type` at a dispatch function's border: identity layout.
inline mlir::MemRefType toMemref(mlir::Type type) {
  auto tensor = mlir::cast<mlir::RankedTensorType>(type);
  return mlir::MemRefType::get(tensor.getShape(), tensor.getElementType());
}

/// True for a function whose tensor code becomes kernels: private, with a body, and not itself a host program.
bool isDispatchFunction(mlir::func::FuncOp function);

/// Tiles each last op of `function` and fuses its producers; see schedule-cpu.
mlir::LogicalResult scheduleGeneric(mlir::RewriterBase &rewriter, mlir::func::FuncOp function, const Machine &machine);

/// A reduction that is computed in the tiles of another op, with its iterations for each of that op's elements.
struct FusedReduction {
  mlir::linalg::LinalgOp op;
  int64_t iterations = 1;
};

/// Whether `op` has a loop that never runs. Tiling takes its range of 0 for the tile size that stands for "not tiled".
bool hasEmptyLoop(mlir::linalg::LinalgOp op);

/// Tile sizes, as many as `op` has loops, for the loops in `tileable`: such that a workgroup has enough to do and the machine enough
/// workgroups, inner dims first. Zero means that the loop is not tiled.
mlir::SmallVector<mlir::OpFoldResult> chooseTileSizes(mlir::RewriterBase &rewriter, mlir::linalg::LinalgOp op,
                                                      llvm::ArrayRef<unsigned> tileable, const Machine &machine,
                                                      const FusedReduction &heaviest = {});

/// Whether `op` is a part of a loop's step.
bool isInLoop(mlir::Operation *op);

/// Whether an element of `op` takes loops of its own, a search for example: one thread of a block has enough to do with one.
bool hasElementLoops(mlir::linalg::LinalgOp op);

/// The loops along which the result and an operand of an elementwise op are contiguous, if they differ: a transpose.
struct TurnedLoops {
  mlir::OpOperand *input;
  unsigned result, operand;
};

/// Loops of a few iterations do not count.
std::optional<TurnedLoops> findTurnedLoops(mlir::linalg::LinalgOp op);

/// Side of the squares that thread blocks turn, of elements of this type: rows of 128 bytes at least.
int64_t getTurnedTile(mlir::Type element);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_SCHEDULE_H
