// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Tools/Session.h"

#include "lib/Tools/Commands.h"
#include "lib/Tools/Console.h"
#include "lib/Tools/ModelArguments.h"
#include "runtime/engine/Format.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cstring>

using namespace llvm;
using namespace tenon;
using namespace tenon::cli;

std::string tenon::cli::codeText(tenon_code code) {
  StringRef name = tenon_code_name(code);
  name.consume_front("TENON_");
  std::string text = name.lower();
  std::replace(text.begin(), text.end(), '_', '-');
  return text;
}

bool tenon::cli::succeeded(tenon_status *status, Problem &problem) {
  if (!status)
    return true;
  problem.set(codeText(tenon_status_code(status)), tenon_status_message(status));
  tenon_status_release(status);
  return false;
}

bool tenon::cli::isEngineFile(StringRef path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> start = MemoryBuffer::getFileSlice(path, engine::kMagic.size(), 0);
  return start && (*start)->getBufferSize() >= engine::kMagic.size() &&
         std::memcmp((*start)->getBufferStart(), engine::kMagic.data(), engine::kMagic.size()) == 0;
}

bool tenon::cli::createDevice(StringRef name, unsigned threads, tenon_device *&device, Problem &problem) {
  if (name.empty())
    return true;
  unsigned ordinal = 0;
  // trtexec's --device is the number of a GPU.
  auto [kind, number] = to_integer(name, ordinal, 10) ? std::pair<StringRef, StringRef>("cuda", "") : name.split(':');
  if ((kind != "cpu" && kind != "cuda") || (name.contains(':') && number.getAsInteger(10, ordinal)))
    return problem.set("usage", formatv("--device expects cpu, cuda or cuda:N, got '{0}'", name));
  tenon_device_options options = {};
  options.size = sizeof(options);
  options.kind = kind == "cuda" ? TENON_CUDA : TENON_CPU;
  options.ordinal = static_cast<int32_t>(ordinal);
  options.threads = threads;
  return succeeded(tenon_device_create(&options, &device), problem);
}

std::unique_ptr<Session> Session::open(StringRef path, StringRef device, unsigned threads, Problem &problem) {
  std::unique_ptr<Session> session(new Session);
  if (!createDevice(device, threads, session->device, problem))
    return nullptr;
  tenon_open_options options = {};
  options.size = sizeof(options);
  options.device = session->device;
  options.threads = threads;
  if (!succeeded(tenon_engine_open_file(path.str().c_str(), &options, &session->engine), problem) ||
      !succeeded(tenon_context_create(session->engine, nullptr, &session->context), problem))
    return nullptr;
  return session;
}

Session::~Session() {
  tenon_context_release(context);
  tenon_engine_release(engine);
  tenon_device_release(device);
}

/// Opens with progress: the weights are read and hashed.
static std::unique_ptr<Session> openWithConsole(StringRef path, unsigned threads, const Arguments &arguments) {
  Console &console = arguments.getConsole();
  Problem problem;
  std::unique_ptr<Session> session;
  console.during("opening", [&] { session = Session::open(path, arguments.text(OPT_device), threads, problem); });
  if (!session)
    console.error(problem.code, problem.message);
  return session;
}

static std::unique_ptr<Session> compileTo(StringRef engine, StringRef path, CompileOptions &options, unsigned threads,
                                          const Arguments &arguments) {
  Console &console = arguments.getConsole();
  options.outputPath = engine.str();
  if (!compileWithConsole(ModelSource{path.str(), {}}, options, console).ok)
    return nullptr;
  return openWithConsole(engine, threads, arguments);
}

/// Compiles to a temporary file: the runtime maps it, so that weights are not in memory twice.
static std::unique_ptr<Session> compileAndOpen(StringRef path, unsigned threads, const Arguments &arguments) {
  Console &console = arguments.getConsole();
  std::optional<CompileOptions> options = compileOptionsOf(arguments, "native");
  if (!options)
    return nullptr;
  // A GPU that was asked for is what to compile for.
  StringRef device = arguments.text(OPT_device);
  if (!arguments.has(OPT_target) && (device.starts_with("cuda") || (!device.empty() && isDigit(device.front()))))
    options->target = "cuda";
  if (!arguments.text(OPT_output).empty())
    return compileTo(arguments.text(OPT_output), path, *options, threads, arguments);
  SmallString<128> engine;
  if (std::error_code error = sys::fs::createTemporaryFile("tenon", "engine", engine)) {
    console.error("io-error", "cannot make a temporary file: " + error.message());
    return nullptr;
  }
  FileRemover remover(engine);
  return compileTo(engine, path, *options, threads, arguments);
}

std::unique_ptr<Session> Session::openOrCompile(StringRef path, const Arguments &arguments) {
  Console &console = arguments.getConsole();
  std::optional<int64_t> threads = arguments.integer(OPT_threads, 0, 0, 1024);
  if (!threads)
    return nullptr;
  if (!isEngineFile(path))
    return compileAndOpen(path, static_cast<unsigned>(*threads), arguments);
  for (FlagId flag : {OPT_target, OPT_cpu, OPT_compile_threads})
    if (arguments.has(flag)) {
      console.error("usage", formatv("'{0}' is an engine: flags that say how to compile do not apply", path).str());
      return nullptr;
    }
  return openWithConsole(path, static_cast<unsigned>(*threads), arguments);
}

