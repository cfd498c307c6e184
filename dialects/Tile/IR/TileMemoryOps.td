// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fragments into memory and out of it: shared memory, also that of other CTAs, and global memory.

#ifndef TENON_DIALECTS_TILE_IR_TILEMEMORYOPS_TD
#define TENON_DIALECTS_TILE_IR_TILEMEMORYOPS_TD

include "dialects/Tile/IR/TileTypes.td"
include "mlir/Dialect/LLVMIR/LLVMOpBase.td"

def Tile_GlobalPointer : LLVM_PointerInAddressSpace<1>;

def Tile_WriteSharedOp : Tile_Op<"write_shared"> {
  let summary = "fragment into a tile of shared memory";
  let description = [{
    Writes the fragment into 64 rows (number `part`) of the tile that use number `count` of the ring finds. 16-bit elements become
    `stmatrix.sync.aligned.m8n8.x4.shared.b16` (PTX ISA, "Warp Level Matrix Instructions: stmatrix") if the layout is the accumulator's, else
    `st.shared.b32`, 32-bit ones `st.shared.v2`, and so do bytes, the low ones of i32.

    Constraints:
    - (C1) Fragment and tile have one element type, of 16 or 32 bits, or i32 and i8, and equal columns.
    - (C2) The fragment has 64 rows, columns that are a multiple of 16, and the accumulator's layout, or of 16 bits one whose atom is as wide
      as a panel of the tile.

    Example:
    ```mlir
    tile.write_shared %h to %tiles[%i, %part] : !tile.fragment<64x64xf16> to !tile.smem<128x64xf16, swizzle = 128, stages = 2>
    ```
  }];
  let arguments = (ins Tile_FragmentType:$fragment, Tile_SmemType:$tiles, I32:$count, Optional<I32>:$part);
  let assemblyFormat = "$fragment `to` $tiles `[` $count (`,` $part^)? `]` attr-dict `:` type($fragment) `to` type($tiles)";
  let hasVerifier = 1;
}

def Tile_ReadSharedOp : Tile_Op<"read_shared"> {
  let summary = "fragment from a tile of shared memory";
  let description = [{
    Reads the fragment that `tile.write_shared` would have written there. 16-bit elements become `ldmatrix.sync.aligned.m8n8.x4.shared.b16` (PTX
    ISA, "Warp Level Matrix Instructions: ldmatrix"), 32-bit ones `ld.shared.v2`.

    Constraints:
    - (C1) Fragment and tile have one element type, of 16 or 32 bits, and equal columns.
    - (C2) The fragment has the accumulator's layout, 64 rows, and columns that are a multiple of 16.

    Example:
    ```mlir
    %r = tile.read_shared %tiles[%i, %part] : !tile.smem<128x64xf16, swizzle = 128, stages = 2> -> !tile.fragment<64x64xf16>
    ```
  }];
  let arguments = (ins Tile_SmemType:$tiles, I32:$count, Optional<I32>:$part);
  let results = (outs Tile_FragmentType:$fragment);
  let assemblyFormat = "$tiles `[` $count (`,` $part^)? `]` attr-dict `:` type($tiles) `->` type($fragment)";
  let hasVerifier = 1;
}

def Tile_ReadOp : Tile_Op<"read"> {
  let summary = "fragment from global memory";
  let description = [{
    Element (i, j) is the one at row `row` + i, column `column` + j of a row-major matrix whose rows are `stride` elements apart, converted to f32, or
    zero at `rows` and `columns` and beyond; with `transposed` the matrix in memory is the transpose, and `stride` is between its rows. A fragment with
    one row or one column reads a vector. Becomes `ld.global` (PTX ISA, "Data Movement and Conversion Instructions: ld"). A fragment of 16-bit
    elements reads two at once: `column`, `stride` and `columns` are even then, and the pointer is a multiple of 4.

    Constraints:
    - (C1) The fragment has elements of f32 from f32, f16 or bf16, of i32 from i32, or of f16 or bf16 from the same.
    - (C2) A transposed matrix is read as elements of 32 bits.

    Example:
    ```mlir
    %b = tile.read %p[%zero, %n0] stride(%zero) limits(%one, %n) as f16 : !tile.fragment<1x64xf32>
    ```
  }];
  let arguments = (ins Tile_GlobalPointer:$pointer, I32:$row, I32:$column, I32:$stride, I32:$rows, I32:$columns, TypeAttr:$memory_type,
                       UnitAttr:$transposed);
  let results = (outs Tile_FragmentType:$result);
  let assemblyFormat = [{
    $pointer `[` $row `,` $column `]` `stride` `(` $stride `)` `limits` `(` $rows `,` $columns `)` `as` $memory_type
    (`transposed` $transposed^)? attr-dict `:` type($result)
  }];
  let hasVerifier = 1;
}

