// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `tenon run`: one run, a summary of every output, and the outputs as files.
#include "lib/Tools/Commands.h"
#include "lib/Tools/Console.h"
#include "lib/Tools/Inputs.h"
#include "lib/Tools/Options.h"
#include "lib/Tools/Session.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace llvm;
using namespace tenon::cli;

namespace {
/// What one line says about a tensor. Not-finite elements are counted and left out of the others.
struct Summary {
  double minimum = INFINITY, maximum = -INFINITY, mean = 0;
  int64_t notFinite = 0;
};
} // namespace

static bool wholeBytes(const HostTensor &tensor) { return tenon_type_bits(tensor.type) >= 8; }

static Summary summarise(const HostTensor &tensor) {
  Summary summary;
  int64_t count = wholeBytes(tensor) ? tensor.numElements() : 0, finite = 0;
  for (int64_t i = 0; i < count; ++i) {
    double value = elementAsDouble(tensor, i);
    if (!std::isfinite(value)) {
      ++summary.notFinite;
      continue;
    }
    ++finite;
    summary.minimum = std::min(summary.minimum, value);
    summary.maximum = std::max(summary.maximum, value);
    summary.mean += value;
  }
  summary.mean = finite ? summary.mean / static_cast<double>(finite) : 0;
  return summary;
}

/// Text of the first elements: "0.1, 0.2, ...".
static std::string firstElements(const HostTensor &tensor) {
  std::string text;
  int64_t count = wholeBytes(tensor) ? tensor.numElements() : 0;
  for (int64_t i = 0; i < std::min<int64_t>(count, 5); ++i)
    text += (i ? ", " : "") + numberText(elementAsDouble(tensor, i), 6);
  return text + (count > 5 ? ", ..." : "");
}

static bool save(ArrayRef<HostTensor> outputs, StringRef folder, bool npy, Console &console) {
  Problem problem;
  if (std::error_code error = sys::fs::create_directories(folder)) {
    console.error("io-error", formatv("cannot make folder '{0}': {1}", folder, error.message()).str());
    return false;
  }
  for (auto [index, tensor] : enumerate(outputs)) {
    std::string path = (folder + "/").str() + (npy ? fileNameOf(tensor.name) + ".npy" : formatv("output_{0}.pb", index).str());
    if (npy ? !writeNpy(path, tensor, problem) : !writeTensorProto(path, tensor, problem)) {
      console.error(problem.code, problem.message);
      return false;
    }
  }
  return true;
}

static json::Object toJson(const HostTensor &tensor) {
  Summary summary = summarise(tensor);
  json::Object object{{"name", json::fixUTF8(tensor.name)}, {"type", tenon_type_name(tensor.type)}, {"dims", json::Array(tensor.dims)}};
  object["not_finite"] = summary.notFinite;
  if (summary.minimum <= summary.maximum) {
    object["min"] = summary.minimum;
    object["max"] = summary.maximum;
    object["mean"] = summary.mean;
  }
  return object;
}

static void print(const HostTensor &tensor, raw_ostream &os) {
  Summary summary = summarise(tensor);
  os << formatv("{0}: {1}", tensor.name, tensor.typeText());
  if (summary.minimum <= summary.maximum) {
    os << formatv(" min {0}, max {1}, mean {2} [{3}]", numberText(summary.minimum, 6), numberText(summary.maximum, 6),
                  numberText(summary.mean, 6), firstElements(tensor));
  }
  if (summary.notFinite)
    os << formatv(", {0} not finite", summary.notFinite);
  os << "\n";
}

int tenon::cli::runRun(const Arguments &arguments) {
  Console &console = arguments.getConsole();
  StringRef format = arguments.text(OPT_format, "npy");
  if (!arguments.oneOf(OPT_format, format, {"npy", "pb"}))
    return console.exitCode();
  std::unique_ptr<Session> session = Session::openOrCompile(arguments.positional().front(), arguments);
  if (!session)
    return console.exitCode();
  std::optional<std::vector<HostTensor>> inputs = gatherInputs(*session, arguments);
  if (!inputs)
    return console.exitCode();
  Problem problem;
  std::vector<HostTensor> outputs;
  if (!session->bind(*inputs, problem) || !session->runAndRead(outputs, console, problem)) {
    console.error(problem.code, problem.message);
    return console.exitCode();
  }
  if (arguments.has(OPT_save_outputs) && !save(outputs, arguments.text(OPT_save_outputs), format == "npy", console))
    return console.exitCode();
  json::Array rows;
  for (const HostTensor &output : outputs) {
    if (console.isJson())
      rows.push_back(toJson(output));
    else
      print(output, outs());
  }
  if (console.isJson()) {
    json::Array inputRows;
    for (const HostTensor &input : *inputs)
      inputRows.push_back(toJson(input));
    console.result(json::Object{{"inputs", std::move(inputRows)}, {"outputs", std::move(rows)}});
  }
  return Success;
}
