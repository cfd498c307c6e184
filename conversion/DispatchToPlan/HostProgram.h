// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The state of converting one @main: which memory holds each tensor, and how the host computes its size.
#ifndef TENON_CONVERSION_DISPATCHTOPLAN_HOSTPROGRAM_H
#define TENON_CONVERSION_DISPATCHTOPLAN_HOSTPROGRAM_H

#include "dialects/Infer/IR/Infer.h"
#include "dialects/Plan/IR/BindingTime.h"
#include "dialects/Plan/IR/Plan.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"

#include <map>

namespace tenon {

/// A tensor's memory: row-major and contiguous from the buffer's start.
struct HostTensor {
  mlir::Value buffer;
  llvm::SmallVector<mlir::Value> dims; // index values, one per dimension
  mlir::Type elementType;
};

/// Converts the blocks of @main op by op. Scalars keep their ops; tensors are looked up in `tensors`.
class HostProgram {
public:
  explicit HostProgram(mlir::ModuleOp module) : module(module), builder(module.getContext()) {}

  /// Replaces @main by its host program and drops the dispatch functions.
  mlir::LogicalResult run(mlir::func::FuncOp main);

private:
  // DispatchToPlan.cpp
  mlir::LogicalResult convertInputs(mlir::func::FuncOp main);
  mlir::LogicalResult convertBlock(mlir::Block &block);
  mlir::LogicalResult convertOp(mlir::Operation *op);
  mlir::LogicalResult convertConstant(mlir::Operation *op);
  mlir::LogicalResult convertFromElements(mlir::tensor::FromElementsOp op);
  mlir::LogicalResult convertExtract(mlir::tensor::ExtractOp op);
  mlir::LogicalResult convertHostDispatch(plan::HostDispatchOp op);
  /// The buffer of a constant of the engine.
  mlir::Value constantBuffer(mlir::Attribute value);
  // InlineDispatch.cpp
  mlir::LogicalResult convertDispatch(plan::DispatchOp op);
  HostTensor reuseOperand(plan::DispatchOp op, mlir::func::FuncOp callee, llvm::ArrayRef<mlir::Value> dims);
  mlir::LogicalResult inlineBlock(mlir::Block &block);
  mlir::LogicalResult inlineOp(mlir::Operation *op);
  mlir::LogicalResult inlineControl(mlir::Operation *op);
  // ControlFlow.cpp
  mlir::LogicalResult convertIf(mlir::scf::IfOp op);
  mlir::LogicalResult convertSelect(mlir::arith::SelectOp op);
  mlir::LogicalResult convertWhile(mlir::scf::WhileOp op);
  void appendHostValues(mlir::Value value, mlir::Type type, llvm::SmallVectorImpl<mlir::Value> &values);
  void takeHostValues(mlir::Value value, mlir::ValueRange &values);
  HostTensor carry(mlir::Value init);
  void copyCarried(mlir::ValueRange from, llvm::ArrayRef<HostTensor> to);
  HostTensor copyToPool(const HostTensor &source, bool isUnwritten = false);
  llvm::SmallVector<mlir::Value> carriedValues(mlir::ValueRange values, mlir::TypeRange types, mlir::Block *round);
  mlir::LogicalResult convertInsertSlice(mlir::tensor::InsertSliceOp op);
  // Versions.cpp
  mlir::LogicalResult convertVersions(mlir::func::FuncOp main, mlir::func::FuncOp general);
  mlir::LogicalResult convertAhead(mlir::Value value);
  mlir::FailureOr<mlir::Value> chooseVersion(mlir::func::FuncOp main);
  mlir::LogicalResult convertVersion(mlir::func::FuncOp version, mlir::Region &region, llvm::SmallVectorImpl<HostTensor> &results);
  void giveOutput(unsigned index, mlir::Value holds, mlir::scf::IfOp branch, llvm::MutableArrayRef<llvm::SmallVector<HostTensor>> results);
  HostTensor toPool(unsigned index, llvm::MutableArrayRef<HostTensor> side);
  // Symbols.cpp
  mlir::LogicalResult bindSymbols(mlir::func::FuncOp main);
  // HostProgram.cpp
  mlir::LogicalResult convertReturn(mlir::func::ReturnOp op);
  void noteDestinations(mlir::func::ReturnOp op);
  mlir::Value constant(int64_t value);
  /// Bytes of a tensor with these dims, as an index value.
  mlir::Value bytesOf(mlir::Type elementType, mlir::ValueRange dims);
  /// Dims of a tensor of `type` whose dynamic ones are `dynamic`, in order.
  llvm::SmallVector<mlir::Value> dimsOf(mlir::RankedTensorType type, mlir::ValueRange dynamic);
  /// The same for a result of an op that names the dynamic dims of its results in `dynamic`, values of the old program: its own are taken
  /// from the front.
  llvm::SmallVector<mlir::Value> takeDims(mlir::RankedTensorType type, mlir::ValueRange &dynamic);
  /// The dims of `tensor` that its type leaves open.
  llvm::SmallVector<mlir::Value> dynamicDimsOf(mlir::RankedTensorType type, const HostTensor &tensor);
  /// New memory for a tensor; of a pool if its size depends on what the device computes.
  mlir::Value allocate(mlir::Type elementType, mlir::ValueRange dims);
  /// Memory for the tensor that `value` of the old program was: an output's own or a new allocation.
  mlir::Value destinationFor(mlir::Value value, mlir::Type elementType, mlir::ValueRange dims);
  /// True if all of `values` can be computed once the input dims are known, before anything has run.
  bool areKnownAtBinding(mlir::ValueRange values);
  // Views.cpp
  mlir::LogicalResult convertPart(plan::PartOp op);
  mlir::LogicalResult convertJoin(plan::JoinOp op);
  void noteParts(mlir::func::FuncOp main);
  mlir::Value placeInJoin(mlir::Value value, mlir::Type elementType, mlir::ValueRange dims);
  mlir::Value memoryOf(plan::JoinOp op);
  /// The new program's value of an index of the old one, if that has been converted yet.
  mlir::Value findScalar(mlir::Value value);

  mlir::ModuleOp module;
  mlir::OpBuilder builder;
  mlir::Location location = builder.getUnknownLoc();
  mlir::Type indexType = builder.getIndexType();
  mlir::Type bufferType = plan::BufferType::get(module.getContext());
  mlir::IRMapping scalars;
  llvm::DenseMap<mlir::Value, HostTensor> tensors;
  llvm::DenseMap<mlir::Value, int64_t> outputOf;                         // values of the old program that may be made in an output's memory
  llvm::DenseMap<mlir::Value, std::pair<plan::JoinOp, unsigned>> partOf; // values of the old program that are made in a join's memory
  llvm::DenseMap<mlir::Operation *, mlir::Value> joinMemory;             // of joins; a null buffer if the size was not known in time
  llvm::DenseMap<std::pair<mlir::Operation *, unsigned>, mlir::Value> partPlaces; // views that direct parts are made in
  llvm::SmallVector<mlir::Attribute> constants;
  llvm::DenseMap<mlir::Attribute, int64_t> constantNumbers;
  plan::BindingTime bindingTime;
  std::map<int64_t, mlir::Value> indexConstants;                 // DenseMap has no room for the largest number
  llvm::DenseSet<std::pair<mlir::Value, mlir::Block *>> guarded; // conditions that hold from there on
  mlir::Block *entry = nullptr;
};

} // namespace tenon

#endif // TENON_CONVERSION_DISPATCHTOPLAN_HOSTPROGRAM_H
