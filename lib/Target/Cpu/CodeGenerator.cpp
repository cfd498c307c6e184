// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// LLVM IR -> optimised LLVM IR -> ELF object in memory. The compiler is told that no library function exists, so loops stay loops
// instead of becoming calls of memset and friends.
#include "lib/Target/Cpu/CodeGenerator.h"

#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

#include <mutex>

using namespace llvm;

namespace tenon::cpu {

static constexpr StringLiteral kTriple = "x86_64-unknown-linux-gnu";

static std::unique_ptr<TargetMachine> createTargetMachine(const CpuTarget &target, unsigned optLevel) {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
  });
  Triple triple(kTriple);
  std::string message;
  const Target *backend = TargetRegistry::lookupTarget(triple, message);
  if (!backend)
    return nullptr;
  TargetOptions options;
  // Products and sums are fused only where the IR says so: the same rounding at every level.
  options.AllowFPOpFusion = FPOpFusion::Standard;
  options.NoTrapAfterNoreturn = true;
  options.EmulatedTLS = false;
  auto level = optLevel >= 3 ? CodeGenOptLevel::Aggressive : optLevel == 2 ? CodeGenOptLevel::Default : CodeGenOptLevel::Less;
  return std::unique_ptr<TargetMachine>(
      backend->createTargetMachine(triple, target.cpu, target.features, options, Reloc::PIC_, CodeModel::Small, level));
}

static void setFunctionAttributes(Module &module, const CpuTarget &target) {
  std::string width = std::to_string(target.vectorBytes * 8);
  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", target.cpu);
    if (!target.features.empty())
      function.addFnAttr("target-features", target.features);
    // LLVM prefers 256 bits on x86-64-v4; kernels are written for the full width.
    function.addFnAttr("prefer-vector-width", width);
    function.addFnAttr("min-legal-vector-width", width);
    function.addFnAttr("no-builtins");
    function.addFnAttr("no-trapping-math", "true");
    function.addFnAttr("no-jump-tables", "true");
    function.addFnAttr(Attribute::NoUnwind);
    function.addFnAttr(Attribute::MustProgress);
  }
}

static OptimizationLevel getLevel(unsigned level) {
  static const OptimizationLevel levels[] = {OptimizationLevel::O0, OptimizationLevel::O1, OptimizationLevel::O2, OptimizationLevel::O3};
  return levels[std::min(level, 3u)];
}

static void optimize(Module &module, TargetMachine &machine, unsigned optLevel) {
  TargetLibraryInfoImpl library(machine.getTargetTriple());
  library.disableAllFunctions();
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  PipelineTuningOptions tuning;
  tuning.LoopVectorization = tuning.LoopInterleaving = tuning.SLPVectorization = true;
  // Full unrolling runs before the vectoriser and turns short rows, 64 floats to copy, into scalar code.
  tuning.LoopUnrolling = false;
  PassBuilder builder(&machine, tuning);
  functions.registerPass([&] { return TargetLibraryAnalysis(library); });
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  OptimizationLevel level = getLevel(optLevel);
  ModulePassManager passes =
      level == OptimizationLevel::O0 ? builder.buildO0DefaultPipeline(level) : builder.buildPerModuleDefaultPipeline(level);
  passes.run(module, modules);
}

Error generateCode(Module &module, const CpuTarget &target, unsigned optLevel, CodeKind kind, SmallVectorImpl<char> &out) {
  std::unique_ptr<TargetMachine> machine = createTargetMachine(target, optLevel);
  if (!machine)
    return createStringError("this build of LLVM has no x86-64 code generator");
  module.setTargetTriple(machine->getTargetTriple());
  module.setDataLayout(machine->createDataLayout());
  module.setPICLevel(PICLevel::SmallPIC);
  setFunctionAttributes(module, target);
  optimize(module, *machine, optLevel);

  legacy::PassManager passes;
  TargetLibraryInfoImpl library(machine->getTargetTriple());
  library.disableAllFunctions();
  passes.add(new TargetLibraryInfoWrapperPass(library));
  raw_svector_ostream stream(out);
  auto type = kind == CodeKind::object ? CodeGenFileType::ObjectFile : CodeGenFileType::AssemblyFile;
  if (machine->addPassesToEmitFile(passes, stream, nullptr, type))
    return createStringError("the x86-64 code generator cannot write this kind of file");
  passes.run(module);
  return Error::success();
}

} // namespace tenon::cpu