template <typename Info>
static std::vector<Info> collect(const tenon_engine *engine, size_t count, tenon_status *(*read)(const tenon_engine *, size_t, Info *)) {
  std::vector<Info> infos(count);
  for (size_t i = 0; i < count; ++i) {
    std::memset(&infos[i], 0, sizeof(Info));
    infos[i].size = sizeof(Info);
    // The index is in range, so there is no error to handle.
    tenon_status_release(read(engine, i, &infos[i]));
  }
  return infos;
}

std::vector<tenon_tensor_info> Session::inputs() const { return collect(engine, tenon_engine_num_inputs(engine), tenon_engine_input); }
std::vector<tenon_tensor_info> Session::outputs() const { return collect(engine, tenon_engine_num_outputs(engine), tenon_engine_output); }
std::vector<tenon_symbol_info> Session::symbols() const { return collect(engine, tenon_engine_num_symbols(engine), tenon_engine_symbol); }

bool Session::bind(ArrayRef<HostTensor> tensors, Problem &problem) {
  tenon_engine_info info = {};
  info.size = sizeof(info);
  tenon_device_info device = {};
  device.size = sizeof(device);
  if (!succeeded(tenon_engine_describe(engine, &info), problem) || !succeeded(tenon_device_describe(info.device, &device), problem))
    return false;
  // To a GPU inputs go once, not at each run.
  onGpu = device.kind == TENON_CUDA;
  numLaunches = onGpu ? 0 : info.num_launches;
  if (!give(onGpu ? tenon_context_copy_input : tenon_context_bind_input, tensors, problem))
    return false;
  std::vector<tenon_shape> shapes;
  for (const HostTensor &tensor : tensors)
    shapes.push_back({sizeof(tenon_shape), uint32_t(tensor.dims.size()), tensor.dims.data()});
  return succeeded(tenon_context_prepare(context, shapes.data(), shapes.size()), problem);
}

bool Session::give(decltype(tenon_context_copy_input) *function, ArrayRef<HostTensor> tensors, Problem &problem) {
  for (auto [index, tensor] : enumerate(tensors)) {
    tenon_tensor view = tensor.view();
    if (!succeeded(function(context, index, &view), problem))
      return false;
  }
  return true;
}

bool Session::begin(bool isAsync, Problem &problem) {
  tenon_run_options options = {};
  options.size = sizeof(options);
  options.cancel = interruptFlag();
  options.is_async = isAsync;
  return succeeded(tenon_context_run(context, &options), problem);
}

bool Session::run(Problem &problem) { return begin(/*isAsync=*/false, problem); }

bool Session::runCounted(Problem &problem) {
  auto hook = [](void *user, const tenon_kernel_event *) {
    static_cast<Session *>(user)->launchesDone.fetch_add(1, std::memory_order_relaxed);
  };
  launchesDone = 0;
  return succeeded(tenon_context_set_profiler(context, hook, this), problem) && run(problem) &&
         succeeded(tenon_context_set_profiler(context, nullptr, nullptr), problem);
}

bool Session::runAndRead(std::vector<HostTensor> &tensors, Console &console, Problem &problem) {
  auto share = [&] { return numLaunches ? static_cast<double>(launchesDone.load(std::memory_order_relaxed)) / numLaunches : -1; };
  bool ok = false;
  console.during("running", share, [&] { ok = (numLaunches ? runCounted(problem) : run(problem)) && readOutputs(tensors, problem); });
  return ok;
}

bool Session::enqueue(Problem &problem) { return begin(/*isAsync=*/true, problem); }

bool Session::wait(Problem &problem) { return succeeded(tenon_context_wait(context), problem); }

bool Session::copyInputs(ArrayRef<HostTensor> tensors, Problem &problem) { return give(tenon_context_copy_input, tensors, problem); }

bool Session::fetchOutput(size_t index, tenon_tensor &view, Problem &problem) {
  view.size = sizeof(view);
  return succeeded(tenon_context_output(context, index, &view), problem);
}

bool Session::fetchOutputs(Problem &problem) {
  for (size_t index = 0, count = tenon_engine_num_outputs(engine); index < count; ++index) {
    tenon_tensor view = {};
    if (!fetchOutput(index, view, problem))
      return false;
  }
  return true;
}

bool Session::readOutput(size_t index, HostTensor &tensor, Problem &problem) {
  tenon_tensor view = {};
  if (!fetchOutput(index, view, problem))
    return false;
  tensor.type = view.type;
  tensor.dims.assign(view.dims, view.dims + view.rank);
  if (!tensor.allocate(problem))
    return false;
  std::memcpy(tensor.data.get(), view.data, tensor.bytes);
  return true;
}

bool Session::readOutputs(std::vector<HostTensor> &tensors, Problem &problem) {
  std::vector<tenon_tensor_info> infos = outputs();
  tensors.resize(infos.size());
  for (auto [index, info] : enumerate(infos)) {
    tensors[index].name = info.name;
    if (!readOutput(index, tensors[index], problem))
      return false;
  }
  return true;
}
