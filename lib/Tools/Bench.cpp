// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `tenon bench`: latency and throughput as trtexec reports them, and the time of every kernel.
#include "lib/Tools/Commands.h"
#include "lib/Tools/Console.h"
#include "lib/Tools/Inputs.h"
#include "lib/Tools/Options.h"
#include "lib/Tools/Session.h"
#include "lib/Tools/WriteWhole.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <chrono>
#include <cmath>
#include <map>
#include <numeric>

using namespace llvm;
using namespace tenon::cli;
using Clock = std::chrono::steady_clock;

namespace {
struct Settings {
  int64_t iterations = 10, averageRuns = 0;
  double warmUp = 0.2, duration = 3; // seconds
  SmallVector<double> percentiles;
};

/// Milliseconds of one run: when it began after the first, and how long it took.
struct Timing {
  double start, latency;
};

struct KernelTime {
  std::string name, nodes;
  uint64_t launches = 0, nanoseconds = 0;
};
/// By the kernel's number, so that the table does not depend on names.
using Profile = std::map<uint32_t, KernelTime>;
} // namespace

static double seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

static std::optional<Settings> readSettings(const Arguments &arguments) {
  Settings settings;
  std::optional<int64_t> iterations = arguments.integer(OPT_iterations, 10, 1, 1000000000);
  std::optional<int64_t> averageRuns = arguments.integer(OPT_avg_runs, 0, 0, 1000000000);
  std::optional<double> warmUp = arguments.number(OPT_warm_up, 200, 0, 1e7), duration = arguments.number(OPT_duration, 3, 0, 1e5);
  if (!iterations || !averageRuns || !warmUp || !duration)
    return std::nullopt;
  settings.iterations = *iterations;
  settings.averageRuns = *averageRuns;
  settings.warmUp = *warmUp / 1000;
  settings.duration = *duration;
  SmallVector<StringRef> parts;
  StringRef text = arguments.text(OPT_percentile, "90,95,99");
  text.split(parts, ',');
  for (StringRef part : parts) {
    double value;
    if (part.getAsDouble(value) || !(value >= 0 && value <= 100)) {
      arguments.getConsole().error("usage", formatv("--percentile expects numbers from 0 to 100, got '{0}'", part).str());
      return std::nullopt;
    }
    settings.percentiles.push_back(value);
  }
  return settings;
}

/// The model or engine: the positional argument, or --onnx or --loadEngine as trtexec has them.
static std::optional<std::string> subjectOf(const Arguments &arguments) {
  SmallVector<std::string> given;
  for (StringRef text : arguments.positional())
    given.push_back(text.str());
  for (FlagId flag : {OPT_onnx, OPT_load_engine})
    if (arguments.has(flag))
      given.push_back(arguments.text(flag).str());
  if (given.size() == 1)
    return given.front();
  arguments.getConsole().error("usage", formatv("expected one model or engine, got {0}", given.size()).str());
  return std::nullopt;
}

/// The smallest latency that `percent` of the runs do not exceed (trtexec's definition).
static double percentileOf(ArrayRef<double> sorted, double percent) {
  size_t exclude = static_cast<size_t>((1 - percent / 100) * static_cast<double>(sorted.size()));
  return sorted[std::max<size_t>(sorted.size() - exclude, 1) - 1];
}

/// Runs for `duration` seconds and at least `iterations` times. Stops early when interrupted.
static bool measure(Session &session, int64_t iterations, double duration, const char *phase, Console &console,
                    std::vector<Timing> &timings, Problem &problem) {
  Clock::time_point begin = Clock::now(), now = begin, shown = begin;
  for (int64_t i = 0; (i < iterations || seconds(now - begin) < duration) && !interrupted(); ++i) {
    Clock::time_point start = now;
    if (!session.run(problem))
      return false;
    now = Clock::now();
    timings.push_back({seconds(start - begin) * 1000, seconds(now - start) * 1000});
    if (now - shown > std::chrono::milliseconds(200)) {
      console.progress(phase, seconds(now - begin) / std::max(duration, 1e-9));
      // Printing is not part of the next run.
      shown = now = Clock::now();
    }
  }
  return true;
}

