// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a caller can do wrong: each mistake gives a status, and the engine (and the context) works afterwards.
#include "test/runtime/Session.h"

#include <fstream>
#include <sstream>

using namespace tenon::test;

namespace {

class Error : public testing::Test {
protected:
  /// Whatever went wrong before: a right call works.
  void TearDown() override {
    expectOk(session.copyInput(0, sequence(10)));
    expectOk(session.copyInput(1, sequence(10)));
    expectOk(session.run());
    EXPECT_EQ(session.output(0).values, sequence(10, 0, 2).values);
  }

  EngineBuilder builder = makeAddEngine();
  Session session{builder};
};

TEST_F(Error, WrongType) {
  Tensor tensor = sequence(10);
  tensor.type = TENON_F32;
  expectError(session.copyInput(0, tensor), "TENON_WRONG_TYPE", "input 'a': expected i32, got f32");
}

TEST_F(Error, WrongRank) {
  Tensor tensor = sequence(10);
  tensor.dims = {5, 2};
  expectError(session.copyInput(0, tensor), "TENON_WRONG_SHAPE", "input 'a': expected rank 1, got 2");
}

TEST_F(Error, NegativeDimension) {
  Tensor tensor = sequence(10);
  tensor.dims = {-10};
  expectError(session.copyInput(0, tensor), "TENON_WRONG_SHAPE", "input 'a': expected dimension 0 to be at least 0, got -10");
}

TEST_F(Error, TooFewBytes) {
  Tensor tensor = sequence(10);
  tensor.dims = {11};
  expectError(session.copyInput(0, tensor), "TENON_WRONG_SHAPE", "input 'a': expected 44 bytes, got 40");
}

TEST_F(Error, SizeBeyond64Bits) {
  Tensor tensor = sequence(10);
  tensor.dims = {INT64_MAX / 2};
  expectError(session.copyInput(0, tensor), "TENON_WRONG_SHAPE", "leaves 64 bits");
}

TEST_F(Error, DimensionOutsideItsRange) {
  expectOk(session.copyInput(0, sequence(1001)));
  expectOk(session.copyInput(1, sequence(1001)));
  expectError(session.run(), "TENON_WRONG_SHAPE", "expected dimension 'n' from 1 to 1000, got 1001");
}

TEST_F(Error, InputsThatDisagree) {
  expectOk(session.copyInput(0, sequence(10)));
  expectOk(session.copyInput(1, sequence(11)));
  expectError(session.run(), "TENON_WRONG_SHAPE", "input 'b': expected dimension 0 to be 10, got 11 (it is 'n' in the model)");
}

TEST_F(Error, MissingInput) {
  expectOk(session.copyInput(0, sequence(10)));
  expectError(session.run(), "TENON_INVALID_STATE", "input 'b' is not bound");
  expectError(tenon_context_prepare(session.context, nullptr, 0), "TENON_INVALID_STATE", "input 'b' is not bound");
}

TEST_F(Error, IndexOutOfRange) {
  expectError(session.copyInput(2, sequence(10)), "TENON_INVALID_ARGUMENT", "there is no input 2: the engine has 2");
  expectError(tenon_context_bind_output(session.context, 1, nullptr, 0), "TENON_INVALID_ARGUMENT", "there is no output 1");
  tenon_tensor tensor = {};
  tensor.size = sizeof(tensor);
  expectError(tenon_context_output(session.context, 1, &tensor), "TENON_INVALID_ARGUMENT", "there is no output 1");
  tenon_tensor_info info = {};
  info.size = sizeof(info);
  expectError(tenon_engine_input(session.engine, 9, &info), "TENON_INVALID_ARGUMENT", "there is no input 9");
  tenon_symbol_info symbol = {};
  symbol.size = sizeof(symbol);
  expectError(tenon_engine_symbol(session.engine, 1, &symbol), "TENON_INVALID_ARGUMENT", "there is no symbol 1: the engine has 1");
  const char *key, *value;
  expectError(tenon_engine_metadata(session.engine, 0, &key, &value), "TENON_INVALID_ARGUMENT", "there is no property 0: the engine has 0");
}

TEST_F(Error, NullArguments) {
  expectError(tenon_context_run(nullptr, nullptr), "TENON_INVALID_ARGUMENT", "argument 'context' is NULL");
  expectError(tenon_context_bind_input(session.context, 0, nullptr), "TENON_INVALID_ARGUMENT", "NULL");
  tenon_engine *engine;
  expectError(tenon_engine_open_file(nullptr, nullptr, &engine), "TENON_INVALID_ARGUMENT", "argument 'path' is NULL");

  Tensor tensor = sequence(10);
  tenon_tensor description = tensor.describe();
  description.data = nullptr;
  expectError(tenon_context_bind_input(session.context, 0, &description), "TENON_INVALID_ARGUMENT", "data is NULL");
  description = tensor.describe();
  description.dims = nullptr;
  expectError(tenon_context_bind_input(session.context, 0, &description), "TENON_INVALID_ARGUMENT", "dims is NULL");
  tenon_engine_release(nullptr);
  tenon_context_release(nullptr);
  tenon_device_release(nullptr);
  tenon_status_release(nullptr);
}

TEST_F(Error, Strides) {
  Tensor tensor = sequence(10);
  int64_t strides[] = {1};
  tenon_tensor description = tensor.describe();
  description.strides = strides;
  expectError(tenon_context_bind_input(session.context, 0, &description), "TENON_INVALID_ARGUMENT",
              "input 'a': strides are not supported yet");
  expectError(tenon_context_copy_input(session.context, 0, &description), "TENON_INVALID_ARGUMENT",
              "input 'a': strides are not supported yet");
}

TEST_F(Error, StreamOnTheCpu) {
  expectOk(session.copyInput(0, sequence(10)));
  expectOk(session.copyInput(1, sequence(10)));
  tenon_run_options options = {};
  options.size = sizeof(options);
  options.stream = &options;
  expectError(tenon_context_run(session.context, &options), "TENON_INVALID_ARGUMENT", "streams are not supported on the CPU");
}

TEST_F(Error, SizesOfNoVersion) {
  tenon_shape shapes[2] = {};
  expectError(tenon_context_prepare(session.context, shapes, 2), "TENON_INVALID_ARGUMENT", "tenon_shape: expected size 24, got 0");
  tenon_context_stats stats = {};
  expectError(tenon_context_get_stats(session.context, &stats), "TENON_INVALID_ARGUMENT",
              "tenon_context_stats: expected size 104 or that of another version, got 0");
  tenon_run_options options = {};
  options.size = 5000;
  expectError(tenon_context_run(session.context, &options), "TENON_INVALID_ARGUMENT", "or that of another version, got 5000");
}

TEST_F(Error, AllocatorWithHalf) {
  tenon_allocator allocator = {};
  allocator.size = sizeof(allocator);
  tenon_context_options options = {};
  options.size = sizeof(options);
  options.allocator = &allocator;
  tenon_context *context;
  expectError(tenon_context_create(session.engine, &options, &context), "TENON_INVALID_ARGUMENT", "allocate and release are both needed");
}

TEST_F(Error, OutputTooSmall) {
  int32_t c[10];
  expectOk(session.copyInput(0, sequence(10)));
  expectOk(session.copyInput(1, sequence(10)));
  expectOk(tenon_context_bind_output(session.context, 0, c, 39));
  expectError(session.run(), "TENON_WRONG_SHAPE", "output 'c': expected 40 bytes, got 39");
  expectOk(tenon_context_bind_output(session.context, 0, nullptr, 0));
}

TEST_F(Error, WrongCountOfShapes) {
  int64_t dims[] = {3};
  tenon_shape shape = {sizeof(shape), 1, dims};
  expectError(tenon_context_prepare(session.context, &shape, 1), "TENON_INVALID_ARGUMENT", "expected 2 shapes, got 1");
}

TEST_F(Error, OtherDevices) {
  tenon_device_options options = {};
  options.size = sizeof(options);
  options.kind = tenon_device_kind(7);
  tenon_device *device;
  expectError(tenon_device_create(&options, &device), "TENON_UNSUPPORTED", "there is no device of kind 7");
  options.kind = TENON_CPU;
  options.ordinal = 1;
  expectError(tenon_device_create(&options, &device), "TENON_UNSUPPORTED", "no CPU device 1");
}

TEST_F(Error, MissingCpuFeatures) {
  EngineBuilder other = makeAddEngine();
  other.target().arch = "x86-64-v9";
  other.target().features = {"sse2", "+avx9000", "warp-drive"};
  std::vector<uint8_t> file = other.finish();
  tenon_engine *engine;
  expectError(tenon_engine_open_memory(file.data(), file.size(), nullptr, &engine), "TENON_UNSUPPORTED",
              "x86-64-v9 needs avx9000 warp-drive");
}

TEST_F(Error, FailedGuard) {
  EngineBuilder other = makeAddEngine();
  auto isSmall = int32_t(other.addRegister());
  other.scalar(0, fb::ScalarOp::lt, isSmall, reg(0), imm(20));
  other.guard(0, reg(isSmall), "dimension 0 of 'a' must be below 20");
  other.guard(1, reg(isSmall), "unreached");
  Session guarded(other);
  expectOk(guarded.copyInput(0, sequence(20)));
  expectOk(guarded.copyInput(1, sequence(20)));
  expectError(guarded.run(), "TENON_GUARD_FAILED", "dimension 0 of 'a' must be below 20");
  expectOk(guarded.copyInput(0, sequence(19)));
  expectOk(guarded.copyInput(1, sequence(19)));
  expectOk(guarded.run());
}

/// Refuses what exceeds its budget.
struct Budget {
  size_t left;
  static void *allocate(void *user, size_t bytes, size_t alignment) {
    auto *budget = static_cast<Budget *>(user);
    if (bytes > budget->left)
      return nullptr;
    budget->left -= bytes;
    return std::aligned_alloc(alignment, tenon::engine::alignUp(bytes, alignment));
  }
  static void release(void *user, void *memory, size_t bytes) {
    static_cast<Budget *>(user)->left += bytes;
    std::free(memory);
  }
};

TEST_F(Error, AllocatorWithoutMemory) {
  Budget budget = {100};
  tenon_allocator allocator = {sizeof(allocator), &budget, Budget::allocate, Budget::release};
  tenon_context_options options = {sizeof(options), &allocator, 0};
  tenon_context *context;
  expectOk(tenon_context_create(session.engine, &options, &context));
  Tensor large = sequence(30), small = sequence(8);
  tenon_tensor description = large.describe();
  expectError(tenon_context_copy_input(context, 0, &description), "TENON_OUT_OF_MEMORY", "120 bytes for input 'a'");
  description = small.describe();
  expectOk(tenon_context_copy_input(context, 0, &description));
  expectOk(tenon_context_copy_input(context, 1, &description));
  expectOk(tenon_context_run(context, nullptr));
  tenon_context_release(context);
  EXPECT_EQ(budget.left, 100u) << "everything was given back";
}

TEST(ErrorCodes, AreAllDocumented) {
  std::ifstream file(TENON_SOURCE_DIR "/docs/errors.md");
  std::stringstream text;
  text << file.rdbuf();
  for (int code = TENON_INVALID_ARGUMENT; code <= TENON_DEVICE_LOST; ++code) {
    std::string row = "| `" + std::string(tenon_code_name(tenon_code(code))) + "` " + std::to_string(code) + " |";
    EXPECT_NE(text.str().find(row), std::string::npos) << row;
  }
  EXPECT_STREQ(tenon_code_name(tenon_code(TENON_DEVICE_LOST + 1)), "TENON_UNKNOWN") << "a new code needs a row";
}

} // namespace
