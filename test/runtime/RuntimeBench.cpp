// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the runtime itself costs: a run of many launches whose kernels do next to nothing, by threads and workgroups. Figures are per
// launch.
//   ninja -C build/dev tenon-runtime-bench && build/dev/test/bin/tenon-runtime-bench
#include "tenon/tenon.h"
#include "test/runtime/EngineBuilder.h"

#include <benchmark/benchmark.h>
#include <cstdio>
#include <cstdlib>

using namespace tenon::test;

static constexpr int kLaunches = 100;

static void require(tenon_status *status) {
  if (!status)
    return;
  std::fprintf(stderr, "%s\n", tenon_status_message(status));
  std::exit(1);
}

/// Args: threads, workgroups of a launch.
static void launchEmptyKernels(benchmark::State &state) {
  int64_t workgroups = state.range(1);
  EngineBuilder builder;
  builder.addOutput("ids", fb::ElementType::i32, {imm(workgroups)}, imm(4 * workgroups));
  uint32_t kernel = builder.addKernel("ids", writeIdKernel, 2, {true});
  for (int i = 0; i < kLaunches; ++i)
    builder.launch(1, kernel, imm(workgroups), {0}, {imm(workgroups), imm(1)});
  std::vector<uint8_t> file = builder.finish();
  tenon_device_options deviceOptions = {};
  deviceOptions.size = sizeof(deviceOptions);
  deviceOptions.threads = uint32_t(state.range(0));
  tenon_device *device;
  tenon_engine *engine;
  tenon_context *context;
  require(tenon_device_create(&deviceOptions, &device));
  tenon_open_options options = {sizeof(options), device, 0};
  require(tenon_engine_open_memory(file.data(), file.size(), &options, &engine));
  require(tenon_context_create(engine, nullptr, &context));
  for (auto _ : state)
    require(tenon_context_run(context, nullptr));
  state.counters["per_launch"] =
      benchmark::Counter(double(state.iterations()) * kLaunches, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  tenon_context_release(context);
  tenon_engine_release(engine);
  tenon_device_release(device);
}
BENCHMARK(launchEmptyKernels)->ArgsProduct({{1, 2}, {1, 2, 8, 64}})->ArgNames({"threads", "workgroups"})->MinTime(0.1)->UseRealTime();

BENCHMARK_MAIN();
