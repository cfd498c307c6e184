// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bytes of constants, straight from the mapped model file where they lie there.
#include "lib/Engine/WriteEngine.h"

#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;
using namespace tenon::engine;

bool tenon::engine::hasBytes(ElementsAttr elements) {
  auto resource = dyn_cast<DenseResourceElementsAttr>(elements);
  return !resource || resource.getRawHandle().getBlob();
}

LogicalResult tenon::engine::streamElements(ElementsAttr elements, ByteSink sink) {
  auto type = cast<ShapedType>(elements.getType());
  auto asBytes = [](ArrayRef<char> data) { return ArrayRef<uint8_t>(reinterpret_cast<const uint8_t *>(data.data()), data.size()); };
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(elements)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return failure();
    sink(asBytes(blob->getData()));
    return success();
  }
  auto dense = dyn_cast<DenseElementsAttr>(elements);
  if (!dense || !type.getElementType().isIntOrIndexOrFloat())
    return failure();
  if (type.getElementType().isInteger(1)) {
    for (bool value : dense.getValues<bool>()) {
      uint8_t byte = value;
      sink(byte);
    }
    return success();
  }
  if (!dense.isSplat()) {
    sink(asBytes(dense.getRawData()));
    return success();
  }
  ArrayRef<uint8_t> element = asBytes(dense.getRawData());
  SmallVector<uint8_t, 0> chunk;
  int64_t left = type.getNumElements();
  int64_t perChunk = std::min<int64_t>(left, 65536);
  for (int64_t i = 0; i < perChunk; ++i)
    chunk.append(element.begin(), element.end());
  for (; left > 0; left -= perChunk)
    sink(ArrayRef<uint8_t>(chunk).take_front(std::min(left, perChunk) * element.size()));
  return success();
}
