// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `tenon bench`: latency and throughput as trtexec reports them, and the time of every kernel.
#include "lib/Tools/BenchReport.h"
#include "lib/Tools/Commands.h"
#include "lib/Tools/Console.h"
#include "lib/Tools/Inputs.h"
#include "lib/Tools/Options.h"
#include "lib/Tools/Session.h"
#include "lib/Tools/TrtexecFlags.h"
#include "lib/Tools/WriteWhole.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <chrono>
#include <thread>

using namespace llvm;
using namespace tenon::cli;
using Clock = std::chrono::steady_clock;

namespace {
struct Settings {
  int64_t iterations = 10, averageRuns = 0;
  double warmUp = 0.2, duration = 3, idle = 0; // seconds
  SmallVector<double> percentiles;
};
} // namespace

static double seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

static std::optional<Settings> readSettings(const Arguments &arguments) {
  Settings settings;
  std::optional<int64_t> iterations = arguments.integer(OPT_iterations, 10, 1, 1000000000);
  std::optional<int64_t> averageRuns = arguments.integer(OPT_avg_runs, 0, 0, 1000000000);
  std::optional<double> warmUp = arguments.number(OPT_warm_up, 200, 0, 1e7), duration = arguments.number(OPT_duration, 3, 0, 1e5),
                        idle = arguments.number(OPT_idle_time, 0, 0, 1e7);
  if (!iterations || !averageRuns || !warmUp || !duration || !idle)
    return std::nullopt;
  settings.iterations = *iterations;
  settings.averageRuns = *averageRuns;
  settings.warmUp = *warmUp / 1000;
  settings.duration = *duration;
  settings.idle = *idle / 1000;
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

/// One run. A GPU's is enqueued and then waited for, which tells both times.
static bool runOnce(Session &session, Clock::time_point start, double &enqueue, Problem &problem) {
  enqueue = -1;
  if (!session.isGpu())
    return session.run(problem);
  if (!session.enqueue(problem))
    return false;
  enqueue = seconds(Clock::now() - start) * 1000;
  return session.wait(problem);
}

/// Runs for `duration` seconds and at least `iterations` times, with `idle` seconds between runs. Stops early when interrupted.
static bool measure(Session &session, int64_t iterations, double duration, double idle, const char *phase, Console &console,
                    std::vector<Timing> &timings, Problem &problem) {
  Clock::time_point begin = Clock::now(), now = begin, shown = begin;
  for (int64_t i = 0; (i < iterations || seconds(now - begin) < duration) && !interrupted(); ++i) {
    Clock::time_point start = now;
    double enqueue;
    if (!runOnce(session, start, enqueue, problem))
      return false;
    now = Clock::now();
    timings.push_back({seconds(start - begin) * 1000, seconds(now - start) * 1000, enqueue});
    if (now - shown > std::chrono::milliseconds(200)) {
      // The later one of the two ends decides.
      console.progress(phase, std::min(static_cast<double>(i + 1) / iterations, seconds(now - begin) / std::max(duration, 1e-9)));
      // Printing is not part of the next run.
      shown = now = Clock::now();
    }
    if (idle > 0) {
      std::this_thread::sleep_for(std::chrono::duration<double>(idle));
      now = Clock::now();
    }
  }
  return true;
}

/// Runs with every kernel timed, and on a GPU with the copies to and from it that runs leave out otherwise.
static bool profileKernels(Session &session, ArrayRef<HostTensor> inputs, bool withCopies, Console &console, Measurements &measured,
                           Problem &problem) {
  auto hook = [](void *user, const tenon_kernel_event *event) {
    KernelTime &entry = (*static_cast<Profile *>(user))[event->kernel];
    if (entry.launches++ == 0) {
      entry.name = event->name;
      entry.nodes.assign(event->nodes, event->nodes + event->num_nodes);
    }
    entry.nanoseconds += event->duration;
  };
  if (!succeeded(tenon_context_set_profiler(session.getContext(), hook, &measured.profile), problem))
    return false;
  for (int64_t i = 0; i < measured.profileRuns && !interrupted(); ++i) {
    console.progress("profiling", static_cast<double>(i) / measured.profileRuns);
    Clock::time_point start = Clock::now();
    if (withCopies && !session.copyInputs(inputs, problem))
      return false;
    Clock::time_point copied = Clock::now();
    uint64_t before = totalNanoseconds(measured.profile);
    if (!session.run(problem))
      return false;
    if (session.isGpu())
      measured.compute.push_back(static_cast<double>(totalNanoseconds(measured.profile) - before) / 1e6);
    if (!withCopies)
      continue;
    Clock::time_point ran = Clock::now();
    if (!session.fetchOutputs(problem))
      return false;
    measured.toDevice.push_back(seconds(copied - start) * 1000);
    measured.toHost.push_back(seconds(Clock::now() - ran) * 1000);
  }
  return succeeded(tenon_context_set_profiler(session.getContext(), nullptr, nullptr), problem);
}

static bool exportJson(const Arguments &arguments, FlagId flag, json::Value rows) {
  if (!arguments.has(flag))
    return true;
  Problem problem;
  if (writeWhole(arguments.text(flag), formatv("{0:2}\n", rows).str(), "", problem))
    return true;
  arguments.getConsole().error(problem.code, problem.message);
  return false;
}

/// Everything that is timed. False if it failed or was interrupted, which the console has then.
static bool measureAll(Session &session, ArrayRef<HostTensor> inputs, const Settings &settings, const Arguments &arguments,
                       Measurements &measured) {
  Console &console = arguments.getConsole();
  Problem problem;
  std::vector<Timing> warm;
  bool asks = any_of(ArrayRef{OPT_dump_profile, OPT_export_profile, OPT_dump_layer_info, OPT_export_layer_info},
                     [&](FlagId flag) { return arguments.has(flag); });
  bool ok = session.bind(inputs, problem) && measure(session, 1, settings.warmUp, 0, "warm-up", console, warm, problem) &&
            measure(session, settings.iterations, settings.duration, settings.idle, "measuring", console, measured.runs, problem);
  measured.profileRuns = asks || session.isGpu() ? settings.iterations : 0;
  ok = ok && (!measured.profileRuns ||
              profileKernels(session, inputs, session.isGpu() && !arguments.has(OPT_no_data_transfers), console, measured, problem));
  console.endProgress();
  if (!ok)
    console.error(problem.code, problem.message);
  else if (interrupted() || measured.runs.empty())
    console.error("cancelled", "interrupted");
  return console.exitCode() == Success;
}

int tenon::cli::runBench(const Arguments &arguments) {
  Console &console = arguments.getConsole();
  std::optional<Settings> settings = readSettings(arguments);
  std::optional<std::string> subject = subjectOf(arguments);
  if (!settings || !subject || !acceptTrtexecFlags(arguments))
    return console.exitCode();
  std::unique_ptr<Session> session = Session::openOrCompile(*subject, arguments);
  std::optional<std::vector<HostTensor>> inputs = session ? gatherInputs(*session, arguments) : std::nullopt;
  Measurements measured;
  if (!inputs || !measureAll(*session, *inputs, *settings, arguments, measured))
    return console.exitCode();
  std::vector<HostTensor> outputs;
  Problem problem;
  if ((arguments.has(OPT_dump_output) || arguments.has(OPT_export_output)) && !session->readOutputs(outputs, problem)) {
    console.error(problem.code, problem.message);
    return console.exitCode();
  }
  bool hasProfile = arguments.has(OPT_dump_profile) || arguments.has(OPT_export_profile);
  if (!exportJson(arguments, OPT_export_times, timesToJson(measured)) ||
      !exportJson(arguments, OPT_export_profile, hasProfile ? profileToJson(measured) : json::Array()) ||
      !exportJson(arguments, OPT_export_layer_info, layersToJson(measured.profile)) ||
      !exportJson(arguments, OPT_export_output, outputsToJson(outputs)))
    return console.exitCode();
  if (console.isJson()) {
    json::Object object = reportToJson(measured, settings->percentiles);
    object["subject"] = json::fixUTF8(*subject);
    if (hasProfile)
      object["profile"] = profileToJson(measured);
    if (arguments.has(OPT_dump_layer_info))
      object["layers"] = layersToJson(measured.profile);
    if (arguments.has(OPT_dump_output))
      object["outputs"] = outputsToJson(outputs);
    console.result(std::move(object));
    return Success;
  }
  printReport(measured, settings->percentiles, settings->averageRuns, outs());
  if (arguments.has(OPT_dump_layer_info))
    printLayers(measured.profile, outs());
  if (arguments.has(OPT_dump_profile))
    printProfile(measured, outs());
  if (arguments.has(OPT_dump_output))
    printOutputs(outputs, outs());
  return Success;
}
