// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/support/Workers.h"

#include <algorithm>
#include <system_error>

using namespace tenon::runtime;

/// Memory's rate is reached by about as many.
static constexpr size_t kMost = 4;

Workers::Workers(size_t count, const std::function<void()> &work) {
  count = std::min({count, kMost, size_t(std::max(std::thread::hardware_concurrency(), 1u) - 1)});
  threads.reserve(count);
  try {
    while (threads.size() < count)
      threads.emplace_back(work);
  } catch (const std::system_error &) {
    // Those that run are enough.
  }
}

Workers::~Workers() {
  for (std::thread &thread : threads)
    thread.join();
}
