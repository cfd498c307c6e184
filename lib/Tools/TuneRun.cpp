// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// There is no second way to a kernel: a candidate is compiled as a model whose table of schedules has one entry, the candidate.
#include "lib/Tools/TuneRun.h"

#include "lib/Compiler/Compile.h"
#include "lib/Tools/Commands.h"
#include "lib/Tools/Console.h"
#include "lib/Tools/WriteWhole.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <algorithm>
#include <chrono>

using namespace llvm;
using namespace tenon;
using namespace tenon::cli;
using Clock = std::chrono::steady_clock;

schedule::TunedEntry TuneRow::entry(const TuneProduct &product) const {
  schedule::TunedEntry entry;
  entry.product = product.key;
  entry.leastRows = entry.mostRows = product.rows;
  entry.schedule = candidate.schedule;
  entry.time = time;
  return entry;
}

TuneRun::~TuneRun() { tenon_device_release(device); }

bool TuneRun::fail(const Problem &problem) {
  arguments.getConsole().error(problem.code, problem.message);
  return false;
}

bool TuneRun::isInterrupted() {
  if (!interrupted())
    return false;
  arguments.getConsole().error("cancelled", "interrupted");
  return true;
}

bool TuneRun::prepare() {
  Problem problem;
  tenon_device_info info = {};
  info.size = sizeof(info);
  if (!createDevice(arguments.text(OPT_device, "cuda"), 0, device, problem) || !succeeded(tenon_device_describe(device, &info), problem))
    return fail(problem);
  name = info.name;
  if (StringRef(info.arch) != "sm_90") {
    problem.set("unsupported", formatv("expected a GPU of sm_90, which the schedules are for, got {0} ({1})", name,
                                       info.kind == TENON_CUDA ? info.arch : "cpu"));
    return fail(problem);
  }
  folder = std::make_unique<TemporaryFolder>("tenon-tune", problem);
  if (!folder->valid() || !data.fill(product, problem) || !writeTuneModel(product, data, folder->get(), problem))
    return fail(problem);
  arguments.getConsole().during("computing the reference", [&] { reference = std::make_unique<TuneReference>(product, data); });
  return !isInterrupted();
}

/// The remark of the pass that chooses: by our entry, by something else, or why there is no kernel at all.
static std::string findRefusal(StringRef report) {
  std::string reason = "no kernel for tensor cores computes it";
  for (const auto &[name, message] : productRemarks(report)) {
    if (StringRef(message).contains("candidate.jsonl:2"))
      return "";
    reason = (name == "TensorCores" ? "the compiler makes another product of it: " : "it is none for tensor cores: ") +
             StringRef(message).rsplit(" | ").second.str();
  }
  return reason;
}

bool TuneRun::compileCandidate(TuneRow &row) {
  Console &console = arguments.getConsole();
  schedule::TunedTable table;
  table.put(row.entry(product));
  Problem problem;
  if (!writeWhole(folder->file("candidate.jsonl"), table.print(), "", problem))
    return fail(problem);
  std::optional<int64_t> threads = arguments.integer(OPT_compile_threads, 0, 0, 1024);
  if (!threads)
    return false;
  CompileOptions options;
  options.target = "cuda:sm_90a";
  options.precision = product.key.element == "f16" ? "fp16" : product.key.element == "bf16" ? "bf16" : "tf32";
  options.ptxas = arguments.text(OPT_ptxas).str();
  options.tuned = folder->file("candidate.jsonl");
  options.outputPath = folder->file("candidate.tenon");
  options.threads = static_cast<unsigned>(*threads);
  CompileResult result = compile(ModelSource{folder->file("product.onnx"), {}}, options, {}, interrupted);
  if (isInterrupted())
    return false;
  for (const Diagnostic &diagnostic : result.diagnostics) {
    // Without an assembler there is no code for tensor cores: no candidate would do better.
    if (diagnostic.code == "missing") {
      console.error("missing", diagnostic.message);
      return false;
    }
    if (diagnostic.severity == Severity::error && row.problem.empty())
      row.problem = diagnostic.message;
  }
  if (!row.problem.empty())
    return true;
  // Not asked for this candidate, the table would not be for any other one.
  std::string refusal = result.ok ? findRefusal(result.report) : "the compiler failed without a message";
  if (!refusal.empty())
    console.error("compile-failed", schedule::describeProduct(product.key, product.rows, product.rows) + ": " + refusal);
  return refusal.empty();
}

