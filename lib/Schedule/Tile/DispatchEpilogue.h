// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a dispatch function does around its product, as the body of an epilogue. Internal to this folder.
#ifndef TENON_LIB_SCHEDULE_TILE_DISPATCHEPILOGUE_H
#define TENON_LIB_SCHEDULE_TILE_DISPATCHEPILOGUE_H

#include "lib/Schedule/Tile/ProductDispatch.h"

namespace tenon::schedule {

inline bool isShortFloat(mlir::Type type) { return type.isF16() || type.isBF16(); }

/// The scalar body of what surrounds a product.
struct DispatchEpilogue {
  ProductDispatch product;
  llvm::SmallVector<mlir::Operation *> ops;

  llvm::SmallVector<mlir::Value> write(mlir::OpBuilder &builder, mlir::Location loc, mlir::ValueRange values) const;

private:
  mlir::Value writeRoot(mlir::OpBuilder &builder, mlir::Location loc, mlir::ValueRange values) const;
};

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_TILE_DISPATCHEPILOGUE_H
