// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The conversion from dispatches over tensors to a host program over memory.

#ifndef TENON_CONVERSION_DISPATCHTOPLAN_PASSES_TD
#define TENON_CONVERSION_DISPATCHTOPLAN_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertDispatchToPlanPass : Pass<"convert-dispatch-to-plan", "::mlir::ModuleOp"> {
  let summary = "Turn @main into a host program over buffers";
  let description = [{
    Tensors of `@main` become `!plan.buffer` values. The caller of a dispatch gives it memory for its results: the model output's own where
    the result is one, else a `plan.alloc` (with `pool` if the size is known only while the program runs). The lowered dispatch functions are
    inlined and vanish; views cost nothing; constants are collected in the module attribute `plan.constants`; what the host knows
    is written to small tensors, what it needs is read back.

    Example:
    ```mlir
    func.func @main(%x: tensor<8xf32>) -> tensor<8xf32> {
      %0 = plan.dispatch @dispatch_0(%x : tensor<8xf32>) : tensor<8xf32>
      return %0 : tensor<8xf32>
    }
    // becomes
    func.func @main(%x: !plan.buffer) {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c8 = arith.constant 8 : index
      %c32 = arith.constant 32 : index
      %y = plan.output_buffer 0 size %c32
      plan.launch @relu_0 grid(%c1, %c1, %c1) scratch(%c0) buffers(%x, %y : !plan.buffer, !plan.buffer) {writes = array<i1: false, true>}
      plan.output 0, %y dims(%c8)
      return
    }
    ```
  }];
  let dependentDialects = ["::tenon::plan::PlanDialect", "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect"];
}

#endif // TENON_CONVERSION_DISPATCHTOPLAN_PASSES_TD
