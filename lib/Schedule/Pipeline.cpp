// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Schedule/Pipeline.h"

#include "dialects/Plan/Transforms/Passes.h"
#include "lib/Schedule/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace tenon;

/// Between bufferized dispatch functions and kernels.
static void outline(OpPassManager &pm, bool flatGrid) {
  OpPassManager &dispatches = pm.nest<func::FuncOp>();
  dispatches.addPass(createCanonicalizerPass());
  dispatches.addPass(createCSEPass());
  plan::PlanOutlineKernelsPassOptions options;
  options.flatGrid = flatGrid;
  pm.addPass(plan::createPlanOutlineKernelsPass(options));
  // Host arithmetic without affine ops, constants folded.
  pm.addNestedPass<func::FuncOp>(createLowerAffinePass());
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
}

/// After linalg ops have become loops.
static void cleanUpKernels(OpPassManager &kernels) {
  kernels.addPass(createCanonicalizerPass());
  kernels.addPass(createCSEPass());
  kernels.addPass(createLoopInvariantCodeMotionPass());
}

void tenon::schedule::buildKernelsPipeline(OpPassManager &pm, const VectorUnit &unit) {
  ScheduleCpuPassOptions schedule;
  schedule.vectorBytes = unit.bytes;
  schedule.vectorRegisters = unit.registers;
  pm.addNestedPass<func::FuncOp>(createScheduleCpuPass(schedule));
  pm.addPass(createPlaceConstantsPass());
  BufferizeDispatchPassOptions bufferize;
  bufferize.vectorBytes = unit.bytes;
  bufferize.vectorRegisters = unit.registers;
  pm.addNestedPass<func::FuncOp>(createBufferizeDispatchPass(bufferize));
  outline(pm, /*flatGrid=*/false);
  OpPassManager &kernels = pm.nest<ModuleOp>().nest<func::FuncOp>();
  kernels.addPass(createLowerKernelsPass({unit.bytes}));
  kernels.addPass(memref::createFoldMemRefAliasOpsPass());
  cleanUpKernels(kernels);
}

void tenon::schedule::buildGpuKernelsPipeline(OpPassManager &pm, const GpuKernelOptions &options) {
  pm.addNestedPass<func::FuncOp>(createScheduleGpuPass());
  pm.addPass(createPlaceConstantsPass());
  BufferizeDispatchPassOptions bufferize;
  bufferize.threadBlocks = true;
  pm.addNestedPass<func::FuncOp>(createBufferizeDispatchPass(bufferize));
  outline(pm, /*flatGrid=*/true);
  DistributeKernelsPassOptions distribute;
  distribute.threads = options.threads;
  distribute.sharedBytes = options.sharedBytes;
  pm.addPass(createDistributeKernelsPass(distribute));
  // Views are not folded into what uses them: upstream's pass drops the alignment of vectors.
  cleanUpKernels(pm.nest<ModuleOp>().nest<func::FuncOp>());
}
