// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of contents of the compiler: one function per stage, each named by the IR it ends in (docs/architecture.md).
#ifndef TENON_LIB_PIPELINES_PIPELINES_H
#define TENON_LIB_PIPELINES_PIPELINES_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <memory>

namespace mlir {
class OpPassManager;
}

namespace tenon {
namespace schedule {
class TunedTable;
}

enum class Device { cpu, cuda };

/// What the stages need to know about the target.
struct PipelineOptions {
  Device device = Device::cpu;
  /// "f16" or "bf16": what the operands of f32 products are narrowed to; "tf32": they stay, tensor cores may multiply their leading bits;
  /// empty: nothing.
  llvm::StringRef productType;
  /// Products get the types and rows that the tensor cores of sm_90a take: it is one of the targets.
  bool tensorCores = false;
  /// CUDA: products go to the tensor cores of sm_90a where these have their type, and the code runs nowhere else.
  bool useTensorCores = false;
  /// Measured schedules of these products; null: none.
  std::shared_ptr<const schedule::TunedTable> tuned;
  // Of a CPU:
  int64_t vectorBytes = 32;     // of one vector register
  int64_t vectorRegisters = 16; // architectural
};

/// Imported ops -> ops with the shapes that can be known, without dead or duplicate work.
void buildInferPipeline(mlir::OpPassManager &pm, const PipelineOptions &options);
/// Ops -> fusion regions -> plan.dispatch of shared functions.
void buildFusedPipeline(mlir::OpPassManager &pm, const PipelineOptions &options);
/// Dispatch functions in infer -> in linalg, except the roots that schedules take whole.
void buildLinalgPipeline(mlir::OpPassManager &pm, const PipelineOptions &options);
/// Dispatch functions in linalg -> plan.launch of kernels in @kernels.
void buildKernelsPipeline(mlir::OpPassManager &pm, const PipelineOptions &options);
/// @main over tensors -> a host program.
void buildPlanPipeline(mlir::OpPassManager &pm, const PipelineOptions &options);
/// To run on @kernels: loops and vectors -> functions of the LLVM (for a GPU also NVVM) dialect with the kernel ABI.
void buildCodePipeline(mlir::OpPassManager &pm, const PipelineOptions &options);

/// Registers `tenon-<stage>` pipelines for tenon-opt.
void registerPipelines();

} // namespace tenon

#endif // TENON_LIB_PIPELINES_PIPELINES_H
