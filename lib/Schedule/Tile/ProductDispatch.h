// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A dispatch function seen as one matrix product with an elementwise end. Internal to this folder.
#ifndef TENON_LIB_SCHEDULE_TILE_PRODUCTDISPATCH_H
#define TENON_LIB_SCHEDULE_TILE_PRODUCTDISPATCH_H

#include "lib/Schedule/Tile/ChooseGemm.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tenon::schedule {

/// C[M, N] = epilogue(A[M, K] * B), where leading dims of A belong to M, or are a batch that B has too. The first result of the function is
/// C.
struct ProductDispatch {
  mlir::func::FuncOp function;
  mlir::Operation *root = nullptr; // infer.mat_mul or infer.gemm
  mlir::BlockArgument a, b;
  int64_t n = 0, k = 0;                            // dynamic or above 0
  llvm::SmallVector<mlir::BlockArgument> operands; // of the epilogue, in the order of problem.operands
  GemmProblem problem;

  mlir::ArrayRef<mlir::Type> getResultTypes() const { return mlir::func::FuncOp(function).getResultTypes(); }
  /// What is known of the sizes: the product of the known dims of each, and whether there are others.
  std::pair<GemmSizes, OpenSizes> getSizes() const;
};

/// Do the tensor cores multiply elements of `type`? f32 only if `tf32`: they take its 10 leading bits of fraction.
bool isFactor(mlir::Type type, bool tf32);

/// Recognises `function`. If it holds a product of factors that the tensor-core kernels do not take, `reason` says why.
mlir::FailureOr<ProductDispatch> matchProductDispatch(mlir::func::FuncOp function, bool tf32, std::string &reason);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_TILE_PRODUCTDISPATCH_H
