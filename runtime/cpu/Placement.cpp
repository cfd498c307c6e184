// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cpu/Placement.h"

#include <cstdint>
#include <ctime>
#include <x86intrin.h>

using namespace tenon::runtime;

// Pauses between two looks at a thread's clock: some microseconds.
static constexpr int kPausesPerLook = 100;

void Placement::noteCore() {
  int here = sched_getcpu();
  // The launching thread reads it at every launch: it stays in both caches while nothing changes.
  if (core.load(std::memory_order_relaxed) != here)
    core.store(here, std::memory_order_relaxed);
}

/// Brings `allowed` up to date; false if it is not known.
bool Placement::readAllowed() {
  cpu_set_t now;
  if (pthread_getaffinity_np(thread, sizeof now, &now) != 0)
    return false; // a system of more cores than a cpu_set_t has
  if (!wasPlaced || !CPU_EQUAL(&now, &placed))
    allowed = now;
  return true;
}

void Placement::set(const cpu_set_t &cores) {
  if (pthread_setaffinity_np(thread, sizeof cores, &cores) != 0)
    return;
  placed = cores;
  wasPlaced = true;
}

void Placement::keepOff(int taken) {
  if (core.load(std::memory_order_relaxed) != taken)
    return;
  // Not again before the thread has run.
  core.store(-1, std::memory_order_relaxed);
  if (!readAllowed())
    return;
  cpu_set_t others = allowed;
  CPU_CLR(taken, &others);
  if (CPU_COUNT(&others) > 0)
    set(others);
}

void Placement::fetchTo(int wanted) {
  if (!readAllowed() || !CPU_ISSET(wanted, &allowed))
    return;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(wanted, &one);
  set(one);
}

bool Placement::standsStill() const {
  clockid_t clock;
  timespec before, after;
  if (pthread_getcpuclockid(thread, &clock) != 0 || clock_gettime(clock, &before) != 0)
    return false;
  for (int pause = 0; pause < kPausesPerLook; ++pause)
    _mm_pause();
  return clock_gettime(clock, &after) == 0 && before.tv_sec == after.tv_sec && before.tv_nsec == after.tv_nsec;
}
