// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What RuntimeAllocationTests counts.
#ifndef TENON_TEST_RUNTIME_ALLOCATIONS_H
#define TENON_TEST_RUNTIME_ALLOCATIONS_H

#include <atomic>
#include <cstdint>

namespace tenon::test {

extern std::atomic<int64_t> allocations, locks;
/// Allocations until the next one fails; negative: none does.
extern std::atomic<int64_t> untilFailure;

} // namespace tenon::test

#endif // TENON_TEST_RUNTIME_ALLOCATIONS_H
