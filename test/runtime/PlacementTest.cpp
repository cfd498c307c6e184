// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Moving a thread between cores, and seeing that it stands still.
#include "runtime/cpu/Placement.h"

#include "gtest/gtest.h"
#include <future>
#include <thread>

using namespace tenon::runtime;

namespace {

/// A thread that has noted its core and then sleeps until the end.
class Placed : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
    if (CPU_COUNT(&all) < 2)
      GTEST_SKIP() << "expected two cores";
    std::promise<int> noted;
    thread = std::thread([this, &noted] {
      cpu_set_t here;
      CPU_ZERO(&here);
      CPU_SET(sched_getcpu(), &here);
      sched_setaffinity(0, sizeof here, &here); // so that it does not move on before it notes
      placement.noteCore();
      int core = sched_getcpu();
      sched_setaffinity(0, sizeof all, &all);
      noted.set_value(core);
      end.get_future().wait();
    });
    core = noted.get_future().get();
    placement.setThread(thread.native_handle());
  }

  void TearDown() override {
    end.set_value();
    if (thread.joinable())
      thread.join();
  }

  cpu_set_t cores() {
    cpu_set_t now;
    EXPECT_EQ(pthread_getaffinity_np(thread.native_handle(), sizeof now, &now), 0);
    return now;
  }

  void give(const cpu_set_t &cores) { ASSERT_EQ(pthread_setaffinity_np(thread.native_handle(), sizeof cores, &cores), 0); }

  cpu_set_t only(int core) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    return one;
  }

  cpu_set_t all;
  Placement placement;
  std::thread thread;
  std::promise<void> end;
  int core = -1;
};

TEST_F(Placed, KeepsOffTheCoreThatItWasSeenOn) {
  int other = 0;
  while (other == core || !CPU_ISSET(other, &all))
    ++other;
  placement.keepOff(other);
  cpu_set_t now = cores();
  EXPECT_TRUE(CPU_EQUAL(&now, &all));
  placement.keepOff(core);
  now = cores();
  EXPECT_FALSE(CPU_ISSET(core, &now));
  EXPECT_EQ(CPU_COUNT(&now), CPU_COUNT(&all) - 1);
}

TEST_F(Placed, StaysWhereItHasNoOtherCore) {
  cpu_set_t one = only(core);
  give(one);
  placement.keepOff(core);
  cpu_set_t now = cores();
  EXPECT_TRUE(CPU_EQUAL(&now, &one));
}

TEST_F(Placed, IsFetched) {
  placement.fetchTo(core);
  cpu_set_t now = cores(), one = only(core);
  EXPECT_TRUE(CPU_EQUAL(&now, &one));
  // What it may use is known from before.
  placement.keepOff(core);
  now = cores();
  EXPECT_EQ(CPU_COUNT(&now), CPU_COUNT(&all) - 1);
}

TEST_F(Placed, KeepsToTheCoresThatOthersGave) {
  placement.fetchTo(core);
  cpu_set_t rest = all;
  CPU_CLR(core, &rest);
  give(rest);
  placement.fetchTo(core);
  cpu_set_t now = cores();
  EXPECT_TRUE(CPU_EQUAL(&now, &rest));
}

TEST_F(Placed, StandsStillWhileItSleeps) {
  while (!placement.standsStill())
    std::this_thread::yield(); // on its way to sleep
}

TEST(Placement, MovesOnWhileItWorks) {
  std::atomic<bool> stop{false};
  std::thread thread([&stop] {
    while (!stop.load()) {
    }
  });
  Placement placement;
  placement.setThread(thread.native_handle());
  while (placement.standsStill())
    std::this_thread::yield(); // until it has a core
  stop.store(true);
  thread.join();
}

} // namespace
