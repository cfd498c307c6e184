// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels in scf, vector, memref -> the LLVM dialect, as a pipeline of upstream conversions around our calling convention.
#include "conversion/MathToArith/Passes.h"
#include "lib/Target/Cpu/CompileKernels.h"
#include "lib/Target/Cpu/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Conversion/VectorToSCF/VectorToSCF.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void tenon::cpu::buildLowerKernelsToLLVMPipeline(OpPassManager &pm) {
  pm.addPass(createPrepareKernelsPass());
  // Transfers become loads, stores and masked forms of them; what remains are loops over their outer dims.
  VectorTransferToSCFOptions transfers;
  transfers.enableFullUnroll();
  pm.addNestedPass<func::FuncOp>(createConvertVectorToSCFPass(transfers));
  pm.addNestedPass<func::FuncOp>(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createSCFToControlFlowPass());
  // After loops are gone and invariants are out of them; what it makes of short floats is expanded next.
  pm.addPass(createConvertMathToArithPass());
  arith::ArithEmulateUnsupportedFloatsOptions floats; // comparisons, maxima and conversions of bfloat16, in float32
  floats.sourceTypeStrs = {"bf16"};
  floats.targetTypeStr = "f32";
  pm.addPass(arith::createArithEmulateUnsupportedFloats(floats));
  pm.addPass(createExpandArithPass());
  ConvertVectorToLLVMPassOptions vectors;
  pm.addPass(createConvertVectorToLLVMPass(vectors));
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createUBToLLVMConversionPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createHoldBFloat16BitsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createAddKernelEntriesPass());
}
