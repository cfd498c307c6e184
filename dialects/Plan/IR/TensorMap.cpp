// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a tensor map may be: the limits of the descriptors that the CUDA driver encodes.
#include "dialects/Plan/IR/Plan.h"

using namespace mlir;
using namespace tenon::plan;

static LogicalResult verifyImages(function_ref<InFlightDiagnostic()> error, ArrayRef<int64_t> box, ArrayRef<int64_t> lower,
                                  ArrayRef<int64_t> upper) {
  if (upper.size() != lower.size())
    return error() << "expected " << lower.size() << " upper corners, got " << upper.size();
  if (box.size() != 2)
    return error() << "expected a box of channels and pixels, got " << box.size() << " dims";
  return success();
}

LogicalResult TensorMapAttr::verify(function_ref<InFlightDiagnostic()> error, unsigned buffer, Type element, ArrayRef<int64_t> box,
                                    int64_t swizzle, ArrayRef<int64_t> step, ArrayRef<int64_t> lower, ArrayRef<int64_t> upper) {
  bool isImages = !lower.empty() || !upper.empty();
  if (isImages && failed(verifyImages(error, box, lower, upper)))
    return failure();
  size_t rank = isImages ? lower.size() + 2 : box.size();
  if (rank < (isImages ? 3 : 1) || rank > 5)
    return error() << "expected rank " << (isImages ? 3 : 1) << " to 5, got " << rank;
  for (auto [dim, size] : llvm::enumerate(box)) {
    int64_t most = isImages && dim == 1 ? 1024 : 256;
    if (size < 1 || size > most)
      return error() << "expected 1 to " << most << " elements along dim " << dim << " of the box, got " << size;
  }
  if (!element.isIntOrFloat() || !llvm::is_contained({8u, 16u, 32u, 64u}, element.getIntOrFloatBitWidth()))
    return error() << "expected elements of 1, 2, 4 or 8 bytes, got " << element;
  if (!llvm::is_contained({0, 32, 64, 128}, swizzle))
    return error() << "expected swizzle 0, 32, 64 or 128, got " << swizzle;
  int64_t rowBytes = box.front() * element.getIntOrFloatBitWidth() / 8;
  if (rowBytes % 16 != 0)
    return error() << "expected rows of the box of a multiple of 16 bytes, got " << rowBytes;
  if (swizzle != 0 && rowBytes > swizzle)
    return error() << "expected rows of the box no wider than the swizzle of " << swizzle << " bytes, got " << rowBytes;
  if (!step.empty() && step.size() != rank)
    return error() << "expected " << rank << " steps, got " << step.size();
  for (int64_t distance : step)
    if (distance < 1 || distance > 8)
      return error() << "expected steps of 1 to 8, got " << distance;
  return success();
}
