// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lowering of tensor-core kernels.

#ifndef TENON_CONVERSION_TILETONVVM_PASSES_TD
#define TENON_CONVERSION_TILETONVVM_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertTileToNvvmPass : Pass<"convert-tile-to-nvvm", "::mlir::ModuleOp"> {
  let summary = "Lower tile kernels to NVVM";
  let description = [{
    Each `tile.kernel` becomes an `llvm.func` for sm_90a with `nvvm` ops and inline PTX where MLIR has no op; `scf` and `arith` stay. Tiles and barriers
    become pointers to shared memory and want `tile-place-shared` before, fragments become structs of registers. One `tile.mma` becomes one
    inline assembly statement, so that nothing can come between a fence, its products and their commit. `math.exp2` and `arith.divf` of f32 that may be
    approximate (`afn`, a division with `arcp` too) become `ex2.approx.ftz` and `rcp.approx.ftz`.

    Example:
    ```mlir
    tile.kernel @wait() {
      %i = arith.constant 0 : i32
      %full = tile.alloc_barriers {offset = 0} : !tile.barriers<4>
      tile.init %full : !tile.barriers<4>
      tile.wait %full[%i] : !tile.barriers<4>
      tile.elect {
        tile.arrive %full[%i] : !tile.barriers<4>
      }
      tile.return
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect", "::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect"];
}

#endif // TENON_CONVERSION_TILETONVVM_PASSES_TD
