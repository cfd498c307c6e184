// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The kernels. CMakeLists.txt compiles this file without vectors, jump tables, library calls and sanitizers, so that the code needs nothing
// outside its section.
#include "test/runtime/Kernels.h"

#define KERNEL __attribute__((section("tenon_test_kernels"), used, noinline))

extern "C" const uint8_t __start_tenon_test_kernels[];
extern "C" const uint8_t __stop_tenon_test_kernels[];

namespace tenon::test {

std::vector<uint8_t> kernelCode() { return std::vector<uint8_t>(__start_tenon_test_kernels, __stop_tenon_test_kernels); }

uint64_t kernelEntry(tenon_cpu_kernel kernel) { return uint64_t(reinterpret_cast<const uint8_t *>(kernel) - __start_tenon_test_kernels); }

KERNEL void addKernel(void *const *buffers, const int64_t *scalars, int64_t x, int64_t, int64_t, void *) {
  auto *a = static_cast<const int32_t *>(buffers[0]), *b = static_cast<const int32_t *>(buffers[1]);
  auto *c = static_cast<int32_t *>(buffers[2]);
  int64_t n = scalars[0], block = scalars[1];
  for (int64_t i = x * block; i < (x + 1) * block && i < n; ++i)
    c[i] = a[i] + b[i];
}

KERNEL void writeIdKernel(void *const *buffers, const int64_t *scalars, int64_t x, int64_t y, int64_t z, void *) {
  auto *out = static_cast<int32_t *>(buffers[0]);
  int64_t id = (z * scalars[1] + y) * scalars[0] + x;
  out[id] = int32_t(id);
}

KERNEL void incrementKernel(void *const *buffers, const int64_t *, int64_t, int64_t, int64_t, void *) {
  *static_cast<int64_t *>(buffers[1]) = *static_cast<const int64_t *>(buffers[0]) + 1;
}

KERNEL void writeWordsKernel(void *const *buffers, const int64_t *scalars, int64_t, int64_t, int64_t, void *) {
  for (int64_t i = 0; i < 16; ++i)
    static_cast<int64_t *>(buffers[1])[i] = scalars[i];
}

KERNEL void countKernel(void *const *buffers, const int64_t *scalars, int64_t, int64_t, int64_t, void *) {
  auto *in = static_cast<const int32_t *>(buffers[0]);
  int64_t count = 0;
  for (int64_t i = 0; i < scalars[0]; ++i)
    count += in[i] != 0;
  *static_cast<int64_t *>(buffers[1]) = count;
}

KERNEL void compactKernel(void *const *buffers, const int64_t *scalars, int64_t, int64_t, int64_t, void *) {
  auto *in = static_cast<const int32_t *>(buffers[0]);
  auto *out = static_cast<int32_t *>(buffers[1]);
  for (int64_t i = 0; i < scalars[0]; ++i)
    if (in[i] != 0)
      *out++ = in[i];
}

KERNEL void reverseKernel(void *const *buffers, const int64_t *scalars, int64_t x, int64_t, int64_t, void *scratch) {
  auto *in = static_cast<const int32_t *>(buffers[0]);
  auto *out = static_cast<int32_t *>(buffers[1]);
  auto *copy = static_cast<volatile int32_t *>(scratch);
  int64_t block = scalars[0];
  for (int64_t i = 0; i < block; ++i)
    copy[i] = in[x * block + i];
  for (int64_t i = 0; i < block; ++i)
    out[x * block + i] = copy[block - 1 - i];
}

KERNEL void add64BytesKernel(void *const *buffers, const int64_t *, int64_t, int64_t, int64_t, void *) {
  auto *a = static_cast<const int32_t *>(buffers[0]), *b = static_cast<const int32_t *>(buffers[1]);
  auto *c = static_cast<int32_t *>(buffers[2]);
  for (int i = 0; i < 16; ++i)
    c[i] = int32_t(uint32_t(a[i]) + uint32_t(b[i]));
}

} // namespace tenon::test
