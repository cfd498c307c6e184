// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Packing of the operand with the columns. Internal to this folder.
#ifndef TENON_LIB_SCHEDULE_PACKPANEL_H
#define TENON_LIB_SCHEDULE_PACKPANEL_H

#include "lib/Schedule/Product.h"

namespace tenon::schedule {

struct PanelCopy {
  mlir::Value panel;  // memref<depth x columns>
  mlir::Value source; // operand b, from where the panel's part of the first k loop begins
  int64_t lanes;
};

/// Emits panel[k..., n...] = source[...] for one workgroup.
void packPanel(mlir::RewriterBase &rewriter, mlir::linalg::LinalgOp op, const Product &product, const ProductTile &tile,
               const PanelCopy &copy);

/// `memory`, contiguous, seen with other sizes and strides.
mlir::Value viewStrided(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value memory, llvm::ArrayRef<mlir::OpFoldResult> sizes,
                        llvm::ArrayRef<int64_t> strides);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_PACKPANEL_H
