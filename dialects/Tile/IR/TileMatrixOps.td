// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products of tiles and what is done with their fragments.

#ifndef TENON_DIALECTS_TILE_IR_TILEMATRIXOPS_TD
#define TENON_DIALECTS_TILE_IR_TILEMATRIXOPS_TD

include "dialects/Tile/IR/TileTypes.td"

def Tile_MmaOp : Tile_Op<"mma", [AttrSizedOperandSegments,
    OptionalTypesMatchWith<"accumulator and result have one type", "result", "accumulator", "$_self">]> {
  let summary = "product of tiles, started";
  let description = [{
    Starts `D = A * B^T (+ accumulator)` for the calling warpgroup as one group of wgmma: A is 64 rows (number `part`) of a tile [M, K] or a
    fragment, B a tile [N, K]; `transpose_a` and `transpose_b` say that they are stored [K, M] and [K, N]. The accumulator is left out where
    `when` is false, as in the first step of a sum, which saves zeroing it. Becomes `wgmma.fence`, one `wgmma.mma_async` for each 32 bytes of K,
    `wgmma.commit_group` (PTX ISA, "Asynchronous Warpgroup Level Matrix Multiply-Accumulate Instructions").

    Constraints:
    - (C1) A and B have one element type: f16, bf16, f32 (as tf32), or i8 and ui8, or f8E4M3FN and f8E5M2, both in any mixture.
    - (C2) The result has 64 rows and as many columns as B has rows of N: a multiple of 8 (of 8-bit integers above 24: of 16), at most 256.
    - (C3) A and B have equal K, a multiple of 32 bytes.
    - (C4) Only 16-bit elements may be transposed, and a transposed B has a swizzle of 128 bytes.
    - (C5) Tiles are swizzled.
    - (C6) The result is i32 for integers, else f32; the accumulator has the result's type.
    - (C7) The result is only accumulated into, waited for or yielded: it is in flight.
    - (C8) A fragment has 64 rows, 16-bit elements and the accumulator's layout; it has no `count`, a tile has.
    - (C9) It stands outside of bodies of one thread: all threads of the warpgroup start a product.

    Example:
    ```mlir
    %1 = tile.mma %a[%i, %part], %b[%i] accumulate %0 : !tile.smem<128x64xf16, swizzle = 128, stages = 4>, !tile.smem<256x64xf16, swizzle = 128, stages = 4> -> !tile.fragment<64x256xf32>
    %2 = tile.wait_mma 0 for %1 : !tile.fragment<64x256xf32>
    ```
  }];
  let arguments = (ins AnyTypeOf<[Tile_SmemType, Tile_FragmentType]>:$a, Optional<I32>:$a_count, Optional<I32>:$part, Tile_SmemType:$b, I32:$b_count,
                       Optional<Tile_FragmentType>:$accumulator, Optional<I1>:$when, UnitAttr:$transpose_a, UnitAttr:$transpose_b);
  let results = (outs Tile_FragmentType:$result);
  let assemblyFormat = [{
    $a (`[` $a_count^ custom<Part>($part) `]`)? `,` $b `[` $b_count `]` (`accumulate` $accumulator^)? (`when` $when^)? attr-dict
    `:` type($a) `,` type($b) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Tile_WaitMmaOp : Tile_Op<"wait_mma", [AllTypesMatch<["fragments", "ready"]>]> {
  let summary = "wait for products";
  let description = [{
    Waits until at most the last `pending` products of this warpgroup are unfinished and gives the fragments, which are among the finished ones, as
    values that may be read. Becomes `wgmma.wait_group` (PTX ISA, "wgmma.wait_group").

    Constraints:
    - (C1) `pending` is 0 to 7.
    - (C2) The fragments are not those of the last `pending` products before it in its block.
    - (C3) It stands outside of bodies of one thread.

    Example:
    ```mlir
    tile.wait_mma 1
    %r = tile.wait_mma 0 for %acc : !tile.fragment<64x256xf32>
    ```
  }];
  let arguments = (ins I64Attr:$pending, Variadic<Tile_FragmentType>:$fragments);
  let results = (outs Variadic<Tile_FragmentType>:$ready);
  let assemblyFormat = "$pending (`for` $fragments^ `:` type($fragments))? attr-dict";
  let hasVerifier = 1;
}

def Tile_SplatOp : Tile_Op<"splat", [Pure]> {
  let summary = "fragment of one value";
  let description = [{
    Every element is `value`. Becomes moves.

    Constraints:
    - (C1) The value has the element type, which has 32 bits.

    Example:
    ```mlir
    %f = tile.splat %zero : f32 -> !tile.fragment<64x256xf32>
    ```
  }];
  let arguments = (ins AnyTypeOf<[F32, I32]>:$value);
  let results = (outs Tile_FragmentType:$result);
  let assemblyFormat = "$value attr-dict `:` type($value) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_UndefOp : Tile_Op<"undef", [Pure]> {
  let summary = "fragment without values";
  let description = [{
    What a loop carries into a first product that does not read it. Becomes no instruction: registers that nothing has written, as PTX leaves them
    (PTX ISA, "State Spaces: Register State Space").

    Example:
    ```mlir
    %f = tile.undef : !tile.fragment<64x256xf32>
    ```
  }];
  let results = (outs Tile_FragmentType:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
}

def Tile_IotaOp : Tile_Op<"iota", [Pure]> {
  let summary = "row or column numbers";
  let description = [{
    A column of row numbers or a row of column numbers, for masks and addresses. Becomes arithmetic on `%tid.x`.

    Constraints:
    - (C1) The result is i32 with one row or one column.

    Example:
    ```mlir
    %rows = tile.iota : !tile.fragment<64x1xi32>
    ```
  }];
  let results = (outs Tile_FragmentType:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Tile_MapOp : Tile_Op<"map", [RecursiveMemoryEffects, SingleBlock]> {
  let summary = "elementwise body over fragments";
  let description = [{
    Runs the body once an element; inputs with one row or one column are broadcast. This is where an epilogue's scalar body goes. Becomes the body,
    once for each register: of `arith.addf` each time `add.rn.f32` (PTX ISA, "Floating Point Instructions: add"). Broadcasting costs no instruction, as
    a thread has the entries of vectors that its elements meet.

    Constraints:
    - (C1) All fragments have 32-bit elements and one layout.
    - (C2) Inputs have the results' rows or 1, and the results' columns or 1; results have one shape.
    - (C3) The body takes and yields the element types.

    Example:
    ```mlir
    %y = tile.map %x, %bias : !tile.fragment<64x256xf32>, !tile.fragment<1x256xf32> -> !tile.fragment<64x256xf32> {
    ^bb0(%e: f32, %b: f32):
      %s = arith.addf %e, %b : f32
      tile.yield %s : f32
    }
    ```
  }];
  let arguments = (ins Variadic<Tile_FragmentType>:$inputs);
  let results = (outs Variadic<Tile_FragmentType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$inputs `:` type($inputs) `->` type($results) $body attr-dict";
  let hasRegionVerifier = 1;
}

def Tile_CombineEnum : I32EnumAttr<"Combine", "how two elements become one",
    [I32EnumAttrCase<"add", 0>, I32EnumAttrCase<"maximum", 1>]> {
  let cppNamespace = "::tenon::tile";
  let genSpecializedAttr = 0;
}
def Tile_CombineAttr : EnumAttr<Tile_Dialect, Tile_CombineEnum, "combine">;

def Tile_ReduceOp : Tile_Op<"reduce", [Pure]> {
  let summary = "sum or maximum of each row";
  let description = [{
    Combines the elements of a row in a fixed order: a thread's as a tree, then, unless `partial`, over the threads that share the row. Becomes
    arithmetic and `shfl.sync.bfly` (PTX ISA, "Data Movement and Conversion Instructions: shfl.sync"). With `partial` each thread keeps the result of
    its own elements, which a later `reduce` of the column completes.

    Constraints:
    - (C1) Input and result are f32 of one layout and number of rows; the result has one column.

    Example:
    ```mlir
    %m = tile.reduce maximum %s : !tile.fragment<64x128xf32> -> !tile.fragment<64x1xf32>
    ```
  }];
  let arguments = (ins Tile_CombineAttr:$kind, Tile_FragmentType:$input, UnitAttr:$partial);
  let results = (outs Tile_FragmentType:$result);
  let assemblyFormat = "$kind (`partial` $partial^)? $input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_ConvertOp : Tile_Op<"convert"> {
  let summary = "fragment of shorter or longer elements";
  let description = [{
    Rounds to nearest even and packs neighbours into registers, or unpacks them. Becomes `cvt.rn.f16x2.f32` or `cvt.rn.bf16x2.f32`, to
    f32 `cvt.f32.f16` or `cvt.f32.bf16` (PTX ISA, "Data Movement and Conversion Instructions: cvt"), where it stands: a register that a product in
    flight still reads must not be written before the wait.

    Constraints:
    - (C1) Between f32 and f16 or bf16, with equal shape and layout.

    Example:
    ```mlir
    %h = tile.convert %x : !tile.fragment<64x64xf32> to !tile.fragment<64x64xf16>
    ```
  }];
  let arguments = (ins Tile_FragmentType:$input);
  let results = (outs Tile_FragmentType:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `to` type($result)";
  let hasVerifier = 1;
}

def Tile_ColumnsOp : Tile_Op<"columns", [Pure]> {
  let summary = "some columns of a fragment";
  let description = [{
    The columns from `first` on, as many as the result has. Becomes no instruction: the result names some of the input's registers (PTX ISA, "State
    Spaces: Register State Space").

    Constraints:
    - (C1) Input and result differ in the number of columns only; `first` is a multiple of the atom's columns, and the columns exist.

    Example:
    ```mlir
    %c = tile.columns %x[64] : !tile.fragment<64x256xf32> -> !tile.fragment<64x64xf32>
    ```
  }];
  let arguments = (ins Tile_FragmentType:$input, I64Attr:$first);
  let results = (outs Tile_FragmentType:$result);
  let assemblyFormat = "$input `[` $first `]` attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

#endif // TENON_DIALECTS_TILE_IR_TILEMATRIXOPS_TD
