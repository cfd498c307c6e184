// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The C ABI's engine functions.
#include "runtime/program/Engine.h"
#include "runtime/api/Arguments.h"
#include "runtime/api/Device.h"

using namespace tenon::runtime;

/// Opens with `openImage(image)`; `*result` stays NULL on failure.
template <typename OpenImage>
static tenon_status *openEngine(const tenon_open_options *given, tenon_engine **result, OpenImage &&openImage) {
  return guarded([&]() -> Status {
    TENON_REQUIRE(result);
    *result = nullptr;
    tenon_open_options options;
    TENON_TRY(readStruct(given, options, "tenon_open_options"));
    struct Releaser {
      void operator()(tenon_engine *engine) const { engine->release(); }
    };
    std::unique_ptr<tenon_engine, Releaser> engine(new tenon_engine(unwrap(options.device)));
    TENON_TRY(openImage(engine->image));
    TENON_TRY(engine->verify());
    TENON_TRY(engine->load(options.threads));
    *result = engine.release();
    return Status();
  });
}

tenon_status *tenon_engine_open_file(const char *path, const tenon_open_options *options, tenon_engine **engine) {
  return openEngine(options, engine, [&](Image &image) -> Status {
    TENON_REQUIRE(path);
    return image.openFile(path);
  });
}

tenon_status *tenon_engine_open_memory(const void *data, size_t bytes, const tenon_open_options *options, tenon_engine **engine) {
  return openEngine(options, engine, [&](Image &image) -> Status {
    TENON_REQUIRE(data);
    return image.openCopy(data, bytes);
  });
}

tenon_status *tenon_engine_open_mapped(const void *data, size_t bytes, const tenon_open_options *options, tenon_engine **engine) {
  return openEngine(options, engine, [&](Image &image) -> Status {
    TENON_REQUIRE(data);
    return image.openBorrowed(data, bytes);
  });
}

void tenon_engine_release(tenon_engine *engine) {
  if (engine)
    engine->release();
}

size_t tenon_engine_num_inputs(const tenon_engine *engine) { return engine ? engine->program.inputs.size() : 0; }
size_t tenon_engine_num_outputs(const tenon_engine *engine) { return engine ? engine->program.outputs.size() : 0; }
size_t tenon_engine_num_symbols(const tenon_engine *engine) { return engine ? engine->program.symbols.size() : 0; }

static Status describeTensor(const std::vector<TensorSpec> &specs, size_t index, const char *what, tenon_tensor_info *info) {
  if (index >= specs.size())
    return makeError(TENON_INVALID_ARGUMENT, "there is no %s %zu: the engine has %zu", what, index, specs.size());
  const TensorSpec &spec = specs[index];
  tenon_tensor_info result = {};
  result.name = spec.name.c_str();
  result.type = spec.type;
  result.rank = uint32_t(spec.dims.size());
  result.dims = spec.publicDims.data();
  result.dim_names = spec.publicDimNames.data();
  result.data_dependent = spec.dataDependent;
  return writeStruct(result, info, "tenon_tensor_info");
}

tenon_status *tenon_engine_input(const tenon_engine *engine, size_t index, tenon_tensor_info *info) {
  return guarded([&]() -> Status {
    TENON_REQUIRE(engine);
    return describeTensor(engine->program.inputs, index, "input", info);
  });
}

tenon_status *tenon_engine_output(const tenon_engine *engine, size_t index, tenon_tensor_info *info) {
  return guarded([&]() -> Status {
    TENON_REQUIRE(engine);
    return describeTensor(engine->program.outputs, index, "output", info);
  });
}

tenon_status *tenon_engine_symbol(const tenon_engine *engine, size_t index, tenon_symbol_info *info) {
  return guarded([&]() -> Status {
    TENON_REQUIRE(engine);
    if (index >= engine->program.symbols.size())
      return makeError(TENON_INVALID_ARGUMENT, "there is no symbol %zu: the engine has %zu", index, engine->program.symbols.size());
    const Symbol &symbol = engine->program.symbols[index];
    tenon_symbol_info result = {};
    result.name = symbol.name.c_str();
    result.minimum = symbol.minimum;
    result.maximum = symbol.maximum;
    return writeStruct(result, info, "tenon_symbol_info");
  });
}

static int64_t findTensor(const std::vector<TensorSpec> &specs, const char *name) {
  for (size_t i = 0; name && i < specs.size(); ++i)
    if (specs[i].name == name)
      return int64_t(i);
  return -1;
}

int64_t tenon_engine_find_input(const tenon_engine *engine, const char *name) {
  return engine ? findTensor(engine->program.inputs, name) : -1;
}
int64_t tenon_engine_find_output(const tenon_engine *engine, const char *name) {
  return engine ? findTensor(engine->program.outputs, name) : -1;
}

tenon_status *tenon_engine_describe(const tenon_engine *engine, tenon_engine_info *info) {
  return guarded([&]() -> Status {
    TENON_REQUIRE(engine);
    tenon_engine_info result = {};
    result.producer = engine->producer.c_str();
    result.arch = engine->arch.c_str();
    result.report = engine->report.c_str();
    result.num_metadata = engine->metadata.size();
    result.num_kernels = engine->program.kernels.size();
    result.constants_bytes = engine->constantsBytes;
    result.code_bytes = engine->codeBytes;
    result.arena_bytes = uint64_t(engine->program.arenaStatic ? engine->program.arenaBytes : 0);
    result.live_bytes = uint64_t(engine->program.arenaStatic ? engine->program.liveBytes : 0);
    result.device = wrap(engine->device);
    result.num_launches = engine->program.numLaunches;
    return writeStruct(result, info, "tenon_engine_info");
  });
}

tenon_status *tenon_engine_metadata(const tenon_engine *engine, size_t index, const char **key, const char **value) {
  return guarded([&]() -> Status {
    TENON_REQUIRE(engine);
    TENON_REQUIRE(key);
    TENON_REQUIRE(value);
    if (index >= engine->metadata.size())
      return makeError(TENON_INVALID_ARGUMENT, "there is no property %zu: the engine has %zu", index, engine->metadata.size());
    *key = engine->metadata[index].first.c_str();
    *value = engine->metadata[index].second.c_str();
    return Status();
  });
}
