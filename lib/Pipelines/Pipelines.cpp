// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Pipelines/Pipelines.h"

#include "conversion/DispatchToPlan/Passes.h"
#include "conversion/InferToLinalg/Passes.h"
#include "dialects/Infer/Transforms/Passes.h"
#include "dialects/Plan/Transforms/Passes.h"
#include "lib/Schedule/Pipeline.h"
#include "lib/Schedule/Tile/Passes.h"
#include "lib/Target/Cpu/CompileKernels.h"
#include "lib/Target/Cuda/CompileKernels.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace tenon;

void tenon::buildInferPipeline(OpPassManager &pm, const PipelineOptions &options) {
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(infer::createInferVersionBroadcastsPass());
  // Before shapes are followed: it reshapes.
  bool isTf32 = options.productType == "tf32";
  std::string factors = options.productType.empty() ? "f32" : options.productType.str();
  if (options.tensorCores || (!options.productType.empty() && !isTf32))
    pm.addNestedPass<func::FuncOp>(infer::createInferAlignWeightsPass({factors, /*pads=*/options.tensorCores}));
  if (options.tensorCores) {
    pm.addNestedPass<func::FuncOp>(infer::createInferNarrowQuantisedProductsPass());
    pm.addNestedPass<func::FuncOp>(infer::createInferNarrowIntegerProductsPass());
    pm.addNestedPass<func::FuncOp>(infer::createInferPadWeightsPass({factors}));
    if (isTf32)
      pm.addNestedPass<func::FuncOp>(infer::createInferRoundWeightsPass());
  }
  pm.addNestedPass<func::FuncOp>(infer::createInferRefineShapesPass());
  pm.addNestedPass<func::FuncOp>(infer::createInferMaterializeShapesPass());
  // Between two rounds of shapes: it asks the first and leaves reshapes to the second.
  pm.addNestedPass<func::FuncOp>(infer::createInferSinkReshapesPass());
  pm.addNestedPass<func::FuncOp>(infer::createInferExpandDataDependentPass());
  // What was read back has a size that the host knows now: shapes computed from it are followed too.
  pm.addNestedPass<func::FuncOp>(infer::createInferRefineShapesPass());
  pm.addNestedPass<func::FuncOp>(infer::createInferMaterializeShapesPass());
  pm.addNestedPass<func::FuncOp>(infer::createInferFoldConvNormalizationPass());
  pm.addNestedPass<func::FuncOp>(infer::createInferCutSplitsPass());
  if (!options.productType.empty() && !isTf32)
    pm.addNestedPass<func::FuncOp>(infer::createInferNarrowProductsPass({options.productType.str()}));
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(infer::createInferHoistConstantsPass());
}

void tenon::buildFusedPipeline(OpPassManager &pm, const PipelineOptions &) {
  pm.addNestedPass<func::FuncOp>(infer::createInferLowerControlPass());
  // Before fusions are formed: what the host computes and what is a view need no kernel.
  pm.addNestedPass<func::FuncOp>(plan::createPlanFormHostCallsPass());
  pm.addNestedPass<func::FuncOp>(plan::createPlanFormViewsPass());
  pm.addNestedPass<func::FuncOp>(infer::createInferFormFusionsPass());
  pm.addPass(plan::createPlanOutlineDispatchesPass());
  pm.addPass(createCSEPass());
  // After that: an operand that is overwritten must not turn out to equal one that is needed later.
  pm.addPass(plan::createPlanReuseOperandsPass());
}

void tenon::buildLinalgPipeline(OpPassManager &pm, const PipelineOptions &pipeline) {
  if (pipeline.useTensorCores)
    pm.addPass(schedule::createTileProductsPass(pipeline.tuned, /*tf32=*/pipeline.productType == "tf32"));
  ConvertInferToLinalgPassOptions options;
  options.threadBlocks = pipeline.device == Device::cuda;
  pm.addPass(createConvertInferToLinalgPass(options));
}

void tenon::buildKernelsPipeline(OpPassManager &pm, const PipelineOptions &options) {
  if (options.device == Device::cuda)
    return schedule::buildGpuKernelsPipeline(pm);
  schedule::buildKernelsPipeline(pm, {options.vectorBytes, options.vectorRegisters});
}

void tenon::buildPlanPipeline(OpPassManager &pm, const PipelineOptions &) {
  // The host program has arithmetic of its own only; what shape functions left as affine.apply is spelled out first.
  pm.addNestedPass<func::FuncOp>(createLowerAffinePass());
  pm.addPass(createConvertDispatchToPlanPass());
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
}

void tenon::buildCodePipeline(OpPassManager &pm, const PipelineOptions &options) {
  if (options.device == Device::cuda)
    cuda::buildLowerKernelsToNvvmPipeline(pm);
  else
    cpu::buildLowerKernelsToLLVMPipeline(pm);
}

void tenon::registerPipelines() {
  auto add = [](StringRef name, StringRef description, void (*build)(OpPassManager &, const PipelineOptions &)) {
    registerPassPipeline(
        name, description,
        [build](OpPassManager &pm, StringRef options, function_ref<LogicalResult(const Twine &)> error) -> LogicalResult {
          if (!options.empty())
            return error("expected no options");
          build(pm, PipelineOptions());
          return success();
        },
        [](function_ref<void(const detail::PassOptions &)>) {});
  };
  add("tenon-infer", "Imported ops to optimised ops", buildInferPipeline);
  add("tenon-fused", "Ops to dispatches of shared functions", buildFusedPipeline);
  add("tenon-linalg", "Dispatch functions to linalg", buildLinalgPipeline);
  add("tenon-kernels", "Dispatch functions to launches of kernels", buildKernelsPipeline);
  add("tenon-plan", "Dispatches to a host program", buildPlanPipeline);
}