static bool profileKernels(Session &session, int64_t runs, Profile &profile, Problem &problem) {
  auto hook = [](void *user, const tenon_kernel_event *event) {
    KernelTime &entry = (*static_cast<Profile *>(user))[event->kernel];
    if (entry.launches++ == 0) {
      entry.name = event->name;
      SmallVector<StringRef> nodes(event->nodes, event->nodes + event->num_nodes);
      entry.nodes = join(nodes, " + ");
    }
    entry.nanoseconds += event->duration;
  };
  if (!succeeded(tenon_context_set_profiler(session.getContext(), hook, &profile), problem))
    return false;
  for (int64_t i = 0; i < runs && !interrupted(); ++i)
    if (!session.run(problem))
      return false;
  return succeeded(tenon_context_set_profiler(session.getContext(), nullptr, nullptr), problem);
}

/// Rows by time, longest first.
static std::vector<KernelTime> sortedRows(const Profile &profile) {
  std::vector<KernelTime> rows;
  for (const auto &[kernel, time] : profile)
    rows.push_back(time);
  llvm::sort(rows,
             [](const KernelTime &a, const KernelTime &b) { return std::tie(b.nanoseconds, a.name) < std::tie(a.nanoseconds, b.name); });
  return rows;
}

static json::Array profileToJson(const Profile &profile, int64_t runs) {
  json::Array rows;
  double total = 0;
  for (const auto &[kernel, time] : profile)
    total += static_cast<double>(time.nanoseconds);
  for (const KernelTime &row : sortedRows(profile)) {
    double time = static_cast<double>(row.nanoseconds);
    rows.push_back(json::Object{{"name", json::fixUTF8(row.name)},
                                {"nodes", json::fixUTF8(row.nodes)},
                                {"launches", static_cast<int64_t>(row.launches / runs)},
                                {"timeMs", time / 1e6},
                                {"averageMs", time / 1e6 / static_cast<double>(runs)},
                                {"percentage", total > 0 ? 100 * time / total : 0}});
  }
  return rows;
}

static void printProfile(const Profile &profile, int64_t runs, raw_ostream &os) {
  std::vector<KernelTime> rows = sortedRows(profile);
  double total = std::accumulate(rows.begin(), rows.end(), 0.0,
                                 [](double sum, const KernelTime &row) { return sum + static_cast<double>(row.nanoseconds); });
  os << formatv("\n=== Profile ({0} runs) ===\n{1,10} {2,8} {3,7} {4}\n", runs, "ms a run", "launches", "%", "kernel: nodes");
  for (const KernelTime &row : rows) {
    double time = static_cast<double>(row.nanoseconds);
    os << formatv("{0,10:f4} {1,8} {2,7:f2} {3}: {4}\n", time / 1e6 / static_cast<double>(runs), row.launches / runs,
                  100 * time / std::max(total, 1.0), row.name, row.nodes.size() > 100 ? row.nodes.substr(0, 97) + "..." : row.nodes);
  }
  os << formatv("{0,10:f4} {1,8} {2,7:f2} all kernels\n", total / 1e6 / static_cast<double>(runs), "", 100.0);
}

namespace {
/// What trtexec calls the performance summary. Times in milliseconds.
struct Report {
  double throughput, wallTime, minimum, maximum, mean, median;
  SmallVector<std::pair<double, double>> percentiles;
};
} // namespace

static Report summarise(ArrayRef<Timing> timings, const Settings &settings) {
  std::vector<double> sorted;
  for (const Timing &timing : timings)
    sorted.push_back(timing.latency);
  llvm::sort(sorted);
  Report report;
  report.wallTime = (timings.back().start + timings.back().latency) / 1000;
  report.throughput = static_cast<double>(timings.size()) / report.wallTime;
  report.minimum = sorted.front();
  report.maximum = sorted.back();
  report.mean = std::accumulate(sorted.begin(), sorted.end(), 0.0) / static_cast<double>(sorted.size());
  size_t middle = sorted.size() / 2;
  report.median = sorted.size() % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  for (double percent : settings.percentiles)
    report.percentiles.emplace_back(percent, percentileOf(sorted, percent));
  return report;
}

