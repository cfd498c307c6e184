// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels in scf, vector, memref, gpu -> the LLVM and NVVM dialects: upstream's patterns in a pipeline of our own. Upstream's conversion
// works on gpu.module, has one index width for all of it and calls libdevice; here each kernel has its own width and nothing is called.
#include "conversion/MathToArith/Passes.h"
#include "conversion/TileToNvvm/Passes.h"
#include "lib/Target/Cuda/CompileKernels.h"
#include "lib/Target/Cuda/MmaSync.h"
#include "lib/Target/Cuda/Passes.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/GPUToNVVM/GPUToNVVMPass.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/NVGPUToNVVM/NVGPUToNVVM.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Conversion/VectorToSCF/VectorToSCF.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Dialect/Vector/Transforms/VectorRewritePatterns.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace tenon::cuda {
#define GEN_PASS_DEF_LOWERTONVVMPASS
#include "lib/Target/Cuda/Passes.h.inc"

namespace {

/// Ops that no conversion takes as they are -> ops that one does: vectors of several dims, shuffles of 64 bits, rounding divisions.
void populateExpansionPatterns(RewritePatternSet &patterns) {
  populateGpuShufflePatterns(patterns);
  arith::populateCeilFloorDivExpandOpsPatterns(patterns);
  vector::populateVectorToVectorCanonicalizationPatterns(patterns);
  vector::populateVectorBitCastLoweringPatterns(patterns);
  vector::populateVectorBroadcastLoweringPatterns(patterns);
  vector::populateVectorContractLoweringPatterns(patterns, vector::VectorContractLowering::OuterProduct);
  vector::populateVectorOuterProductLoweringPatterns(patterns);
  vector::populateVectorMultiReductionLoweringPatterns(patterns, vector::VectorMultiReductionLowering::InnerParallel);
  vector::populateVectorMaskOpLoweringPatterns(patterns);
  vector::populateVectorShapeCastLoweringPatterns(patterns);
  vector::populateVectorInterleaveLoweringPatterns(patterns);
  vector::populateVectorTransposeLoweringPatterns(patterns, vector::VectorTransposeLowering::EltWise);
  vector::populateVectorTransferLoweringPatterns(patterns, /*maxTransferRank=*/1);
  vector::populateVectorMaskMaterializationPatterns(patterns, /*force32BitVectorIndices=*/false);
  vector::populateVectorInsertExtractStridedSliceTransforms(patterns);
  vector::populateVectorStepLoweringPatterns(patterns);
  vector::populateVectorRankReducingFMAPattern(patterns);
  vector::populateVectorGatherLoweringPatterns(patterns);
  vector::populateVectorToElementsUnrollPatterns(patterns);
  vector::populateVectorFromElementsUnrollPatterns(patterns);
}

struct LowerToNvvm : impl::LowerToNvvmPassBase<LowerToNvvm> {
  void runOnOperation() override {
    RewritePatternSet expansions(&getContext());
    populateExpansionPatterns(expansions);
    if (failed(applyPatternsGreedily(getOperation(), std::move(expansions))))
      return signalPassFailure();
    for (auto function : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (failed(convert(function)))
        return signalPassFailure();
    for (auto function : getOperation().getOps<LLVM::LLVMFuncOp>())
      if (Attribute block = function->getAttr("gpu.known_block_size")) {
        function->setAttr(NVVM::NVVMDialect::getKernelFuncAttrName(), UnitAttr::get(&getContext()));
        function->setAttr(NVVM::NVVMDialect::getReqntidAttrName(), block);
        if (Attribute blocks = function->removeAttr("cuda.min_blocks"))
          function->setAttr(NVVM::NVVMDialect::getMinctasmAttrName(), blocks);
      }
  }

  LogicalResult convert(func::FuncOp function) {
    auto bits = function->getAttrOfType<IntegerAttr>("cuda.index_bits");
    if (!bits || (bits.getInt() != 32 && bits.getInt() != 64))
      return function.emitError("expected cuda.index_bits of 32 or 64");
    LowerToLLVMOptions options(&getContext());
    options.overrideIndexBitwidth(bits.getInt());
    LLVMTypeConverter converter(&getContext(), options);
    configureGpuToNVVMTypeConverter(converter);
    // Order is all that a token stands for.
    converter.addConversion([](nvgpu::DeviceAsyncTokenType type) -> Type { return IntegerType::get(type.getContext(), 32); });
    RewritePatternSet patterns(&getContext());
    populateFuncToLLVMConversionPatterns(converter, patterns);
    cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
    arith::populateArithToLLVMConversionPatterns(converter, patterns);
    // Before what the next line has for them: calls of libdevice.
    populateMathToLLVMConversionPatterns(converter, patterns, /*approximateLog1p=*/false, /*benefit=*/10);
    populateGpuToNVVMConversionPatterns(converter, patterns);
    populateMmaSyncPatterns(converter, patterns);
    populateNVGPUToNVVMConversionPatterns(converter, patterns);
    populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns);
    populateVectorToLLVMConversionPatterns(converter, patterns);
    ub::populateUBToLLVMConversionPatterns(converter, patterns);
    ConversionTarget target(getContext());
    target.addLegalDialect<LLVM::LLVMDialect, NVVM::NVVMDialect>();
    target.addLegalOp<UnrealizedConversionCastOp>();
    return applyFullConversion(function, target, std::move(patterns));
  }
};

} // namespace

void buildLowerKernelsToNvvmPipeline(OpPassManager &pm) {
  // Tensor-core kernels have their places and parameters; they become functions of NVVM, scf and arith ops, which what follows lowers too.
  pm.addPass(createConvertTileToNvvmPass());
  // Transfers become loads, stores and masked forms of them; what remains are loops over their outer dims.
  VectorTransferToSCFOptions transfers;
  transfers.enableFullUnroll();
  pm.addNestedPass<func::FuncOp>(createConvertVectorToSCFPass(transfers));
  pm.addNestedPass<func::FuncOp>(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createAddKernelEntriesPass());
  pm.addPass(createSCFToControlFlowPass());
  // After loops are gone and invariants are out of them.
  pm.addPass(createExpandMathPass());
  pm.addPass(createConvertMathToArithPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createLowerToNvvmPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createConvertNVVMToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

} // namespace tenon::cuda
