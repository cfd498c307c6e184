// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `tenon doctor`: what this machine has, and what is missing for which purpose.
#include "lib/Support/Program.h"
#include "lib/Target/Cpu/CpuTarget.h"
#include "lib/Target/Cuda/Ptxas.h"
#include "lib/Tools/Commands.h"
#include "lib/Tools/Console.h"
#include "lib/Tools/Options.h"
#include "lib/Tools/Session.h"
#include "tenon/version.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Program.h"
#include "llvm/TargetParser/Host.h"
#include <sys/utsname.h>
#include <unistd.h>

using namespace llvm;
using namespace tenon;
using namespace tenon::cli;

namespace {
/// One line of the report. `remedy` is set where something is missing.
struct Finding {
  StringLiteral name;
  std::string value;
  std::string remedy;
  std::vector<StringRef> features = {}; // of the CPU: those that an engine may ask for
};
} // namespace

static Finding findCpu() {
  StringMap<bool> features = sys::getHostCPUFeatures();
  auto has = [&](StringRef feature) { return features.lookup(feature); };
  Finding finding{"cpu", formatv("{0}, {1} processors", sys::getHostCPUName(), sysconf(_SC_NPROCESSORS_ONLN)), ""};
  bool v3 = all_of(cpu::v3Features(), has), v4 = v3 && all_of(cpu::v4Features(), has);
  finding.value += v4 ? ", x86-64-v4" : v3 ? ", x86-64-v3" : ", below x86-64-v3";
  if (!v3)
    finding.remedy = "engines need a CPU with AVX2, FMA and BMI2 (x86-64-v3)";
  for (ArrayRef<StringLiteral> group : {cpu::v3Features(), cpu::v4Features(), cpu::nativeFeatures()})
    copy_if(group, std::back_inserter(finding.features), has);
  return finding;
}

static Finding findMemory() {
  long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || size <= 0)
    return {"memory", "unknown", ""};
  return {"memory", formatv("{0:f1} GiB", static_cast<double>(pages) * static_cast<double>(size) / (1 << 30)), ""};
}

/// The driver and its GPUs, as the runtime sees them.
static Finding findGpus() {
  Finding finding{"gpu", "", ""};
  auto gibibytes = [](uint64_t bytes) { return static_cast<double>(bytes) / (1 << 30); };
  for (int32_t ordinal = 0;; ++ordinal) {
    tenon_device_options options = {};
    options.size = sizeof(options);
    options.kind = TENON_CUDA;
    options.ordinal = ordinal;
    tenon_device *device = nullptr;
    tenon_device_info info = {};
    info.size = sizeof(info);
    Problem problem;
    if (!succeeded(tenon_device_create(&options, &device), problem) || !succeeded(tenon_device_describe(device, &info), problem)) {
      if (ordinal == 0)
        finding = {"gpu", problem.message, "an NVIDIA driver makes GPUs visible; the cpu target does not need one"};
    } else {
      if (ordinal == 0)
        finding.value = formatv("CUDA {0}.{1} driver", info.driver / 1000, info.driver % 1000 / 10);
      finding.value += formatv(", {0} ({1}, {2:f1} GiB, {3:f1} GiB free)", info.name, info.arch, gibibytes(info.memory_bytes),
                               gibibytes(info.free_bytes));
    }
    tenon_device_release(device);
    if (!problem.code.empty())
      return finding;
  }
}

static Finding findPtxas(const Arguments &arguments) {
  static constexpr StringLiteral remedy = "install the CUDA toolkit or `pip install nvidia-cuda-nvcc`; without it engines for cuda have "
                                          "PTX only, the cpu target does not need it";
  Expected<std::string> path = cuda::findPtxas(arguments.text(OPT_ptxas));
  if (!path)
    return {"ptxas", toString(path.takeError()), remedy.str()};
  if (path->empty())
    return {"ptxas", "not found", remedy.str()};
  ProgramResult result = runProgram(*path, {"--version"}, 10);
  StringRef release = StringRef(result.output).split("release ").second.split(',').first;
  return {"ptxas", formatv("{0}{1}{2}", *path, release.empty() ? "" : ", release ", release), ""};
}

static Finding findPython(const Arguments &arguments) {
  std::string python = pythonProgram(arguments.text(OPT_python));
  ProgramResult result = runProgram(python, {"-c", "import sys, onnxruntime; print(sys.version.split()[0], onnxruntime.__version__)"}, 60);
  auto [version, runtime] = StringRef(result.output).trim().split(' ');
  if (result.code == 0 && !runtime.empty())
    return {"onnxruntime", formatv("{0} with {1} ({2})", runtime, python, version), ""};
  return {"onnxruntime",
          result.code == -1 ? formatv("'{0}' cannot be run", python).str() : formatv("'{0}' has no onnxruntime", python).str(),
          "`pip install onnxruntime onnx`, and point --python or TENON_PYTHON at that Python; only `tenon compare` needs it"};
}

int tenon::cli::runDoctor(const Arguments &arguments) {
  Console &console = arguments.getConsole();
  utsname system{};
  uname(&system);
  std::vector<Finding> findings{{"tenon", TENON_VERSION_STRING ", LLVM " LLVM_VERSION_STRING, ""},
                                {"system", formatv("{0} {1} {2}", system.sysname, system.release, system.machine), ""},
                                findCpu(),
                                findMemory(),
                                findGpus(),
                                findPtxas(arguments),
                                findPython(arguments)};
  bool usable = true, gpu = false;
  json::Array rows;
  for (const Finding &finding : findings) {
    usable &= finding.name != "cpu" || finding.remedy.empty();
    gpu |= finding.name == "gpu" && finding.remedy.empty();
    json::Object row{{"name", finding.name}, {"value", json::fixUTF8(finding.value)}, {"ok", finding.remedy.empty()}};
    if (!finding.remedy.empty())
      row["remedy"] = finding.remedy;
    if (finding.name == "cpu")
      row["features"] = json::Array(finding.features);
    rows.push_back(std::move(row));
    if (console.isJson())
      continue;
    outs() << formatv("{0,-3} {1,-12} {2}\n", finding.remedy.empty() ? "ok" : "--", finding.name, finding.value);
    if (!finding.features.empty())
      outs().indent(17) << join(finding.features, ", ") << "\n";
    if (!finding.remedy.empty())
      outs().indent(17) << finding.remedy << "\n";
  }
  if (console.isJson())
    console.result(json::Object{{"usable", usable}, {"findings", std::move(rows)}});
  else
    outs() << (!usable ? "this machine cannot run engines\n"
               : gpu   ? "this machine can compile for the cpu and cuda, and run on both\n"
                       : "this machine can compile for the cpu and cuda, and run on the cpu\n");
  return usable ? Success : Missing;
}
