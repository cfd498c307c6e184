// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which memories threads of a block have touched since they last waited for each other. Internal to this folder.
#ifndef TENON_LIB_SCHEDULE_GPU_ACCESSES_H
#define TENON_LIB_SCHEDULE_GPU_ACCESSES_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace tenon::schedule {

/// The argument or place in the scratch that `memory` is a view of; null if it may be several.
mlir::Value findMemory(mlir::Value memory);

/// Memories that are read and written: arguments of a kernel and the separate places in its scratch. These do not overlap. What cannot
/// be followed to one of them may be any.
class Accesses {
public:
  Accesses() = default;
  /// What `op` and the ops inside it touch.
  static Accesses of(mlir::Operation *op);

  void merge(const Accesses &other);
  void addRead(mlir::Value memory) { add(reads, memory); }
  void addWrite(mlir::Value memory) { add(writes, memory); }
  void clear() { *this = {}; }
  bool hasWrites() const { return !writes.empty(); }
  bool empty() const { return reads.empty() && writes.empty(); }
  /// True if one of both writes what the other touches.
  bool conflictsWith(const Accesses &other) const;

private:
  using Set = llvm::SmallPtrSet<void *, 8>; // of values; null is any
  static void add(Set &set, mlir::Value memory);
  static bool meet(const Set &a, const Set &b);

  Set reads, writes;
};

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_GPU_ACCESSES_H
