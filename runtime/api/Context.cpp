// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The C ABI's context functions. Each marks the context as busy, so that use from two threads at once is an error and not a race.
#include "runtime/program/Context.h"
#include "runtime/api/Arguments.h"

using namespace tenon::runtime;

template <typename Body> static tenon_status *withContext(tenon_context *context, Body &&body) {
  return guarded([&]() -> Status {
    TENON_REQUIRE(context);
    struct Guard {
      std::atomic<bool> &flag;
      bool isMine;
      ~Guard() {
        if (isMine)
          flag.store(false, std::memory_order_release);
      }
    } guard = {context->isBusy, !context->isBusy.exchange(true, std::memory_order_acquire)};
    if (!guard.isMine)
      return makeError(TENON_INVALID_STATE, "the context is in use by another thread");
    DeviceScope scope(context->getDevice());
    TENON_TRY(scope.takeStatus());
    return body(*context);
  });
}

tenon_status *tenon_context_create(tenon_engine *engine, const tenon_context_options *given, tenon_context **context) {
  return guarded([&]() -> Status {
    TENON_REQUIRE(engine);
    TENON_REQUIRE(context);
    *context = nullptr;
    tenon_context_options options;
    TENON_TRY(readStruct(given, options, "tenon_context_options"));
    tenon_allocator allocator = {};
    if (options.allocator) {
      TENON_TRY(readStruct(options.allocator, allocator, "tenon_allocator"));
      if (!allocator.allocate || !allocator.release)
        return makeError(TENON_INVALID_ARGUMENT, "tenon_allocator: allocate and release are both needed");
    }
    DeviceScope scope(*engine->device);
    TENON_TRY(scope.takeStatus());
    std::unique_ptr<Stream> stream;
    TENON_TRY(engine->device->createStream(stream));
    *context = new tenon_context(*engine, std::move(stream), options.allocator ? &allocator : nullptr, options.cached_shapes);
    return Status();
  });
}

void tenon_context_release(tenon_context *context) {
  if (!context)
    return;
  DeviceScope scope(context->getDevice());
  delete context;
}

tenon_status *tenon_context_bind_input(tenon_context *context, size_t index, const tenon_tensor *given) {
  return withContext(context, [&](tenon_context &self) -> Status {
    tenon_tensor tensor;
    TENON_REQUIRE(given);
    TENON_TRY(readStruct(given, tensor, "tenon_tensor"));
    return self.bindInput(index, tensor);
  });
}

tenon_status *tenon_context_copy_input(tenon_context *context, size_t index, const tenon_tensor *given) {
  return withContext(context, [&](tenon_context &self) -> Status {
    tenon_tensor tensor;
    TENON_REQUIRE(given);
    TENON_TRY(readStruct(given, tensor, "tenon_tensor"));
    return self.copyInput(index, tensor);
  });
}

tenon_status *tenon_context_bind_output(tenon_context *context, size_t index, void *data, size_t bytes) {
  return tenon_context_bind_output_memory(context, index, TENON_HOST, data, bytes);
}

tenon_status *tenon_context_bind_output_memory(tenon_context *context, size_t index, tenon_memory memory, void *data, size_t bytes) {
  return withContext(context, [&](tenon_context &self) { return self.bindOutput(index, memory, data, bytes); });
}

tenon_status *tenon_context_prepare(tenon_context *context, const tenon_shape *shapes, size_t count) {
  return withContext(context, [&](tenon_context &self) -> Status {
    for (size_t i = 0; shapes && i < count; ++i)
      if (shapes[i].size != sizeof(tenon_shape))
        return makeError(TENON_INVALID_ARGUMENT, "tenon_shape: expected size %zu, got %zu", sizeof(tenon_shape), shapes[i].size);
    return self.prepare(shapes, count);
  });
}

tenon_status *tenon_context_run(tenon_context *context, const tenon_run_options *given) {
  return withContext(context, [&](tenon_context &self) -> Status {
    tenon_run_options options;
    TENON_TRY(readStruct(given, options, "tenon_run_options"));
    return self.run(options);
  });
}

tenon_status *tenon_context_wait(tenon_context *context) {
  return withContext(context, [](tenon_context &self) { return self.wait(); });
}

tenon_status *tenon_context_output(tenon_context *context, size_t index, tenon_tensor *tensor) {
  return withContext(context, [&](tenon_context &self) -> Status {
    tenon_tensor wanted, result = {};
    TENON_REQUIRE(tensor);
    TENON_TRY(readStruct(tensor, wanted, "tenon_tensor"));
    TENON_TRY(self.getOutput(index, wanted.memory, result));
    return writeStruct(result, tensor, "tenon_tensor");
  });
}

tenon_status *tenon_context_set_profiler(tenon_context *context, tenon_profile_hook hook, void *user) {
  return withContext(context, [&](tenon_context &self) {
    self.setProfiler(hook, user);
    return Status();
  });
}

tenon_status *tenon_context_get_stats(tenon_context *context, tenon_context_stats *stats) {
  return withContext(context, [&](tenon_context &self) -> Status {
    tenon_context_stats result = {};
    self.getStats(result);
    return writeStruct(result, stats, "tenon_context_stats");
  });
}
