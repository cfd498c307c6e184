// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A few threads for one piece of work at opening, beside the one that asked for it.
#ifndef TENON_RUNTIME_SUPPORT_WORKERS_H
#define TENON_RUNTIME_SUPPORT_WORKERS_H

#include <functional>
#include <thread>
#include <vector>

namespace tenon::runtime {

/// Each runs the same work once, which must not throw. Fewer start where cores are few or the system refuses more, perhaps none: whoever
/// makes them must be able to do the work alone.
class Workers {
public:
  Workers(size_t count, const std::function<void()> &work);
  Workers(const Workers &) = delete;
  Workers &operator=(const Workers &) = delete;
  /// Waits for all.
  ~Workers();

private:
  std::vector<std::thread> threads;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_SUPPORT_WORKERS_H
