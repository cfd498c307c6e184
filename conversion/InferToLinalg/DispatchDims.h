// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Dims of the tensors of one dispatch function as expressions over index values, made SSA values where a lowering needs them.
//
// It runs the ops' own shape functions. Symbol i stands for an index value of the function: an index argument that infer.bind_shape names,
// a tensor.dim, an element read from a small integer tensor, or a minimum that no affine expression can say.
#ifndef TENON_CONVERSION_INFERTOLINALG_DISPATCHDIMS_H
#define TENON_CONVERSION_INFERTOLINALG_DISPATCHDIMS_H

#include "dialects/Infer/IR/ShapeScope.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/MapVector.h"

namespace tenon {

class DispatchDims : public infer::ShapeScope {
public:
  /// `builder` is where values are made; it must only ever move forward. `lowered` maps tensors to their lowered form.
  DispatchDims(mlir::func::FuncOp function, mlir::OpBuilder &builder, mlir::IRMapping &lowered);

  infer::SymbolicDims dims(mlir::Value tensor) override;
  std::optional<infer::SymbolicDims> elements(mlir::Value tensor) override;
  mlir::AffineExpr scalar(mlir::Value value) override;
  mlir::AffineExpr unknown() override;
  mlir::AffineExpr broadcast(mlir::AffineExpr a, mlir::AffineExpr b) override;
  mlir::AffineExpr minimum(mlir::AffineExpr a, mlir::AffineExpr b) override;
  mlir::AffineExpr maximum(mlir::AffineExpr a, mlir::AffineExpr b) override;
  bool isNonNegative(mlir::AffineExpr a) override;
  using infer::ShapeScope::broadcast;

  /// Dims that no expression describes become those of the lowered tensor.
  void learn(mlir::Value original, mlir::Value tensor);

  /// An attribute or an index value for `expr`; null if it depends on what is not known here.
  mlir::OpFoldResult materialize(mlir::AffineExpr expr);

private:
  mlir::AffineExpr symbol(mlir::Value index);
  mlir::AffineExpr sizeSymbol(mlir::Value index);
  mlir::Value valueOf(mlir::AffineExpr expr);
  infer::SymbolicDims computeDims(mlir::Value tensor);
  mlir::FailureOr<infer::SymbolicDims> broadcastOperands(mlir::Operation *op);
  std::optional<infer::SymbolicDims> inferElements(mlir::Value tensor);
  mlir::Value loweredForm(mlir::Value tensor);
  mlir::Value extractElement(mlir::Value tensor, int64_t flatIndex);

  mlir::OpBuilder &builder;
  mlir::IRMapping &lowered;
  llvm::SmallVector<mlir::Value> symbols; // null for what is not known
  llvm::DenseSet<unsigned> sizes;         // symbols that are sizes, hence not negative
  llvm::DenseMap<mlir::Value, unsigned> symbolOf;
  llvm::DenseMap<mlir::Value, infer::SymbolicDims> known;
  llvm::DenseMap<mlir::Value, infer::SymbolicDims> knownElements;
  llvm::DenseMap<mlir::AffineExpr, mlir::Value> materialized;
};

} // namespace tenon

#endif // TENON_CONVERSION_INFERTOLINALG_DISPATCHDIMS_H
