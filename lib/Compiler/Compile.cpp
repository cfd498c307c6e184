// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The compile driver: import, then a pipeline per stage, then code and file.
#include "lib/Compiler/Compile.h"

#include "dialects/Infer/IR/Infer.h"
#include "lib/Compiler/Compilation.h"
#include "lib/Schedule/Tile/ProductDispatch.h"
#include "lib/Schedule/Tile/TunedTable.h"
#include "lib/Support/WholeFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace tenon;

static constexpr StringRef cpuStages[] = {"infer", "fused", "linalg", "kernels", "llvm", "asm", "plan", "engine"};
static constexpr StringRef cudaStages[] = {"infer", "fused", "linalg", "kernels", "nvvm", "ptx", "plan", "engine"};
/// Share of a typical compilation's time that has passed when a stage begins.
static constexpr double stageShares[] = {0.0, 0.1, 0.15, 0.2, 0.35, 0.4, 0.9, 0.92};

static bool isError(const tenon::Diagnostic &diagnostic) { return diagnostic.severity == Severity::error; }

bool CompileResult::hasErrors() const { return llvm::any_of(diagnostics, isError); }

ArrayRef<StringRef> tenon::stages(StringRef target) { return target.starts_with("cuda") ? cudaStages : cpuStages; }

CompileResult tenon::compile(const ModelSource &model, const CompileOptions &options, const ProgressFn &progress, const CancelFn &cancel) {
  CallerThread caller(progress, cancel);
  CompileResult result;
  caller.runWhileServing([&] { result = Compilation(model, options, caller).run(); });
  return result;
}

CompileResult tenon::check(const ModelSource &model, const CompileOptions &options, const ProgressFn &progress, const CancelFn &cancel) {
  ProgressFn whole;
  if (progress)
    whole = [&](StringRef stage, double share) { progress(stage, std::min(share / stageShares[4], 1.0)); };
  CallerThread caller(whole, cancel);
  CompileResult result;
  caller.runWhileServing([&] { result = Compilation(model, options, caller).check(); });
  return result;
}

bool Compilation::begin(unsigned index) {
  if (cancellation.isRequested())
    return false;
  // A stage's IR that could not be written ends the compilation before a file appears.
  if (result.hasErrors())
    return false;
  caller.report(stages(options.target)[index], stageShares[index]);
  stageStart = std::chrono::steady_clock::now().time_since_epoch().count();
  return !cancellation.isRequested();
}

void Compilation::recordTime(StringRef stage) {
  uint64_t now = std::chrono::steady_clock::now().time_since_epoch().count();
  stageTimes.push_back(llvm::json::Object{{"stage", stage}, {"milliseconds", (now - stageStart) / 1e6}});
  stageStart = now;
}

void Compilation::end(unsigned index, const std::string *text) {
  recordTime(stages(options.target)[index]);
  if (options.dumpStages.empty() || index == engine_)
    return;
  if (std::error_code code = llvm::sys::fs::create_directories(options.dumpStages)) {
    error("io-error", "cannot create folder '" + Twine(options.dumpStages) + "': " + code.message());
    return;
  }
  SmallString<128> path(options.dumpStages);
  StringRef name = stages(options.target)[index];
  StringRef suffix = index != assembly_ ? ".mlir" : name == "ptx" ? ".ptx" : ".s";
  llvm::sys::path::append(path, "0" + Twine(index + 1) + "-" + name + suffix);
  std::string printed = text ? *text : printPrograms();
  if (llvm::Error failure = writeWholeFile(path, StringRef(printed)))
    error("io-error", llvm::toString(std::move(failure)));
}

bool Compilation::runStage(unsigned index, void (*build)(OpPassManager &, const PipelineOptions &)) {
  if (!begin(index))
    return false;
  for (Program &program : programs) {
    PassManager pm(context.get());
    pm.enableVerifier(options.verifyEach);
    build(pm, program.pipeline);
    // Of a cancelled stage the remaining passes were skipped.
    if (failed(pm.run(*program.module)) || cancellation.isRequested())
      return false;
  }
  end(index);
  return true;
}

