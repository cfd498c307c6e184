// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tiles in shared memory, and the copies that fill and drain them.

#ifndef TENON_DIALECTS_TILE_IR_TILECOPYOPS_TD
#define TENON_DIALECTS_TILE_IR_TILECOPYOPS_TD

include "dialects/Tile/IR/TileTypes.td"

def Tile_AllocOp : Tile_Op<"alloc"> {
  let summary = "ring of tiles in shared memory";
  let description = [{
    `tile-place-shared` gives it an `offset` in bytes. Becomes no instruction but an address, `offset` bytes into the one variable
    `.extern .shared .align 1024 .b8 tile_shared[]` of all kernels, which the launch gives its size (PTX ISA, "State Spaces: Shared State Space").

    Example:
    ```mlir
    %a = tile.alloc : !tile.smem<128x64xf16, swizzle = 128, stages = 4>
    ```
  }];
  let arguments = (ins OptionalAttr<I64Attr>:$offset);
  let results = (outs Tile_SmemType:$tiles);
  let assemblyFormat = "attr-dict `:` type($tiles)";
}

def Tile_KeepEnum : I32EnumAttr<"Keep", "how long the L2 cache shall keep what a copy touches",
    [I32EnumAttrCase<"normal", 0>, I32EnumAttrCase<"shortly", 1>, I32EnumAttrCase<"longer", 2>]> {
  let cppNamespace = "::tenon::tile";
  let genSpecializedAttr = 0;
}
def Tile_KeepAttr : EnumAttr<Tile_Dialect, Tile_KeepEnum, "keep">;

def Tile_LoadOp : Tile_Op<"load", [AttrSizedOperandSegments]> {
  let summary = "copy of a tile from global to shared memory";
  let description = [{
    Starts to copy the tile at `coordinates` (innermost first) of a tensor into the tile that use number `count` of the ring finds, whose barrier
    counts the bytes. Elements outside of the tensor are zeros. With `part` only the box of rows number `part` of the tile is copied; with
    `multicast` into every CTA of the cluster: each CTA copies its part, or, without `part`, they take turns, and use number `count` is
    copied by the CTA whose rank is `count` modulo the cluster's size, for all. With im2col the coordinates name the first pixel and `offsets` the tap (innermost first).
    `keep` says how long the L2 cache shall keep it. Becomes one `cp.async.bulk.tensor...mbarrier::complete_tx::bytes` a box (PTX ISA, "Data Movement and Conversion Instructions: cp.async.bulk.tensor").

    Constraints:
    - (C1) Descriptor and tile have one element type and swizzle.
    - (C2) The box is one panel wide, and its rows divide the tile's.
    - (C3) There is a coordinate for each dim of the descriptor, with im2col two offsets fewer than that.
    - (C4) `barriers` has as many stages as the ring of tiles.
    - (C5) It stands in a body of one thread.
    - (C6) A `tile.expect` of `barriers` announces its bytes.
    - (C7) With `multicast` the kernel has a cluster; the parts that all CTAs copy in this block are the rows of the tile, or one of them copies it whole.

    Example:
    ```mlir
    tile.elect {
      tile.expect %full[%i], 16384 : !tile.barriers<4>
      tile.load %a[%k, %m] to %tiles[%i] signals %full : !tile.descriptor<128x64xf16, swizzle = 128> to !tile.smem<128x64xf16, swizzle = 128, stages = 4>, !tile.barriers<4>
    }
    ```
  }];
  let arguments = (ins Tile_DescriptorType:$descriptor, Variadic<I32>:$coordinates, Variadic<I32>:$offsets, Tile_SmemType:$tiles, I32:$count,
                       Optional<I32>:$part, Tile_BarriersType:$barriers, UnitAttr:$multicast,
                       DefaultValuedAttr<Tile_KeepAttr, "Keep::normal">:$keep);
  let assemblyFormat = [{
    $descriptor `[` $coordinates `]` (`im2col` `[` $offsets^ `]`)? `to` $tiles `[` $count (`,` $part^)? `]` `signals` $barriers
    (`multicast` $multicast^)? attr-dict `:` type($descriptor) `to` type($tiles) `,` type($barriers)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Bytes that arrive at this CTA's barrier when every CTA of a cluster of `cluster` runs the op.
    int64_t getArrivingBytes(int64_t cluster);
  }];
}

def Tile_StoreOp : Tile_Op<"store", [AttrSizedOperandSegments]> {
  let summary = "copy of a tile from shared to global memory";
  let description = [{
    Starts to copy the tile that use number `count` of the ring finds to `coordinates` (innermost first) of a tensor; elements outside of it are
    dropped. With `part` only the box of rows number `part` of the tile is copied, to the rows where it would land as part of the tile. `keep` as in
    `tile.load`. Becomes one `cp.async.bulk.tensor...bulk_group` a box (PTX ISA, "cp.async.bulk.tensor"). Ordinary writes to the tile need `tile.fence` before.

    Constraints:
    - (C1) Descriptor and tile have one element type and swizzle.
    - (C2) The box is one panel wide, and its rows divide the tile's.
    - (C3) There is a coordinate for each dim of the descriptor, which is not im2col.
    - (C4) It stands in a body of one thread.

    Example:
    ```mlir
    tile.elect {
      tile.store %tiles[%i] to %c[%n, %m] : !tile.smem<64x64xf16, swizzle = 128, stages = 2> to !tile.descriptor<64x64xf16, swizzle = 128>
    }
    ```
  }];
  let arguments = (ins Tile_SmemType:$tiles, I32:$count, Optional<I32>:$part, Tile_DescriptorType:$descriptor, Variadic<I32>:$coordinates,
                       DefaultValuedAttr<Tile_KeepAttr, "Keep::normal">:$keep);
  let assemblyFormat = [{
    $tiles `[` $count (`,` $part^)? `]` `to` $descriptor `[` $coordinates `]` attr-dict `:` type($tiles) `to` type($descriptor)
  }];
  let hasVerifier = 1;
}

