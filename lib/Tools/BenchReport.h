// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What `tenon bench` measured, and how it says it: trtexec's performance summary, the time of every kernel, the outputs.
#ifndef TENON_LIB_TOOLS_BENCHREPORT_H
#define TENON_LIB_TOOLS_BENCHREPORT_H

#include "lib/Tools/HostTensor.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include <map>
#include <vector>

namespace tenon::cli {

/// Milliseconds of one run: when it began after the first, how long it took, and after how long the host was free again. Only a GPU
/// works on its own: `enqueue` is negative for other devices.
struct Timing {
  double start, latency, enqueue;
};

struct KernelTime {
  std::string name;
  std::vector<std::string> nodes;
  uint64_t launches = 0, nanoseconds = 0;
};
/// By the kernel's number, so that the table does not depend on names.
using Profile = std::map<uint32_t, KernelTime>;

/// What bench times, in trtexec's words; milliseconds of every run. Those that the device does not have are empty.
struct Measurements {
  std::vector<Timing> runs;
  std::vector<double> toDevice, compute, toHost;
  Profile profile;
  int64_t profileRuns = 0;
};

/// "=== Performance summary ===" with throughput and the statistics of every metric.
void printReport(const Measurements &measured, llvm::ArrayRef<double> percentiles, int64_t averageRuns, llvm::raw_ostream &os);
llvm::json::Object reportToJson(const Measurements &measured, llvm::ArrayRef<double> percentiles);
llvm::json::Array timesToJson(const Measurements &measured);

/// Of all kernels and runs.
uint64_t totalNanoseconds(const Profile &profile);
void printProfile(const Measurements &measured, llvm::raw_ostream &os);
llvm::json::Array profileToJson(const Measurements &measured);
/// Kernels in the engine's order with the ONNX nodes that they compute.
void printLayers(const Profile &profile, llvm::raw_ostream &os);
llvm::json::Value layersToJson(const Profile &profile);

/// All elements of the outputs.
void printOutputs(llvm::ArrayRef<HostTensor> outputs, llvm::raw_ostream &os);
llvm::json::Array outputsToJson(llvm::ArrayRef<HostTensor> outputs);

} // namespace tenon::cli

#endif // TENON_LIB_TOOLS_BENCHREPORT_H
