// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The runtime's errors: a code and a message, made without throwing. Inside the runtime std::bad_alloc may travel as an exception;
// `guarded` turns it into a status at every entry of the C ABI.
#ifndef TENON_RUNTIME_SUPPORT_STATUS_H
#define TENON_RUNTIME_SUPPORT_STATUS_H

#include "tenon/tenon.h"

#include <exception>
#include <new>
#include <utility>

/// Owned message in the same allocation, or a constant.
struct tenon_status {
  tenon_code code;
  const char *message;
  bool isConstant;
};

namespace tenon::runtime {

/// Owns an error, or is success. Converts to true if it is an error.
class [[nodiscard]] Status {
public:
  Status() = default;
  explicit Status(tenon_status *error) : error(error) {}
  Status(Status &&other) noexcept : error(other.release()) {}
  Status &operator=(Status &&other) noexcept {
    std::swap(error, other.error);
    return *this;
  }
  ~Status() {
    if (error)
      tenon_status_release(error);
  }

  explicit operator bool() const { return error != nullptr; }
  tenon_code code() const { return tenon_status_code(error); }
  const char *message() const { return tenon_status_message(error); }
  tenon_status *release() { return std::exchange(error, nullptr); }

private:
  tenon_status *error = nullptr;
};

/// An error with a message in printf's format. Out of memory itself gives a constant status.
Status makeError(tenon_code code, const char *format, ...) __attribute__((format(printf, 2, 3)));
Status outOfMemory();

/// Returns from the calling function if `expression` is an error.
#define TENON_TRY(expression)                                                                                                              \
  do {                                                                                                                                     \
    if (::tenon::runtime::Status tenonStatus = (expression))                                                                               \
      return tenonStatus;                                                                                                                  \
  } while (false)

/// Runs `body`, which returns a Status, at the C ABI's border: nothing is thrown out of it.
template <typename Body> tenon_status *guarded(Body &&body) noexcept {
  try {
    return body().release();
  } catch (const std::bad_alloc &) {
    return outOfMemory().release();
  } catch (const std::exception &error) {
    return makeError(TENON_INTERNAL, "unexpected exception: %s", error.what()).release();
  }
}

} // namespace tenon::runtime

#endif // TENON_RUNTIME_SUPPORT_STATUS_H
