// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What surrounds the stages: threads and context, diagnostics and remarks, import, results and the report.
#include "lib/Compiler/Compilation.h"

#include "lib/Compiler/Registration.h"
#include "lib/Importer/Onnx/Import.h"
#include "lib/Schedule/Tile/TunedTable.h"
#include "lib/Support/Installed.h"
#include "lib/Support/WholeFile.h"
#include "mlir/IR/Action.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Threading.h"

using namespace mlir;
using namespace tenon;

namespace {
/// Keeps fusion remarks as JSON rows.
class RemarkCollector : public remark::detail::MLIRRemarkStreamerBase {
public:
  explicit RemarkCollector(llvm::json::Array &rows) : rows(rows) {}
  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    llvm::json::Object row{{"kind", remark.getRemarkTypeString()}, {"name", remark.getRemarkName()}, {"message", remark.getMsg()}};
    if (auto name = remark.getLocation()->findInstanceOf<NameLoc>())
      row["node"] = name.getName().str();
    std::lock_guard<std::mutex> lock(mutex);
    rows.push_back(std::move(row));
  }

private:
  std::mutex mutex;
  llvm::json::Array &rows;
};
} // namespace

Compilation::Compilation(const ModelSource &model, const CompileOptions &options, CallerThread &caller)
    : model(model), options(options), caller(caller), cancellation(caller.getCancellation()) {}

void Compilation::error(llvm::StringRef code, llvm::Twine message) {
  Diagnostic diagnostic;
  diagnostic.code = code.str();
  diagnostic.message = message.str();
  result.diagnostics.push_back(std::move(diagnostic));
}

void Compilation::collect(mlir::Diagnostic &from) {
  if (from.getSeverity() == DiagnosticSeverity::Remark)
    return;
  Diagnostic diagnostic;
  diagnostic.severity = from.getSeverity() == DiagnosticSeverity::Error     ? Severity::error
                        : from.getSeverity() == DiagnosticSeverity::Warning ? Severity::warning
                                                                            : Severity::note;
  diagnostic.code = "compile-failed";
  diagnostic.message = from.str();
  if (auto name = from.getLocation()->findInstanceOf<NameLoc>())
    diagnostic.node = name.getName().str();
  for (mlir::Diagnostic &note : from.getNotes())
    if (diagnostic.message.size() + note.str().size() < 4096)
      diagnostic.message += "; " + note.str();
  result.diagnostics.push_back(std::move(diagnostic));
}

bool Compilation::prepareTarget() {
  PipelineOptions &pipeline = programs.emplace_back().pipeline;
  if (options.target == "cpu") {
    llvm::Expected<cpu::CpuTarget> found = cpu::CpuTarget::get(options.cpu);
    if (!found) {
      error("usage", llvm::toString(found.takeError()));
      return false;
    }
    cpuTarget = std::move(*found);
    pipeline.vectorBytes = cpuTarget.vectorBytes;
    pipeline.vectorRegisters = cpuTarget.vectorRegisters;
    return true;
  }
  auto [device, list] = StringRef(options.target).split(':');
  if (device != "cuda") {
    error("usage", "expected target cpu or cuda, got '" + llvm::Twine(options.target) + "'");
    return false;
  }
  llvm::Expected<std::vector<cuda::CudaArch>> found = cuda::parseArchs(options.target == "cuda" ? StringRef(cuda::kDefaultArchs) : list);
  if (!found) {
    error("unsupported-target", llvm::toString(found.takeError()));
    return false;
  }
  pipeline.device = Device::cuda;
  programs.front().archs = std::move(*found);
  return true;
}

