// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Errors as values: who owns them, what they say, and that nothing is thrown past `guarded`.
#include "runtime/support/Status.h"

#include <gtest/gtest.h>
#include <set>
#include <stdexcept>
#include <string>

using namespace tenon::runtime;

namespace {

TEST(Status, SuccessIsNothing) {
  Status status;
  EXPECT_FALSE(status);
  EXPECT_EQ(status.code(), TENON_OK);
  EXPECT_STREQ(status.message(), "");
  EXPECT_EQ(status.release(), nullptr);
  tenon_status_release(nullptr);
}

TEST(Status, CarriesCodeAndText) {
  std::string longName(10000, 'n');
  Status status = makeError(TENON_WRONG_SHAPE, "input '%s': expected %d, got %lld", longName.c_str(), 3, -1LL);
  ASSERT_TRUE(bool(status));
  EXPECT_EQ(status.code(), TENON_WRONG_SHAPE);
  EXPECT_EQ(status.message(), "input '" + longName + "': expected 3, got -1");
  EXPECT_STREQ(makeError(TENON_INTERNAL, "%s", "").message(), "");
}

TEST(Status, HandsItsErrorOn) {
  Status first = makeError(TENON_OVERFLOW, "first");
  Status second = std::move(first);
  EXPECT_FALSE(first);
  EXPECT_STREQ(second.message(), "first");
  second = makeError(TENON_INTERNAL, "second"); // what it had is released: sanitizers would tell a leak
  EXPECT_STREQ(second.message(), "second");
  tenon_status *raw = second.release();
  EXPECT_FALSE(second);
  EXPECT_EQ(tenon_status_code(raw), TENON_INTERNAL);
  tenon_status_release(raw);
}

TEST(Status, OutOfMemoryNeedsNone) {
  tenon_status *one = outOfMemory().release(), *two = outOfMemory().release();
  EXPECT_EQ(one, two) << "a constant";
  tenon_status_release(one);
  EXPECT_EQ(tenon_status_code(two), TENON_OUT_OF_MEMORY);
  EXPECT_STREQ(tenon_status_message(two), "out of memory");
}

TEST(Status, TryReturnsErrorsOnly) {
  int reached = 0;
  auto run = [&](bool fails) -> Status {
    TENON_TRY(fails ? makeError(TENON_CANCELLED, "stop") : Status());
    ++reached;
    return Status();
  };
  EXPECT_FALSE(run(false));
  EXPECT_EQ(run(true).code(), TENON_CANCELLED);
  EXPECT_EQ(reached, 1);
}

TEST(Status, NothingIsThrownPastTheBorder) {
  auto codeOf = [](auto body) {
    Status status(guarded(body));
    return std::string(tenon_code_name(status.code())) + ": " + status.message();
  };
  EXPECT_EQ(codeOf([] { return Status(); }), "TENON_OK: ");
  EXPECT_EQ(codeOf([] { return makeError(TENON_IO_ERROR, "gone"); }), "TENON_IO_ERROR: gone");
  EXPECT_EQ(codeOf([]() -> Status { throw std::bad_alloc(); }), "TENON_OUT_OF_MEMORY: out of memory");
  EXPECT_EQ(codeOf([]() -> Status { throw std::runtime_error("boo"); }), "TENON_INTERNAL: unexpected exception: boo");
}

TEST(Status, EachCodeHasAName) {
  std::set<std::string> names;
  for (int code = TENON_OK; code <= TENON_DEVICE_LOST; ++code)
    names.insert(tenon_code_name(static_cast<tenon_code>(code)));
  EXPECT_EQ(names.size(), size_t(TENON_DEVICE_LOST) + 1);
  EXPECT_EQ(names.count("TENON_UNKNOWN"), 0u);
  EXPECT_STREQ(tenon_code_name(TENON_DEVICE_LOST), "TENON_DEVICE_LOST");
  for (int code : {-1, TENON_DEVICE_LOST + 1})
    EXPECT_STREQ(tenon_code_name(static_cast<tenon_code>(code)), "TENON_UNKNOWN");
}

} // namespace
