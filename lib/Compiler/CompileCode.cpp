// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From kernels to code: the part of the compile driver that differs between devices.
#include "lib/Compiler/Compilation.h"

using namespace mlir;
using namespace tenon;

/// Loops and vectors of @kernels -> the LLVM dialect, in a copy: the host program still names the kernels.
static FailureOr<OwningOpRef<ModuleOp>> lowerKernelModule(ModuleOp program, const PipelineOptions &options, bool verify) {
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
  FailureOr<OwningOpRef<ModuleOp>> lowered = lowerKernelModule(program, options, false);
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
                              kernel.persistent, kernel.waits, kernel.early});
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

bool Compilation::lowerKernels(Program &program) {
  FailureOr<OwningOpRef<ModuleOp>> lowered = lowerKernelModule(*program.module, program.pipeline, options.verifyEach);
  if (failed(lowered))
    return false;
  program.lowered = std::move(*lowered);
  return true;
}

bool Compilation::generateForCpu(Program &program, std::string &text) {
  cpu::CompileOptions compile;
  compile.target = cpuTarget;
  compile.threads = threads;
  compile.cancellation = &cancellation;
  if (isPrinted(assembly_)) {
    FailureOr<std::string> printed = cpu::printAssembly(*program.lowered, compile);
    if (failed(printed))
      return false;
    text += *printed;
    if (isLast(assembly_))
      return true;
  }
  FailureOr<cpu::CodeBlob> blob = cpu::compileKernels(*program.lowered, compile);
  if (failed(blob))
    return false;
  program.codes.push_back(engineCode(std::move(*blob), cpuTarget));
  return true;
}

bool Compilation::generateForCuda(Program &program, std::string &text) {
  cuda::CompileOptions compile;
  compile.archs = program.archs;
  compile.threads = threads;
  compile.cancellation = &cancellation;
  FailureOr<cuda::CompiledKernels> generated = cuda::generatePtx(*program.lowered, compile);
  if (failed(generated))
    return false;
  program.kernels = std::move(*generated);
  if (isPrinted(assembly_))
    for (const cuda::ArchCode &arch : program.kernels.archs)
      text += cuda::joinPtx(arch.files);
  return true;
}

bool Compilation::assembleForCuda(Program &program) {
  if (!ptxas.empty() && failed(cuda::assemble(*program.lowered, program.kernels, ptxas, threads, &cancellation)))
    return false;
  for (cuda::ArchCode &arch : program.kernels.archs) {
    if (!arch.resources.empty())
      assembly.push_back(describeResources(program.kernels.kernels, arch));
    program.codes.push_back(cudaCode(program.kernels.kernels, std::move(arch)));
  }
  return true;
}

bool Compilation::compileCode() {
  if (!begin(code_))
    return false;
  std::string text;
  for (Program &program : programs) {
    if (!lowerKernels(program) || cancellation.isRequested())
      return false;
  }
  if (isPrinted(code_))
    text = printPrograms(&Program::lowered);
  end(code_, &text);
  if (isLast(code_))
    return giveResult(text);

  if (!begin(assembly_))
    return false;
  text.clear();
  bool isCuda = programs.front().pipeline.device == Device::cuda;
  for (Program &program : programs)
    if (isCuda ? !generateForCuda(program, text) : !generateForCpu(program, text))
      return false;
  end(assembly_, &text);
  if (isLast(assembly_))
    return giveResult(text);
  if (!isCuda)
    return true;
  if (!llvm::all_of(programs, [&](Program &program) { return assembleForCuda(program); }))
    return false;
  if (!ptxas.empty())
    recordTime("ptxas");
  return true;
}
