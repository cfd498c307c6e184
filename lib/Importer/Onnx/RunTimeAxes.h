// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ops whose `axes` operand only the run tells. In `infer` axes are attributes, so each becomes ops that give the same for all axes: an
// operand per dim of the tensor, a branch per dim, or a reshape to dims that the host reads. The rank of a result must not depend on it.
#ifndef TENON_LIB_IMPORTER_ONNX_RUNTIMEAXES_H
#define TENON_LIB_IMPORTER_ONNX_RUNTIMEAXES_H

#include "lib/Importer/Onnx/Composer.h"

namespace tenon::onnx_importer {

/// Whether operand `i` is given and not known when the model is imported.
bool isRunTime(const NodeContext &node, unsigned i);

/// Values for some axes as values for every dim of `rank`: `values` at `axes`, `missing` elsewhere. Null `values` mean `missing`.
mlir::Value spreadOverDims(Composer &c, mlir::Value axes, mlir::Value values, int64_t rank, int64_t missing);
/// `apply(x, axis)` for each axis of the 0 or 1 mask over dims that is 1, one after the other; `apply` keeps the rank.
mlir::Value applyAlong(Composer &c, mlir::Value x, mlir::Value mask, llvm::function_ref<mlir::Value(mlir::Value x, int64_t axis)> apply);
/// A mask over dims: 1 at `axes`.
mlir::Value axesMask(Composer &c, mlir::Value axes, int64_t rank);
/// `x` without the `count` dims of the mask, which have size 1.
mlir::Value dropDims(Composer &c, mlir::Value x, mlir::Value mask, int64_t count);
/// `x` with dims of size 1 at the `count` ones of the mask, which is over the result's dims.
mlir::Value insertDims(Composer &c, mlir::Value x, mlir::Value mask);
/// The number of axes, `most` at most; none, with the node rejected, if there are more or the rank of the result depends on the run.
std::optional<int64_t> numberOfAxes(NodeContext &node, unsigned input, int64_t most);

/// The reductions with `axes` as operand 1.
mlir::LogicalResult importRunTimeReduce(NodeContext &node);

} // namespace tenon::onnx_importer

#endif // TENON_LIB_IMPORTER_ONNX_RUNTIMEAXES_H
