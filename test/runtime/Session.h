// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Thin owners of C ABI handles for tests, and assertions on statuses.
#ifndef TENON_TEST_RUNTIME_SESSION_H
#define TENON_TEST_RUNTIME_SESSION_H

#include "tenon/tenon.h"
#include "test/runtime/EngineBuilder.h"

#include <gtest/gtest.h>
#include <string>

namespace tenon::test {

/// "" for success, else "TENON_CODE: message"; releases the status.
inline std::string take(tenon_status *status) {
  if (!status)
    return "";
  std::string text = std::string(tenon_code_name(tenon_status_code(status))) + ": " + tenon_status_message(status);
  tenon_status_release(status);
  return text;
}

inline void expectOk(tenon_status *status) { EXPECT_EQ(take(status), ""); }

/// The status is an error that begins with `code` and contains `part`.
inline void expectError(tenon_status *status, const std::string &code, const std::string &part) {
  std::string text = take(status);
  EXPECT_EQ(text.substr(0, text.find(':')), code) << text;
  EXPECT_NE(text.find(part), std::string::npos) << text << "\nexpected to contain: " << part;
}

struct Tensor {
  std::vector<int32_t> values; // 4-byte elements
  std::vector<int64_t> dims;
  tenon_type type = TENON_I32;

  tenon_tensor describe() {
    return {sizeof(tenon_tensor), values.data(), values.size() * 4, type, uint32_t(dims.size()), dims.data(), nullptr, TENON_HOST};
  }
};

/// An opened engine with one context. `device` may be shared.
class Session {
public:
  explicit Session(EngineBuilder &builder, tenon_device *device = nullptr) : Session(builder.finish(), device) {}
  explicit Session(const std::vector<uint8_t> &file, tenon_device *device = nullptr) {
    tenon_open_options options = {sizeof(options), device, 0};
    expectOk(tenon_engine_open_memory(file.data(), file.size(), &options, &engine));
    if (engine)
      expectOk(tenon_context_create(engine, nullptr, &context));
  }
  Session(const Session &) = delete;
  Session &operator=(const Session &) = delete;
  ~Session() {
    tenon_context_release(context);
    tenon_engine_release(engine);
  }

  tenon_status *copyInput(size_t index, Tensor tensor) {
    tenon_tensor description = tensor.describe();
    return tenon_context_copy_input(context, index, &description);
  }
  tenon_status *run() { return tenon_context_run(context, nullptr); }

  /// The output after a run, as 4-byte integers.
  Tensor output(size_t index) {
    tenon_tensor description = {};
    description.size = sizeof(description);
    Tensor tensor;
    std::string error = take(tenon_context_output(context, index, &description));
    EXPECT_EQ(error, "");
    if (!error.empty() || !description.data)
      return tensor;
    tensor.type = description.type;
    tensor.dims.assign(description.dims, description.dims + description.rank);
    tensor.values.assign(static_cast<int32_t *>(description.data), static_cast<int32_t *>(description.data) + description.bytes / 4);
    return tensor;
  }

  tenon_engine *engine = nullptr;
  tenon_context *context = nullptr;
};

/// first, first + step, ...
inline Tensor sequence(int64_t count, int32_t first = 0, int32_t step = 1) {
  Tensor tensor;
  tensor.dims = {count};
  for (int64_t i = 0; i < count; ++i)
    tensor.values.push_back(first + int32_t(i) * step);
  return tensor;
}

} // namespace tenon::test

#endif // TENON_TEST_RUNTIME_SESSION_H
