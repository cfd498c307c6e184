// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes that give kernels the runtime's calling convention.

#ifndef TENON_LIB_TARGET_CPU_PASSES_TD
#define TENON_LIB_TARGET_CPU_PASSES_TD

include "mlir/Pass/PassBase.td"

def PrepareKernelsPass : Pass<"cpu-prepare-kernels", "::mlir::ModuleOp"> {
  let summary = "Make each kernel a private body function that LLVM can optimise";
  let description = [{
    Renames each public function of a kernel module to `<name>.body` and makes it private and not inlined. Each temporary in its scratch
    memory becomes an argument of its own. The function's type and the temporaries' offsets are kept in attributes for
    `cpu-add-kernel-entries`.

    Example:
    ```mlir
    module @kernels {
      func.func @relu(%a: memref<8xf32>, %x: index, %y: index, %z: index, %scratch: memref<?xi8>) {
        return
      }
    }
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def AddKernelEntriesPass : Pass<"cpu-add-kernel-entries", "::mlir::ModuleOp"> {
  let summary = "Add the functions that the runtime calls";
  let description = [{
    For each body function that `cpu-prepare-kernels` made and that is now in the LLVM dialect, adds a public `llvm.func` with the
    signature of runtime/engine/KernelAbi.h. It loads base addresses and scalars from the tables and calls the body with row-major
    memref descriptors; the dynamic dims of the memrefs are the launch's first scalars, in order. Of the body's pointers it says that they
    are aligned and do not alias.

    Example:
    ```mlir
    module @kernels {
      llvm.func internal @f.body(%x: i64, %y: i64, %z: i64, %p: !llvm.ptr, %q: !llvm.ptr, %o: i64, %n: i64, %s: i64)
          attributes {cpu.kernel_type = (index, index, index, memref<?xi8>) -> ()} {
        llvm.return
      }
    }
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def ExpandArithPass : Pass<"cpu-expand-arith", "::mlir::ModuleOp"> {
  let summary = "Expand arithmetic that x86-64 has no instructions for";
  let description = [{
    Rounding divisions, and conversions from and to bfloat16, become simpler arithmetic.

    Example:
    ```mlir
    module @kernels {
      func.func @extend(%a: bf16) -> f32 {
        %b = arith.extf %a : bf16 to f32
        return %b : f32
      }
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::vector::VectorDialect"];
}

def HoldBFloat16BitsPass : Pass<"cpu-hold-bfloat16-bits", "::mlir::ModuleOp"> {
  let summary = "Hold bfloat16 values as the integers of their bits";
  let description = [{
    After `cpu-expand-arith`, values of bfloat16 are moved only. Without instructions for the type LLVM would carry them from block to block
    as float32, and convert them at each end by a call of the compiler's runtime library.

    Example:
    ```mlir
    module @kernels {
      llvm.func @move(%from: !llvm.ptr, %to: !llvm.ptr) {
        %x = llvm.load %from : !llvm.ptr -> bf16
        llvm.store %x, %to : bf16, !llvm.ptr
        llvm.return
      }
    }
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // TENON_LIB_TARGET_CPU_PASSES_TD
