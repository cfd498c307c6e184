// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "conversion/InferToLinalg/Window.h"

using namespace mlir;
using namespace tenon;

Window tenon::makeWindow(Lowering &l, Value input, Value output, Dims kernel, ArrayRef<int64_t> strides, ArrayRef<int64_t> dilations,
                         ArrayRef<int64_t> pads, StringRef autoPad) {
  Window window{std::move(kernel), strides, dilations, {}, {}, {}};
  size_t rank = window.rank();
  AffineExpr out, in, size, low;
  bindDims(l.b.getContext(), out, in, size, low);
  for (size_t i = 0; i < rank; ++i) {
    OpFoldResult outDim = l.dim(output, i + 2), inDim = l.dim(input, i + 2);
    AffineExpr reach = (out - 1) * strides[i] + (size - 1) * dilations[i] + 1 - in;
    OpFoldResult zero = l.b.getIndexAttr(0), before = zero, after = zero;
    if (autoPad == "NOTSET") {
      before = l.b.getIndexAttr(pads[i]);
      after = l.b.getIndexAttr(pads[rank + i]);
    } else if (autoPad != "VALID") {
      OpFoldResult total = l.atLeastZero(l.apply(reach, {outDim, inDim, window.kernel[i]}));
      AffineExpr sum = l.b.getAffineDimExpr(0);
      AffineExpr half = sum.floorDiv(2), rest = sum - half;
      bool upper = autoPad == "SAME_UPPER";
      before = l.apply(upper ? half : rest, {total});
      after = l.apply(upper ? rest : half, {total});
    }
    window.padLow.push_back(before);
    window.padHigh.push_back(after);
    window.padReached.push_back(l.atLeastZero(l.apply(reach - low, {outDim, inDim, window.kernel[i], before})));
  }
  return window;
}

Value tenon::padSpatial(Lowering &l, Value input, const Window &window, Scalar value) {
  OpFoldResult zero = l.b.getIndexAttr(0);
  Dims low{zero, zero}, high{zero, zero};
  llvm::append_range(low, window.padLow);
  llvm::append_range(high, window.padReached);
  return l.pad(l.get(input), low, high, value);
}
