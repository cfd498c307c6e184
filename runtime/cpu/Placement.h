// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// On which core a worker runs, as far as its pool has a say.
//
// The system wakes a worker beside the thread that wakes it, and when the cores are taken, by threads of others that wait for work without
// sleeping for example, both then share one core: the launching thread watches for a worker that waits for just that core. So workers are
// kept off the launching thread's core, and one that was taken off its own core with work in its hands is fetched to it.
#ifndef TENON_RUNTIME_CPU_PLACEMENT_H
#define TENON_RUNTIME_CPU_PLACEMENT_H

#include <atomic>
#include <pthread.h>
#include <sched.h>

namespace tenon::runtime {

/// One thread's. All but noteCore() is for the thread that launches; a change that the system refuses changes nothing.
class Placement {
public:
  void setThread(pthread_t placed) { thread = placed; }

  /// By the thread itself: remembers the core that it runs on.
  void noteCore();

  /// Moves the thread to any other core that it may use, if it was last seen on `core` and there is one.
  void keepOff(int core);

  /// Moves the thread to `core`, if it may run there.
  void fetchTo(int core);

  /// True if the thread makes no progress: it sleeps, or another one has its core. Looks for some microseconds.
  bool standsStill() const;

private:
  bool readAllowed();
  void set(const cpu_set_t &cores);

  pthread_t thread = {};
  std::atomic<int> core{-1};
  bool wasPlaced = false;
  cpu_set_t allowed; // as given by others: whoever set the thread's cores after it was placed is respected
  cpu_set_t placed;  // as last set here
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_PLACEMENT_H