/// Without an assembler there is PTX of each generation; the driver compiles it when the engine is opened.
bool Compilation::findAssembler() {
  std::vector<cuda::CudaArch> &archs = programs.front().archs;
  if (llvm::none_of(archs, [](const cuda::CudaArch &arch) { return arch.isBinary(); }))
    return true;
  llvm::Expected<std::string> found = cuda::findPtxas(options.ptxas);
  if (!found) {
    error("missing", llvm::toString(found.takeError()));
    return false;
  }
  ptxas = std::move(*found);
  if (!ptxas.empty())
    return true;
  archs = cuda::withoutBinaries(archs);
  Diagnostic diagnostic;
  diagnostic.severity = Severity::warning;
  diagnostic.code = "missing";
  diagnostic.message = "ptxas is not on this machine: the engine has PTX only (";
  for (const cuda::CudaArch &arch : archs)
    diagnostic.message += (&arch == &archs.front() ? "" : ", ") + arch.name;
  diagnostic.message += "), which the driver compiles when the engine is opened; `tenon doctor` says how to get it";
  result.diagnostics.push_back(std::move(diagnostic));
  return true;
}

/// The table of measured schedules. One that is named is read even if nothing will ask it: it may be misspelt.
bool Compilation::readTunedTable() {
  PipelineOptions &pipeline = programs.front().pipeline;
  bool isAsked = llvm::any_of(programs.front().archs, hasTileKernels);
  std::string path = options.tuned;
  if (path == "none" || (path.empty() && (!isAsked || (path = installedFile("tuned.jsonl")).empty())))
    return true;
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> file = llvm::MemoryBuffer::getFile(path);
  if (!file) {
    error("io-error", "cannot read '" + Twine(path) + "': " + file.getError().message());
    return false;
  }
  llvm::Expected<schedule::TunedTable> table = schedule::TunedTable::parse((*file)->getBuffer(), path);
  if (!table) {
    error("invalid-table", llvm::toString(table.takeError()));
    return false;
  }
  if (isAsked)
    pipeline.tuned = std::make_shared<const schedule::TunedTable>(std::move(*table));
  return true;
}

bool Compilation::prepare() {
  if (!prepareTarget())
    return false;
  PipelineOptions &pipeline = programs.front().pipeline;
  auto productType = llvm::StringSwitch<std::optional<StringRef>>(options.precision)
                         .Case("fp32", "")
                         .Case("tf32", "tf32")
                         .Case("fp16", "f16")
                         .Case("bf16", "bf16")
                         .Default(std::nullopt);
  if (!productType) {
    error("usage", "expected precision fp32, tf32, fp16 or bf16, got '" + llvm::Twine(options.precision) + "'");
    return false;
  }
  pipeline.productType = *productType;
  if (!readTunedTable())
    return false;
  if (!llvm::is_contained(stages(options.target), options.emit)) {
    error("usage", "expected a stage among " + llvm::join(stages(options.target), ", ") + ", got '" + llvm::Twine(options.emit) + "'");
    return false;
  }
  // Found out now rather than after minutes of work.
  StringRef folder = llvm::sys::path::parent_path(options.outputPath);
  if (!folder.empty() && !llvm::sys::fs::is_directory(folder)) {
    error("io-error", "cannot write '" + llvm::Twine(options.outputPath) + "': '" + folder + "' is no folder");
    return false;
  }
  if (pipeline.device == Device::cuda && options.emit == "engine" && !findAssembler())
    return false;
  pipeline.tensorCores = llvm::any_of(programs.front().archs, hasTileKernels);

  threads = options.threads ? options.threads : llvm::hardware_concurrency().compute_thread_count();
  DialectRegistry registry;
  registerDialects(registry);
  context = std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  if (threads > 1) {
    pool = std::make_unique<llvm::DefaultThreadPool>(llvm::hardware_concurrency(threads));
    context->setThreadPool(*pool);
  }
  // A cancelled compilation skips the passes that have not begun.
  context->registerActionHandler([this](llvm::function_ref<void()> work, const tracing::Action &action) {
    if (!isa<PassExecutionAction>(action) || !cancellation.isRequested())
      work();
  });
  context->getDiagEngine().registerHandler([this](mlir::Diagnostic &diagnostic) {
    collect(diagnostic);
    return success();
  });
  // A kind is reported only if it has a filter of its own.
  remark::RemarkCategories categories;
  categories.passed = categories.missed = ".*";
  (void)remark::enableOptimizationRemarks(*context, std::make_unique<RemarkCollector>(fusionRemarks),
                                          std::make_unique<remark::RemarkEmittingPolicyAll>(), categories);
  return true;
}

