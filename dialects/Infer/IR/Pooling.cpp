// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The shape function of the pooling family.
#include "dialects/Infer/IR/ShapeFunctions.h"

using namespace mlir;
using namespace tenon::infer;

LogicalResult tenon::infer::poolShape(ShapeScope &scope, Value x, ArrayRef<int64_t> kernel, ArrayRef<int64_t> strides,
                                      ArrayRef<int64_t> pads, ArrayRef<int64_t> dilations, bool ceilMode, StringRef autoPad,
                                      bool withIndices, ResultShapes &results) {
  if (failed(expectMinRank(scope, x, 3, "x"))) // C1
    return failure();
  SymbolicDims input = scope.dims(x);
  int64_t spatial = rankOf(x) - 2;
  Window window{strides, pads, dilations, autoPad, ceilMode};
  if (failed(expectWindow(scope, window, spatial))) // C2, C3, C4
    return failure();
  if (static_cast<int64_t>(kernel.size()) != spatial)
    return scope.error("expected ", spatial, " kernel sizes, got ", kernel.size()); // C2
  SymbolicDims dims = {input[0], input[1]};
  for (int64_t i = 0; i < spatial; ++i) {
    if (kernel[i] < 1 || kernel[i] > INT32_MAX)
      return scope.error("expected kernel sizes in [1, 2^31), got ", kernel[i]); // C2
    int64_t extent = (kernel[i] - 1) * dilations[i] + 1;
    if (autoPad == "NOTSET" && (pads[i] >= extent || pads[spatial + i] >= extent))
      return scope.error("expected pads less than the dilated kernel ", extent, ", got ", std::max(pads[i], pads[spatial + i])); // C3
    auto positions = windowPositions(scope, window, i, spatial, input[2 + i], scope.constant(kernel[i]));                        // C5
    if (failed(positions))
      return failure();
    dims.push_back(*positions);
  }
  results.push_back({elementType(x), dims});
  if (withIndices)
    results.push_back({IntegerType::get(scope.context, 64), dims});
  return success();
}
