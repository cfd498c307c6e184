// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes between linalg on tensors and kernels.

#ifndef TENON_LIB_SCHEDULE_PASSES_TD
#define TENON_LIB_SCHEDULE_PASSES_TD

include "mlir/Pass/PassBase.td"

def ScheduleCpuPass : Pass<"schedule-cpu", "::mlir::func::FuncOp"> {
  let summary = "Cut a dispatch function into parallel launches";
  let description = [{
    Contractions and convolutions are taken by their own schedules. For the rest, elementwise ops are fused, then the parallel dims of
    each last op are tiled to `scf.forall` and its producers are computed tile by tile inside (row reductions included). One
    `scf.forall` is one launch. What has no parallel dim stays outside and runs as one workgroup. Functions that are not private, or
    that dispatch themselves, are left alone.

    Example:
    ```mlir
    func.func private @relu(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
      %c = arith.constant 0.0 : f32
      %e = tensor.empty() : tensor<64x1024xf32>
      %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
          ins(%x : tensor<64x1024xf32>) outs(%e : tensor<64x1024xf32>) {
      ^bb0(%a: f32, %o: f32):
        %m = arith.maximumf %a, %c : f32
        linalg.yield %m : f32
      } -> tensor<64x1024xf32>
      return %r : tensor<64x1024xf32>
    }
    ```
  }];
  let options = [
    Option<"vectorBytes", "vector-bytes", "int64_t", "32", "width of the vectors that kernels are written for">,
    Option<"vectorRegisters", "vector-registers", "int64_t", "16", "number of vector registers">,
  ];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect", "::mlir::vector::VectorDialect"];
}

def ScheduleGpuPass : Pass<"schedule-gpu", "::mlir::func::FuncOp"> {
  let summary = "Cut a dispatch function into launches of thread blocks";
  let description = [{
    As `schedule-cpu`, with tiles for thread blocks: an iteration of a `scf.forall` is what one block computes. Products get square tiles
    of 128, 64 or 32, or of all rows and 64 columns if these are up to 64 rows of f32, transposes squares of 64, rows as many as give every
    multiprocessor two blocks, elements with loops of their own one per thread. A reduction of static shape that few blocks would compute is split into sums of parts and sums of these. The ops of an
    `scf.for` are cut likewise: the loop is the host's.

    Example:
    ```mlir
    func.func private @negate(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
      %e = tensor.empty() : tensor<64x1024xf32>
      %r = linalg.negf ins(%x : tensor<64x1024xf32>) outs(%e : tensor<64x1024xf32>) -> tensor<64x1024xf32>
      return %r : tensor<64x1024xf32>
    }
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

def PlaceConstantsPass : Pass<"schedule-place-constants", "::mlir::ModuleOp"> {
  let summary = "Keep tensor constants of dispatch functions in globals of the module";
  let description = [{
    Equal constants share one. Bufferization would make globals too, but from several threads at once.

    Example:
    ```mlir
    func.func private @positions() -> tensor<2xi64> {
      %0 = arith.constant dense<[3, 5]> : tensor<2xi64>
      return %0 : tensor<2xi64>
    }
    // becomes
    memref.global "private" constant @constant_0 : memref<2xi64> = dense<[3, 5]> {alignment = 64 : i64}
    func.func private @positions() -> tensor<2xi64> {
      %0 = memref.get_global @constant_0 : memref<2xi64>
      %1 = bufferization.to_tensor %0 restrict : memref<2xi64> to tensor<2xi64>
      return %1 : tensor<2xi64>
    }
    ```
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect", "::mlir::memref::MemRefDialect"];
}

def BufferizeDispatchPass : Pass<"schedule-bufferize", "::mlir::func::FuncOp"> {
  let summary = "Give a dispatch function buffers; its results become arguments";
  let description = [{
    Tensor arguments become memrefs of identity layout that are only read, results become memref arguments after them that are only
    written in place. Copies become linalg ops, which are launches like others; products that `schedule-cpu` marked become packing and
    register-blocked vector code.

    Example:
    ```mlir
    func.func private @identity(%x: tensor<8xf32>) -> tensor<8xf32> {
      return %x : tensor<8xf32>
    }
    ```
  }];
  let options = [
    Option<"vectorBytes", "vector-bytes", "int64_t", "32", "width of the vectors that kernels are written for">,
    Option<"vectorRegisters", "vector-registers", "int64_t", "16", "number of vector registers">,
    Option<"threadBlocks", "thread-blocks", "bool", "false", "a workgroup is a block of threads">,
  ];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

def LowerKernelsPass : Pass<"schedule-lower-kernels", "::mlir::func::FuncOp"> {
  let summary = "Lower linalg ops on buffers inside kernels to loops and vectors";
  let description = [{
    Ops become plain loops, innermost the dim that most operands hold contiguously, for LLVM to vectorise; short rows and windows along
    rows become masked vectors. Sums and products of a reduction may be reassociated: the order is
    then the vector's, the same in every run of the same code.

    Example:
    ```mlir
    func.func @fill(%b: memref<64xf32>, %x: index, %y: index, %z: index, %scratch: memref<?xi8>) {
      %c = arith.constant 0.0 : f32
      linalg.fill ins(%c : f32) outs(%b : memref<64xf32>)
      return
    }
    ```
  }];
  let options = [Option<"vectorBytes", "vector-bytes", "int64_t", "32", "width of the vectors that kernels are written for">];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

def DistributeKernelsPass : Pass<"gpu-distribute-kernels", "::mlir::ModuleOp"> {
  let summary = "Share the work of kernels out among the threads of a block";
  let description = [{
    Runs on the program. Parallel iterations of linalg ops are dealt to threads, in vectors where these are contiguous and aligned by
    proof. Ops that work on the same rows, reductions among them, become one loop in which a group of threads shares each row. Marked
    products go through shared memory in slices, with what reads them computed in registers; those of two operands of f16 or bf16 run on
    tensor cores (`mma.sync`). Those, and products of f32 in tiles of few rows, have slices in a ring of asynchronous copies (`cp.async`)
    where both operands are vectors of 4 bytes at least.
    Code outside of linalg ops that writes
    memory is run by a thread per row where rows are independent, else by the first thread; all else by every thread. Between two ops of which one writes what the other touches stands `gpu.barrier`. Scratch
    that all launches bound by a number that fits is workgroup memory by type; what threads exchange is added to it in the launches.
    A kernel with rows of dynamic length gets a second form for rows of whole vectors in buffers below 2^31 bytes, if that moves more
    vectors; the host chooses: one of both has no workgroups.

    Example:
    ```mlir
    module {
      module @kernels {
        func.func @fill(%b: memref<64xf32>, %x: index, %y: index, %z: index, %scratch: memref<?xi8>) {
          %c = arith.constant 0.0 : f32
          linalg.fill ins(%c : f32) outs(%b : memref<64xf32>)
          return
        }
      }
    }
    ```
  }];
  let options = [
    Option<"threads", "threads", "int64_t", "256", "threads of a block">,
    Option<"sharedBytes", "shared-bytes", "int64_t", "101376", "scratch up to this size is workgroup memory">,
  ];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::nvgpu::NVGPUDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

#endif // TENON_LIB_SCHEDULE_PASSES_TD
