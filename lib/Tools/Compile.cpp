// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `tenon compile` and `tenon check`.
#include "lib/Tools/Commands.h"
#include "lib/Tools/Console.h"
#include "lib/Tools/ModelArguments.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace llvm;
using namespace tenon;
using namespace tenon::cli;

/// The driver's report, or an empty object if it is no JSON object.
static json::Object parseReport(StringRef text) {
  Expected<json::Value> value = json::parse(text);
  if (!value) {
    consumeError(value.takeError());
    return {};
  }
  json::Object *object = value->getAsObject();
  return object ? std::move(*object) : json::Object();
}

/// ", ptxas 1.2 s" if the report has that time.
static std::string assemblerTime(StringRef text) {
  json::Object report = parseReport(text);
  if (const json::Array *stages = report.getArray("stages"))
    for (const json::Value &stage : *stages)
      if (const json::Object *row = stage.getAsObject(); row && row->getString("stage") == "ptxas")
        return formatv(", ptxas {0:f1} s", row->getNumber("milliseconds").value_or(0) / 1e3);
  return "";
}

static std::string megabytes(uint64_t bytes) { return formatv("{0:f1} MB", bytes / 1e6); }

int tenon::cli::runCompile(const Arguments &arguments) {
  Console &console = arguments.getConsole();
  std::optional<CompileOptions> options = compileOptionsOf(arguments, "x86-64-v3");
  if (!options)
    return console.exitCode();
  options->emit = arguments.text(OPT_emit, "engine").str();
  if (!arguments.oneOf(OPT_emit, options->emit, stages(options->target)))
    return console.exitCode();
  options->outputPath = arguments.text(OPT_output).str();
  options->dumpStages = arguments.text(OPT_dump_stages).str();
  options->locations = arguments.has(OPT_locations);
  bool toStandardOutput = options->outputPath == "-" || (options->outputPath.empty() && options->emit != "engine");
  if (toStandardOutput)
    options->outputPath.clear();
  else if (options->outputPath.empty() && options->dumpStages.empty()) {
    console.error("usage", "expected -o ENGINE, the file to write");
    return console.exitCode();
  }
  if (sys::fs::equivalent(arguments.positional().front(), options->outputPath)) {
    console.error("usage", formatv("expected -o to name another file than the model, got '{0}'", options->outputPath).str());
    return console.exitCode();
  }
  auto start = std::chrono::steady_clock::now();
  ModelSource model{arguments.positional().front().str(), {}};
  CompileResult result = compileWithConsole(model, *options, console);
  if (!result.ok)
    return console.exitCode();
  if (toStandardOutput) {
    outs() << result.output;
    return Success;
  }
  if (options->outputPath.empty()) {
    if (console.isJson())
      console.result(json::Object{{"stages", options->dumpStages}, {"report", parseReport(result.report)}});
    else
      outs() << formatv("wrote the IR of every stage to {0}\n", options->dumpStages);
    return Success;
  }
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  uint64_t size = 0;
  if (std::error_code error = sys::fs::file_size(options->outputPath, size)) {
    console.error("io-error", formatv("cannot read '{0}': {1}", options->outputPath, error.message()).str());
    return console.exitCode();
  }
  if (console.isJson())
    console.result(
        json::Object{{"output", options->outputPath}, {"bytes", size}, {"seconds", seconds}, {"report", parseReport(result.report)}});
  else
    outs() << formatv("wrote {0} ({1}) in {2:f1} s{3}\n", options->outputPath, megabytes(size), seconds, assemblerTime(result.report));
  return Success;
}

int tenon::cli::runCheck(const Arguments &arguments) {
  Console &console = arguments.getConsole();
  CompileOptions options;
  std::optional<std::vector<InputShape>> shapes = shapesOf(arguments);
  if (!shapes)
    return console.exitCode();
  options.shapes = std::move(*shapes);
  std::string path = arguments.positional().front().str();
  CompileResult result =
      check(ModelSource{path, {}}, options, [&](StringRef stage, double share) { console.progress(stage, share); }, interrupted);
  console.endProgress();
  int64_t errors = 0;
  for (const Diagnostic &diagnostic : result.diagnostics) {
    console.report(diagnostic);
    errors += diagnostic.severity == Severity::error;
  }
  if (result.cancelled) {
    console.error("cancelled", "interrupted");
    return console.exitCode();
  }
  if (!result.ok && errors == 0)
    console.error("internal", "the compiler failed without a message");
  if (console.isJson())
    console.result(json::Object{{"model", path}, {"supported", result.ok}, {"errors", errors}});
  else if (result.ok)
    outs() << path << ": every node is supported\n";
  else
    outs() << formatv("{0}: {1} problem{2}\n", path, errors, errors == 1 ? "" : "s");
  return result.ok ? static_cast<int>(Success) : console.exitCode();
}
