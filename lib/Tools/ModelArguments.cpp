// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Tools/ModelArguments.h"

#include "lib/Tools/Commands.h"
#include "lib/Tools/Console.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace tenon;
using namespace tenon::cli;

std::optional<std::vector<InputShape>> tenon::cli::parseShapes(StringRef text, std::string &error) {
  std::vector<InputShape> shapes;
  SmallVector<StringRef> parts;
  text.split(parts, ',');
  for (StringRef part : parts) {
    auto [name, dims] = part.rsplit(':');
    if (name.empty() || dims.empty()) {
      error = formatv("expected NAME:1x128, got '{0}'", part);
      return std::nullopt;
    }
    InputShape shape{name.str(), {}};
    SmallVector<StringRef> sizes;
    if (dims != "scalar")
      dims.split(sizes, 'x');
    for (StringRef size : sizes) {
      int64_t value;
      if (size == "?" || size == "-1") {
        value = -1;
      } else if (size.getAsInteger(10, value) || value < 0) {
        error = formatv("expected dims like 1x128, got '{0}' in '{1}'", size, part);
        return std::nullopt;
      }
      shape.dims.push_back(value);
    }
    shapes.push_back(std::move(shape));
  }
  return shapes;
}

std::optional<std::vector<InputShape>> tenon::cli::shapesOf(const Arguments &arguments) {
  std::vector<InputShape> all;
  FlagId flag = arguments.has(OPT_shapes) ? OPT_shapes : OPT_opt_shapes;
  StringRef name = flag == OPT_shapes ? "--shapes" : "--optShapes";
  for (const std::string &text : arguments.all(flag)) {
    std::string error;
    std::optional<std::vector<InputShape>> shapes = parseShapes(text, error);
    if (!shapes) {
      arguments.getConsole().error("usage", (name + ": " + error).str());
      return std::nullopt;
    }
    for (InputShape &shape : *shapes) {
      if (any_of(all, [&](const InputShape &other) { return other.name == shape.name; })) {
        arguments.getConsole().error("usage", formatv("{0} names input '{1}' twice", name, shape.name).str());
        return std::nullopt;
      }
      all.push_back(std::move(shape));
    }
  }
  return all;
}

std::optional<CompileOptions> tenon::cli::compileOptionsOf(const Arguments &arguments, StringRef cpu) {
  CompileOptions options;
  StringRef target = arguments.text(OPT_target, "cpu");
  if (!arguments.oneOf(OPT_target, target.split(':').first, {"cpu", "cuda"}))
    return std::nullopt;
  options.target = target.str();
  options.ptxas = arguments.text(OPT_ptxas).str();
  options.precision = arguments.text(OPT_precision, "fp32").str();
  if (!arguments.oneOf(OPT_precision, options.precision, {"fp32", "tf32", "fp16", "bf16"}))
    return std::nullopt;
  options.tuned = arguments.text(OPT_tuned).str();
  options.cpu = arguments.text(OPT_cpu, cpu).str();
  if (!arguments.oneOf(OPT_cpu, options.cpu, {"x86-64-v3", "x86-64-v4", "native"}))
    return std::nullopt;
  std::optional<std::vector<InputShape>> shapes = shapesOf(arguments);
  std::optional<int64_t> threads = arguments.integer(OPT_compile_threads, 0, 0, 1024);
  if (!shapes || !threads)
    return std::nullopt;
  // trtexec's ranges ask for open dims: the shapes are those to run with.
  if (!arguments.has(OPT_opt_shapes) && !arguments.has(OPT_min_shapes) && !arguments.has(OPT_max_shapes))
    options.shapes = std::move(*shapes);
  options.threads = static_cast<unsigned>(*threads);
  return options;
}

CompileResult tenon::cli::compileWithConsole(const ModelSource &model, const CompileOptions &options, Console &console) {
  CompileResult result = compile(model, options, [&](StringRef stage, double share) { console.progress(stage, share); }, interrupted);
  console.endProgress();
  for (const Diagnostic &diagnostic : result.diagnostics)
    console.report(diagnostic);
  if (result.cancelled)
    console.error("cancelled", "interrupted");
  else if (!result.ok && console.exitCode() == Success)
    console.error("internal", "the compiler failed without a message");
  return result;
}
