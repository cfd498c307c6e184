// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Compiler/Registration.h"

#include "conversion/DispatchToPlan/Passes.h"
#include "conversion/InferToLinalg/Passes.h"
#include "conversion/MathToArith/Passes.h"
#include "conversion/TileToNvvm/Passes.h"
#include "dialects/Infer/IR/Infer.h"
#include "dialects/Infer/Transforms/Passes.h"
#include "dialects/Plan/IR/Plan.h"
#include "dialects/Plan/Transforms/Passes.h"
#include "dialects/Tile/Transforms/Passes.h"
#include "lib/Pipelines/Pipelines.h"
#include "lib/Schedule/Passes.h"
#include "lib/Schedule/Pipeline.h"
#include "lib/Schedule/Tile/Passes.h"
#include "lib/Target/Cpu/CompileKernels.h"
#include "lib/Target/Cpu/Passes.h"
#include "lib/Target/Cuda/CompileKernels.h"
#include "lib/Target/Cuda/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/FuncBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Linalg/Transforms/AllInterfaces.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/Dialect/Tensor/Transforms/Passes.h"
#include "mlir/Dialect/Vector/Transforms/Passes.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"

using namespace mlir;

void tenon::registerDialects(DialectRegistry &registry) {
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registerAllToLLVMIRTranslations(registry);
  registry.insert<infer::InferDialect, plan::PlanDialect, tile::TileDialect>();
}

void tenon::registerPasses() {
  registerTransformsPasses();
  registerConversionPasses();
  registerLinalgPasses();
  bufferization::registerBufferizationPasses();
  memref::registerMemRefPasses();
  registerSCFPasses();
  tensor::registerTensorPasses();
  vector::registerVectorPasses();
  infer::registerInferPasses();
  plan::registerPlanPasses();
  tile::registerTilePasses();
  registerDispatchToPlanPasses();
  registerInferToLinalgPasses();
  registerMathToArithPasses();
  registerTileToNvvmPasses();
  schedule::registerSchedulePasses();
  schedule::registerScheduleTilePasses();
  cpu::registerCpuPasses();
  cuda::registerCudaPasses();
  registerPipelines();
  PassPipelineRegistration<>("kernels-cpu", "Dispatch functions to kernels of level x86-64-v4",
                             [](OpPassManager &pm) { schedule::buildKernelsPipeline(pm, {64, 32}); });
  PassPipelineRegistration<>("tenon-gpu-kernels", "Dispatch functions to kernels of thread blocks",
                             [](OpPassManager &pm) { schedule::buildGpuKernelsPipeline(pm); });
  PassPipelineRegistration<>("lower-tile-to-llvm", "Tile kernels to the LLVM dialect",
                             [](OpPassManager &pm) { schedule::buildLowerTilePipeline(pm); });
  PassPipelineRegistration<>("lower-kernels-to-llvm", "Kernels to the LLVM dialect; run on module @kernels",
                             [](OpPassManager &pm) { cpu::buildLowerKernelsToLLVMPipeline(pm); });
  PassPipelineRegistration<>("lower-kernels-to-nvvm", "Kernels of a GPU to the LLVM and NVVM dialects; run on module @kernels",
                             [](OpPassManager &pm) { cuda::buildLowerKernelsToNvvmPipeline(pm); });
}
