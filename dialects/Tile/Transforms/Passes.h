// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes that stay inside the tile dialect; Passes.td describes each.
#ifndef TENON_DIALECTS_TILE_TRANSFORMS_PASSES_H
#define TENON_DIALECTS_TILE_TRANSFORMS_PASSES_H

#include "dialects/Tile/IR/Tile.h"
#include "mlir/Pass/Pass.h"

namespace tenon::tile {

/// Attribute of a kernel whose shared memory is placed: bytes of dynamic shared memory that a launch must give.
inline constexpr llvm::StringLiteral kSharedBytesName = "tile.shared_bytes";

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "dialects/Tile/Transforms/Passes.h.inc"

} // namespace tenon::tile

#endif // TENON_DIALECTS_TILE_TRANSFORMS_PASSES_H
