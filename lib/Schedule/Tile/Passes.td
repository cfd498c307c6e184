// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tensor-core schedules as passes, for tests and for the programs that time kernels.

#ifndef TENON_LIB_SCHEDULE_TILE_PASSES_TD
#define TENON_LIB_SCHEDULE_TILE_PASSES_TD

include "mlir/Pass/PassBase.td"

def ScheduleGenerateGemmPass : Pass<"schedule-generate-gemm", "::mlir::ModuleOp"> {
  let summary = "Add a matrix product kernel to the module";
  let description = [{
    Writes one `tile.kernel` by the warp-specialised persistent schedule. The options are the problem and the schedule's parameters; those that do
    not fit are refused.

    Example:
    ```mlir
    module {
    }
    ```
  }];
  let options = [
    Option<"name", "name", "std::string", "\"gemm\"", "name of the kernel">,
    Option<"element", "element", "std::string", "\"f16\"", "type of A and B: f16, bf16, tf32, i8, f8E4M3FN, f8E5M2">,
    Option<"output", "output", "std::string", "\"f16\"", "type of C: f16, bf16, f32, i32, i8">,
    Option<"transposeA", "transpose-a", "bool", "false", "A is stored [K, M]">,
    Option<"transposeB", "transpose-b", "bool", "false", "B is stored [K, N]">,
    Option<"batched", "batched", "bool", "false", "operands have a batch dim in front">,
    Option<"epilogue", "epilogue", "std::string", "\"\"", "steps after the sum, joined by +: bias, residual, scale_rows, scale_columns, relu, gelu, gelu_tanh, silu, quantise, keep">,
    Option<"consumers", "consumers", "int64_t", "2", "warpgroups that multiply">,
    Option<"blocks", "blocks", "int64_t", "1", "64-row blocks of each">,
    Option<"tileN", "tile-n", "int64_t", "256", "columns of a tile">,
    Option<"pingPong", "ping-pong", "bool", "false", "two consumers take turns with tiles">,
    Option<"stages", "stages", "int64_t", "4", "tiles of A and B in flight">,
    Option<"cluster", "cluster", "int64_t", "1", "CTAs that share tiles">,
    Option<"clusterAlongN", "cluster-along-n", "bool", "false", "neighbours along N share A">,
    Option<"group", "group", "int64_t", "16", "tiles along M before the next along N">,
    Option<"streamC", "stream-c", "bool", "false", "C shall not stay in L2">,
    Option<"storeDirectly", "store-directly", "bool", "false", "C has strides that the copy engine cannot take">,
    Option<"promote", "promote", "int64_t", "0", "steps along K after which sums are added to others in registers; 0: never">,
    Option<"readsA", "reads-a", "bool", "false", "A has strides that the copy engine cannot take">,
    Option<"readsB", "reads-b", "bool", "false", "B has strides that the copy engine cannot take">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect",
                           "::tenon::tile::TileDialect"];
}

def ScheduleGenerateSmallGemmPass : Pass<"schedule-generate-small-gemm", "::mlir::ModuleOp"> {
  let summary = "Add a kernel for a product of few rows to the module";
  let description = [{
    Writes one `tile.kernel` that streams the weights and splits K over a cluster. The options are the problem and the schedule's parameters; those
    that do not fit are refused.

    Example:
    ```mlir
    module {
    }
    ```
  }];
  let options = [
    Option<"name", "name", "std::string", "\"gemm\"", "name of the kernel">,
    Option<"element", "element", "std::string", "\"f16\"", "type of A and B: f16, bf16, tf32, i8, f8E4M3FN, f8E5M2">,
    Option<"output", "output", "std::string", "\"f16\"", "type of C: f16, bf16, f32, i32, i8">,
    Option<"transposeA", "transpose-a", "bool", "false", "A is stored [K, M]">,
    Option<"transposeB", "transpose-b", "bool", "false", "B is stored [K, N]">,
    Option<"batched", "batched", "bool", "false", "operands have a batch dim in front">,
    Option<"epilogue", "epilogue", "std::string", "\"\"", "steps after the sum, joined by +: bias, residual, scale_rows, scale_columns, relu, gelu, gelu_tanh, silu, quantise, keep">,
    Option<"consumers", "consumers", "int64_t", "1", "warpgroups that multiply">,
    Option<"tileM", "tile-m", "int64_t", "16", "rows of a tile">,
    Option<"stages", "stages", "int64_t", "8", "tiles of A and B in flight">,
    Option<"split", "split", "int64_t", "1", "CTAs that share the sum of a tile">,
    Option<"release", "release", "int64_t", "4", "steps before the last at which the next kernel may start">,
    Option<"ahead", "ahead", "int64_t", "0", "steps beyond the ring whose weights are prefetched before the wait for the kernel ahead">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect",
                           "::tenon::tile::TileDialect"];
}

