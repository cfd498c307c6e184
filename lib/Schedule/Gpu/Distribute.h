// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the work of a kernel is dealt to the threads of a block. Internal to this folder.
#ifndef TENON_LIB_SCHEDULE_GPU_DISTRIBUTE_H
#define TENON_LIB_SCHEDULE_GPU_DISTRIBUTE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

namespace tenon::schedule {

/// The thread block that runs a kernel, and the scratch that its distribution needs.
class ThreadBlock {
public:
  /// `isShared`: what is allocated may count on being shared memory.
  ThreadBlock(mlir::func::FuncOp kernel, int64_t numThreads, bool isShared);

  /// The index of the thread.
  mlir::Value getThread() const { return thread; }
  int64_t getNumThreads() const { return numThreads; }
  bool isShared() const { return shared; }

  /// A memory of static type that all threads of the block see, for the whole kernel. Its content is undefined at first.
  mlir::Value allocate(mlir::MemRefType type);
  /// The same, of instructions that know no other memory than shared memory.
  mlir::Value allocateShared(mlir::MemRefType type);
  bool needsShared() const { return needed; }
  /// How much scratch the block needs: that many bytes, or that many more than outlining said.
  struct Scratch {
    int64_t bytes;
    bool isStatic;
  };
  /// Removes dead code and temporaries that are not used any more, and puts the others behind what `allocate` has given.
  Scratch finish();

private:
  mlir::func::FuncOp kernel;
  int64_t numThreads, bytes = 0;
  bool shared, needed = false;
  mlir::Value thread;
  llvm::SmallPtrSet<mlir::Operation *, 8> allocated;
};

/// Deals all linalg ops and scalar stores of a kernel to threads and puts barriers between what depends on each other.
mlir::LogicalResult distributeKernel(mlir::RewriterBase &rewriter, mlir::func::FuncOp kernel, ThreadBlock &block);

class TurnedTile;

/// Replaces `op` by loops of one thread per iteration of its parallel loops. Its sums start from `start`, or without one from what its
/// result holds. What `turned`, which may be null, holds of its operands is read there.
void distributeOp(mlir::RewriterBase &rewriter, mlir::linalg::GenericOp op, ThreadBlock &block, mlir::Value start,
                  const TurnedTile *turned);

/// Replaces a nest of serial loops whose iterations are independent by loops of one thread per iteration; false if `op` is none.
bool distributeIndependentLoops(mlir::RewriterBase &rewriter, mlir::Operation *op, const ThreadBlock &block);

/// Calls `body` for every number below `total` that is the thread's share. A known number of rounds lets LLVM unroll them.
void forEachShare(mlir::OpBuilder &b, mlir::Location loc, const ThreadBlock &block, mlir::Value total,
                  llvm::function_ref<void(mlir::Value)> body);

/// The body of `op` at the iteration `indices`, its block arguments being `arguments`; returns what it yields.
llvm::SmallVector<mlir::Value> inlineBody(mlir::OpBuilder &b, mlir::linalg::GenericOp op, mlir::ValueRange indices,
                                          mlir::ValueRange arguments);

/// Where `map` leads from `loops`.
llvm::SmallVector<mlir::Value> applyMap(mlir::OpBuilder &b, mlir::Location loc, mlir::AffineMap map, mlir::ValueRange loops);

/// The indices of element `flat` of a row-major shape; the first may be anything.
llvm::SmallVector<mlir::Value> delinearize(mlir::OpBuilder &b, mlir::Location loc, mlir::Value flat, llvm::ArrayRef<mlir::Value> sizes);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_GPU_DISTRIBUTE_H
