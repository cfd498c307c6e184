// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tensor maps of launches: encoded for the shapes and addresses of a run, refused where they leave their buffer.
#include "test/runtime/cuda/CudaSession.h"

using namespace tenon::test;

namespace {

using CudaTensorMaps = CudaTest;

/// y: the words of a map of x, an i32 matrix of n rows of 8, in tiles of 4 rows. A copy before makes two commands, which are worth a graph.
EngineBuilder makeMapEngine() {
  EngineBuilder builder;
  uint32_t n = builder.addRegister(), bytes = builder.addRegister();
  builder.inputDim(0, n, 0, 0);
  builder.scalar(0, fb::ScalarOp::mul, bytes, reg(int32_t(n)), imm(32));
  uint32_t x = builder.addInput("x", fb::ElementType::i32, {reg(int32_t(n)), imm(8)}, reg(int32_t(bytes)));
  uint32_t y = builder.addOutput("y", fb::ElementType::i32, {imm(32)}, imm(128));
  builder.copy(1, builder.outputBuffer(y), builder.inputBuffer(x), imm(4));
  uint32_t kernel = builder.addKernel("words", writeWordsKernel, 0, {false, true});
  builder.target().kernels[kernel]->num_maps = 1;
  builder.launch(1, kernel, imm(1), {builder.inputBuffer(x), builder.outputBuffer(y)}, {});
  auto map = std::make_unique<fb::TensorMapT>();
  map->type = fb::ElementType::i32;
  map->dims = {imm(8), reg(int32_t(n))};
  map->strides = {imm(32)};
  map->box = {8, 4};
  map->steps = {1, 1};
  map->swizzle = 32;
  builder.program().blocks[1]->instructions[1]->action.AsLaunch()->maps.push_back(std::move(map));
  return forCuda(std::move(builder));
}

fb::TensorMapT &mapOf(EngineBuilder &builder) { return *builder.program().blocks[1]->instructions[1]->action.AsLaunch()->maps[0]; }

/// The even halves of the 64-bit words: all numbers here are small, except the address.
std::vector<int32_t> run(Session &session, int64_t rows) {
  Tensor x{std::vector<int32_t>(size_t(rows * 8), 1), {rows, 8}};
  expectOk(session.copyInput(0, x));
  expectOk(session.run());
  std::vector<int32_t> words;
  for (size_t i = 0; i < 32; i += 2)
    words.push_back(session.output(0).values[i]);
  return words;
}

TEST_F(CudaTensorMaps, FollowShapes) {
  EngineBuilder builder = makeMapEngine();
  Session session(builder);
  for (int round = 0; round < 3; ++round)
    for (int64_t rows : {5, 64}) {
      std::vector<int32_t> words = run(session, rows);
      // Rank, type (UINT32), swizzle (32 bytes), tiled, dims, strides.
      EXPECT_EQ(std::vector<int32_t>(words.begin() + 1, words.begin() + 7), (std::vector<int32_t>{2, 2, 1, 0, 8, int32_t(rows)}));
      EXPECT_EQ(words[10], 32);
    }
  EXPECT_GT(statsOf(session.context).graph_launches, 0u);
}

TEST_F(CudaTensorMaps, FollowAddresses) {
  EngineBuilder builder = makeMapEngine();
  Session session(builder);
  DeviceInts first(std::vector<int32_t>(16, 1)), second(std::vector<int32_t>(16, 2));
  std::vector<int32_t> seen;
  for (DeviceInts *memory : {&first, &first, &first, &second}) {
    int64_t dims[] = {2, 8};
    tenon_tensor tensor = {sizeof(tensor), memory->memory, memory->bytes, TENON_I32, 2, dims, nullptr, TENON_DEVICE};
    expectOk(tenon_context_bind_input(session.context, 0, &tensor));
    expectOk(session.run());
    seen.push_back(session.output(0).values[0]);
  }
  EXPECT_EQ(seen[0], seen[1]);
  EXPECT_EQ(seen[0], seen[2]);
  EXPECT_NE(seen[0], seen[3]) << "the graph kept the old address";
}

TEST_F(CudaTensorMaps, OfImages) {
  EngineBuilder builder = makeMapEngine();
  fb::TensorMapT &map = mapOf(builder);
  map.dims = {imm(8), imm(2), imm(2)};
  map.strides = {imm(32), imm(64)};
  map.steps = {1, 1, 1};
  map.lower = {-1};
  map.upper = {-1};
  Session session(builder);
  std::vector<int32_t> words = run(session, 4);
  EXPECT_EQ(words[1], 3);
  EXPECT_EQ(words[4], 1);
}

TEST_F(CudaTensorMaps, StayWithinTheirBuffer) {
  auto refuse = [](const char *message, void (*spoil)(fb::TensorMapT &), const char *code = "TENON_PROGRAM_ERROR") {
    EngineBuilder builder = makeMapEngine();
    spoil(mapOf(builder));
    Session session(builder);
    expectOk(session.copyInput(0, Tensor{std::vector<int32_t>(16, 1), {2, 8}}));
    expectError(session.run(), code, message);
  };
  refuse("tensor map: expected dimension 1 from 1 to 2^31 - 1, got 0", [](fb::TensorMapT &map) { map.dims[1] = imm(0); });
  refuse("tensor map: expected dimension 1 from 1 to 2^31 - 1, got 2147483648",
         [](fb::TensorMapT &map) { map.dims[1] = imm(int64_t(1) << 31); });
  refuse("tensor map: expected stride 1 to be a multiple of 16 below 2^40, got 24", [](fb::TensorMapT &map) { map.strides[0] = imm(24); });
  refuse("tensor map: 96 bytes are more than the buffer's 64", [](fb::TensorMapT &map) { map.dims[1] = imm(3); });
  refuse(
      "tensor map: the size leaves 64 bits",
      [](fb::TensorMapT &map) {
        map.dims = {imm(8), imm(INT32_MAX), imm(2), imm(2), imm(2)};
        map.strides = {imm((int64_t(1) << 40) - 16), imm(32), imm(32), imm(32)};
        map.steps = {1, 1, 1, 1, 1};
        map.box = {8, 4, 1, 1, 1};
      },
      "TENON_OVERFLOW");
}

TEST_F(CudaTensorMaps, PersistentKernelsGetABlockForEachMultiprocessor) {
  EngineBuilder builder = makeAddEngine();
  builder.target().kernels[0]->persistent = true;
  builder.target().kernels[0]->cluster = 2;
  fake.multiprocessors = 5;
  builder = forCuda(std::move(builder));
  Session session(builder);
  expectOk(session.copyInput(0, sequence(1000)));
  expectOk(session.copyInput(1, sequence(1000)));
  expectOk(session.run());
  EXPECT_EQ(session.output(0).values, sequence(1000, 0, 2).values);
  EXPECT_EQ(fake.lastBlocks, 4u) << "a multiple of the cluster";
}

} // namespace
