// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Tools/BenchReport.h"

#include "lib/Tools/Console.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>
#include <numeric>

using namespace llvm;
using namespace tenon::cli;

/// The smallest time that `percent` of the runs do not exceed (trtexec's definition).
static double percentileOf(ArrayRef<double> sorted, double percent) {
  size_t exclude = static_cast<size_t>((1 - percent / 100) * static_cast<double>(sorted.size()));
  return sorted[std::max<size_t>(sorted.size() - exclude, 1) - 1];
}

namespace {
/// What is said about the times of one metric, in milliseconds.
struct Statistics {
  Statistics(std::vector<double> times, ArrayRef<double> percents) {
    llvm::sort(times);
    minimum = times.front();
    maximum = times.back();
    mean = std::accumulate(times.begin(), times.end(), 0.0) / static_cast<double>(times.size());
    size_t middle = times.size() / 2;
    median = times.size() % 2 ? times[middle] : (times[middle - 1] + times[middle]) / 2;
    for (double percent : percents)
      percentiles.emplace_back(percent, percentileOf(times, percent));
  }
  double minimum, maximum, mean, median;
  SmallVector<std::pair<double, double>> percentiles;
};

/// A metric by trtexec's name and by that of the JSON report.
struct Metric {
  StringLiteral name, key;
  std::vector<double> times;
};
} // namespace

static std::vector<Metric> metricsOf(const Measurements &measured) {
  std::vector<Metric> metrics{{"Latency", "latencyMs", {}}, {"Enqueue Time", "enqueueTimeMs", {}}};
  for (const Timing &run : measured.runs) {
    metrics[0].times.push_back(run.latency);
    if (run.enqueue >= 0)
      metrics[1].times.push_back(run.enqueue);
  }
  metrics.push_back({"H2D Latency", "h2dLatencyMs", measured.toDevice});
  metrics.push_back({"GPU Compute Time", "gpuComputeTimeMs", measured.compute});
  metrics.push_back({"D2H Latency", "d2hLatencyMs", measured.toHost});
  llvm::erase_if(metrics, [](const Metric &metric) { return metric.times.empty(); });
  return metrics;
}

static double wallSeconds(ArrayRef<Timing> runs) { return (runs.back().start + runs.back().latency) / 1000; }

void tenon::cli::printReport(const Measurements &measured, ArrayRef<double> percentiles, int64_t averageRuns, raw_ostream &os) {
  size_t group = static_cast<size_t>(averageRuns), count = measured.runs.size();
  for (size_t at = 0; group && at + group <= count; at += group) {
    double sum = 0;
    for (const Timing &timing : ArrayRef(measured.runs).slice(at, group))
      sum += timing.latency;
    os << formatv("Average on {0} runs - Latency: {1:f5} ms\n", group, sum / static_cast<double>(group));
  }
  double wall = wallSeconds(measured.runs);
  os << "\n=== Performance summary ===\n" << formatv("Throughput: {0:f3} qps\n", static_cast<double>(count) / wall);
  for (Metric &metric : metricsOf(measured)) {
    Statistics times(std::move(metric.times), percentiles);
    os << formatv("{0}: min = {1:f5} ms, max = {2:f5} ms, mean = {3:f5} ms, median = {4:f5} ms", metric.name, times.minimum, times.maximum,
                  times.mean, times.median);
    for (auto [percent, value] : times.percentiles)
      os << formatv(", percentile({0}%) = {1:f5} ms", numberText(percent, 6), value);
    os << "\n";
  }
  os << formatv("Total Host Walltime: {0:f5} s ({1} runs)\n", wall, count);
}

json::Object tenon::cli::reportToJson(const Measurements &measured, ArrayRef<double> percentiles) {
  double wall = wallSeconds(measured.runs);
  json::Object report{{"throughputQps", static_cast<double>(measured.runs.size()) / wall},
                      {"runs", static_cast<int64_t>(measured.runs.size())},
                      {"totalHostWalltimeS", wall}};
  for (Metric &metric : metricsOf(measured)) {
    Statistics times(std::move(metric.times), percentiles);
    json::Object values;
    for (auto [percent, value] : times.percentiles)
      values[numberText(percent, 6)] = value;
    report[metric.key] = json::Object{
        {"min", times.minimum}, {"max", times.maximum}, {"mean", times.mean}, {"median", times.median}, {"percentiles", std::move(values)}};
  }
  return report;
}

