// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One compilation: its context, module and what has been found out about it so far. Internal to this folder.
#ifndef TENON_LIB_COMPILER_COMPILATION_H
#define TENON_LIB_COMPILER_COMPILATION_H

#include "lib/Compiler/Compile.h"
#include "lib/Engine/WriteEngine.h"
#include "lib/Pipelines/Pipelines.h"
#include "lib/Target/Cpu/CompileKernels.h"
#include "lib/Target/Cuda/CompileKernels.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/ThreadPool.h"

namespace tenon {

class Compilation {
public:
  Compilation(const ModelSource &model, const CompileOptions &options, const ProgressFn &progress, const CancelFn &cancel);

  CompileResult run();
  CompileResult check();

private:
  enum Stage : unsigned { infer_, fused, linalg_, kernels, code_, assembly_, plan_, engine_ };

  bool prepare();
  bool prepareTarget();
  void choosePrecision();
  bool findAssembler();
  bool import();
  /// Runs a stage that is a pipeline on the module; false if it failed or the caller has cancelled.
  bool runStage(unsigned index, void (*build)(mlir::OpPassManager &, const PipelineOptions &));
  /// Kernels -> `codes`.
  bool compileCode();
  bool compileForCpu(mlir::ModuleOp lowered);
  bool compileForCuda(mlir::ModuleOp lowered);
  bool writeEngineFile();

  bool begin(unsigned index);
  void end(unsigned index, const std::string *text = nullptr);
  void recordTime(llvm::StringRef stage);
  bool isLast(unsigned index) const { return stages(options.target)[index] == options.emit; }
  bool giveResult(llvm::StringRef text);
  void error(llvm::StringRef code, llvm::Twine message);
  void collect(mlir::Diagnostic &diagnostic);
  std::string print(mlir::Operation *op);
  llvm::json::Object describe();

  const ModelSource &model;
  const CompileOptions &options;
  const ProgressFn &progress;
  const CancelFn &cancel;
  CompileResult result;
  unsigned threads = 1;
  std::unique_ptr<llvm::DefaultThreadPool> pool;
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  PipelineOptions pipeline;
  cpu::CpuTarget cpuTarget;
  std::vector<cuda::CudaArch> archs;
  std::string ptxas; // path; empty if there is nothing to assemble
  std::vector<engine::EngineCode> codes;
  engine::EngineFacts facts;
  llvm::json::Array stageTimes, fusionRemarks, assembly;
  uint64_t stageStart = 0; // nanoseconds
};

} // namespace tenon

#endif // TENON_LIB_COMPILER_COMPILATION_H
