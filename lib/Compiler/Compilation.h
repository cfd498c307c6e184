// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One compilation: its context, module and what has been found out about it so far. Internal to this folder.
#ifndef TENON_LIB_COMPILER_COMPILATION_H
#define TENON_LIB_COMPILER_COMPILATION_H

#include "lib/Compiler/CallerThread.h"
#include "lib/Compiler/Compile.h"
#include "lib/Compiler/EvaluateConstants.h"
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
  /// Runs, or only checks, on a thread that `caller` serves.
  Compilation(const ModelSource &model, const CompileOptions &options, CallerThread &caller);

  CompileResult run();
  CompileResult check();

private:
  enum Stage : unsigned { infer_, fused, linalg_, kernels, code_, assembly_, plan_, engine_ };

  /// A host program with its kernels, and the code of the targets that run it.
  struct Program {
    mlir::OwningOpRef<mlir::ModuleOp> module;
    PipelineOptions pipeline;
    std::vector<cuda::CudaArch> archs; // of CUDA
    mlir::OwningOpRef<mlir::ModuleOp> lowered;
    cuda::CompiledKernels kernels; // of CUDA, until they are assembled
    std::vector<engine::EngineCode> codes;
  };

  /// Are there kernels of the `tile` dialect for it?
  static bool hasTileKernels(const cuda::CudaArch &arch) { return arch.name == "sm_90a"; }
  bool prepare();
  bool prepareTarget();
  bool findAssembler();
  bool readTunedTable();
  bool import();
  bool deriveConstants();
  /// Gives architectures whose kernels differ programs of their own.
  void splitPrograms();
  /// Runs a stage that is a pipeline on each program; false if it failed or the caller has cancelled.
  bool runStage(unsigned index, void (*build)(mlir::OpPassManager &, const PipelineOptions &));
  /// Kernels of all programs -> their `codes`.
  bool compileCode();
  bool lowerKernels(Program &program);
  bool generateForCpu(Program &program, std::string &text);
  bool generateForCuda(Program &program, std::string &text);
  bool assembleForCuda(Program &program);
  bool writeEngineFile();
  /// Sets what the result says about success.
  void finish(bool ok);

  bool begin(unsigned index);
  void end(unsigned index, const std::string *text = nullptr);
  void recordTime(llvm::StringRef stage);
  bool isPrinted(unsigned index) const { return isLast(index) || !options.dumpStages.empty(); }
  bool isLast(unsigned index) const { return stages(options.target)[index] == options.emit; }
  bool giveResult(llvm::StringRef text);
  void error(llvm::StringRef code, llvm::Twine message);
  void collect(mlir::Diagnostic &diagnostic);
  std::string print(mlir::Operation *op);
  /// A module of each program, as a split file.
  std::string printPrograms(mlir::OwningOpRef<mlir::ModuleOp> Program::*module = &Program::module);
  llvm::json::Array sortedRemarks();
  /// How many nodes of each ONNX op the model has.
  llvm::json::Object countNodes();
  llvm::json::Object describe();

  const ModelSource &model;
  const CompileOptions &options;
  CallerThread &caller;
  const Cancellation &cancellation;
  CompileResult result;
  unsigned threads = 1;
  std::unique_ptr<llvm::DefaultThreadPool> pool;
  std::unique_ptr<mlir::MLIRContext> context;
  std::unique_ptr<DerivedConstants> derived;
  std::vector<Program> programs; // one until stage "fused" has ended; best first
  cpu::CpuTarget cpuTarget;
  std::string ptxas; // path; empty if there is nothing to assemble
  engine::EngineFacts facts;
  llvm::json::Array stageTimes, fusionRemarks, assembly;
  uint64_t stageStart = 0; // nanoseconds
};

} // namespace tenon

#endif // TENON_LIB_COMPILER_COMPILATION_H
