// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes that make and refine host programs.

#ifndef TENON_DIALECTS_PLAN_TRANSFORMS_PASSES_TD
#define TENON_DIALECTS_PLAN_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def PlanFormHostCallsPass : Pass<"plan-form-host-calls", "::mlir::func::FuncOp"> {
  let summary = "Leave ops that the host computes to functions of the runtime";
  let description = [{
    Example:
    ```mlir
    %y, %i, %v, %c, %n = infer.unique_padded %x as(%outer, %size, %inner) : (tensor<8xf32>, index, index, index)
      -> (tensor<?xf32>, tensor<?xi64>, tensor<?xi64>, tensor<?xi64>, tensor<i64>)
    // becomes
    %y:5 = plan.host_dispatch "unique"(%x : tensor<8xf32>) scalars(%outer, %size, %inner, %sorted) as f32 dims(%all, %size, %size, %size)
      : tensor<?xf32>, tensor<?xi64>, tensor<?xi64>, tensor<?xi64>, tensor<i64>
    ```
  }];
  let dependentDialects = ["::tenon::plan::PlanDialect", "::mlir::arith::ArithDialect"];
}

def PlanFormViewsPass : Pass<"plan-form-views", "::mlir::func::FuncOp"> {
  let summary = "Turn slices, splits and concatenations of whole rows into views";
  let description = [{
    A slice or a part of a split that is consecutive in memory becomes a `plan.part`, a concatenation along the outermost dim that is not 1 a
    `plan.join`, whose parts are computed in place where they can be. Kernels count on buffers that are aligned to 64 bytes, so parts begin at a
    multiple of that. A concatenation of which more parts would be copied than computed in place stays the one kernel that it is. Each decision
    leaves a remark of category `memory`.

    Example:
    ```mlir
    %0 = infer.relu %x : (tensor<1x16x8xf32>) -> tensor<1x16x8xf32>
    %1 = infer.exp %x : (tensor<1x16x8xf32>) -> tensor<1x16x8xf32>
    %2 = infer.concat %0, %1 {axis = 1 : i64} : (tensor<1x16x8xf32>, tensor<1x16x8xf32>) -> tensor<1x32x8xf32>
    // becomes
    %0 = infer.relu %x : (tensor<1x16x8xf32>) -> tensor<1x16x8xf32>
    %1 = infer.exp %x : (tensor<1x16x8xf32>) -> tensor<1x16x8xf32>
    %c0 = arith.constant 0 : index
    %c128 = arith.constant 128 : index
    %2 = plan.join %0, %1 at(%c0, %c128) {direct = array<i1: true, true>} : tensor<1x16x8xf32>, tensor<1x16x8xf32> to tensor<1x32x8xf32>
    ```
  }];
  let dependentDialects = ["::tenon::plan::PlanDialect", "::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"];
}

def PlanOutlineDispatchesPass : Pass<"plan-outline-dispatches", "::mlir::ModuleOp"> {
  let summary = "Turn fusion regions into shared dispatch functions";
  let description = [{
    The body of each `infer.fusion` becomes a private function and the op a `plan.dispatch` of it. Bodies that are equal but for
    locations share one function. Views between dispatches become `plan.reshape`, which needs no knowledge of `infer`. The model's
    inputs and outputs, with the types that the model gives them, are noted as module attributes `plan.inputs` and `plan.outputs`.

    Example:
    ```mlir
    %0 = infer.fusion ins(%x : tensor<8xf32>) {
    ^bb0(%a: tensor<8xf32>):
      %1 = infer.relu %a : (tensor<8xf32>) -> tensor<8xf32>
      infer.yield %1 : tensor<8xf32>
    } : tensor<8xf32>
    // becomes
    %0 = plan.dispatch @dispatch_0(%x : tensor<8xf32>) : tensor<8xf32>
    ```
  }];
  let dependentDialects = ["::tenon::plan::PlanDialect", "::mlir::func::FuncDialect"];
}

def PlanReuseOperandsPass : Pass<"plan-reuse-operands", "::mlir::ModuleOp"> {
  let summary = "Let elementwise dispatches write into the memory of an operand";
  let description = [{
    A dispatch of elementwise ops with one result takes the memory of an operand of the result's type that a dispatch of the same block has made
    and nothing needs any more. Its function gets a twin whose argument is marked `plan.reused`. Each decision leaves a remark of category
    `memory`.

    Example:
    ```mlir
    // %1 = plan.dispatch @add(%0, %y ...) becomes %1 = plan.dispatch @add_in_0(%0, %y ...), with
    func.func private @add_in_0(%a: tensor<8xf32> {plan.reused}, %b: tensor<8xf32>) -> tensor<8xf32>
    ```
  }];
  let dependentDialects = ["::tenon::plan::PlanDialect", "::mlir::func::FuncDialect"];
}

def PlanOutlineKernelsPass : Pass<"plan-outline-kernels", "::mlir::ModuleOp"> {
  let summary = "Move device code of dispatch functions into kernels and launch them";
  let description = [{
    In each private function, an outermost `scf.forall` becomes a `plan.launch` of a new function in `module @kernels`, a workgroup per
    iteration; other ops that touch memory become launches of one workgroup. A kernel takes the base memrefs that it uses, the dynamic
    dims of these in order, further index values, the workgroup id and its scratch memory, which holds all temporaries of a workgroup.
    Temporaries between launches become `plan.alloc`. Kernels with equal bodies are one. An `scf.for` that carries only numbers and holds
    an `scf.forall` stays, with launches inside.

    The function keeps `arith`, `memref.dim` of its arguments, `plan.alloc`, `plan.launch` and such loops.

    Example:
    ```mlir
    func.func private @fill(%out: memref<64xf32>) {
      %c = arith.constant 1.0 : f32
      scf.forall (%i) in (64) {
        memref.store %c, %out[%i] : memref<64xf32>
      }
      return
    }
    ```
  }];
  let options = [
    Option<"flatGrid", "flat-grid", "bool", "false", "give grids one dim, from which kernels compute the indices of their loops">,
  ];
  let dependentDialects = ["::tenon::plan::PlanDialect", "::mlir::arith::ArithDialect", "::mlir::affine::AffineDialect",
                           "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

#endif // TENON_DIALECTS_PLAN_TRANSFORMS_PASSES_TD
