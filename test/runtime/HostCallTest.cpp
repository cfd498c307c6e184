// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Functions of the runtime that host programs call.
#include "test/runtime/HostCalls.h"
#include "test/runtime/Session.h"

#include <cmath>
#include <cstring>

using namespace tenon::test;

namespace {

using Numbers = std::vector<int64_t>;

/// What "unique" makes of `x` as outer x size x inner elements.
class Unique {
public:
  Unique(Tensor x, int64_t outer, int64_t size, int64_t inner, bool sorted)
      : builder(makeUniqueEngine(fb::ElementType(x.type), outer, size, inner, sorted)), session(builder) {
    expectOk(session.copyInput(0, std::move(x)));
    expectOk(session.run());
  }

  int64_t number() { return take(4, 1).front(); }
  std::vector<int32_t> y(size_t count) {
    std::vector<int32_t> values = session.output(0).values;
    values.resize(count);
    return values;
  }
  Numbers indices(size_t count) { return take(1, count); }
  Numbers inverse(size_t count) { return take(2, count); }
  Numbers counts(size_t count) { return take(3, count); }

private:
  /// The first `count` of an output's int64 elements.
  Numbers take(size_t output, size_t count) {
    Tensor tensor = session.output(output);
    Numbers numbers(count);
    EXPECT_GE(tensor.values.size(), 2 * count);
    if (tensor.values.size() >= 2 * count)
      std::memcpy(numbers.data(), tensor.values.data(), 8 * count);
    return numbers;
  }

  EngineBuilder builder;
  Session session;
};

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
  Unique unique(vector({2, -1, 1, 2, -1, 2}), 1, 6, 1, true);
  EXPECT_EQ(unique.number(), 3);
  EXPECT_EQ(unique.y(3), std::vector<int32_t>({-1, 1, 2}));
  EXPECT_EQ(unique.indices(3), Numbers({1, 2, 0}));
  EXPECT_EQ(unique.inverse(6), Numbers({2, 0, 1, 2, 0, 2}));
  EXPECT_EQ(unique.counts(3), Numbers({2, 1, 3}));
}

TEST(HostCall, UniqueInOrderOfPlace) {
  Unique unique(vector({2, -1, 1, 2, -1, 2}), 1, 6, 1, false);
  EXPECT_EQ(unique.indices(3), Numbers({0, 1, 2}));
  EXPECT_EQ(unique.inverse(6), Numbers({0, 1, 2, 0, 1, 0}));
  EXPECT_EQ(unique.counts(3), Numbers({3, 2, 1}));
}

/// Columns of two 3x2 blocks: 2 outer, 3 along the axis, 2 inner.
TEST(HostCall, UniqueSlices) {
  Unique unique(vector({5, 6, 1, 2, 5, 6, 7, 8, 3, 4, 7, 8}), 2, 3, 2, true);
  EXPECT_EQ(unique.number(), 2);
  EXPECT_EQ(unique.y(8), std::vector<int32_t>({1, 2, 5, 6, 3, 4, 7, 8}));
  EXPECT_EQ(unique.inverse(3), Numbers({1, 0, 1}));
}

TEST(HostCall, UniqueFloats) {
  Unique unique(floats({NAN, -0.0f, 3.0f, -INFINITY, 0.0f, -NAN, -3.0f}), 1, 7, 1, true);
  EXPECT_EQ(unique.number(), 5); // -inf -3 0 3 nan
  EXPECT_EQ(unique.indices(5), Numbers({3, 6, 1, 2, 0}));
  EXPECT_EQ(unique.counts(5), Numbers({1, 1, 2, 1, 2}));
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
