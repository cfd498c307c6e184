// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The ops of the tile dialect: the program and its barriers here, copies and matrices in files of their own. Each names the PTX
// instruction that it becomes and the section of the PTX ISA that describes it.

#ifndef TENON_DIALECTS_TILE_IR_TILEOPS_TD
#define TENON_DIALECTS_TILE_IR_TILEOPS_TD

include "dialects/Tile/IR/TileCopyOps.td"
include "dialects/Tile/IR/TileMatrixOps.td"
include "dialects/Tile/IR/TileMemoryOps.td"
include "dialects/Tile/IR/TileTypes.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"

def Tile_KernelOp : Tile_Op<"kernel", [FunctionOpInterface, IsolatedFromAbove]> {
  let summary = "kernel of one thread block";
  let description = [{
    A function that a grid of CTAs of `threads` threads runs, `cluster` neighbouring ones of which can reach each other's shared memory. Arguments
    are descriptors, pointers to global memory (`!llvm.ptr<1>`), and scalars. Becomes a PTX `.entry` with `.reqntid`, `.minnctapersm 1` and
    `.reqnctapercluster` (PTX ISA, "Performance-Tuning Directives" and "Cluster Dimension Directives").

    Constraints:
    - (C1) `threads` is a positive multiple of 128, at most 1024; `cluster` is 1, 2, 4 or 8.
    - (C2) Every barrier is initialised by one `tile.init`.
    - (C3) A kernel that arrives at other CTAs' barriers or copies to them ends with `tile.sync cluster`, or drains the rings at which they
      arrive: a CTA must not leave while it can still be reached.
    - (C4) As many warpgroups arrive at a barrier as its type counts: each of the roles that hold a `tile.expect` or `tile.arrive` of it, once
      for each CTA of the cluster if these arrive at the whole cluster. Of several in a role each use gets one, or all those of
      one block that have one count.

    Example:
    ```mlir
    tile.kernel @nothing() attributes {threads = 384 : i64, cluster = 2 : i64} {
      tile.return
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<FunctionType>:$function_type, DefaultValuedAttr<I64Attr, "128">:$threads,
                       DefaultValuedAttr<I64Attr, "1">:$cluster, OptionalAttr<DictArrayAttr>:$arg_attrs, OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region AnyRegion:$body);
  let hasCustomAssemblyFormat = 1;
  let hasRegionVerifier = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::llvm::ArrayRef<::mlir::Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    ::llvm::ArrayRef<::mlir::Type> getResultTypes() { return getFunctionType().getResults(); }
    ::mlir::Region *getCallableRegion() { return &getBody(); }
  }];
}

def Tile_ReturnOp : Tile_Op<"return", [Terminator, ReturnLike]> {
  let summary = "end of a kernel";
  let description = [{
    Every thread of the CTA leaves. Becomes `ret` (PTX ISA, "Control Flow Instructions: ret").

    Example:
    ```mlir
    tile.kernel @nothing() {
      tile.return
    }
    ```
  }];
  let assemblyFormat = "attr-dict";
}

def Tile_YieldOp : Tile_Op<"yield", [Pure, Terminator, ReturnLike]> {
  let summary = "end of a region of the dialect";
  let description = [{
    Ends a role, a body of one thread, or an elementwise body, which it gives its results.

    Example:
    ```mlir
    tile.elect {
      tile.yield
    }
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
  let builders = [OpBuilder<(ins), "">];
}

def Tile_RolesOp : Tile_Op<"roles", [NoTerminator, SingleBlock]> {
  let summary = "division of the CTA's warpgroups among roles";
  let description = [{
    Warpgroups take the roles inside in order, and go on after the op when theirs has ended. Becomes one chain of uniform branches:
    the number of the warpgroup by `shfl.sync.idx`, then `setp` and `bra` (PTX ISA, "Control Flow Instructions: bra").

    Constraints:
    - (C1) The body holds `tile.role` ops only.
    - (C2) Their warpgroups are all of the kernel's.
    - (C3) Their registers are at most those of the launch, or a `setmaxnreg.inc` waits for ever: of each thread the 65536 of an SM over all
      threads, rounded down to a multiple of 8, which a role without `registers` keeps.

    Example:
    ```mlir
    tile.kernel @roles() attributes {threads = 384 : i64} {
      tile.roles {
        tile.role "producer" warpgroups(1) registers(40) {
        ^bb0(%i: i32):
        }
        tile.role "consumer" warpgroups(2) registers(232) {
        ^bb0(%i: i32):
        }
      }
      tile.return
    }
    ```
  }];
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$body attr-dict";
  let hasRegionVerifier = 1;
}

def Tile_RoleOp : Tile_Op<"role", [SingleBlockImplicitTerminator<"YieldOp">]> {
  let summary = "what some of the warpgroups do";
  let description = [{
    `warpgroups` warpgroups run the body, each with its number among them, and change their number of registers to `registers` first, if given.
    Becomes `setmaxnreg` (PTX ISA, "Miscellaneous Instructions: setmaxnreg").

    Constraints:
    - (C1) `warpgroups` is positive, `registers` a multiple of 8 from 24 to 256.
    - (C2) The body takes one i32.

    Example:
    ```mlir
    tile.role "consumer" warpgroups(2) registers(232) {
    ^bb0(%i: i32):
      tile.sync warpgroup
    }
    ```
  }];
  let arguments = (ins StrAttr:$name, I64Attr:$warpgroups, OptionalAttr<I64Attr>:$registers);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$name `warpgroups` `(` $warpgroups `)` (`registers` `(` $registers^ `)`)? $body attr-dict";
  let hasVerifier = 1;
}

def Tile_ElectOp : Tile_Op<"elect", [SingleBlockImplicitTerminator<"YieldOp">]> {
  let summary = "what one thread of the warpgroup does";
  let description = [{
    The first thread of the calling warpgroup runs the body; it is always the same one, because groups of bulk copies belong to the
    thread that made them. Becomes a branch on `%tid.x`.

    Example:
    ```mlir
    tile.elect {
      tile.arrive %empty[%i] : !tile.barriers<4, arrivals = 2>
    }
    ```
  }];
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$body attr-dict";
}

def Tile_ScopeEnum : I32EnumAttr<"Scope", "threads that wait for each other",
    [I32EnumAttrCase<"warpgroup", 0>, I32EnumAttrCase<"role", 1>, I32EnumAttrCase<"cta", 2>, I32EnumAttrCase<"cluster", 3>]> {
  let cppNamespace = "::tenon::tile";
  let genSpecializedAttr = 0;
}
def Tile_ScopeAttr : EnumAttr<Tile_Dialect, Tile_ScopeEnum, "scope">;

def Tile_SyncOp : Tile_Op<"sync"> {
  let summary = "barrier of a warpgroup, a role, a CTA or a cluster";
  let description = [{
    All threads of the scope wait for each other and see each other's writes to shared memory. Becomes `barrier.sync` (a warpgroup has its own,
    number 1 + its number, a role of several number 9 + its own; PTX ISA, "Parallel Synchronization and Communication Instructions: barrier")
    or `barrier.cluster`.

    Constraints:
    - (C1) The scopes `cta` and `cluster` stand outside of roles, `role` inside of one, and none in a body of one thread.

    Example:
    ```mlir
    tile.sync cta
    ```
  }];
  let arguments = (ins Tile_ScopeAttr:$scope);
  let assemblyFormat = "$scope attr-dict";
  let hasVerifier = 1;
}

def Tile_AllocBarriersOp : Tile_Op<"alloc_barriers"> {
  let summary = "barriers in shared memory";
  let description = [{
    `tile-place-shared` gives them an `offset` in bytes. Of barriers in `turns` each use gets the arrival of one warpgroup of a role, not of all.
    Becomes no instruction but an address, as `tile.alloc` does: 8 bytes for each stage (PTX ISA, "Parallel Synchronization and Communication
    Instructions: mbarrier").

    Example:
    ```mlir
    %full = tile.alloc_barriers : !tile.barriers<4>
    ```
  }];
  let arguments = (ins UnitAttr:$turns, OptionalAttr<I64Attr>:$offset);
  let results = (outs Tile_BarriersType:$barriers);
  let assemblyFormat = "(`turns` $turns^)? attr-dict `:` type($barriers)";
}

def Tile_InitOp : Tile_Op<"init"> {
  let summary = "initialisation of barriers";
  let description = [{
    One thread initialises every stage, then the CTA, or the cluster if there is one, waits for it. Becomes `mbarrier.init` and
    `fence.mbarrier_init` (PTX ISA, "Parallel Synchronization and Communication Instructions: mbarrier.init").

    Constraints:
    - (C1) It stands outside of roles and bodies of one thread, whose other threads would never come.

    Example:
    ```mlir
    tile.init %full, %empty : !tile.barriers<4>, !tile.barriers<4, arrivals = 2>
    ```
  }];
  let arguments = (ins Variadic<Tile_BarriersType>:$barriers);
  let assemblyFormat = "$barriers `:` type($barriers) attr-dict";
  let hasVerifier = 1;
}

def Tile_ExpectOp : Tile_Op<"expect"> {
  let summary = "arrival that announces bytes";
  let description = [{
    Arrives at the barrier that use number `count` of the ring finds, which then also waits for `bytes` bytes from copies or other CTAs. Becomes
    `mbarrier.arrive.expect_tx` (PTX ISA, "mbarrier.arrive").

    Constraints:
    - (C1) The loads up to the next `tile.expect` of the same barriers in its block bring exactly `bytes`; of barriers that `tile.send_registers`
      signals, they are those of the tile that it writes.
    - (C2) `bytes` is positive and at most 2^20 - 1, to which PTX counts.
    - (C3) It stands in a body of one thread, whose arrivals the barrier's type counts.
    - (C4) These loads have its `count`.

    Example:
    ```mlir
    tile.elect {
      tile.expect %full[%i], 16384 : !tile.barriers<4>
      tile.load %a[%k, %m] to %tiles[%i] signals %full : !tile.descriptor<128x64xf16, swizzle = 128> to !tile.smem<128x64xf16, swizzle = 128, stages = 4>, !tile.barriers<4>
    }
    ```
  }];
  let arguments = (ins Tile_BarriersType:$barriers, I32:$count, I64Attr:$bytes);
  let assemblyFormat = "$barriers `[` $count `]` `,` $bytes attr-dict `:` type($barriers)";
  let hasVerifier = 1;
}

def Tile_ArriveOp : Tile_Op<"arrive"> {
  let summary = "arrival at a barrier";
  let description = [{
    Arrives at the barrier that use number `count` of the ring finds; with `cluster` at the same barrier of every CTA of the cluster. Becomes
    `mbarrier.arrive`, for a cluster `mapa` and `mbarrier.arrive.shared::cluster` (PTX ISA, "mbarrier.arrive"): without `.release.cluster`, whose
    fence costs 1.2 us. What was read before may be overwritten after, because wgmma was waited for.

    Constraints:
    - (C1) It stands in a body of one thread, whose arrivals the barrier's type counts.

    Example:
    ```mlir
    tile.elect {
      tile.arrive %empty[%i] cluster : !tile.barriers<4, arrivals = 4>
    }
    ```
  }];
  let arguments = (ins Tile_BarriersType:$barriers, I32:$count, UnitAttr:$cluster);
  let assemblyFormat = "$barriers `[` $count `]` (`cluster` $cluster^)? attr-dict `:` type($barriers)";
  let hasVerifier = 1;
}

def Tile_WaitOp : Tile_Op<"wait"> {
  let summary = "wait for a barrier";
  let description = [{
    Waits until the barrier that use number `count` of the ring finds has completed the phase of that use, with `previous` that of the use before,
    which is complete from the start for the first round. The thread is at most one round ahead of the barrier, whose phase is known by its parity
    only. Becomes a loop of `mbarrier.try_wait.parity` (PTX ISA, "mbarrier.try_wait").

    Constraints:
    - (C1) Not only what follows completes the phase: the only `tile.arrive` or `tile.expect` of the barriers in the kernel, if it has the same
      count and stands in the same block, stands before.

    Example:
    ```mlir
    tile.wait %full[%i] : !tile.barriers<4>
    tile.wait %empty[%i] previous : !tile.barriers<4, arrivals = 2>
    ```
  }];
  let arguments = (ins Tile_BarriersType:$barriers, I32:$count, UnitAttr:$previous);
  let assemblyFormat = "$barriers `[` $count `]` (`previous` $previous^)? attr-dict `:` type($barriers)";
  let hasVerifier = 1;
}

def Tile_DrainOp : Tile_Op<"drain"> {
  let summary = "wait until a ring is free";
  let description = [{
    Waits until all uses of the ring before number `count` have completed their phases: as many as the ring has stages, one after the other. A
    CTA whose producer drains the ring at which the cluster arrives may end: no other CTA has arrivals for it on their way. Becomes as many
    `tile.wait`.

    Example:
    ```mlir
    tile.drain %empty[%uses] : !tile.barriers<4, arrivals = 4>
    ```
  }];
  let arguments = (ins Tile_BarriersType:$barriers, I32:$count);
  let assemblyFormat = "$barriers `[` $count `]` attr-dict `:` type($barriers)";
}

#endif // TENON_DIALECTS_TILE_IR_TILEOPS_TD
