// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A host program in the plan dialect -> the engine's tables of buffers, registers and instructions.
#ifndef TENON_LIB_ENGINE_PROGRAMWRITER_H
#define TENON_LIB_ENGINE_PROGRAMWRITER_H

#include "dialects/Plan/IR/BindingTime.h"
#include "dialects/Plan/IR/Plan.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "runtime/engine/engine_generated.h"
#include "llvm/ADT/StringMap.h"

namespace tenon::engine {

/// Where constant number i of the module lies.
struct ConstantPlace {
  unsigned segment;
  int64_t offset;
  int64_t bytes;
};

/// What the program of one target says, besides its code, and the interface that it serves.
struct HostProgramTables {
  ProgramT program;
  std::vector<std::unique_ptr<TensorT>> inputs, outputs;
  std::vector<std::unique_ptr<SymbolT>> symbols;
  /// By kernel number: ONNX nodes that its launches serve, and the number of scalars and the write flags that they agree on.
  std::vector<std::unique_ptr<KernelT>> kernels;
};

/// Writes `main` of the plan dialect. Kernels get numbers in the order of `kernelNames`.
mlir::FailureOr<HostProgramTables> writeProgram(mlir::func::FuncOp main, llvm::ArrayRef<ConstantPlace> constants,
                                                llvm::ArrayRef<std::string> kernelNames);

/// Gives the arena's buffers lifetimes and, if all their sizes are constant, places; frees pool memory after its last use.
/// Works on the finished tables alone, so that it holds for what the engine says and not for what the writer meant.
mlir::LogicalResult planMemory(ProgramT &program, llvm::function_ref<mlir::InFlightDiagnostic()> emitError);

/// The engine's name of an element type; nothing for types that no tensor of an engine has.
std::optional<ElementType> elementTypeOf(mlir::Type type);

} // namespace tenon::engine

#endif // TENON_LIB_ENGINE_PROGRAMWRITER_H
