// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `tenon inspect`. It reads the verified header, so engines for other machines can be inspected too.
#include "lib/Tools/Inspect.h"

#include "lib/Tools/Commands.h"
#include "lib/Tools/Console.h"
#include "lib/Tools/Options.h"
#include "lib/Tools/Session.h"
#include "runtime/engine/Verifier.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace tenon;
using namespace tenon::cli;

static const json::Array &array(const json::Object &object, StringRef key) {
  static const json::Array empty;
  const json::Array *found = object.getArray(key);
  return found ? *found : empty;
}

static std::string plainText(const json::Value &value) {
  if (std::optional<StringRef> string = value.getAsString())
    return string->str();
  return formatv("{0}", value);
}

static std::string joined(const json::Array &values, StringRef separator) {
  std::string text;
  for (const json::Value &value : values)
    text += (text.empty() ? "" : separator.str()) + plainText(value);
  return text;
}

static std::string bytesText(std::optional<int64_t> bytes) {
  double value = static_cast<double>(bytes.value_or(0));
  return value < 1e6 ? formatv("{0:f1} kB", value / 1e3).str() : formatv("{0:f1} MB", value / 1e6).str();
}

static void printTensors(const json::Object &description, StringRef key, raw_ostream &os) {
  os << "\n" << key << "\n";
  for (const json::Value &value : array(description, key)) {
    const json::Object &tensor = *value.getAsObject();
    os << formatv("  {0}: {1}[{2}]{3}\n", tensor.getString("name").value_or(""), tensor.getString("type").value_or(""),
                  joined(array(tensor, "dims"), ", "),
                  tensor.getBoolean("data_dependent").value_or(false) ? ", shape known after the run" : "");
  }
}

static void printList(const json::Object &object, StringRef key, StringRef heading, raw_ostream &os) {
  if (array(object, key).empty())
    return;
  os << "\n" << heading << "\n";
  for (const json::Value &value : array(object, key))
    os << "  " << plainText(value) << "\n";
}

/// "-" for what is not known.
static std::string numberText(const json::Object &object, StringRef key) {
  std::optional<int64_t> number = object.getInteger(key);
  return number && *number >= 0 ? std::to_string(*number) : "-";
}

/// What a GPU kernel takes: threads of a block, registers of a thread, bytes of a block's scratch and of a thread's spilled registers.
static std::string gpuColumns(const json::Object &kernel) {
  if (!kernel.getInteger("threads"))
    return "";
  return formatv("  {0,7}  {1,9}  {2,7}  {3,6}", numberText(kernel, "threads"), numberText(kernel, "registers"),
                 numberText(kernel, "scratch_bytes"), numberText(kernel, "spill_store_bytes"));
}

static void printKernels(const json::Array &kernels, raw_ostream &os) {
  bool onGpu = !kernels.empty() && kernels.front().getAsObject()->getInteger("threads");
  os << formatv("\n{0} kernel(s)\n  launches{1}  name: nodes\n", kernels.size(), onGpu ? "  threads  registers  scratch  spills" : "");
  for (const json::Value &value : kernels) {
    const json::Object &kernel = *value.getAsObject();
    std::string nodes = joined(array(kernel, "nodes"), " + ");
    os << formatv("  {0,8}{1}  {2}{3}{4}\n", kernel.getInteger("launches").value_or(0), gpuColumns(kernel),
                  kernel.getString("name").value_or(""), nodes.empty() ? "" : ": ",
                  nodes.size() > 120 ? nodes.substr(0, 117) + "..." : nodes);
  }
}

static void printMemory(const json::Object &memory, raw_ostream &os) {
  os << "\nmemory\n" << formatv("  weights {0}\n", bytesText(memory.getInteger("constants_bytes")));
  if (std::optional<int64_t> arena = memory.getInteger("arena_bytes")) {
    int64_t live = memory.getInteger("live_bytes").value_or(0);
    os << formatv("  arena {0}; no plan needs less than {1}", bytesText(arena), bytesText(live));
    if (live > 0)
      os << formatv(" (ratio {0:f2})", static_cast<double>(*arena) / static_cast<double>(live));
    os << "\n";
  } else {
    os << "  arena planned when shapes are bound\n";
  }
  if (const json::Object *buffers = memory.getObject("buffers"))
    os << formatv("  {0} planned buffers, {1} views; {2} results made in the memory of an operand\n",
                  buffers->getInteger("arena").value_or(0), buffers->getInteger("view").value_or(0),
                  memory.getInteger("reused").value_or(0));
  os << formatv("  while it runs: {0} allocation(s) of sizes that data decide, {1} read-back(s)\n",
                memory.getInteger("allocations").value_or(0), memory.getInteger("read_backs").value_or(0));
}

