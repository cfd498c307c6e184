// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Evaluation of what infer-hoist-constants has moved into @init. Internal to this folder.
#ifndef TENON_LIB_COMPILER_EVALUATECONSTANTS_H
#define TENON_LIB_COMPILER_EVALUATECONSTANTS_H

#include "lib/Engine/WriteEngine.h"
#include "lib/Pipelines/Pipelines.h"
#include "lib/Target/Cpu/CompileKernels.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringMap.h"
#include <map>

namespace tenon {

/// The constants that @init computes. Not thread safe.
class DerivedConstants {
public:
  /// Takes @init out of `module`, if there is one, compiles it, and replaces the arguments of @main that stand for its results by
  /// constants: resources without bytes.
  static mlir::FailureOr<std::unique_ptr<DerivedConstants>> create(mlir::ModuleOp module, unsigned threads,
                                                                   const Cancellation &cancellation);

  /// Gives the bytes of such a constant, and forgets them; computes them with others if need be. Fails for other constants.
  mlir::LogicalResult stream(mlir::Attribute constant, engine::ByteSink sink);

private:
  explicit DerivedConstants(const Cancellation &cancellation) : cancellation(cancellation) {}
  mlir::LogicalResult compile(unsigned threads);
  mlir::LogicalResult replaceArguments(mlir::ModuleOp module);
  void formBatches();
  mlir::LogicalResult run(llvm::ArrayRef<unsigned> batch);

  const Cancellation &cancellation;
  mlir::OwningOpRef<mlir::ModuleOp> program; // the host program
  engine::EngineCode code;
  llvm::SmallVector<mlir::ElementsAttr> inputs;
  llvm::SmallVector<mlir::RankedTensorType> results;
  llvm::StringMap<unsigned> numbers; // of results, by the keys of their resources
  llvm::SmallVector<llvm::SmallVector<unsigned>> batches;
  llvm::DenseMap<unsigned, unsigned> batchOf;
  std::map<unsigned, mlir::AsmResourceBlob> computed; // and not asked for yet
};

/// Machine code of @kernels in `program`, which stays as it is; empty code if there is no such module.
mlir::FailureOr<cpu::CodeBlob> compileKernelModule(mlir::ModuleOp program, const cpu::CompileOptions &compile,
                                                   const PipelineOptions &options);

/// The code as the engine writer takes it.
engine::EngineCode engineCode(cpu::CodeBlob code, const cpu::CpuTarget &target);

} // namespace tenon

#endif // TENON_LIB_COMPILER_EVALUATECONSTANTS_H
