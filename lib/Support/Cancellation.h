// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A request to stop: one thread makes it, others look for it between pieces of work that take well below a second.
#ifndef TENON_LIB_SUPPORT_CANCELLATION_H
#define TENON_LIB_SUPPORT_CANCELLATION_H

#include <atomic>
#include <cstdint>

namespace tenon {

/// Thread safe. Once made a request stays.
class Cancellation {
public:
  void request() { flag.store(1, std::memory_order_relaxed); }
  bool isRequested() const { return flag.load(std::memory_order_relaxed) != 0; }
  /// What the runtime's C ABI looks at: not 0 if it is requested.
  const volatile int32_t *getAddress() const { return reinterpret_cast<const volatile int32_t *>(&flag); }

private:
  std::atomic<int32_t> flag{0};
  static_assert(sizeof(std::atomic<int32_t>) == sizeof(int32_t) && std::atomic<int32_t>::is_always_lock_free);
};

} // namespace tenon

#endif // TENON_LIB_SUPPORT_CANCELLATION_H
