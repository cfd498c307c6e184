// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The attributes that convolution and pooling share: a window that slides over the spatial dims.
#ifndef TENON_LIB_IMPORTER_ONNX_WINDOW_H
#define TENON_LIB_IMPORTER_ONNX_WINDOW_H

#include "lib/Importer/Onnx/Node.h"

namespace tenon::onnx_importer {

struct Window {
  llvm::SmallVector<int64_t> strides, dilations, pads; // pads: begin..., end...
  std::string autoPad;                                 // NOTSET where `pads` holds
};

/// Reads strides, dilations, pads and auto_pad for a window of `kernel` (dynamic dims allowed) over input 0, with ONNX's defaults.
/// `resolve` turns auto_pad into pads where the sizes are known. What is wrong fails the node.
Window readWindow(NodeContext &node, llvm::ArrayRef<int64_t> kernel, bool resolve = true);

/// The convolution that a node's attributes describe, over input 0 and the weights in input number `weights`, of what x, w and b make of
/// these. Null if it failed.
mlir::Value createConv(NodeContext &node, unsigned weights, mlir::Value x, mlir::Value w, mlir::Value b);

} // namespace tenon::onnx_importer

#endif // TENON_LIB_IMPORTER_ONNX_WINDOW_H
