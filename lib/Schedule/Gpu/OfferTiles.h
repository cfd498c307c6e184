// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products whose number of tiles only the run knows: a launch for each size of tile, of which the host gives workgroups to one.
#ifndef TENON_LIB_SCHEDULE_GPU_OFFERTILES_H
#define TENON_LIB_SCHEDULE_GPU_OFFERTILES_H

#include "lib/Schedule/Product.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace tenon::schedule {

/// A size of square tiles, and what `count` of them on one multiprocessor cost for each summed product: `first` for one, `more` for each
/// further one, but not less than `full` for each. Few blocks do not hide each other's waiting. Cycles of an H200, times a constant.
struct BlockSide {
  int64_t lines, first, more, full;
};

/// The sides of tiles that the host shall choose from, largest first; less than two if one will do.
llvm::SmallVector<BlockSide> offerSides(mlir::linalg::LinalgOp op, const Product &product);

/// Makes of loops that compute the same, one for each side, one computation: they write one result, and all but the one whose tiles cost
/// least have no iterations.
void chooseAmong(mlir::RewriterBase &rewriter, llvm::MutableArrayRef<mlir::scf::ForallOp> loops, llvm::ArrayRef<BlockSide> sides);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_GPU_OFFERTILES_H
