// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From kernels to code: the part of the compile driver that differs between devices.
#include "lib/Compiler/Compilation.h"
#include "lib/Compiler/EvaluateConstants.h"

using namespace mlir;
using namespace tenon;

/// Loops and vectors of @kernels -> the LLVM dialect, in a copy: the host program still names the kernels.
static FailureOr<OwningOpRef<ModuleOp>> lowerKernels(ModuleOp program, const PipelineOptions &options, bool verify) {
  auto kernelModule = program.lookupSymbol<ModuleOp>("kernels");
  OwningOpRef<ModuleOp> lowered = kernelModule ? cast<ModuleOp>(kernelModule->clone()) : ModuleOp::create(program.getLoc(), "kernels");
  PassManager pm(program->getContext());
  pm.enableVerifier(verify);
  buildCodePipeline(pm, options);
  if (failed(pm.run(*lowered)))
    return failure();
  return lowered;
}

FailureOr<cpu::CodeBlob> tenon::compileKernelModule(ModuleOp program, const cpu::CompileOptions &compile, const PipelineOptions &options) {
  FailureOr<OwningOpRef<ModuleOp>> lowered = lowerKernels(program, options, false);
  if (failed(lowered))
    return failure();
  return cpu::compileKernels(**lowered, compile);
}

engine::EngineCode tenon::engineCode(cpu::CodeBlob code, const cpu::CpuTarget &target) {
  engine::EngineCode result;
  result.device = engine::DeviceKind::cpu;
  result.arch = target.arch;
  result.features = std::move(code.requiredFeatures);
  result.files.emplace_back(code.bytes.begin(), code.bytes.end());
  for (cpu::CodeBlob::Kernel &kernel : code.kernels)
    result.kernels.push_back({std::move(kernel.name), 0, kernel.entry});
  return result;
}

static engine::EngineCode cudaCode(ArrayRef<cuda::KernelEntry> kernels, cuda::ArchCode code) {
  engine::EngineCode result;
  result.device = engine::DeviceKind::cuda;
  result.arch = code.arch.name;
  result.files = std::move(code.files);
  for (const cuda::KernelEntry &kernel : kernels)
    result.kernels.push_back({kernel.name, kernel.file, 0, kernel.threads,
                              kernel.sharedScratch ? engine::ScratchSpace::shared : engine::ScratchSpace::any, kernel.cluster,
                              kernel.persistent});
  return result;
}

/// What the assembler said about the kernels of one architecture, for the report.
static llvm::json::Object describeResources(ArrayRef<cuda::KernelEntry> kernels, const cuda::ArchCode &code) {
  llvm::json::Array rows;
  for (auto [kernel, resources] : llvm::zip_equal(kernels, code.resources))
    rows.push_back(llvm::json::Object{{"name", kernel.name},
                                      {"registers", resources.registers},
                                      {"shared_bytes", resources.sharedBytes},
                                      {"stack_bytes", resources.stackBytes},
                                      {"spill_store_bytes", resources.spillStoreBytes},
                                      {"spill_load_bytes", resources.spillLoadBytes}});
  return llvm::json::Object{{"arch", code.arch.name}, {"kernels", std::move(rows)}};
}

bool Compilation::compileForCpu(ModuleOp lowered) {
  cpu::CompileOptions compile;
  compile.target = cpuTarget;
  compile.threads = threads;
  std::string text;
  if (isLast(assembly_) || !options.dumpStages.empty()) {
    FailureOr<std::string> printed = cpu::printAssembly(lowered, compile);
    if (failed(printed))
      return false;
    text = std::move(*printed);
    if (isLast(assembly_))
      return giveResult(text);
  }
  FailureOr<cpu::CodeBlob> blob = cpu::compileKernels(lowered, compile);
  if (failed(blob))
    return false;
  codes.push_back(engineCode(std::move(*blob), cpuTarget));
  end(assembly_, &text);
  return true;
}

bool Compilation::compileForCuda(ModuleOp lowered) {
  cuda::CompileOptions compile;
  compile.archs = archs;
  compile.threads = threads;
  FailureOr<cuda::CompiledKernels> code = cuda::generatePtx(lowered, compile);
  if (failed(code))
    return false;
  std::string text;
  if (isLast(assembly_) || !options.dumpStages.empty())
    for (const cuda::ArchCode &arch : code->archs)
      for (const std::string &file : arch.files)
        text += file;
  end(assembly_, &text);
  if (isLast(assembly_))
    return giveResult(text);
  if (!ptxas.empty()) {
    if (failed(cuda::assemble(lowered, *code, ptxas, threads)))
      return false;
    recordTime("ptxas");
  }
  for (cuda::ArchCode &arch : code->archs) {
    if (!arch.resources.empty())
      assembly.push_back(describeResources(code->kernels, arch));
    codes.push_back(cudaCode(code->kernels, std::move(arch)));
  }
  return true;
}

bool Compilation::compileCode() {
  if (!begin(code_))
    return false;
  FailureOr<OwningOpRef<ModuleOp>> lowered = lowerKernels(*module, pipeline, options.verifyEach);
  if (failed(lowered))
    return false;
  std::string text;
  if (isLast(code_) || !options.dumpStages.empty())
    text = print(**lowered);
  end(code_, &text);
  if (isLast(code_))
    return giveResult(text);
  if (!begin(assembly_))
    return false;
  return pipeline.device == Device::cuda ? compileForCuda(**lowered) : compileForCpu(**lowered);
}