/// Does the module have products that tensor cores may take?
static bool hasFactors(ModuleOp module, bool tf32) {
  return module
      .walk([&](Operation *op) {
        bool isOne = isa<infer::MatMulOp, infer::GemmOp>(op) && schedule::isFactor(infer::elementType(op->getOperand(0)), tf32);
        return isOne ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

/// Tensor cores: an engine for sm_90a and others has two programs, and constants that both use once.
void Compilation::splitPrograms() {
  Program &all = programs.front();
  if (!hasFactors(*all.module, /*tf32=*/all.pipeline.productType == "tf32"))
    return;
  auto hopper = llvm::find_if(all.archs, hasTileKernels);
  if (hopper == all.archs.end())
    return;
  std::vector<cuda::CudaArch> taken = {std::move(*hopper)};
  all.archs.erase(hopper);
  std::swap(all.archs, taken);
  if (!taken.empty()) {
    Program rest;
    rest.module = cast<ModuleOp>(all.module->clone());
    rest.pipeline = all.pipeline;
    rest.archs = std::move(taken);
    programs.push_back(std::move(rest));
  }
  programs.front().pipeline.useTensorCores = true;
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
    if (!deriveConstants())
      return false;
    if (isLast(infer_))
      return giveResult(printPrograms());
    if (!runStage(fused, buildFusedPipeline))
      return false;
    if (isLast(fused))
      return giveResult(printPrograms());
    splitPrograms();
    if (!runStage(linalg_, buildLinalgPipeline))
      return false;
    if (isLast(linalg_))
      return giveResult(printPrograms());
    if (!runStage(kernels, buildKernelsPipeline))
      return false;
    if (isLast(kernels))
      return giveResult(printPrograms());
    if (!compileCode())
      return false;
    if (isLast(code_) || isLast(assembly_))
      return true;
    if (!runStage(plan_, buildPlanPipeline))
      return false;
    if (isLast(plan_))
      return giveResult(printPrograms());
    return writeEngineFile();
  }();
  finish(ok);
  llvm::raw_string_ostream(result.report) << llvm::json::Value(describe());
  if (result.ok)
    caller.report("done", 1.0);
  return std::move(result);
}

void Compilation::finish(bool ok) {
  result.cancelled = !ok && cancellation.isRequested();
  if (result.cancelled) // what stopped half way may have complained
    llvm::erase_if(result.diagnostics, isError);
  result.ok = ok && !result.cancelled && !result.hasErrors();
  if (!result.ok && !result.cancelled && !result.hasErrors())
    error("internal", "the compilation failed without saying why");
}

bool Compilation::deriveConstants() {
  FailureOr<std::unique_ptr<DerivedConstants>> constants = DerivedConstants::create(*programs.front().module, threads, cancellation);
  if (failed(constants))
    return false;
  derived = std::move(*constants);
  return true;
}

CompileResult Compilation::check() {
  bool ok = prepare() && begin(infer_) && import() && runStage(infer_, buildInferPipeline) && deriveConstants() &&
            runStage(fused, buildFusedPipeline) && runStage(linalg_, buildLinalgPipeline) && runStage(kernels, buildKernelsPipeline);
  finish(ok);
  return std::move(result);
}

bool Compilation::writeEngineFile() {
  if (!begin(engine_))
    return false;
  engine::EngineOptions engineOptions;
  std::string fileProblem;
  engineOptions.path = options.outputPath;
  engineOptions.fileProblem = &fileProblem;
  engineOptions.cancellation = &cancellation;
  llvm::json::Object report{{"ops", countNodes()}, {"fusions", sortedRemarks()}};
  if (!assembly.empty())
    report["assembly"] = llvm::json::Array(assembly);
  // Beside the model and the options, what kernels depend on.
  const PipelineOptions &best = programs.front().pipeline;
  if (best.useTensorCores && best.tuned)
    report["tuned_table"] = best.tuned->digest();
  llvm::raw_string_ostream(engineOptions.report) << llvm::json::Value(std::move(report));
  std::vector<engine::EngineProgram> parts;
  for (Program &program : programs)
    parts.push_back({*program.module, program.codes});
  FailureOr<engine::EngineFacts> written =
      engine::writeEngine(parts, engineOptions, [&](Attribute constant, engine::ByteSink sink) { return derived->stream(constant, sink); });
  if (!fileProblem.empty())
    error("io-error", fileProblem);
  if (failed(written))
    return false;
  facts = std::move(*written);
  result.output = std::move(facts.memory);
  end(engine_);
  return true;
}