static json::Object toJson(const Report &report, size_t runs) {
  json::Object percentiles;
  for (auto [percent, value] : report.percentiles)
    percentiles[numberText(percent, 6)] = value;
  return json::Object{{"throughputQps", report.throughput},
                      {"runs", static_cast<int64_t>(runs)},
                      {"totalHostWalltimeS", report.wallTime},
                      {"latencyMs", json::Object{{"min", report.minimum},
                                                 {"max", report.maximum},
                                                 {"mean", report.mean},
                                                 {"median", report.median},
                                                 {"percentiles", std::move(percentiles)}}}};
}

static void print(const Report &report, ArrayRef<Timing> timings, const Settings &settings, raw_ostream &os) {
  size_t group = static_cast<size_t>(settings.averageRuns);
  for (size_t at = 0; group && at + group <= timings.size(); at += group) {
    double sum = 0;
    for (const Timing &timing : timings.slice(at, group))
      sum += timing.latency;
    os << formatv("Average on {0} runs - Latency: {1:f5} ms\n", group, sum / static_cast<double>(group));
  }
  os << "\n=== Performance summary ===\n" << formatv("Throughput: {0:f3} qps\n", report.throughput);
  os << formatv("Latency: min = {0:f5} ms, max = {1:f5} ms, mean = {2:f5} ms, median = {3:f5} ms", report.minimum, report.maximum,
                report.mean, report.median);
  for (auto [percent, value] : report.percentiles)
    os << formatv(", percentile({0}%) = {1:f5} ms", numberText(percent, 6), value);
  os << formatv("\nTotal Host Walltime: {0:f5} s ({1} runs)\n", report.wallTime, timings.size());
}

static bool exportJson(const Arguments &arguments, FlagId flag, json::Array rows) {
  if (!arguments.has(flag))
    return true;
  Problem problem;
  if (writeWhole(arguments.text(flag), formatv("{0:2}\n", json::Value(std::move(rows))).str(), "", problem))
    return true;
  arguments.getConsole().error(problem.code, problem.message);
  return false;
}

int tenon::cli::runBench(const Arguments &arguments) {
  Console &console = arguments.getConsole();
  std::optional<Settings> settings = readSettings(arguments);
  std::optional<std::string> subject = subjectOf(arguments);
  if (!settings || !subject)
    return console.exitCode();
  std::unique_ptr<Session> session = Session::openOrCompile(*subject, arguments);
  std::optional<std::vector<HostTensor>> inputs = session ? gatherInputs(*session, arguments) : std::nullopt;
  if (!inputs)
    return console.exitCode();
  Problem problem;
  std::vector<Timing> warm, timings;
  Profile profile;
  int64_t profileRuns =
      arguments.has(OPT_dump_profile) || arguments.has(OPT_export_profile) ? std::max<int64_t>(settings->iterations, 1) : 0;
  bool ok = session->bind(*inputs, problem) && measure(*session, 1, settings->warmUp, "warm-up", console, warm, problem) &&
            measure(*session, settings->iterations, settings->duration, "measuring", console, timings, problem) &&
            (!profileRuns || profileKernels(*session, profileRuns, profile, problem));
  console.endProgress();
  if (!ok)
    console.error(problem.code, problem.message);
  else if (interrupted() || timings.empty())
    console.error("cancelled", "interrupted");
  if (console.exitCode() != Success)
    return console.exitCode();
  json::Array times;
  for (const Timing &timing : timings)
    times.push_back(json::Object{{"startMs", timing.start}, {"latencyMs", timing.latency}});
  if (!exportJson(arguments, OPT_export_times, std::move(times)) ||
      !exportJson(arguments, OPT_export_profile, profileRuns ? profileToJson(profile, profileRuns) : json::Array()))
    return console.exitCode();
  Report report = summarise(timings, *settings);
  if (console.isJson()) {
    json::Object object = toJson(report, timings.size());
    object["subject"] = json::fixUTF8(*subject);
    if (profileRuns)
      object["profile"] = profileToJson(profile, profileRuns);
    console.result(std::move(object));
    return Success;
  }
  print(report, timings, *settings, outs());
  if (arguments.has(OPT_dump_profile))
    printProfile(profile, profileRuns, outs());
  return Success;
}
