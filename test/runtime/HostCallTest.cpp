// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Functions of the runtime that host programs call.
#include "test/runtime/HostCalls.h"
#include "test/runtime/Session.h"

#include <cmath>
#include <cstring>

using namespace tenon::test;

namespace {

using Numbers = std::vector<int64_t>;

/// The first `count` of an output's int64 elements.
Numbers take64(Session &session, size_t output, size_t count) {
  Tensor tensor = session.output(output);
  Numbers numbers(count);
  EXPECT_GE(tensor.values.size(), 2 * count);
  if (tensor.values.size() >= 2 * count)
    std::memcpy(numbers.data(), tensor.values.data(), 8 * count);
  return numbers;
}

Tensor vector(std::vector<int32_t> values, tenon_type type = TENON_I32) {
  int64_t size = int64_t(values.size());
  return {std::move(values), {size}, type};
}

Tensor floats(const std::vector<float> &values) {
  std::vector<int32_t> bits(values.size());
  std::memcpy(bits.data(), values.data(), 4 * values.size());
  return vector(bits, TENON_F32);
}

TEST(HostCall, UniqueRises) {
  EngineBuilder builder = makeUniqueEngine(fb::ElementType::i32, 1, 6, 1, true);
  Session session(builder);
  expectOk(session.copyInput(0, vector({2, -1, 1, 2, -1, 2})));
  expectOk(session.run());
  EXPECT_EQ(take64(session, 4, 1), Numbers({3}));
  std::vector<int32_t> y = session.output(0).values;
  EXPECT_EQ(std::vector<int32_t>(y.begin(), y.begin() + 3), std::vector<int32_t>({-1, 1, 2}));
  EXPECT_EQ(take64(session, 1, 3), Numbers({1, 2, 0}));
  EXPECT_EQ(take64(session, 2, 6), Numbers({2, 0, 1, 2, 0, 2}));
  EXPECT_EQ(take64(session, 3, 3), Numbers({2, 1, 3}));
}

TEST(HostCall, UniqueInOrderOfPlace) {
  EngineBuilder builder = makeUniqueEngine(fb::ElementType::i32, 1, 6, 1, false);
  Session session(builder);
  expectOk(session.copyInput(0, vector({2, -1, 1, 2, -1, 2})));
  expectOk(session.run());
  EXPECT_EQ(take64(session, 1, 3), Numbers({0, 1, 2}));
  EXPECT_EQ(take64(session, 2, 6), Numbers({0, 1, 2, 0, 1, 0}));
  EXPECT_EQ(take64(session, 3, 3), Numbers({3, 2, 1}));
}

/// Columns of two 3x2 blocks: 2 outer, 3 along the axis, 2 inner.
TEST(HostCall, UniqueSlices) {
  EngineBuilder builder = makeUniqueEngine(fb::ElementType::i32, 2, 3, 2, true);
  Session session(builder);
  expectOk(session.copyInput(0, vector({5, 6, 1, 2, 5, 6, 7, 8, 3, 4, 7, 8})));
  expectOk(session.run());
  EXPECT_EQ(take64(session, 4, 1), Numbers({2}));
  std::vector<int32_t> y = session.output(0).values;
  EXPECT_EQ(std::vector<int32_t>(y.begin(), y.begin() + 8), std::vector<int32_t>({1, 2, 5, 6, 3, 4, 7, 8}));
  EXPECT_EQ(take64(session, 2, 3), Numbers({1, 0, 1}));
}

TEST(HostCall, UniqueFloats) {
  EngineBuilder builder = makeUniqueEngine(fb::ElementType::f32, 1, 7, 1, true);
  Session session(builder);
  expectOk(session.copyInput(0, floats({NAN, -0.0f, 3.0f, -INFINITY, 0.0f, -NAN, -3.0f})));
  expectOk(session.run());
  EXPECT_EQ(take64(session, 4, 1), Numbers({5})); // -inf -3 0 3 nan
  EXPECT_EQ(take64(session, 1, 5), Numbers({3, 6, 1, 2, 0}));
  EXPECT_EQ(take64(session, 3, 5), Numbers({1, 1, 2, 1, 2}));
}

TEST(HostCall, UniqueRefusesSizesBeyondItsBuffers) {
  for (int64_t claimed : {int64_t(7), int64_t(1) << 61, INT64_MAX}) {
    EngineBuilder builder = makeUniqueEngine(fb::ElementType::i32, 1, 6, 1, true, claimed);
    Session session(builder);
    expectOk(session.copyInput(0, sequence(6)));
    expectError(session.run(), "TENON_PROGRAM_ERROR", "elements do not fit its buffers");
  }
}

} // namespace
