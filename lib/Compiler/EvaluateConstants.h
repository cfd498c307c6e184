// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Evaluation of what infer-hoist-constants has moved into @init. Internal to this folder.
#ifndef TENON_LIB_COMPILER_EVALUATECONSTANTS_H
#define TENON_LIB_COMPILER_EVALUATECONSTANTS_H

#include "lib/Engine/WriteEngine.h"
#include "lib/Pipelines/Pipelines.h"
#include "lib/Target/Cpu/CompileKernels.h"

namespace tenon {

/// Compiles and runs @init of `module` if there is one, and replaces the arguments of @main that stand for its results by constants.
mlir::LogicalResult evaluateConstants(mlir::ModuleOp module, unsigned threads);

/// Machine code of @kernels in `program`, which stays as it is; empty code if there is no such module.
mlir::FailureOr<cpu::CodeBlob> compileKernelModule(mlir::ModuleOp program, const cpu::CompileOptions &compile,
                                                   const PipelineOptions &options);

/// The code as the engine writer takes it.
engine::EngineCode engineCode(cpu::CodeBlob code, const cpu::CpuTarget &target);

} // namespace tenon

#endif // TENON_LIB_COMPILER_EVALUATECONSTANTS_H
