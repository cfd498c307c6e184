// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The state of writing one host program. Internal to this folder.
#ifndef TENON_LIB_ENGINE_PROGRAMWRITERIMPL_H
#define TENON_LIB_ENGINE_PROGRAMWRITERIMPL_H

#include "lib/Engine/ProgramWriter.h"

namespace tenon::engine {

class ProgramWriter {
public:
  ProgramWriter(llvm::ArrayRef<ConstantPlace> constants, llvm::ArrayRef<std::string> kernelNames);
  mlir::FailureOr<HostProgramTables> run(mlir::func::FuncOp main);

private:
  // Interface.cpp
  mlir::LogicalResult declareInterface(mlir::func::FuncOp main);
  Operand inputDim(unsigned input, unsigned axis);
  // Scalars.cpp
  mlir::LogicalResult writeArith(mlir::Operation *op);
  void writeBufferSelect(mlir::arith::SelectOp op);
  mlir::LogicalResult writeIf(mlir::scf::IfOp op);
  mlir::LogicalResult writeWhile(mlir::scf::WhileOp op);
  mlir::LogicalResult writeFor(mlir::scf::ForOp op);
  /// Gives `value` of a branch or loop a register or slot of its own.
  void declare(mlir::Value value);
  /// Sets declared `targets` to `values`, as if all at once.
  void assignAll(mlir::ValueRange targets, mlir::ValueRange values);
  // ProgramWriter.cpp
  mlir::LogicalResult writeBlock(mlir::Block &block);
  mlir::LogicalResult writeOp(mlir::Operation *op);
  mlir::LogicalResult writeHostCall(plan::HostCallOp op);
  mlir::LogicalResult writeLaunch(plan::LaunchOp op);
  std::unique_ptr<TensorMapT> tensorMap(plan::TensorMapAttr map, mlir::ValueRange values);
  mlir::LogicalResult writeMemory(mlir::Operation *op);
  mlir::LogicalResult writeOutput(plan::OutputOp op);

  BlockT &newBlock(unsigned &number);
  BlockT &prologue() { return *tables.program.blocks[tables.program.prologue]; }
  unsigned newBuffer(Storage storage, unsigned index, Operand offset, Operand bytes);
  int newRegister() { return tables.program.num_registers++; }
  static Operand constant(int64_t value) { return Operand(value, -1); }
  Operand operand(mlir::Value value);
  unsigned bufferNumber(mlir::Value value) { return buffers.lookup(value); }
  Operand scalar(ScalarOp op, Operand a, Operand b, Operand c, BlockT &block);
  void move(Operand target, Operand value);
  void assign(unsigned slot, unsigned buffer);
  template <typename T> void append(BlockT &block, std::unique_ptr<T> action) {
    auto instruction = std::make_unique<InstructionT>();
    instruction->action.Set(std::move(*action));
    block.instructions.push_back(std::move(instruction));
  }

  llvm::ArrayRef<ConstantPlace> constants;
  llvm::StringMap<unsigned> kernelNumbers;
  llvm::DenseSet<std::pair<unsigned, mlir::Attribute>> kernelNodes; // the names that each kernel has already
  HostProgramTables tables;
  BlockT *current = nullptr;
  plan::BindingTime bindingTime;
  llvm::DenseMap<mlir::Value, Operand> registers;
  llvm::DenseMap<mlir::Value, unsigned> buffers;
  llvm::DenseMap<unsigned, unsigned> constantBuffers;
  llvm::DenseMap<std::pair<unsigned, unsigned>, Operand> inputDims;
};

} // namespace tenon::engine

#endif // TENON_LIB_ENGINE_PROGRAMWRITERIMPL_H
