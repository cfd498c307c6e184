// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes that stay inside the tile dialect.

#ifndef TENON_DIALECTS_TILE_TRANSFORMS_PASSES_TD
#define TENON_DIALECTS_TILE_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def TilePlaceSharedPass : Pass<"tile-place-shared", "::tenon::tile::KernelOp"> {
  let summary = "Give tiles and barriers their places in shared memory";
  let description = [{
    Writes the `offset` of every `tile.alloc` and `tile.alloc_barriers`, tiles of large alignment first, and the kernel's need of dynamic shared
    memory in bytes as `tile.shared_bytes`. Offsets count from an address that is aligned to 1024 bytes.

    Example:
    ```mlir
    tile.kernel @place() {
      %a = tile.alloc : !tile.smem<128x64xf16, swizzle = 128, stages = 4>
      tile.return
    }
    ```
  }];
}

#endif // TENON_DIALECTS_TILE_TRANSFORMS_PASSES_TD