static void printTarget(const json::Object &target, raw_ostream &os) {
  os << formatv("\ntarget {0} {1}\n", target.getString("device").value_or(""), target.getString("arch").value_or(""));
  if (!array(target, "features").empty())
    os << "  needs " << joined(array(target, "features"), ", ") << "\n";
  if (const json::Object *memory = target.getObject("memory"))
    printMemory(*memory, os);
  printKernels(array(target, "kernels"), os);
  printList(target, "guards", "guards (a run ends where one does not hold)", os);
  printList(target, "read_backs", "read-backs (the host waits for a value of the device)", os);
}

/// One remark of the compiler: "node: message".
static std::string remarkText(const json::Value &value) {
  const json::Object *row = value.getAsObject();
  if (!row)
    return plainText(value);
  StringRef node = row->getString("node").value_or("");
  return formatv("{0}{1}{2}", node, node.empty() ? "" : ": ", row->getString("message").value_or(""));
}

/// How many nodes of each ONNX op the model has, the most frequent first.
static void printOps(const json::Object &ops, raw_ostream &os) {
  std::vector<std::pair<int64_t, StringRef>> rows;
  int64_t all = 0;
  for (const auto &[op, count] : ops) {
    rows.emplace_back(-count.getAsInteger().value_or(0), op);
    all -= rows.back().first;
  }
  llvm::sort(rows);
  os << formatv("\n{0} node(s) of the model\n     nodes  op\n", all);
  for (auto [count, op] : rows)
    os << formatv("  {0,8}  {1}\n", -count, op);
}

/// What was fused or made a view and what was not: the compiler reports both as remarks, of kind Passed and Missed.
static void printReport(const json::Object &report, raw_ostream &os) {
  json::Array fusions, refusals;
  for (const json::Value &value : array(report, "fusions")) {
    const json::Object *row = value.getAsObject();
    bool refused = row && row->getString("kind").value_or("") != "Passed";
    (refused ? refusals : fusions).push_back(remarkText(value));
  }
  json::Object lists{{"fusions", std::move(fusions)}, {"refusals", std::move(refusals)}};
  printList(lists, "fusions", "fusions and views", os);
  printList(lists, "refusals", "refusals", os);
}

void tenon::cli::printEngine(const json::Object &description, raw_ostream &os) {
  os << formatv("format {0}, made by {1}\n", description.getInteger("format_version").value_or(0),
                description.getString("producer").value_or(""));
  printTensors(description, "inputs", os);
  printTensors(description, "outputs", os);
  if (!array(description, "symbols").empty())
    os << "\nsymbols\n";
  for (const json::Value &value : array(description, "symbols")) {
    const json::Object &symbol = *value.getAsObject();
    int64_t maximum = symbol.getInteger("maximum").value_or(0);
    os << formatv("  {0}: {1} to {2}\n", symbol.getString("name").value_or(""), symbol.getInteger("minimum").value_or(0),
                  maximum == INT64_MAX ? "any size" : std::to_string(maximum));
  }
  const json::Object *report = description.getObject("report");
  if (const json::Object *ops = report ? report->getObject("ops") : nullptr)
    printOps(*ops, os);
  for (const json::Value &target : array(description, "targets"))
    printTarget(*target.getAsObject(), os);
  if (report)
    printReport(*report, os);
}

int tenon::cli::runInspect(const Arguments &arguments) {
  Console &console = arguments.getConsole();
  std::string path = arguments.positional().front().str();
  runtime::Image image;
  const engine::Engine *engine = nullptr;
  Problem problem;
  if (!succeeded(image.openFile(path.c_str()).release(), problem) || !succeeded(runtime::verifyHeader(image, engine).release(), problem)) {
    console.error(problem.code, problem.message);
    return console.exitCode();
  }
  json::Object description = describeEngine(*engine);
  description["file"] = json::fixUTF8(path);
  description["bytes"] = static_cast<int64_t>(image.getSize());
  if (console.isJson())
    console.result(std::move(description));
  else {
    outs() << path << ": " << bytesText(static_cast<int64_t>(image.getSize())) << ", ";
    printEngine(description, outs());
  }
  return Success;
}
