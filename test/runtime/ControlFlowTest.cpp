// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// If, While, pools, slots, host reads, and outputs whose shape depends on data.
#include "test/runtime/Session.h"

#include <thread>

using namespace tenon::test;

namespace {

/// y = the non-zeros of x: count, read the count, allocate, compact.
EngineBuilder makeNonZeroEngine(int64_t n) {
  EngineBuilder builder;
  builder.addInput("x", fb::ElementType::i32, {imm(n)}, imm(n * 4));
  auto count = int32_t(builder.addRegister()), bytes = int32_t(builder.addRegister());
  uint32_t counter = builder.addArena(imm(8), 0, 1), pool = builder.addBuffer(fb::Storage::pool, 0, reg(bytes));
  builder.addDynamicOutput("y", fb::ElementType::i32, {reg(count)}, pool);
  uint32_t countNonZeros = builder.addKernel("count", countKernel, 1, {false, true});
  uint32_t compact = builder.addKernel("compact", compactKernel, 1, {false, true});
  builder.launch(1, countNonZeros, imm(1), {0, counter}, {imm(n)});
  builder.readScalar(1, count, counter, fb::ElementType::i64, imm(0));
  builder.scalar(1, fb::ScalarOp::mul, bytes, reg(count), imm(4));
  builder.alloc(1, pool);
  builder.launch(1, compact, imm(1), {0, pool}, {imm(n)});
  return builder;
}

/// y = x + steps, by a loop that adds one in memory of its own at each step and hands it on through a slot. `steps` is an input.
EngineBuilder makeLoopEngine() {
  EngineBuilder builder;
  builder.addInput("steps", fb::ElementType::i64, {}, imm(8));
  builder.addInput("x", fb::ElementType::i64, {}, imm(8));
  uint32_t slot = builder.addBuffer(fb::Storage::slot, 0, imm(0)), pool = builder.addBuffer(fb::Storage::pool, 0, imm(8));
  builder.addOutput("y", fb::ElementType::i64, {}, imm(8));
  auto steps = int32_t(builder.addRegister()), i = int32_t(builder.addRegister()), goOn = int32_t(builder.addRegister());
  uint32_t before = builder.addBlock(), body = builder.addBlock();
  uint32_t increment = builder.addKernel("increment", incrementKernel, 0, {false, true});
  builder.readScalar(1, steps, 0, fb::ElementType::i64, imm(0));
  builder.scalar(1, fb::ScalarOp::move, i, imm(0));
  builder.assign(1, slot, 1);
  builder.loop(1, before, reg(goOn), body);
  builder.scalar(before, fb::ScalarOp::lt, goOn, reg(i), reg(steps));
  builder.alloc(body, pool);
  builder.launch(body, increment, imm(1), {slot, pool}, {});
  builder.assign(body, slot, pool);
  builder.scalar(body, fb::ScalarOp::add, i, reg(i), imm(1));
  builder.copy(1, builder.outputBuffer(0), slot, imm(8));
  return builder;
}

Tensor scalarTensor(int64_t value) {
  Tensor tensor;
  tensor.type = TENON_I64;
  tensor.values = {int32_t(value), int32_t(value >> 32)};
  return tensor;
}

TEST(ControlFlow, SizesOutputsByData) {
  EngineBuilder builder = makeNonZeroEngine(8);
  Session session(builder);
  Tensor x = {{0, 4, 0, 0, 9, 1, 0, 7}, {8}};
  expectOk(session.copyInput(0, x));
  tenon_tensor unknown = {};
  unknown.size = sizeof(unknown);
  expectError(tenon_context_output(session.context, 0, &unknown), "TENON_INVALID_STATE", "not known before a run");
  expectOk(session.run());
  Tensor y = session.output(0);
  EXPECT_EQ(y.dims, std::vector<int64_t>{4});
  EXPECT_EQ(y.values, (std::vector<int32_t>{4, 9, 1, 7}));
  expectOk(session.copyInput(0, Tensor{std::vector<int32_t>(8, 0), {8}}));
  expectOk(session.run());
  EXPECT_EQ(session.output(0).dims, std::vector<int64_t>{0});
  tenon_tensor_info info = {};
  info.size = sizeof(info);
  expectOk(tenon_engine_output(session.engine, 0, &info));
  EXPECT_EQ(info.data_dependent, 1);
}

TEST(ControlFlow, CopiesDataDependentOutputsToTheCaller) {
  EngineBuilder builder = makeNonZeroEngine(8);
  Session session(builder);
  expectOk(session.copyInput(0, Tensor{{0, 4, 0, 0, 9, 1, 0, 7}, {8}}));
  int32_t y[4] = {};
  expectOk(tenon_context_bind_output(session.context, 0, y, sizeof(y)));
  expectOk(session.run());
  EXPECT_EQ(y[3], 7);
  expectOk(tenon_context_bind_output(session.context, 0, y, 12));
  expectError(session.run(), "TENON_WRONG_SHAPE", "expected 16 bytes, got 12");
  expectOk(tenon_context_bind_output(session.context, 0, nullptr, 0));
  expectOk(session.run());
}

TEST(ControlFlow, LoopsAndHandsMemoryOnThroughASlot) {
  EngineBuilder builder = makeLoopEngine();
  Session session(builder);
  for (int64_t steps : {0, 1, 2, 1000}) {
    expectOk(session.copyInput(0, scalarTensor(steps)));
    expectOk(session.copyInput(1, scalarTensor(5)));
    expectOk(session.run());
    EXPECT_EQ(session.output(0).values[0], 5 + steps);
  }
  tenon_context_stats stats = {};
  stats.size = sizeof(stats);
  expectOk(tenon_context_get_stats(session.context, &stats));
  EXPECT_LE(stats.pool_bytes, 128u) << "two chunks are enough for any number of steps";
}

TEST(ControlFlow, TakesOneBranch) {
  // y = x > 0 ? x + x : x
  EngineBuilder builder;
  builder.addInput("x", fb::ElementType::i32, {}, imm(4));
  builder.addOutput("y", fb::ElementType::i32, {}, imm(4));
  auto x = int32_t(builder.addRegister()), isPositive = int32_t(builder.addRegister());
  uint32_t thenBlock = builder.addBlock(), elseBlock = builder.addBlock();
  uint32_t add = builder.addKernel("add", addKernel, 2, {false, false, true});
  builder.readScalar(1, x, 0, fb::ElementType::i32, imm(0));
  builder.scalar(1, fb::ScalarOp::lt, isPositive, imm(0), reg(x));
  builder.ifElse(1, reg(isPositive), thenBlock, elseBlock);
  builder.launch(thenBlock, add, imm(1), {0, 0, 1}, {imm(1), imm(1)});
  builder.copy(elseBlock, 1, 0, imm(4));
  Session session(builder);
  for (int32_t value : {-3, 0, 6}) {
    expectOk(session.copyInput(0, Tensor{{value}, {}}));
    expectOk(session.run());
    EXPECT_EQ(session.output(0).values[0], value > 0 ? 2 * value : value);
  }
}

TEST(ControlFlow, CountsTheLaunchesThatARunMakes) {
  auto numLaunches = [](EngineBuilder &&builder) {
    Session session(builder);
    tenon_engine_info info = {};
    info.size = sizeof(info);
    expectOk(tenon_engine_describe(session.engine, &info));
    return info.num_launches;
  };
  EXPECT_EQ(numLaunches(makeNonZeroEngine(8)), 2u);
  EXPECT_EQ(numLaunches(makeLoopEngine()), 0u) << "the loop decides";

  // One launch, then two or three.
  EngineBuilder builder;
  builder.addInput("x", fb::ElementType::i32, {}, imm(4));
  builder.addOutput("y", fb::ElementType::i32, {}, imm(4));
  uint32_t add = builder.addKernel("add", addKernel, 2, {false, false, true});
  auto launch = [&](uint32_t block) { builder.launch(block, add, imm(1), {0, 0, 1}, {imm(1), imm(1)}); };
  auto x = int32_t(builder.addRegister());
  uint32_t thenBlock = builder.addBlock(), elseBlock = builder.addBlock();
  builder.readScalar(1, x, 0, fb::ElementType::i32, imm(0));
  launch(1);
  builder.ifElse(1, reg(x), thenBlock, elseBlock);
  for (uint32_t block : {thenBlock, thenBlock, elseBlock, elseBlock, elseBlock})
    launch(block);
  EXPECT_EQ(numLaunches(std::move(builder)), 4u);
}

TEST(ControlFlow, FailsForArithmeticThatIsReachedOnly) {
  // y = x > 0 ? (its first 4 * (12 / (n - 3)) bytes through the arena, then a launch) : x. The prologue divides by zero where n is 3.
  EngineBuilder builder;
  auto n = int32_t(builder.addRegister()), less = int32_t(builder.addRegister()), quotient = int32_t(builder.addRegister());
  auto bytes = int32_t(builder.addRegister()), x = int32_t(builder.addRegister()), isPositive = int32_t(builder.addRegister());
  builder.addInput("x", fb::ElementType::i32, {}, imm(4));
  builder.addInput("sized", fb::ElementType::u8, {reg(n)}, reg(n));
  builder.addOutput("y", fb::ElementType::i32, {}, imm(4));
  builder.inputDim(0, n, 1, 0);
  builder.scalar(0, fb::ScalarOp::sub, less, reg(n), imm(3));
  builder.scalar(0, fb::ScalarOp::trunc_div, quotient, imm(12), reg(less));
  builder.scalar(0, fb::ScalarOp::mul, bytes, reg(quotient), imm(4));
  uint32_t thenBlock = builder.addBlock(), elseBlock = builder.addBlock(), arena = builder.addArena(reg(bytes), 2, 4);
  uint32_t add = builder.addKernel("add", addKernel, 2, {false, false, true});
  builder.readScalar(1, x, 0, fb::ElementType::i32, imm(0));
  builder.scalar(1, fb::ScalarOp::lt, isPositive, imm(0), reg(x));
  builder.ifElse(1, reg(isPositive), thenBlock, elseBlock);
  builder.copy(thenBlock, arena, 0, imm(4));
  builder.launch(thenBlock, add, imm(1), {arena, 0, 2}, {imm(1), imm(1)});
  builder.copy(elseBlock, 2, 0, imm(4));
  Session session(builder);
  auto runWith = [&](int32_t value, int64_t size) {
    Tensor sized{std::vector<int32_t>(4), {size}};
    sized.type = TENON_U8;
    expectOk(session.copyInput(0, Tensor{{value}, {}}));
    expectOk(session.copyInput(1, sized));
    return session.run();
  };
  expectOk(runWith(-2, 3));
  EXPECT_EQ(session.output(0).values[0], -2);
  expectError(runWith(5, 3), "TENON_OVERFLOW", "shape arithmetic divides by zero: trunc_div of 12 and 0");
  expectOk(runWith(-7, 3));
  expectOk(runWith(5, 5));
  EXPECT_EQ(session.output(0).values[0], 10);
}

TEST(ControlFlow, ComputesScalarsAsDocumented) {
  struct Row {
    fb::ScalarOp op;
    int64_t a, b, result;
  };
  const Row rows[] = {{fb::ScalarOp::add, 3, -5, -2},       {fb::ScalarOp::sub, 3, -5, 8},         {fb::ScalarOp::mul, -3, 5, -15},
                      {fb::ScalarOp::floor_div, -7, 2, -4}, {fb::ScalarOp::ceil_div, -7, 2, -3},   {fb::ScalarOp::ceil_div, 7, 2, 4},
                      {fb::ScalarOp::trunc_div, -7, 2, -3}, {fb::ScalarOp::mod, -7, 2, 1},         {fb::ScalarOp::mod, 7, -2, -1},
                      {fb::ScalarOp::rem, -7, 2, -1},       {fb::ScalarOp::rem, INT64_MIN, -1, 0}, {fb::ScalarOp::min, -7, 2, -7},
                      {fb::ScalarOp::max, -7, 2, 2},        {fb::ScalarOp::eq, 2, 2, 1},           {fb::ScalarOp::ne, 2, 2, 0},
                      {fb::ScalarOp::lt, -7, 2, 1},         {fb::ScalarOp::le, 2, 2, 1},           {fb::ScalarOp::and_, 6, 3, 2},
                      {fb::ScalarOp::or_, 6, 3, 7},         {fb::ScalarOp::xor_, 6, 3, 5},         {fb::ScalarOp::select, 1, 8, 8},
                      {fb::ScalarOp::select, 0, 8, 99},     {fb::ScalarOp::move, 4, 0, 4}};
  EngineBuilder builder;
  std::vector<fb::Operand> values;
  for (const Row &row : rows) {
    uint32_t dst = builder.addRegister();
    builder.scalar(1, row.op, dst, imm(row.a), imm(row.b), imm(99));
    values.push_back(reg(int32_t(dst)));
  }
  auto count = int64_t(values.size());
  builder.addOutput("y", fb::ElementType::i32, {imm(count)}, imm(count * 4));
  builder.writeScalars(1, 0, fb::ElementType::i32, values);
  Session session(builder);
  expectOk(session.run());
  Tensor y = session.output(0);
  ASSERT_EQ(y.values.size(), values.size());
  for (size_t i = 0; i < values.size(); ++i)
    EXPECT_EQ(y.values[i], rows[i].result) << "row " << i;
}

TEST(ControlFlow, RefusesArithmeticThatLeaves64Bits) {
  struct Row {
    fb::ScalarOp op;
    int64_t a, b;
    const char *message;
  };
  const Row rows[] = {
      {fb::ScalarOp::add, INT64_MAX, 1, "leaves 64 bits: add"},      {fb::ScalarOp::sub, INT64_MIN, 1, "leaves 64 bits: sub"},
      {fb::ScalarOp::mul, INT64_MAX, 2, "leaves 64 bits: mul"},      {fb::ScalarOp::trunc_div, INT64_MIN, -1, "leaves 64 bits: trunc_div"},
      {fb::ScalarOp::floor_div, 1, 0, "divides by zero: floor_div"}, {fb::ScalarOp::mod, 1, 0, "divides by zero: mod"}};
  for (uint32_t block : {0, 1}) // when shapes are bound, and at the run
    for (const Row &row : rows) {
      EngineBuilder builder;
      auto result = int32_t(builder.addRegister());
      builder.scalar(block, row.op, uint32_t(result), imm(row.a), imm(row.b));
      builder.guard(block, reg(result), "expected a number");
      Session session(builder);
      expectError(session.run(), "TENON_OVERFLOW", row.message);
    }
}

TEST(ControlFlow, StopsWhenCancelled) {
  EngineBuilder builder;
  uint32_t before = builder.addBlock(), body = builder.addBlock();
  builder.loop(1, before, imm(1), body); // forever
  Session session(builder);
  int32_t cancel = 0;
  tenon_run_options options = {sizeof(options), nullptr, &cancel, 0};
  std::thread other([&] { __atomic_store_n(&cancel, 1, __ATOMIC_RELAXED); });
  expectError(tenon_context_run(session.context, &options), "TENON_CANCELLED", "cancelled");
  other.join();
}

TEST(ControlFlow, ViewsPartsOfBuffers) {
  // y = x[n/2:] by a view whose place follows from the shape; z the same by a view of a slot, placed while it runs.
  EngineBuilder builder;
  auto n = int32_t(builder.addRegister()), bytes = int32_t(builder.addRegister()), half = int32_t(builder.addRegister());
  auto late = int32_t(builder.addRegister());
  builder.addInput("x", fb::ElementType::i32, {reg(n)}, reg(bytes));
  builder.addOutput("y", fb::ElementType::i32, {reg(n)}, reg(bytes));
  uint32_t view = builder.addBuffer(fb::Storage::view, 0, reg(half), reg(half));
  uint32_t slot = builder.addBuffer(fb::Storage::slot, 0, imm(0));
  uint32_t lateView = builder.addBuffer(fb::Storage::view, slot, reg(late), reg(late));
  builder.inputDim(0, n, 0, 0);
  builder.scalar(0, fb::ScalarOp::mul, bytes, reg(n), imm(4));
  builder.scalar(0, fb::ScalarOp::floor_div, half, reg(bytes), imm(2));
  builder.copy(1, 1, view, reg(half));
  builder.scalar(1, fb::ScalarOp::move, late, reg(half));
  builder.assign(1, slot, 1);
  builder.copy(1, lateView, view, reg(half));
  Session session(builder);
  expectOk(session.copyInput(0, sequence(6)));
  expectOk(session.run());
  EXPECT_EQ(session.output(0).values, (std::vector<int32_t>{3, 4, 5, 3, 4, 5}));
}

TEST(ControlFlow, RefusesWhatBuffersDoNotAllowDuringTheRun) {
  auto runWith = [](auto build) {
    EngineBuilder builder;
    builder.addInput("x", fb::ElementType::i64, {imm(8)}, imm(64));
    builder.addOutput("y", fb::ElementType::i64, {imm(8)}, imm(64));
    auto value = int32_t(builder.addRegister());
    builder.readScalar(1, value, 0, fb::ElementType::i64, imm(0)); // 100
    build(builder, value);
    Session session(builder);
    Tensor x;
    x.type = TENON_I64;
    x.dims = {8};
    x.values.assign(16, 0);
    x.values[0] = 100;
    expectOk(session.copyInput(0, x));
    return take(session.run());
  };
  auto slotOf = [](EngineBuilder &builder) { return builder.addBuffer(fb::Storage::slot, 0, imm(0)); };
  EXPECT_EQ(runWith([](EngineBuilder &b, int32_t v) { b.copy(1, 1, 0, reg(v)); }),
            "TENON_PROGRAM_ERROR: copy of 100 bytes from buffer 0 of 64 to buffer 1 of 64");
  EXPECT_EQ(runWith([](EngineBuilder &b, int32_t v) { b.readScalar(1, b.addRegister(), 0, fb::ElementType::i64, reg(v)); }),
            "TENON_PROGRAM_ERROR: element 100 is outside buffer 0 of 64 bytes");
  EXPECT_EQ(runWith([](EngineBuilder &b, int32_t v) { b.writeScalars(1, 1, fb::ElementType::i64, std::vector<fb::Operand>(9, reg(v))); }),
            "TENON_PROGRAM_ERROR: 9 elements of i64 do not fit buffer 1 of 64 bytes");
  EXPECT_EQ(runWith([&](EngineBuilder &b, int32_t) { b.copy(1, 1, slotOf(b), imm(1)); }),
            "TENON_PROGRAM_ERROR: buffer 2 is used before it has memory");
  EXPECT_EQ(runWith([&](EngineBuilder &b, int32_t) { b.copy(1, 1, b.addBuffer(fb::Storage::pool, 0, imm(8)), imm(1)); }),
            "TENON_PROGRAM_ERROR: buffer 2 is used before it has memory");
  EXPECT_EQ(runWith([&](EngineBuilder &b, int32_t v) { b.copy(1, 1, b.addBuffer(fb::Storage::view, 0, imm(8), reg(v)), imm(8)); }),
            "TENON_PROGRAM_ERROR: buffer 2: 8 bytes at 100 are outside buffer 0 of 64 bytes");
  EXPECT_EQ(runWith([&](EngineBuilder &b, int32_t) {
              uint32_t slot = slotOf(b);
              b.assign(1, slot, 0);
              b.copy(1, slot, 1, imm(8));
            }),
            "TENON_PROGRAM_ERROR: buffer 2 is written but refers to a constant or an input");
  EXPECT_EQ(runWith([&](EngineBuilder &b, int32_t v) {
              uint32_t kernel = b.addKernel("add", addKernel, 2, {false, false, true});
              auto minus = int32_t(b.addRegister());
              b.scalar(1, fb::ScalarOp::sub, minus, imm(0), reg(v));
              b.launch(1, kernel, reg(minus), {0, 0, 1}, {imm(0), imm(0)});
            }),
            "TENON_PROGRAM_ERROR: kernel 'add': grid dimension 0 is -100");
  EXPECT_EQ(runWith([&](EngineBuilder &b, int32_t v) {
              auto bytes = int32_t(b.addRegister());
              uint32_t pool = b.addBuffer(fb::Storage::pool, 0, reg(bytes));
              b.scalar(1, fb::ScalarOp::sub, bytes, imm(0), reg(v));
              b.alloc(1, pool);
            }),
            "TENON_PROGRAM_ERROR: buffer 2: size of -100 bytes");
  EXPECT_EQ(runWith([&](EngineBuilder &b, int32_t) { b.writeScalars(1, 1, fb::ElementType::u8, {imm(256)}); }),
            "TENON_OVERFLOW: 256 does not fit type u8");
}

} // namespace
