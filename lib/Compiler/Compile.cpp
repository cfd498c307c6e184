// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The compile driver: import, then a pipeline per stage, then code and file.
#include "lib/Compiler/Compile.h"

#include "lib/Compiler/Compilation.h"
#include "lib/Compiler/EvaluateConstants.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace tenon;

namespace {
enum Stage : unsigned { infer_, fused, linalg_, kernels, llvm_, asm_, plan_, engine_ };
}
static constexpr StringRef stageNames[] = {"infer", "fused", "linalg", "kernels", "llvm", "asm", "plan", "engine"};
/// Share of a typical compilation's time that has passed when a stage begins.
static constexpr double stageShares[] = {0.0, 0.1, 0.15, 0.2, 0.35, 0.4, 0.9, 0.92};

llvm::ArrayRef<llvm::StringRef> tenon::stages() { return stageNames; }

CompileResult tenon::compile(const ModelSource &model, const CompileOptions &options, const ProgressFn &progress, const CancelFn &cancel) {
  return Compilation(model, options, progress, cancel).run();
}

CompileResult tenon::check(const ModelSource &model, const CompileOptions &options) { return Compilation(model, options, {}, {}).check(); }

bool Compilation::begin(unsigned index) {
  if (cancel && cancel()) {
    result.cancelled = true;
    return false;
  }
  if (progress)
    progress(stages()[index], stageShares[index]);
  stageStart = std::chrono::steady_clock::now().time_since_epoch().count();
  return true;
}

void Compilation::end(unsigned index, const std::string *text) {
  uint64_t now = std::chrono::steady_clock::now().time_since_epoch().count();
  stageTimes.push_back(llvm::json::Object{{"stage", stages()[index]}, {"milliseconds", (now - stageStart) / 1e6}});
  if (options.dumpStages.empty() || index == engine_)
    return;
  if (std::error_code code = llvm::sys::fs::create_directories(options.dumpStages)) {
    error("io-error", "cannot create folder '" + Twine(options.dumpStages) + "': " + code.message());
    return;
  }
  SmallString<128> path(options.dumpStages);
  llvm::sys::path::append(path, "0" + Twine(index + 1) + "-" + stages()[index] + (index == asm_ ? ".s" : ".mlir"));
  std::string printed = text ? *text : print(*module);
  llvm::Error failure = llvm::writeToOutput(path, [&](raw_ostream &os) {
    os << printed;
    return llvm::Error::success();
  });
  if (failure)
    error("io-error", llvm::toString(std::move(failure)));
}

bool Compilation::runStage(unsigned index, void (*build)(OpPassManager &, const PipelineOptions &)) {
  if (!begin(index))
    return false;
  PassManager pm(context.get());
  pm.enableVerifier(options.verifyEach);
  build(pm, pipeline);
  if (failed(pm.run(*module)))
    return false;
  end(index);
  return true;
}

CompileResult Compilation::run() {
  if (!prepare()) {
    result.ok = false;
    return std::move(result);
  }
  bool ok = [&] {
    if (!begin(infer_) || !import())
      return false;
    if (!runStage(infer_, buildInferPipeline))
      return false;
    if (failed(evaluateConstants(*module, threads)))
      return false;
    if (isLast(infer_))
      return giveResult(print(*module));
    if (!runStage(fused, buildFusedPipeline))
      return false;
    if (isLast(fused))
      return giveResult(print(*module));
    if (!runStage(linalg_, buildLinalgPipeline))
      return false;
    if (isLast(linalg_))
      return giveResult(print(*module));
    if (!runStage(kernels, buildKernelsPipeline))
      return false;
    if (isLast(kernels))
      return giveResult(print(*module));
    if (!compileCode() || isLast(llvm_) || isLast(asm_))
      return result.diagnostics.empty() && (isLast(llvm_) || isLast(asm_));
    if (!runStage(plan_, buildPlanPipeline))
      return false;
    if (isLast(plan_))
      return giveResult(print(*module));
    return writeEngineFile();
  }();
  result.ok =
      ok && !result.cancelled && llvm::none_of(result.diagnostics, [](const Diagnostic &d) { return d.severity == Severity::error; });
  if (!result.ok && !result.cancelled &&
      llvm::none_of(result.diagnostics, [](const Diagnostic &d) { return d.severity == Severity::error; }))
    error("internal", "the compilation failed without saying why");
  llvm::raw_string_ostream(result.report) << llvm::json::Value(describe());
  if (progress && result.ok)
    progress("done", 1.0);
  return std::move(result);
}

CompileResult Compilation::check() {
  result.ok = prepare() && import();
  return std::move(result);
}

/// Loops and vectors of @kernels -> the LLVM dialect, in a copy: the host program still names the kernels.
static FailureOr<OwningOpRef<ModuleOp>> lowerKernels(ModuleOp program, const PipelineOptions &options, bool verify) {
  auto kernelModule = program.lookupSymbol<ModuleOp>("kernels");
  OwningOpRef<ModuleOp> lowered = kernelModule ? cast<ModuleOp>(kernelModule->clone()) : ModuleOp::create(program.getLoc(), "kernels");
  PassManager pm(program->getContext());
  pm.enableVerifier(verify);
  buildLlvmPipeline(pm, options);
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
  result.arch = target.arch;
  result.features = std::move(code.requiredFeatures);
  result.bytes = std::move(code.bytes);
  for (cpu::CodeBlob::Kernel &kernel : code.kernels) {
    result.kernelNames.push_back(std::move(kernel.name));
    result.kernelEntries.push_back(kernel.entry);
  }
  return result;
}

bool Compilation::compileCode() {
  if (!begin(llvm_))
    return false;
  FailureOr<OwningOpRef<ModuleOp>> lowered = lowerKernels(*module, pipeline, options.verifyEach);
  if (failed(lowered))
    return false;
  std::string text;
  if (isLast(llvm_) || !options.dumpStages.empty())
    text = print(**lowered);
  end(llvm_, &text);
  if (isLast(llvm_))
    return giveResult(text);

  if (!begin(asm_))
    return false;
  cpu::CompileOptions compile;
  compile.target = target;
  compile.threads = threads;
  std::string assembly;
  if (isLast(asm_) || !options.dumpStages.empty()) {
    FailureOr<std::string> printed = cpu::printAssembly(**lowered, compile);
    if (failed(printed))
      return false;
    assembly = std::move(*printed);
    if (isLast(asm_))
      return giveResult(assembly);
  }
  FailureOr<cpu::CodeBlob> blob = cpu::compileKernels(**lowered, compile);
  if (failed(blob))
    return false;
  code = std::move(*blob);
  end(asm_, &assembly);
  return true;
}

bool Compilation::writeEngineFile() {
  if (!begin(engine_))
    return false;
  engine::EngineOptions engineOptions;
  engineOptions.path = options.outputPath;
  llvm::json::Object report;
  report["fusions"] = llvm::json::Array(fusionRemarks);
  llvm::raw_string_ostream(engineOptions.report) << llvm::json::Value(std::move(report));
  FailureOr<engine::EngineFacts> written = engine::writeEngine(*module, engineCode(std::move(code), target), engineOptions,
                                                               [](Attribute, engine::ByteSink) { return failure(); });
  if (failed(written))
    return false;
  facts = std::move(*written);
  result.output = std::move(facts.memory);
  end(engine_);
  return true;
}