json::Array tenon::cli::timesToJson(const Measurements &measured) {
  json::Array rows;
  for (const Timing &timing : measured.runs) {
    json::Object row{{"startMs", timing.start}, {"latencyMs", timing.latency}};
    if (timing.enqueue >= 0)
      row["enqueueMs"] = timing.enqueue;
    rows.push_back(std::move(row));
  }
  return rows;
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

uint64_t tenon::cli::totalNanoseconds(const Profile &profile) {
  uint64_t total = 0;
  for (const auto &[kernel, time] : profile)
    total += time.nanoseconds;
  return total;
}

json::Array tenon::cli::profileToJson(const Measurements &measured) {
  json::Array rows;
  double total = static_cast<double>(totalNanoseconds(measured.profile)), runs = static_cast<double>(measured.profileRuns);
  for (const KernelTime &row : sortedRows(measured.profile)) {
    double time = static_cast<double>(row.nanoseconds);
    rows.push_back(json::Object{{"name", json::fixUTF8(row.name)},
                                {"nodes", json::fixUTF8(join(row.nodes, " + "))},
                                {"launches", static_cast<int64_t>(row.launches / measured.profileRuns)},
                                {"timeMs", time / 1e6},
                                {"averageMs", time / 1e6 / runs},
                                {"percentage", total > 0 ? 100 * time / total : 0}});
  }
  return rows;
}

void tenon::cli::printProfile(const Measurements &measured, raw_ostream &os) {
  double total = static_cast<double>(totalNanoseconds(measured.profile)), runs = static_cast<double>(measured.profileRuns);
  os << formatv("\n=== Profile ({0} runs) ===\n{1,10} {2,8} {3,7} {4}\n", measured.profileRuns, "ms a run", "launches", "%",
                "kernel: nodes");
  for (const KernelTime &row : sortedRows(measured.profile)) {
    double time = static_cast<double>(row.nanoseconds);
    std::string nodes = join(row.nodes, " + ");
    os << formatv("{0,10:f4} {1,8} {2,7:f2} {3}: {4}\n", time / 1e6 / runs, row.launches / measured.profileRuns,
                  100 * time / std::max(total, 1.0), row.name, nodes.size() > 100 ? nodes.substr(0, 97) + "..." : nodes);
  }
  os << formatv("{0,10:f4} {1,8} {2,7:f2} all kernels\n", total / 1e6 / runs, "", 100.0);
}

void tenon::cli::printLayers(const Profile &profile, raw_ostream &os) {
  os << "\n=== Layer information ===\n";
  for (const auto &[kernel, time] : profile)
    os << time.name << ": " << join(time.nodes, " + ") << "\n";
}

json::Value tenon::cli::layersToJson(const Profile &profile) {
  json::Array layers;
  for (const auto &[kernel, time] : profile) {
    json::Array nodes;
    for (const std::string &node : time.nodes)
      nodes.push_back(json::fixUTF8(node));
    layers.push_back(json::Object{{"Name", json::fixUTF8(time.name)}, {"Nodes", std::move(nodes)}});
  }
  return json::Object{{"Layers", std::move(layers)}};
}

/// Elements that have a number each to print: types of less than a byte have none.
static int64_t countPrinted(const HostTensor &tensor) { return tenon_type_bits(tensor.type) >= 8 ? tensor.numElements() : 0; }

void tenon::cli::printOutputs(ArrayRef<HostTensor> outputs, raw_ostream &os) {
  os << "\n=== Output tensors ===\n";
  for (const HostTensor &output : outputs) {
    os << output.name << ": " << output.typeText() << "\n";
    for (int64_t i = 0, count = countPrinted(output); i < count; ++i)
      os << (i ? " " : "") << numberText(elementAsDouble(output, i), 9) << (i + 1 == count ? "\n" : "");
  }
}

json::Array tenon::cli::outputsToJson(ArrayRef<HostTensor> outputs) {
  json::Array rows;
  for (const HostTensor &output : outputs) {
    json::Array values;
    for (int64_t i = 0, count = countPrinted(output); i < count; ++i) {
      double value = elementAsDouble(output, i);
      // JSON has no infinity and no NaN.
      values.push_back(std::isfinite(value) ? json::Value(value) : json::Value(numberText(value, 6)));
    }
    rows.push_back(
        json::Object{{"name", json::fixUTF8(output.name)}, {"dimensions", dimsText(output.dims)}, {"values", std::move(values)}});
  }
  return rows;
}
