// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The way of tile kernels down to the LLVM dialect, as a list of passes.
#include "conversion/TileToNvvm/Passes.h"
#include "dialects/Tile/Transforms/Passes.h"
#include "lib/Schedule/Tile/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void tenon::schedule::buildLowerTilePipeline(OpPassManager &pm) {
  pm.addNestedPass<tile::KernelOp>(tile::createTilePlaceSharedPass());
  pm.addPass(createConvertTileToNvvmPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createConvertNVVMToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
}
