// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @no_callee(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{expected a dispatch function named @missing}}
  %0 = plan.dispatch @missing(%x : tensor<4xf32>) : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @no_kernel(%b: !plan.buffer, %c: index) {
  // expected-error @+1 {{expected a kernel named @missing}}
  plan.launch @missing grid(%c, %c, %c) scratch(%c) buffers(%b : !plan.buffer) {writes = array<i1: true>}
  return
}

// -----

func.func private @kernel_0()
func.func @launch_writes(%b: !plan.buffer, %c: index) {
  // expected-error @+1 {{expected 1 write flags, got 2}}
  plan.launch @kernel_0 grid(%c, %c, %c) scratch(%c) buffers(%b : !plan.buffer) {writes = array<i1: true, false>}
  return
}
