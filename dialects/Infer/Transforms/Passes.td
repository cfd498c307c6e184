// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes that stay inside the infer dialect.

#ifndef TENON_DIALECTS_INFER_TRANSFORMS_PASSES_TD
#define TENON_DIALECTS_INFER_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def InferFormFusionsPass : Pass<"infer-form-fusions", "::mlir::func::FuncOp"> {
  let summary = "Group ops into the dispatches that kernels are made for";
  let description = [{
    Every op that the device computes ends up in one `infer.fusion`. Views (reshape and its kin) stay outside: they cost nothing.
    Each decision not to fuse leaves a remark of category `fusion`.

    Example:
    ```mlir
    %0 = infer.relu %x : (tensor<8xf32>) -> tensor<8xf32>
    // becomes
    %0 = infer.fusion ins(%x : tensor<8xf32>) {
    ^bb0(%a: tensor<8xf32>):
      %1 = infer.relu %a : (tensor<8xf32>) -> tensor<8xf32>
      infer.yield %1 : tensor<8xf32>
    } : tensor<8xf32>
    ```
  }];
  let dependentDialects = ["::tenon::infer::InferDialect", "::mlir::arith::ArithDialect"];
}

#endif // TENON_DIALECTS_INFER_TRANSFORMS_PASSES_TD
