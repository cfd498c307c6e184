// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes that make PTX entries of GPU kernels.

#ifndef TENON_LIB_TARGET_CUDA_PASSES_TD
#define TENON_LIB_TARGET_CUDA_PASSES_TD

include "mlir/Pass/PassBase.td"

def AddKernelEntriesPass : Pass<"cuda-add-kernel-entries", "::mlir::ModuleOp"> {
  let summary = "Give kernels the parameters that the runtime passes and the loop over workgroups";
  let description = [{
    Each public function of a kernel module becomes a function of pointers and integers as runtime/engine/KernelAbi.h has them: a 64-byte
    aligned global pointer for each buffer, `noalias` if the kernel does not write it, the scalars, the number of workgroups, and the scratch. Around the body
    stands the loop over the workgroups of a block, with a barrier between two of them if its threads share memory. Scratch in the workgroup's
    address space is dynamic shared memory; generic scratch is that or a part of global memory, as the launch says.

    The function gets `cuda.index_bits`, the width that its index computations need: 32 if all that it indexes lies in buffers known
    to be smaller than 2^31 - 2^24 bytes (views of them, as tiles at uneven edges, may have any sizes) and it takes no scalar, else 64; and `cuda.scratch`, `shared` or `any` as engines have it.

    Example:
    ```mlir
    module @kernels {
      func.func @square(%a: memref<1024xf32>, %b: memref<1024xf32>, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
          attributes {gpu.known_block_size = array<i32: 128, 1, 1>} {
        %t = gpu.thread_id x
        %c128 = arith.constant 128 : index
        %first = arith.muli %x, %c128 : index
        %i = arith.addi %first, %t : index
        %v = memref.load %a[%i] : memref<1024xf32>
        %w = arith.mulf %v, %v : f32
        memref.store %w, %b[%i] : memref<1024xf32>
        return
      }
    }
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::NVVM::NVVMDialect", "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

def ExpandMathPass : Pass<"cuda-expand-math", "::mlir::ModuleOp"> {
  let summary = "Compute exp, erf, tanh and the logistic function with the GPU's approximations";
  let description = [{
    Replaces `math.exp`, `erf` and `tanh` on f32 (shorter floats go through it) by arithmetic around `ex2.approx.ftz.f32` and
    `rcp.approx.ftz.f32`, a division by exp(x) + c, c >= 1, by a multiplication, and erf(x) + 1 by what is
    shorter than erf. Greatest error found on an
    H200, in units in the last place of normal results: exp 2, erf and tanh 2, the logistic function 3.5; of erf(x) + 1, 1.3e-7. Everything else is left to `convert-math-to-arith`.

    Example:
    ```mlir
    module @kernels {
      func.func @logistic(%x: vector<4xf32>) -> vector<4xf32> {
        %one = arith.constant dense<1.0> : vector<4xf32>
        %n = arith.negf %x : vector<4xf32>
        %e = math.exp %n : vector<4xf32>
        %d = arith.addf %e, %one : vector<4xf32>
        %y = arith.divf %one, %d : vector<4xf32>
        return %y : vector<4xf32>
      }
    }
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
}

def LowerToNvvmPass : Pass<"cuda-lower-to-nvvm", "::mlir::ModuleOp"> {
  let summary = "Convert kernels to the LLVM and NVVM dialects";
  let description = [{
    Converts functions that `cuda-add-kernel-entries` made, with their loops lowered to branches, in one conversion each: the width of
    `index` is the function's own `cuda.index_bits`. What has no conversion is an error. They become kernels that require blocks of
    `gpu.known_block_size`.

    Example:
    ```mlir
    module @kernels {
      func.func @first(%p: !llvm.ptr<1>) attributes {gpu.known_block_size = array<i32: 32, 1, 1>, cuda.index_bits = 32 : i64} {
        %t = gpu.thread_id x
        %i = arith.index_cast %t : index to i32
        llvm.store %i, %p : i32, !llvm.ptr<1>
        return
      }
    }
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::NVVM::NVVMDialect", "::mlir::vector::VectorDialect"];
}

def GeneratePtxPass : Pass<"cuda-generate-ptx", "::mlir::ModuleOp"> {
  let summary = "Compile a module of NVVM kernels to PTX, kept as attributes";
  let description = [{
    For people who write kernels by hand, and for tests: the driver goes the same way without a pass. The module gets `cuda.ptx`, a
    dictionary of one text for each architecture. With an assembler given it assembles them too, and `cuda.resources` says what each
    kernel takes.

    Example:
    ```mlir
    module @kernels {
      llvm.func @nothing() attributes {nvvm.kernel, gpu.known_block_size = array<i32: 32, 1, 1>, cuda.scratch = "any"} {
        llvm.return
      }
    }
    ```
  }];
  let options = [
    Option<"archs", "archs", "std::string", "\"sm_90a\"", "architectures, separated by commas">,
    Option<"ptxas", "ptxas", "std::string", "", "assembler to run: a path, `default` for the one on this machine, or nothing">,
  ];
}

#endif // TENON_LIB_TARGET_CUDA_PASSES_TD
