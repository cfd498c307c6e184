// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shape arithmetic that handlers compose; on static shapes the ops' folders leave constants.
#ifndef TENON_LIB_IMPORTER_ONNX_SHAPEMATH_H
#define TENON_LIB_IMPORTER_ONNX_SHAPEMATH_H

#include "lib/Importer/Onnx/Node.h"

namespace tenon::onnx_importer {

/// Dims [start, end) of a tensor as a vector; null if that failed.
mlir::Value shapeOf(NodeContext &node, mlir::Value tensor, int64_t start = 0, std::optional<int64_t> end = std::nullopt);
/// The product of dims [start, end) as a vector of one element.
mlir::Value productOfDims(NodeContext &node, mlir::Value tensor, int64_t start, int64_t end);
/// `x` with the dims from `axis` on taken as one, and those before it as one too unless there are `kept` of them. Dims may be 0.
mlir::Value joinDims(NodeContext &node, mlir::Value x, int64_t kept, int64_t axis);

} // namespace tenon::onnx_importer

#endif // TENON_LIB_IMPORTER_ONNX_SHAPEMATH_H
