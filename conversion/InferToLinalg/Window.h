// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sliding windows over spatial dims: what convolution and pooling share.
#ifndef TENON_CONVERSION_INFERTOLINALG_WINDOW_H
#define TENON_CONVERSION_INFERTOLINALG_WINDOW_H

#include "conversion/InferToLinalg/Lowering.h"

namespace tenon {

/// A window with its padding resolved. All members have one entry per spatial dim.
struct Window {
  Dims kernel;
  llvm::ArrayRef<int64_t> strides, dilations;
  Dims padLow;
  Dims padHigh;    // as the op declares it
  Dims padReached; // as far as the last window reaches; never negative

  size_t rank() const { return kernel.size(); }
};

/// Resolves `pads` or `autoPad` of an op that slides over the dims from 2 on of `input` and gives those of `output`.
Window makeWindow(Lowering &l, mlir::Value input, mlir::Value output, Dims kernel, llvm::ArrayRef<int64_t> strides,
                  llvm::ArrayRef<int64_t> dilations, llvm::ArrayRef<int64_t> pads, llvm::StringRef autoPad);

/// The lowered input with padding of `value` on its spatial dims, as far as the windows reach.
mlir::Value padSpatial(Lowering &l, mlir::Value input, const Window &window, Scalar value);

} // namespace tenon

#endif // TENON_CONVERSION_INFERTOLINALG_WINDOW_H
