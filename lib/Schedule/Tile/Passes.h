// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tensor-core schedules as passes, and the pipeline from tile kernels to the LLVM dialect.
#ifndef TENON_LIB_SCHEDULE_TILE_PASSES_H
#define TENON_LIB_SCHEDULE_TILE_PASSES_H

#include "mlir/Pass/Pass.h"
#include <memory>

namespace tenon::schedule {
class TunedTable;

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Schedule/Tile/Passes.h.inc"

/// `schedule-tile-products` with a table that was read before; null: the cost model alone.
std::unique_ptr<mlir::Pass> createTileProductsPass(std::shared_ptr<const TunedTable> table, bool tf32);

/// Tile kernels to the LLVM dialect, ready for translation: `lower-tile-to-llvm`.
void buildLowerTilePipeline(mlir::OpPassManager &pm);
} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_TILE_PASSES_H
