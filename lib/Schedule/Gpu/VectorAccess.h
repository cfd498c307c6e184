// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which accesses of a linalg op on buffers may be vectors: contiguous, aligned by proof, of up to 16 bytes. Internal to this folder.
#ifndef TENON_LIB_SCHEDULE_GPU_VECTORACCESS_H
#define TENON_LIB_SCHEDULE_GPU_VECTORACCESS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace tenon::schedule {

/// A number that divides `index` whatever it is at run time: 1 if nothing is known, 0 if it is always 0.
int64_t findDivisor(mlir::Value index);
int64_t findDivisor(mlir::AffineExpr expr, llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<int64_t> symbols);

/// A number that `index` is never greater than; none if none is known.
std::optional<int64_t> findBound(mlir::Value index);

/// A power of two that divides the address of the first element of `memory`, in bytes, at most 64.
int64_t findAlignment(mlir::Value memory);

/// Numbers that divide the strides of `memory`, in elements.
llvm::SmallVector<int64_t> findStrideDivisors(mlir::Value memory);

/// How an operand is read along the fastest loops.
enum class AccessKind { broadcast, contiguous, other };

/// Loops that are taken as one, the last of them fastest, in vectors of `width`.
class VectorAccess {
public:
  VectorAccess(llvm::ArrayRef<unsigned> loops, int64_t width) : loops(loops), width(width) {}

  /// How `memory` is accessed through `map`; contiguous only if a vector of `width` elements starts at an aligned address.
  AccessKind classify(mlir::AffineMap map, mlir::Value memory) const;

  bool isOneLoop() const { return loops.size() == 1; }

  /// The widest vectors of up to 16 bytes in which every operand is broadcast or contiguous and each result but a sum contiguous; 1 if
  /// there are none. `parallel` are the parallel loops from the slowest to the fastest; `numLoops` of them are to be taken as one. What is
  /// read from a tile in shared memory (`isTurned`) need not be contiguous.
  static int64_t choose(mlir::linalg::GenericOp op, llvm::ArrayRef<unsigned> parallel, llvm::ArrayRef<mlir::Value> sizes,
                        llvm::function_ref<bool(mlir::OpOperand &)> isTurned, size_t &numLoops);

private:
  bool isOneDim(mlir::AffineMap map, mlir::MemRefType type) const;
  bool isAligned(mlir::AffineMap map, mlir::Value memory) const;

  llvm::ArrayRef<unsigned> loops;
  int64_t width;
};

/// In bytes.
inline constexpr int64_t kWidestVector = 16;

/// `a` times `b`; what overflows is as good as a large power of two.
int64_t multiplyDivisors(int64_t a, int64_t b);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_GPU_VECTORACCESS_H
