// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `tenon compare`: the outputs beside those of ONNX Runtime or of a folder.
#include "lib/Support/Program.h"
#include "lib/Tools/Commands.h"
#include "lib/Tools/Console.h"
#include "lib/Tools/Difference.h"
#include "lib/Tools/Inputs.h"
#include "lib/Tools/Options.h"
#include "lib/Tools/Session.h"
#include "lib/Tools/TemporaryFolder.h"
#include "lib/Tools/WriteWhole.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include <cmath>

using namespace llvm;
using namespace tenon;
using namespace tenon::cli;

static constexpr char ortScript[] =
#include "lib/Tools/OrtReference.inc"
    ;

/// Reads what `folder` has for every output: output_N.pb or .npy, or NAME.npy.
static bool readReference(const Session &session, StringRef folder, std::vector<HostTensor> &tensors, Problem &problem) {
  for (auto [index, info] : enumerate(session.outputs())) {
    std::string names[] = {formatv("output_{0}.pb", index).str(), formatv("output_{0}.npy", index).str(), fileNameOf(info.name) + ".npy"};
    const std::string *name = find_if(names, [&](const std::string &name) { return sys::fs::exists(folder + "/" + name); });
    if (name == std::end(names))
      return problem.set("io-error",
                         formatv("'{0}' has no {1}, {2} or {3} for output '{4}'", folder, names[0], names[1], names[2], info.name));
    if (!readTensor((folder + "/" + *name).str(), info.type, ArrayRef<int64_t>(info.dims, info.rank), tensors.emplace_back(), problem))
      return false;
  }
  return true;
}

/// Runs ONNX Runtime in a process of its own, in the Python that has it.
static bool runOnnxRuntime(const Session &session, ArrayRef<HostTensor> inputs, StringRef model, const Arguments &arguments,
                           std::vector<HostTensor> &tensors, Problem &problem) {
  TemporaryFolder folder("tenon-compare", problem);
  if (!folder.valid())
    return false;
  json::Array inputNames, outputNames;
  for (auto [index, input] : enumerate(inputs)) {
    inputNames.push_back(json::fixUTF8(input.name));
    if (!writeNpy(folder.file("input_" + Twine(index) + ".npy"), input, problem))
      return false;
  }
  for (const tenon_tensor_info &info : session.outputs())
    outputNames.push_back(json::fixUTF8(info.name));
  json::Value names = json::Object{{"inputs", std::move(inputNames)}, {"outputs", std::move(outputNames)}};
  if (!writeWhole(folder.file("names.json"), formatv("{0}", names).str(), "", problem))
    return false;
  std::string python = pythonProgram(arguments.text(OPT_python));
  ProgramResult result = runProgram(python, {"-c", ortScript, model, folder.get()}, 0);
  std::string reason = StringRef(result.errors).trim().str();
  if (result.code == -1 || result.code == 3)
    return problem.set(
        "missing",
        formatv("'{0}' cannot run onnxruntime ({1}); `pip install onnxruntime`, or point --python or TENON_PYTHON at a Python that has it",
                python, reason));
  if (result.code != 0)
    return problem.set("wrong-input", formatv("onnxruntime cannot run '{0}': {1}", model, reason));
  return readReference(session, folder.get(), tensors, problem);
}

/// JSON has no infinity.
static json::Value jsonNumber(double value) { return std::isfinite(value) ? json::Value(value) : json::Value("inf"); }

static json::Object toJson(StringRef name, const Difference &difference) {
  json::Object row{{"output", json::fixUTF8(name)}, {"passes", difference.passes()}};
  if (!difference.problem.empty()) {
    row["problem"] = difference.problem;
    return row;
  }
  row["max_absolute_error"] = jsonNumber(difference.absolute);
  row["max_relative_error"] = jsonNumber(difference.relative);
  row["smallest_tolerance"] = jsonNumber(difference.tolerance);
  row["elements"] = difference.elements;
  row["failing"] = difference.failing;
  return row;
}

static void print(StringRef name, const Difference &difference, raw_ostream &os) {
  os << (difference.passes() ? "pass " : "FAIL ") << name << ": ";
  if (!difference.problem.empty()) {
    os << difference.problem << "\n";
    return;
  }
  os << formatv("max absolute error {0}, max relative error {1}, smallest tolerance that passes {2}", numberText(difference.absolute, 3),
                numberText(difference.relative, 3), numberText(difference.tolerance, 3));
  if (difference.failing)
    os << formatv("; {0} of {1} elements fail, the worst at index {2}", difference.failing, difference.elements, difference.worst);
  os << "\n";
}

static int report(ArrayRef<HostTensor> outputs, ArrayRef<HostTensor> expected, double atol, double rtol, Console &console) {
  std::vector<Difference> differences;
  for (auto [got, want] : zip_equal(outputs, expected)) {
    console.progress("comparing", static_cast<double>(differences.size()) / outputs.size());
    differences.push_back(compareTensors(got, want, atol, rtol));
  }
  console.endProgress();
  json::Array rows;
  size_t failing = 0;
  for (auto [got, difference] : zip_equal(outputs, differences)) {
    failing += !difference.passes();
    if (console.isJson())
      rows.push_back(toJson(got.name, difference));
    else
      print(got.name, difference, outs());
  }
  if (console.isJson())
    console.result(json::Object{{"passes", failing == 0}, {"atol", atol}, {"rtol", rtol}, {"outputs", std::move(rows)}});
  outs().flush();
  if (failing)
    console.error("mismatch", formatv("{0} of {1} outputs differ by more than atol {2} + rtol {3} * |expected|", failing, outputs.size(),
                                      numberText(atol, 3), numberText(rtol, 3))
                                  .str());
  return console.exitCode();
}

int tenon::cli::runCompare(const Arguments &arguments) {
  Console &console = arguments.getConsole();
  std::optional<double> atol = arguments.number(OPT_atol, 1e-5, 0, 1e30), rtol = arguments.number(OPT_rtol, 1e-3, 0, 1e30);
  if (!atol || !rtol)
    return console.exitCode();
  StringRef model = arguments.positional().front(), reference = arguments.text(OPT_reference, "onnxruntime");
  StringRef runnable = arguments.text(OPT_engine, model);
  if (reference == "onnxruntime" && isEngineFile(model)) {
    console.error(
        "usage",
        formatv("'{0}' is an engine, and onnxruntime needs the model: use 'tenon compare MODEL --engine={0}' or --reference=DIR", model)
            .str());
    return console.exitCode();
  }
  std::unique_ptr<Session> session = Session::openOrCompile(runnable, arguments);
  if (!session)
    return console.exitCode();
  std::optional<std::vector<HostTensor>> inputs = gatherInputs(*session, arguments);
  if (!inputs)
    return console.exitCode();
  Problem problem;
  std::vector<HostTensor> outputs, expected;
  bool ok = session->bind(*inputs, problem) && session->runAndRead(outputs, console, problem);
  if (ok && reference != "onnxruntime")
    ok = readReference(*session, reference, expected, problem);
  else if (ok)
    console.during("onnxruntime", [&] { ok = runOnnxRuntime(*session, *inputs, model, arguments, expected, problem); });
  if (!ok) {
    console.error(problem.code, problem.message);
    return console.exitCode();
  }
  return report(outputs, expected, *atol, *rtol, console);
}
