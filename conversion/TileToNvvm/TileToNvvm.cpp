// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tile kernels -> NVVM: tile.kernel, tile.mma ... -> llvm.func, nvvm, inline PTX.
#include "conversion/TileToNvvm/Emitter.h"
#include "conversion/TileToNvvm/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"

namespace tenon {
#define GEN_PASS_DEF_CONVERTTILETONVVMPASS
#include "conversion/TileToNvvm/Passes.h.inc"
} // namespace tenon

using namespace mlir;
using namespace tenon::tile;

namespace {
struct ConvertTileToNvvm : tenon::impl::ConvertTileToNvvmPassBase<ConvertTileToNvvm> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    TypeConverter types;
    types.addConversion([](Type type) { return type; });
    auto shared = LLVM::LLVMPointerType::get(context, static_cast<unsigned>(NVVM::NVVMMemorySpace::Shared));
    types.addConversion([shared](SmemType) -> Type { return shared; });
    types.addConversion([shared](BarriersType) -> Type { return shared; });
    types.addConversion([](DescriptorType type) -> Type { return LLVM::LLVMPointerType::get(type.getContext()); });
    types.addConversion([](FragmentType type) -> Type { return registersOf(type); });

    ConversionTarget target(*context);
    target.addIllegalDialect<TileDialect>();
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    target.addDynamicallyLegalOp<math::Exp2Op, arith::DivFOp>([](Operation *op) { return !isApproximate(op); });
    RewritePatternSet patterns(context);
    scf::populateSCFStructuralTypeConversionsAndLegality(types, patterns, target);
    populateProgramPatterns(types, patterns);
    populateBarrierPatterns(types, patterns);
    populateCopyPatterns(types, patterns);
    populateProductPatterns(types, patterns);
    populateFragmentPatterns(types, patterns);
    populateMemoryPatterns(types, patterns);
    if (failed(applyFullConversion(getOperation(), target, std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
