// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// LLVM IR -> optimised LLVM IR -> PTX text for several processors. The optimiser works for the oldest of them; what differs between
// processors is the choice of instructions.
#include "lib/Target/Cuda/CodeGenerator.h"

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/Scalar/InferAddressSpaces.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include "llvm/Transforms/Utils/LoopUtils.h"

#include <mutex>

using namespace llvm;

namespace tenon::cuda {

static constexpr StringLiteral kTriple = "nvptx64-nvidia-cuda";

static std::unique_ptr<TargetMachine> createTargetMachine(const CudaArch &arch) {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
  });
  Triple triple(kTriple);
  std::string message;
  const Target *backend = TargetRegistry::lookupTarget(triple, message);
  if (!backend)
    return nullptr;
  TargetOptions options;
  // Products and sums are fused only where the IR says so: the same rounding at every level.
  options.AllowFPOpFusion = FPOpFusion::Standard;
  std::string features = "+ptx" + std::to_string(arch.ptxVersion);
  return std::unique_ptr<TargetMachine>(
      backend->createTargetMachine(triple, arch.processor, features, options, std::nullopt, std::nullopt, CodeGenOptLevel::Aggressive));
}

/// What depends on the thread but not on the workgroup stays in the loop over workgroups: it is a few cheap indices for each, and outside
/// they take registers from the sums of a product, or push them to local memory.
static void keepWorkInOuterLoops(Function &function) {
  DominatorTree tree(function);
  for (Loop *loop : LoopInfo(tree))
    addStringMetadataToLoop(loop, "llvm.licm.disable", /*V=*/1);
}

static void optimize(Module &module, TargetMachine &machine, unsigned optLevel) {
  // No library function exists: loops stay loops instead of becoming calls of memset and friends.
  TargetLibraryInfoImpl library(machine.getTargetTriple());
  library.disableAllFunctions();
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  PipelineTuningOptions tuning;
  // Kernels are written in vectors where memory wants them; there is nothing to gain from more.
  tuning.LoopVectorization = tuning.LoopInterleaving = tuning.SLPVectorization = false;
  PassBuilder builder(&machine, tuning);
  // Buffers are parameters in global memory, cast for code that treats all memory alike: that is undone before anything looks at it.
  builder.registerPipelineStartEPCallback(
      [](ModulePassManager &passes, OptimizationLevel) { passes.addPass(createModuleToFunctionPassAdaptor(InferAddressSpacesPass())); });
  functions.registerPass([&] { return TargetLibraryAnalysis(library); });
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  static const OptimizationLevel levels[] = {OptimizationLevel::O0, OptimizationLevel::O1, OptimizationLevel::O2, OptimizationLevel::O3};
  OptimizationLevel level = levels[std::min(optLevel, 3u)];
  ModulePassManager passes =
      level == OptimizationLevel::O0 ? builder.buildO0DefaultPipeline(level) : builder.buildPerModuleDefaultPipeline(level);
  passes.run(module, modules);
}

/// PTX without a definition would assemble only where somebody links one to it.
static Error findUndefined(const Module &module) {
  for (const Function &function : module)
    if (function.isDeclaration() && !function.isIntrinsic() && !function.use_empty())
      return createStringError("undefined symbol '" + function.getName() + "' in a kernel");
  return Error::success();
}

static Error emit(Module &module, TargetMachine &machine, std::string &text) {
  SmallString<0> buffer;
  raw_svector_ostream stream(buffer);
  legacy::PassManager passes;
  TargetLibraryInfoImpl library(machine.getTargetTriple());
  library.disableAllFunctions();
  passes.add(new TargetLibraryInfoWrapperPass(library));
  if (machine.addPassesToEmitFile(passes, stream, nullptr, CodeGenFileType::AssemblyFile))
    return createStringError("the PTX code generator cannot write text");
  passes.run(module);
  text = std::string(buffer);
  return Error::success();
}

Expected<std::vector<std::string>> generatePtxText(std::unique_ptr<Module> module, ArrayRef<CudaArch> archs, unsigned optLevel) {
  std::vector<std::string> texts(archs.size());
  // From the oldest processor on: the last one may have the module itself.
  for (size_t i = archs.size(); i-- > 0;) {
    std::unique_ptr<TargetMachine> machine = createTargetMachine(archs[i]);
    if (!machine)
      return createStringError("this build of LLVM has no PTX code generator");
    if (i + 1 == archs.size()) {
      module->setTargetTriple(machine->getTargetTriple());
      module->setDataLayout(machine->createDataLayout());
      for (Function &function : *module)
        if (!function.isDeclaration())
          keepWorkInOuterLoops(function);
      optimize(*module, *machine, optLevel);
      if (Error error = findUndefined(*module))
        return std::move(error);
    }
    std::unique_ptr<Module> copy = i > 0 ? CloneModule(*module) : std::move(module);
    if (Error error = emit(*copy, *machine, texts[i]))
      return std::move(error);
  }
  return texts;
}

} // namespace tenon::cuda