def Tile_WriteOp : Tile_Op<"write"> {
  let summary = "fragment into global memory";
  let description = [{
    The inverse of `tile.read`: writes the elements that lie inside, rounded to `memory_type`; with `transposed` the matrix in memory is the
    transpose, and `stride` is between its rows. Of i32, i8 is the low byte. Slower than `tile.store`, and right for any stride and alignment. Becomes `st.global` (PTX ISA, "Data Movement and Conversion Instructions: st").

    Constraints:
    - (C1) The fragment has elements of f32 or i32; memory has elements of f32, f16 or bf16 for f32, of i32 or i8 for i32.

    Example:
    ```mlir
    tile.write %x to %p[%m0, %n0] stride(%n) limits(%m, %n) as f16 : !tile.fragment<64x256xf32>
    ```
  }];
  let arguments = (ins Tile_FragmentType:$fragment, Tile_GlobalPointer:$pointer, I32:$row, I32:$column, I32:$stride, I32:$rows, I32:$columns,
                       TypeAttr:$memory_type, UnitAttr:$transposed);
  let assemblyFormat = [{
    $fragment `to` $pointer `[` $row `,` $column `]` `stride` `(` $stride `)` `limits` `(` $rows `,` $columns `)` `as` $memory_type
    (`transposed` $transposed^)? attr-dict `:` type($fragment)
  }];
  let hasVerifier = 1;
}

def Tile_SendRegistersOp : Tile_Op<"send_registers"> {
  let summary = "fragment to the shared memory of another CTA of the cluster";
  let description = [{
    Writes the fragment into the memory of 64 rows (number `part`) of the tile of CTA `rank`, and counts its bytes at the barrier there that use
    number `count` finds. The order in memory is that of registers: eight columns after eight columns, of each the four registers of thread
    0, those of thread 1 and so on, so that a warp sends 512 bytes in a row. Only `tile.read_registers` reads it. Nobody waits for the cluster:
    the memory is written once, or what was there is known to have been read. Becomes `st.async.shared::cluster.mbarrier` (PTX ISA,
    "Data Movement and Conversion Instructions: st.async").

    Constraints:
    - (C1) Fragment and tile have one element type, f32 or i32, and equal columns, the fragment the accumulator's layout and 64 rows; the tile
      has no swizzle, one stage and a multiple of 64 rows.
    - (C2) The barriers are waited for in the kernel: a CTA that has ended cannot be written to.

    Example:
    ```mlir
    tile.send_registers %sum to %tiles[%part] of %rank signals %landed[%zero] : !tile.fragment<64x16xf32> to !tile.smem<192x16xf32>, !tile.barriers<1>
    ```
  }];
  let arguments = (ins Tile_FragmentType:$fragment, Tile_SmemType:$tiles, I32:$part, I32:$rank, Tile_BarriersType:$barriers, I32:$count);
  let assemblyFormat = [{
    $fragment `to` $tiles `[` $part `]` `of` $rank `signals` $barriers `[` $count `]` attr-dict `:` type($fragment) `to` type($tiles) `,`
    type($barriers)
  }];
  let hasVerifier = 1;
}

def Tile_ReadRegistersOp : Tile_Op<"read_registers"> {
  let summary = "fragment that another CTA has sent";
  let description = [{
    Reads the fragment that `tile.send_registers` has written as number `part`. Becomes `ld.shared.v4` (PTX ISA, "Data Movement and Conversion
    Instructions: ld").

    Constraints:
    - (C1) Fragment and tile as for `tile.send_registers`.

    Example:
    ```mlir
    %s = tile.read_registers %tiles[%part] : !tile.smem<192x16xf32> -> !tile.fragment<64x16xf32>
    ```
  }];
  let arguments = (ins Tile_SmemType:$tiles, I32:$part);
  let results = (outs Tile_FragmentType:$result);
  let assemblyFormat = "$tiles `[` $part `]` attr-dict `:` type($tiles) `->` type($result)";
  let hasVerifier = 1;
}

#endif // TENON_DIALECTS_TILE_IR_TILEMEMORYOPS_TD
