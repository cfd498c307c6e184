// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How each op takes part in fusion. One table: an op that is not in it gets a dispatch of its own.
#ifndef TENON_DIALECTS_INFER_TRANSFORMS_FUSIONKINDS_H
#define TENON_DIALECTS_INFER_TRANSFORMS_FUSIONKINDS_H

#include "mlir/IR/Operation.h"

namespace tenon::infer {

enum class FusionKind {
  elementwise, // joins whatever has its shape
  contraction, // takes elementwise consumers as its epilogue; its operands are packed, so producers stay outside
  row,         // reads rows of its first operand: takes elementwise producers and consumers
  alone        // has a kernel of its own
};

FusionKind fusionKind(mlir::Operation *op);

} // namespace tenon::infer

#endif // TENON_DIALECTS_INFER_TRANSFORMS_FUSIONKINDS_H