def ScheduleChooseGemmPass : Pass<"schedule-choose-gemm", "::mlir::ModuleOp"> {
  let summary = "Add the kernel that the cost model chooses for a product";
  let description = [{
    Chooses a schedule and its parameters for sizes, without a GPU and without a table of measured ones, and writes the kernel. A remark names
    the schedule and has it as an entry of such a table.

    Example:
    ```mlir
    module {
    }
    ```
  }];
  let options = [
    Option<"name", "name", "std::string", "\"gemm\"", "name of the kernel">,
    Option<"element", "element", "std::string", "\"f16\"", "type of A and B: f16, bf16, tf32, i8, f8E4M3FN, f8E5M2">,
    Option<"output", "output", "std::string", "\"f16\"", "type of C: f16, bf16, f32, i32, i8">,
    Option<"transposeA", "transpose-a", "bool", "false", "A is stored [K, M]">,
    Option<"transposeB", "transpose-b", "bool", "false", "B is stored [K, N]">,
    Option<"epilogue", "epilogue", "std::string", "\"\"", "steps after the sum, joined by +: bias, residual, scale_rows, scale_columns, relu, gelu, gelu_tanh, silu, quantise, keep">,
    Option<"m", "m", "int64_t", "1", "rows of A and C">,
    Option<"n", "n", "int64_t", "1", "columns of C">,
    Option<"k", "k", "int64_t", "1", "columns of A">,
    Option<"batch", "batch", "int64_t", "1", "products; above 1 the operands have a batch dim in front">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect",
                           "::tenon::tile::TileDialect"];
}

def ScheduleTileProductsPass : Pass<"schedule-tile-products", "::mlir::ModuleOp"> {
  let summary = "Give products of f16, bf16, 8-bit integers and 8-bit floats to the tensor cores of sm_90a";
  let description = [{
    A dispatch function whose one op beside elementwise ops is an `infer.mat_mul` or `infer.gemm` of f16 or bf16, a gemm of 8-bit integers or floats, or with `tf32` a product of f32, becomes a launch of a `tile.kernel` in
    `module @kernels`; the elementwise ops become its epilogue, on sums of f32 or i32, and so do scale and addend of a gemm. Results after the first are
    written beside it. The cost model names the kernel where all sizes are known; where not, it names a few, and the host takes one by the
    same model when shapes are bound. The copy engine wants rows that begin at multiples of 16 bytes: of matrices that have others A and B are read, and C is
    written, by threads. Of large products A and B are copied to such rows by a launch before, where the cost model finds that faster; those with little to compute stay. Elements that are not 16 bits long are
    multiplied along rows of K only, which the copy engine takes: operands that lie otherwise are copied to such rows always. Where only the run
    knows, a kernel more reads, one or two take such copies, and the host takes the others for rows that fit. What a table of measured schedules has (`docs/tuning.md`) comes before the model: an entry for M, or one for a
    range of M, which the host takes when an unknown M lies in it. A remark says which of them decided. Other functions stay, a product among them with a remark that says why: leading dims that only one
    operand has beside some of both, operands of the epilogue that broadcast over part of M.

    Example:
    ```mlir
    func.func private @dispatch(%a: tensor<?x768xf16>, %w: tensor<768x64xf16>, %n: index) -> tensor<?x64xf16> {
      infer.bind_shape %a, [%n], affine_map<()[s0] -> (s0, 768)> : tensor<?x768xf16>
      %y = infer.mat_mul %a, %w : (tensor<?x768xf16>, tensor<768x64xf16>) -> tensor<?x64xf16>
      return %y : tensor<?x64xf16>
    }
    ```
  }];
  let options = [Option<"table", "table", "std::string", "\"\"", "file of measured schedules">,
                 Option<"tf32", "tf32", "bool", "false", "take products of f32, too, of whose operands the leading 19 bits are multiplied">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect", "::mlir::NVVM::NVVMDialect",
                           "::mlir::scf::SCFDialect", "::tenon::plan::PlanDialect", "::tenon::tile::TileDialect"];
}

#endif // TENON_LIB_SCHEDULE_TILE_PASSES_TD
