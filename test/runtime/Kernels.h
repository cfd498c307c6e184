// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Machine code for the runtime's tests: functions of this program that a test copies into an engine, byte by byte.
#ifndef TENON_TEST_RUNTIME_KERNELS_H
#define TENON_TEST_RUNTIME_KERNELS_H

#include "runtime/engine/KernelAbi.h"

#include <cstdint>
#include <vector>

namespace tenon::test {

/// All kernels below as one position-independent blob.
std::vector<uint8_t> kernelCode();
/// Where a kernel begins in the blob.
uint64_t kernelEntry(tenon_cpu_kernel kernel);

// Scalars and buffers of each are in its comment; i32 elements, one workgroup per `block` elements where there is a grid.
void addKernel(void *const *buffers, const int64_t *scalars, int64_t x, int64_t y, int64_t z, void *scratch); // (n, block) a, b -> a + b
void writeIdKernel(void *const *buffers, const int64_t *scalars, int64_t x, int64_t y, int64_t z,
                   void *scratch); // (nx, ny) -> [z][y][x] = id
void incrementKernel(void *const *buffers, const int64_t *scalars, int64_t x, int64_t y, int64_t z,
                     void *scratch);                                                                              // i64 in -> out = in + 1
void countKernel(void *const *buffers, const int64_t *scalars, int64_t x, int64_t y, int64_t z, void *scratch);   // (n) in -> i64 non-zeros
void compactKernel(void *const *buffers, const int64_t *scalars, int64_t x, int64_t y, int64_t z, void *scratch); // (n) in -> the non-zeros
void writeWordsKernel(void *const *buffers, const int64_t *scalars, int64_t x, int64_t y, int64_t z,
                      void *scratch); // 16 scalars -> i64, in the second buffer
void reverseKernel(void *const *buffers, const int64_t *scalars, int64_t x, int64_t y, int64_t z,
                   void *scratch); // (block) by way of scratch
void add64BytesKernel(void *const *buffers, const int64_t *scalars, int64_t x, int64_t y, int64_t z,
                      void *scratch); // a, b -> a + b, 16 elements

} // namespace tenon::test

#endif // TENON_TEST_RUNTIME_KERNELS_H
