// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Schedule/Pipeline.h"

#include "dialects/Plan/Transforms/Passes.h"
#include "lib/Schedule/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void tenon::schedule::buildKernelsPipeline(OpPassManager &pm, const VectorUnit &unit) {
  ScheduleCpuPassOptions schedule;
  schedule.vectorBytes = unit.bytes;
  schedule.vectorRegisters = unit.registers;
  OpPassManager &dispatches = pm.nest<func::FuncOp>();
  dispatches.addPass(createScheduleCpuPass(schedule));
  BufferizeDispatchPassOptions bufferize;
  bufferize.vectorBytes = unit.bytes;
  bufferize.vectorRegisters = unit.registers;
  dispatches.addPass(createBufferizeDispatchPass(bufferize));
  dispatches.addPass(createCanonicalizerPass());
  dispatches.addPass(createCSEPass());
  pm.addPass(plan::createPlanOutlineKernelsPass());
  // Host arithmetic without affine ops, constants folded.
  pm.addNestedPass<func::FuncOp>(createLowerAffinePass());
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createCSEPass());

  OpPassManager &kernels = pm.nest<ModuleOp>().nest<func::FuncOp>();
  kernels.addPass(createLowerKernelsPass());
  kernels.addPass(memref::createFoldMemRefAliasOpsPass());
  kernels.addPass(createCanonicalizerPass());
  kernels.addPass(createCSEPass());
  kernels.addPass(createLoopInvariantCodeMotionPass());
}