def Tile_CommitStoresOp : Tile_Op<"commit_stores"> {
  let summary = "end of a group of stores";
  let description = [{
    The stores that this thread started since the last one are a group. Becomes `cp.async.bulk.commit_group` (PTX ISA,
    "cp.async.bulk.commit_group").

    Example:
    ```mlir
    tile.commit_stores
    ```
  }];
  let assemblyFormat = "attr-dict";
}

def Tile_WaitStoresOp : Tile_Op<"wait_stores"> {
  let summary = "wait for groups of stores";
  let description = [{
    Waits until at most the last `pending` groups of this thread are unfinished; with `read` until their tiles have been read and may be written
    again. Becomes `cp.async.bulk.wait_group` (PTX ISA, "cp.async.bulk.wait_group").

    Example:
    ```mlir
    tile.wait_stores 1 read
    ```
  }];
  let arguments = (ins I32Attr:$pending, UnitAttr:$read);
  let assemblyFormat = "$pending (`read` $read^)? attr-dict";
}

def Tile_FenceOp : Tile_Op<"fence"> {
  let summary = "order of ordinary writes before copies and products";
  let description = [{
    What this thread wrote to shared memory is seen by bulk copies and wgmma that other threads start after a barrier. Becomes
    `fence.proxy.async.shared::cta` (PTX ISA, "Parallel Synchronization and Communication Instructions: membar / fence").

    Example:
    ```mlir
    tile.fence
    ```
  }];
  let assemblyFormat = "attr-dict";
}

def Tile_PrefetchOp : Tile_Op<"prefetch"> {
  let summary = "prefetch of a descriptor";
  let description = [{
    Brings the tensor map into the cache before its first use. Becomes `prefetch.tensormap` (PTX ISA, "Data Movement and Conversion
    Instructions: prefetch").

    Example:
    ```mlir
    tile.prefetch %a : !tile.descriptor<128x64xf16, swizzle = 128>
    ```
  }];
  let arguments = (ins Tile_DescriptorType:$descriptor);
  let assemblyFormat = "$descriptor attr-dict `:` type($descriptor)";
}

def Tile_PrefetchTileOp : Tile_Op<"prefetch_tile", [AttrSizedOperandSegments]> {
  let summary = "prefetch of a tile into the L2 cache";
  let description = [{
    Brings what `tile.load` of such a tile would read from memory into the L2 cache. It may stand before `tile.wait_dependency` even where
    the kernel before writes the tensor: all multiprocessors see what the L2 cache holds. `part` and `keep` as in `tile.load`. Becomes one
    `cp.async.bulk.prefetch.tensor` a box (PTX ISA, "cp.async.bulk.prefetch.tensor").

    Constraints:
    - (C1) Descriptor and tile have one element type and swizzle.
    - (C2) The box is one panel wide, and its rows divide the tile's.
    - (C3) There is a coordinate for each dim of the descriptor, which is not im2col.
    - (C4) It stands in a body of one thread.

    Example:
    ```mlir
    tile.elect {
      tile.prefetch_tile %b[%k, %n] : !tile.descriptor<128x64xf16, swizzle = 128> as !tile.smem<128x64xf16, swizzle = 128>
    }
    ```
  }];
  let arguments = (ins Tile_DescriptorType:$descriptor, Variadic<I32>:$coordinates, Optional<I32>:$part, TypeAttrOf<Tile_SmemType>:$tile,
                       DefaultValuedAttr<Tile_KeepAttr, "Keep::normal">:$keep);
  let assemblyFormat = "$descriptor `[` $coordinates `]` (`part` $part^)? attr-dict `:` type($descriptor) `as` $tile";
  let extraClassDeclaration = [{
    SmemType getTileType() { return ::mlir::cast<SmemType>(getTile()); }
  }];
  let hasVerifier = 1;
}

def Tile_WaitDependencyOp : Tile_Op<"wait_dependency"> {
  let summary = "wait for the kernels before";
  let description = [{
    Waits until the kernels that this one depends on have finished and their writes are seen; everything before it may run while they do, if the
    launch allows (programmatic dependent launch). Becomes `griddepcontrol.wait` (PTX ISA, "Parallel Synchronization and Communication
    Instructions: griddepcontrol").

    Example:
    ```mlir
    tile.wait_dependency
    ```
  }];
  let assemblyFormat = "attr-dict";
}

def Tile_LaunchDependentsOp : Tile_Op<"launch_dependents"> {
  let summary = "leave for the kernels after to start";
  let description = [{
    The kernels that depend on this one may start once every CTA has said so or left. Becomes `griddepcontrol.launch_dependents` (PTX ISA,
    "griddepcontrol").

    Example:
    ```mlir
    tile.launch_dependents
    ```
  }];
  let assemblyFormat = "attr-dict";
}

#endif // TENON_DIALECTS_TILE_IR_TILECOPYOPS_TD
