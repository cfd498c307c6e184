// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A kernel whose rows have any length -> a second one for rows that are whole vectors, in buffers that 32 bits index. The host chooses by
// the lengths, and the other of both has no workgroups. Internal to this folder.
//
//   plan.launch @kernel grid(%g, 1, 1) buffers(%x : memref<?x?xf16>)
//   ->
//   %v = select (%n % 8 == 0 and %m * %n * 2 < 2^31), %g, 0
//   plan.launch @kernel grid(%g - %v, 1, 1) ...;  plan.launch @kernel_vectors grid(%v, 1, 1) ...
#ifndef TENON_LIB_SCHEDULE_GPU_VECTORVERSION_H
#define TENON_LIB_SCHEDULE_GPU_VECTORVERSION_H

#include "dialects/Plan/IR/Plan.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/SetVector.h"

namespace tenon::schedule {

/// On arguments of a kernel: a divisor of an index, or of the number of columns of a memory.
inline constexpr llvm::StringLiteral kDivisor = "schedule.divisor";

class VectorVersion {
public:
  /// A copy of `kernel`, not distributed yet, which counts on whole vectors, and of its launches; none if all rows have known lengths, or
  /// if the kernel computes a product of single threads.
  static std::optional<VectorVersion> create(mlir::func::FuncOp kernel, llvm::ArrayRef<plan::LaunchOp> launches);

  mlir::func::FuncOp getKernel() const { return vectors; }
  llvm::ArrayRef<plan::LaunchOp> getLaunches() const { return vectorLaunches; }

  /// Once both are distributed: lets the host choose, or drops the copy if it moves no more vectors than the kernel does.
  void settle();

private:
  explicit VectorVersion(mlir::func::FuncOp kernel) : general(kernel) {}
  bool findRows();
  void addScalarsOf(mlir::Value length);
  void markDivisors();
  bool canBeSmall() const;
  void chooseOnHost(plan::LaunchOp launch, plan::LaunchOp vectorLaunch) const;
  mlir::Value selectSmall(mlir::OpBuilder &b, plan::LaunchOp launch, mlir::Value grid) const;

  mlir::func::FuncOp general, vectors;
  llvm::SmallVector<plan::LaunchOp> launches, vectorLaunches;
  llvm::SmallVector<mlir::MemRefType> buffers;
  llvm::SetVector<unsigned> rows; // scalars that are lengths of rows
  unsigned numDims = 0;           // scalars that are dims of buffers; others follow
  int64_t divisor = 1;
};

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_GPU_VECTORVERSION_H
