// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The dialect itself, and the types that a tensor-core kernel is written over.

#ifndef TENON_DIALECTS_TILE_IR_TILETYPES_TD
#define TENON_DIALECTS_TILE_IR_TILETYPES_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Tile_Dialect : Dialect {
  let name = "tile";
  let cppNamespace = "::tenon::tile";
  let summary = "Tensor-core kernels as programs of a thread block over tiles";
  let description = [{
    One level above PTX for sm_90a. A kernel is written for a whole thread block (CTA): warpgroups of 128 threads take roles, tiles travel
    between global and shared memory by the bulk copy engine (TMA), barriers in shared memory say when they are there, warpgroups multiply
    them (`wgmma`) into fragments, and what a fragment holds per element is written as a scalar body.

    Three rules make what hangs a GPU hard to write. Rings of tiles and barriers are addressed by how many were used before: stage and
    phase follow from that count, so no phase bit appears in the IR. A barrier's type says how many arrivals complete it, and the bytes
    that it expects are compared with the tiles that arrive at it. The result of `tile.mma` may only be waited for or accumulated into.

    Swizzles, boxes and register layouts are parts of types and verified there. `docs/tile.md` explains the design, `Layout.h` the layouts.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
}

class Tile_Op<string mnemonic, list<Trait> traits = []> : Op<Tile_Dialect, mnemonic, traits>;

def Tile_LayoutAttr : AttrDef<Tile_Dialect, "Layout"> {
  let mnemonic = "layout";
  let summary = "which thread and register of a warpgroup holds which element";
  let description = [{
    Linear layout of an atom of rows and columns over the registers of a thread, the 32 lanes of a warp and the 4 warps of a warpgroup:
    bit i of each index adds its i-th (row, column) step. Larger fragments repeat the atom along columns. `Layout.h` teaches it.

    Constraints:
    - (C1) There are 5 lane steps and 2 warp steps.
    - (C2) The steps are the powers of two below the atom's rows and columns, each exactly once.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$registers, ArrayRefParameter<"int64_t">:$lanes, ArrayRefParameter<"int64_t">:$warps);
  let assemblyFormat = "`<` `register` `=` custom<Steps>($registers) `,` `lane` `=` custom<Steps>($lanes) `,` `warp` `=` custom<Steps>($warps) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The layout of wgmma accumulators (atom 64x8), which is also that of its 16-bit A operand.
    static LayoutAttr getAccumulator(::mlir::MLIRContext *context);
    /// A layout (atom 64x64) in which half a warp has 32 neighbouring columns of row r, the other half those of row r + 4: what is read
    /// lies side by side, and what is written to a tile with a swizzle of 128 bytes meets each bank once.
    static LayoutAttr getAlongRows(::mlir::MLIRContext *context);
    int64_t getAtomRows();
    int64_t getAtomColumns();
  }];
}

class Tile_Type<string name, string text> : TypeDef<Tile_Dialect, name> {
  let mnemonic = text;
  let genVerifyDecl = 1;
}

def Tile_SmemType : Tile_Type<"Smem", "smem"> {
  let summary = "ring of tiles in shared memory";
  let description = [{
    `stages` tiles of `rows` x `columns` elements. A tile is stored as panels side by side, each as wide as the swizzle; inside a panel the
    16-byte units of a row are permuted by the row (PTX ISA, "Shared Memory Matrix Layout"), so that 8 rows of one column and 8 columns of
    one row touch all banks. Without swizzle a tile is one row-major panel.

    Constraints:
    - (C1) Elements have 1, 2 or 4 bytes.
    - (C2) `swizzle` is 0, 32, 64 or 128 bytes.
    - (C3) Rows are a multiple of 8.
    - (C4) A row is a multiple of the swizzle, without swizzle of 16 bytes.
    - (C5) There is at least one stage, and all stages fit into the 232448 bytes that a CTA can have.

    Example: `!tile.smem<128x64xf16, swizzle = 128, stages = 4>`
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$columns, "::mlir::Type":$elementType, DefaultValuedParameter<"int64_t", "0">:$swizzle,
                        DefaultValuedParameter<"int64_t", "1">:$stages);
  let assemblyFormat = "`<` custom<Extents>($rows, $columns, $elementType) (`,` struct($swizzle, $stages)^)? `>`";
  let extraClassDeclaration = [{
    int64_t getElementBytes();
    /// Columns of a panel, and bytes of one row of it.
    int64_t getPanelColumns();
    int64_t getPitch();
    int64_t getPanels();
    int64_t getPanelBytes();
    /// Bytes of one stage, and of all.
    int64_t getTileBytes();
    int64_t getBytes();
    /// Where a tile may begin: a swizzle pattern repeats after 8 rows.
    int64_t getAlignment();
  }];
}

def Tile_BarriersType : Tile_Type<"Barriers", "barriers"> {
  let summary = "ring of mbarriers";
  let description = [{
    `stages` barriers in shared memory, each of which completes a phase after `arrivals` arrivals and after the bytes that were announced.

    Constraints:
    - (C1) There is at least one stage and one arrival; PTX counts to 2^20 - 1.

    Example: `!tile.barriers<4, arrivals = 2>`
  }];
  let parameters = (ins "int64_t":$stages, DefaultValuedParameter<"int64_t", "1">:$arrivals);
  let assemblyFormat = "`<` $stages (`,` struct($arrivals)^)? `>`";
}

def Tile_DescriptorType : Tile_Type<"Descriptor", "descriptor"> {
  let summary = "tensor map that the host has encoded";
  let description = [{
    A kernel argument of 128 bytes (`cuTensorMapEncodeTiled`, with `im2col` `cuTensorMapEncodeIm2col`). The box is what one copy moves:
    `rows` x `columns` of the two innermost dims of a tensor of rank `rank`; with `im2col` `rows` pixels by `columns` channels of a tensor
    whose outermost dim is the batch.

    Constraints:
    - (C1) Elements have 1, 2 or 4 bytes, and `swizzle` is 0, 32, 64 or 128 bytes.
    - (C2) A box has at most 256 rows (im2col: 1024 pixels) and 256 columns.
    - (C3) A row of the box is a multiple of 16 bytes and not wider than the swizzle.
    - (C4) The rank is 2 to 5, with im2col 3 to 5.

    Example: `!tile.descriptor<128x64xf16, swizzle = 128, rank = 3>`
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$columns, "::mlir::Type":$elementType, DefaultValuedParameter<"int64_t", "0">:$swizzle,
                        DefaultValuedParameter<"int64_t", "2">:$rank, DefaultValuedParameter<"bool", "false">:$im2col);
  let assemblyFormat = "`<` custom<Extents>($rows, $columns, $elementType) (`,` struct($swizzle, $rank, $im2col)^)? `>`";
}

def Tile_FragmentType : Tile_Type<"Fragment", "fragment"> {
  let summary = "matrix in the registers of a warpgroup";
  let description = [{
    `rows` x `columns` elements spread over 128 threads as `layout` says; the layout of wgmma accumulators is not printed. A fragment with one
    row or one column holds a vector that every thread has wherever it would meet it in the matrix. 16-bit elements lie in pairs of columns,
    8-bit elements in fours.

    Constraints:
    - (C1) Elements are f32, i32, f16, bf16, i8, f8E4M3FN or f8E5M2.
    - (C2) Rows are 1 or the atom's, columns 1 or a multiple of the atom's, at most 256.
    - (C3) Elements shorter than 32 bits fill whole registers: neighbouring registers of the layout hold neighbouring columns.

    Example: `!tile.fragment<64x256xf32>`
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$columns, "::mlir::Type":$elementType, "::tenon::tile::LayoutAttr":$layout);
  let assemblyFormat = "`<` custom<Fragment>($rows, $columns, $elementType, $layout) `>`";
  let builders = [TypeBuilder<(ins "int64_t":$rows, "int64_t":$columns, "::mlir::Type":$elementType), [{
    return $_get($_ctxt, rows, columns, elementType, LayoutAttr::getAccumulator($_ctxt));
  }]>];
  let extraClassDeclaration = [{
    /// Elements that a 32-bit register holds.
    int64_t getPacking();
  }];
}

#endif // TENON_DIALECTS_TILE_IR_TILETYPES_TD