bool Compilation::import() {
  ImportOptions importOptions;
  importOptions.keepMetadata = options.locations;
  for (const InputShape &shape : options.shapes)
    importOptions.shapes.push_back({shape.name, shape.dims});
  std::vector<ImportProblem> problems;
  if (!model.path.empty())
    programs.front().module = importOnnxFile(*context, model.path, importOptions, problems);
  else
    programs.front().module = importOnnx(*context, llvm::MemoryBuffer::getMemBuffer(model.bytes, "model", /*RequiresNullTerminator=*/false),
                                         "", importOptions, problems);
  for (ImportProblem &problem : problems) {
    Diagnostic diagnostic;
    diagnostic.code = problem.op.empty() ? "invalid-model" : "unsupported-node";
    diagnostic.message = problem.reason;
    if (!problem.operands.empty())
      diagnostic.message += " (operands: " + problem.operands + ")";
    diagnostic.node = std::move(problem.node);
    diagnostic.op = std::move(problem.op);
    diagnostic.domain = std::move(problem.domain);
    diagnostic.opset = problem.opset;
    result.diagnostics.push_back(std::move(diagnostic));
  }
  return programs.front().module && problems.empty();
}

std::string Compilation::print(Operation *op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  op->print(os, OpPrintingFlags().elideLargeElementsAttrs(64).elideLargeResourceString(64).enableDebugInfo(options.locations));
  return text;
}

std::string Compilation::printPrograms(OwningOpRef<ModuleOp> Program::*module) {
  std::string text;
  for (Program &program : programs)
    text += (text.empty() ? "" : "\n// -----\n") + print(*(program.*module));
  return text;
}

bool Compilation::giveResult(llvm::StringRef text) {
  if (options.outputPath.empty()) {
    result.output = text.str();
    return true;
  }
  llvm::Error failure = writeWholeFile(options.outputPath, text);
  if (!failure)
    return true;
  error("io-error", llvm::toString(std::move(failure)));
  return false;
}

/// Functions are worked on in parallel: the order in which remarks come depends on the machine, the report may not.
llvm::json::Array Compilation::sortedRemarks() {
  auto key = [](const llvm::json::Value &row) {
    const llvm::json::Object &object = *row.getAsObject();
    return std::pair(object.getString("node").value_or(""), object.getString("message").value_or(""));
  };
  llvm::json::Array rows(fusionRemarks);
  llvm::sort(rows, [&](const llvm::json::Value &a, const llvm::json::Value &b) { return key(a) < key(b); });
  return rows;
}

llvm::json::Object Compilation::countNodes() {
  llvm::json::Object counts;
  ModuleOp module = programs.empty() ? nullptr : programs.front().module.get();
  if (auto known = module ? module->getAttrOfType<DictionaryAttr>("infer.node_counts") : nullptr)
    for (NamedAttribute entry : known)
      counts[entry.getName().strref()] = cast<IntegerAttr>(entry.getValue()).getInt();
  return counts;
}

llvm::json::Object Compilation::describe() {
  llvm::json::Object report{{"stages", std::move(stageTimes)}, {"ops", countNodes()}, {"fusions", sortedRemarks()}};
  if (facts.arenaStatic)
    report["memory"] = llvm::json::Object{{"arena_bytes", facts.arenaBytes}, {"lower_bound_bytes", facts.liveBytes}};
  report["constants_bytes"] = facts.constantsBytes;
  if (!assembly.empty())
    report["assembly"] = std::move(assembly);
  return report;
}
