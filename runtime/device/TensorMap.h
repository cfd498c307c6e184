// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What tile copies of a launch know of one of its buffers (engine.fbs, TensorMap), with the sizes left open.
#ifndef TENON_RUNTIME_DEVICE_TENSORMAP_H
#define TENON_RUNTIME_DEVICE_TENSORMAP_H

#include "runtime/support/Status.h"

#include <cstdint>

namespace tenon::runtime {

struct TensorMap {
  static constexpr uint32_t kMaxRank = 5;

  uint32_t buffer; // of the launch
  tenon_type type;
  uint32_t rank;
  uint32_t firstValue; // of the launch's scalars: from here `rank` dims in elements, then rank - 1 strides in bytes, innermost first
  bool isImages;       // an im2col map: `box` is channels and pixels
  uint32_t box[kMaxRank], steps[kMaxRank];
  int32_t lower[kMaxRank], upper[kMaxRank];
  uint32_t swizzle; // bytes

  const int64_t *getDims(const int64_t *scalars) const { return scalars + firstValue; }
  const int64_t *getStrides(const int64_t *scalars) const { return scalars + firstValue + rank; }
};

/// Do the sizes make a map that stays within `bytes`? Rule P12 of docs/engine-format.md: TENON_PROGRAM_ERROR.
Status checkTensorMap(const TensorMap &map, const int64_t *scalars, int64_t bytes);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_DEVICE_TENSORMAP_H
