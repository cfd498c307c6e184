// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/device/TensorMap.h"

#include "runtime/support/Checked.h"

#include <cinttypes>

using namespace tenon::runtime;

// The driver takes dims up to 2^32, but a tile copy's coordinates, and the sizes that kernels compute them from, have 32 signed bits.
static constexpr int64_t kMaxDim = INT32_MAX, kMaxStride = int64_t(1) << 40;

Status tenon::runtime::checkTensorMap(const TensorMap &map, const int64_t *scalars, int64_t bytes) {
  const int64_t *dims = map.getDims(scalars), *strides = map.getStrides(scalars);
  int64_t end = 0;
  for (uint32_t dim = 0; dim < map.rank; ++dim) {
    if (dims[dim] < 1 || dims[dim] > kMaxDim)
      return makeError(TENON_PROGRAM_ERROR, "tensor map: expected dimension %u from 1 to 2^31 - 1, got %" PRIi64, dim, dims[dim]);
    if (dim == 0) {
      end = dims[0] * (tenon_type_bits(map.type) / 8);
      continue;
    }
    int64_t stride = strides[dim - 1], span;
    if (stride < 0 || stride % 16 != 0 || stride >= kMaxStride)
      return makeError(TENON_PROGRAM_ERROR, "tensor map: expected stride %u to be a multiple of 16 below 2^40, got %" PRIi64, dim, stride);
    if (!checkedMul(dims[dim] - 1, stride, span) || !checkedAdd(end, span, end))
      return makeError(TENON_OVERFLOW, "tensor map: the size leaves 64 bits");
  }
  if (end > bytes)
    return makeError(TENON_PROGRAM_ERROR, "tensor map: %" PRIi64 " bytes are more than the buffer's %" PRIi64, end, bytes);
  return Status();
}
