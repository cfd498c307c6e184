// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The code generator as a pass: kernels -> attributes that hold their PTX and what the assembler says about them.
#include "lib/Target/Cuda/CompileKernels.h"
#include "lib/Target/Cuda/Passes.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace tenon::cuda {
#define GEN_PASS_DEF_GENERATEPTXPASS
#include "lib/Target/Cuda/Passes.h.inc"

namespace {

DictionaryAttr describe(Builder &builder, const KernelResources &resources) {
  return builder.getDictionaryAttr({builder.getNamedAttr("registers", builder.getI64IntegerAttr(resources.registers)),
                                    builder.getNamedAttr("shared_bytes", builder.getI64IntegerAttr(resources.sharedBytes)),
                                    builder.getNamedAttr("spill_bytes", builder.getI64IntegerAttr(resources.spillStoreBytes)),
                                    builder.getNamedAttr("stack_bytes", builder.getI64IntegerAttr(resources.stackBytes))});
}

struct GeneratePtx : impl::GeneratePtxPassBase<GeneratePtx> {
  using GeneratePtxPassBase::GeneratePtxPassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    CompileOptions options;
    llvm::Expected<std::vector<CudaArch>> parsed = parseArchs(archs);
    if (!parsed)
      return fail(parsed.takeError());
    options.archs = std::move(*parsed);
    FailureOr<CompiledKernels> code = generatePtx(module, options);
    if (failed(code))
      return signalPassFailure();
    Builder builder(&getContext());
    SmallVector<NamedAttribute> texts, resources;
    for (const ArchCode &arch : code->archs)
      texts.push_back(builder.getNamedAttr(arch.arch.name, builder.getStringAttr(llvm::join(arch.files, ""))));
    module->setAttr("cuda.ptx", builder.getDictionaryAttr(texts));
    if (ptxas.empty())
      return;
    llvm::Expected<std::string> program = findPtxas(ptxas == "default" ? StringRef() : StringRef(ptxas));
    if (!program)
      return fail(program.takeError());
    if (failed(assemble(module, *code, *program, options.threads)))
      return signalPassFailure();
    for (const ArchCode &arch : code->archs) {
      SmallVector<NamedAttribute> rows;
      if (arch.arch.isBinary())
        for (auto [kernel, row] : llvm::zip_equal(code->kernels, arch.resources))
          rows.push_back(builder.getNamedAttr(kernel.name, describe(builder, row)));
      resources.push_back(builder.getNamedAttr(arch.arch.name, builder.getDictionaryAttr(rows)));
    }
    module->setAttr("cuda.resources", builder.getDictionaryAttr(resources));
  }

  void fail(llvm::Error error) {
    getOperation().emitError(llvm::toString(std::move(error)));
    signalPassFailure();
  }
};

} // namespace
} // namespace tenon::cuda
