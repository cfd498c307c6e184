// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reading of window attributes. All numbers are below 2^31 once they have passed, so that sums and products fit 64 bits.
#include "lib/Importer/Onnx/Window.h"

using namespace mlir;
using namespace tenon::onnx_importer;

static SmallVector<int64_t> readSizes(NodeContext &node, StringRef name, size_t count, int64_t missing, int64_t least) {
  SmallVector<int64_t> values = node.getInts(name);
  if (values.empty())
    values.assign(count, missing);
  if (values.size() != count)
    node.reject("expected " + Twine(count) + " " + name + ", got " + Twine(values.size()));
  for (int64_t value : values)
    if (value < least || value > std::numeric_limits<int32_t>::max())
      node.reject("expected " + name + " in [" + Twine(least) + ", 2^31), got " + Twine(value));
  return values;
}

/// SAME: as many windows as strides fit, ceil(size / stride); the odd pad goes to the end (UPPER) or the beginning (LOWER).
static bool resolveSame(Window &window, ArrayRef<int64_t> sizes, ArrayRef<int64_t> kernel, bool upper) {
  size_t count = kernel.size();
  SmallVector<int64_t> pads(2 * count);
  for (size_t i = 0; i < count; ++i) {
    if (ShapedType::isDynamic(sizes[i]) || ShapedType::isDynamic(kernel[i]) || sizes[i] > std::numeric_limits<int32_t>::max() ||
        kernel[i] > std::numeric_limits<int32_t>::max())
      return false;
    int64_t outputs = (sizes[i] + window.strides[i] - 1) / window.strides[i];
    int64_t total = std::max<int64_t>((outputs - 1) * window.strides[i] + (kernel[i] - 1) * window.dilations[i] + 1 - sizes[i], 0);
    pads[i] = upper ? total / 2 : total - total / 2;
    pads[count + i] = total - pads[i];
  }
  window.pads = pads;
  return true;
}

Window tenon::onnx_importer::readWindow(NodeContext &node, ArrayRef<int64_t> kernel, bool resolve) {
  Window window;
  size_t count = kernel.size();
  window.strides = readSizes(node, "strides", count, 1, 1);
  window.dilations = readSizes(node, "dilations", count, 1, 1);
  window.pads = readSizes(node, "pads", 2 * count, 0, 0);
  window.autoPad = node.getString("auto_pad", "NOTSET");
  if (window.autoPad.empty())
    window.autoPad = "NOTSET";
  ArrayRef<int64_t> sizes = node.inputType(0).getShape();
  if (sizes.size() != count + 2)
    node.reject("expected an input of rank " + Twine(count + 2) + ", got rank " + Twine(sizes.size()));
  if (node.failed() || window.autoPad == "NOTSET")
    return window;
  window.pads.assign(2 * count, 0);
  bool upper = window.autoPad == "SAME_UPPER";
  if (resolve &&
      (window.autoPad == "VALID" || ((upper || window.autoPad == "SAME_LOWER") && resolveSame(window, sizes.drop_front(2), kernel, upper))))
    window.autoPad = "NOTSET";
  return window;
}
