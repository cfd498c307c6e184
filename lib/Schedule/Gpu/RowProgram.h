// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ops that work on the same rows, reductions of rows among them: softmax, normalisations, sums. Internal to this folder.
//
//   linalg.generic max of rows of %x -> %m;  exp(%x - %m) -> %e;  sum of rows of %e -> %s;  %e / %s -> %y
//   ->
//   for each row, by some threads together { load the row's elements; reduce; compute; reduce; compute; store }
//
// A value of a row is then held by every thread of the row's group, an element by one of them; memory that only these ops use is gone.
#ifndef TENON_LIB_SCHEDULE_GPU_ROWPROGRAM_H
#define TENON_LIB_SCHEDULE_GPU_ROWPROGRAM_H

#include "lib/Schedule/Gpu/Combine.h"

namespace tenon::schedule {

/// One op of a row program. Its loops are the first loops of the program's domain (or dims of size 1, index 0).
struct RowOp {
  mlir::linalg::GenericOp op;
  std::optional<Combiner> combiner; // of a reduction
  bool perElement = false;          // else one value per row
  bool stores = false;              // its result is needed in memory
  llvm::SmallVector<int64_t> loops; // of the domain, by the op's own; -1 for index 0
  /// For each operand how it is indexed by the domain's loops, and the op before that computed it; null: it is loaded.
  llvm::SmallVector<mlir::AffineMap> maps;
  llvm::SmallVector<RowOp *> sources;

  bool isReduction() const { return combiner.has_value(); }
};

/// A size that can be compared: a number, a value, or the dim of a memory.
struct LoopSize {
  int64_t constant = mlir::ShapedType::kDynamic;
  mlir::Value value;
  int64_t dim = -1;
  bool operator==(const LoopSize &other) const { return constant == other.constant && value == other.value && dim == other.dim; }
};

struct RowProgram {
  unsigned numRowLoops = 0, numLoops = 0; // the loops along a row come last
  llvm::SmallVector<LoopSize> sizes;
  llvm::SmallVector<std::unique_ptr<RowOp>> ops;
};

/// The longest program that the ops from `first` on form, if it has a reduction.
std::optional<RowProgram> matchRowProgram(mlir::linalg::GenericOp first);

/// How threads share rows.
struct RowShape {
  int64_t width = 1;                            // of vectors
  llvm::SmallVector<unsigned, 2> innerLoops;    // along which a vector runs, taken as one
  int64_t group = 1;                            // threads per row, a power of two
  int64_t columns = mlir::ShapedType::kDynamic; // elements of a row
  int64_t vectors = 0;                          // per thread; 0 if they are not unrolled
};

/// `rows` is the number of rows, `columnSizes` are the sizes of the loops along a row.
RowShape chooseRowShape(const RowProgram &program, mlir::Value rows, llvm::ArrayRef<mlir::Value> columnSizes, int64_t numThreads);

/// Replaces the ops of `program` by code of threads. Returns whether that has branches or loops.
bool emitRowProgram(mlir::RewriterBase &rewriter, RowProgram &program, ThreadBlock &block);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_GPU_ROWPROGRAM_H