/// The first copy and the last one, which lie farthest apart.
bool TuneRun::check(TuneRow &row, Problem &problem) {
  for (int64_t copy : {int64_t(0), copies() - 1}) {
    HostTensor c;
    if (!row.session->readOutput(static_cast<size_t>(copy), c, problem))
      return false;
    row.problem = reference->check(c);
    row.isWrong = !row.problem.empty();
    if (row.isWrong)
      break;
  }
  return true;
}

bool TuneRun::open(TuneRow &row) {
  if (!compileCandidate(row))
    return false;
  if (!row.problem.empty())
    return true;
  Problem problem;
  // What a candidate did to the device, or the device to it, concerns all that come after it.
  auto failWithName = [&] {
    problem.message = schedule::describeSchedule(row.candidate.schedule) + ": " + problem.message;
    return fail(problem);
  };
  row.session = Session::open(folder->file("candidate.tenon"), arguments.text(OPT_device, "cuda"), 0, problem);
  if (!row.session)
    return failWithName();
  std::vector<HostTensor> inputs;
  for (const tenon_tensor_info &info : row.session->inputs()) {
    const HostTensor *source = data.find(info.name);
    assert(source && "the model has inputs of ours only");
    HostTensor &input = inputs.emplace_back();
    input.type = source->type;
    input.dims = source->dims;
    input.bytes = source->bytes;
    input.data = {source->data.get(), [](void *) {}}; // borrowed: copies have the same data, and memory of their own on the device
  }
  if (!row.session->bind(inputs, problem) || !row.session->run(problem) || !check(row, problem))
    return failWithName();
  if (row.isWrong)
    row.session.reset();
  return !isInterrupted();
}

/// Microseconds of one product: runs are enqueued one after the other, so that the GPU is never idle.
static bool timeRuns(Session &session, int64_t runs, int64_t copies, double &time, Problem &problem) {
  Clock::time_point start = Clock::now();
  for (int64_t i = 0; i < runs; ++i)
    if (!session.enqueue(problem))
      return false;
  if (!session.wait(problem))
    return false;
  time = std::chrono::duration<double, std::micro>(Clock::now() - start).count() / static_cast<double>(runs * copies);
  return true;
}

bool TuneRun::measure(std::vector<TuneRow> &rows) {
  constexpr int rounds = 9;        // the first two raise the clock and do not count
  constexpr double atLeast = 10e3; // microseconds of a turn: the clock that we read then counts for nothing
  Problem problem;
  int64_t done = 0, all = rounds * static_cast<int64_t>(rows.size());
  for (int round = -2; round < rounds - 2; ++round)
    for (TuneRow &row : rows) {
      arguments.getConsole().progress("measuring", static_cast<double>(++done) / static_cast<double>(all));
      if (!row.session)
        continue;
      double time = 0, inRun = static_cast<double>(copies());
      if (!timeRuns(*row.session, 2, copies(), time, problem) ||
          !timeRuns(*row.session, std::clamp<int64_t>(static_cast<int64_t>(atLeast / (time * inRun)), 2, 1000), copies(), time, problem))
        return fail(problem);
      if (round >= 0)
        row.times.push_back(time);
      if (isInterrupted())
        return false;
    }
  for (TuneRow &row : rows)
    if (!row.times.empty()) {
      llvm::sort(row.times);
      row.time = row.times[row.times.size() / 2];
    }
  return true;
}
