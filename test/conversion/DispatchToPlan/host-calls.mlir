// RUN: tenon-opt %s --convert-dispatch-to-plan --canonicalize --cse | FileCheck %s

// The results are made in the caller's memory, or in new memory.
// CHECK: func.func @main(%[[X:.*]]: !plan.buffer) {
// CHECK: %[[N:.*]] = plan.input_dim 0[0]
// CHECK: %[[Y:.*]] = plan.output_buffer 0 size
// CHECK: %[[I:.*]] = plan.alloc
// CHECK: plan.host_call "f"(%[[X]]) to(%[[Y]], %[[I]]) scalars(%[[N]]) as f32
// CHECK: plan.output 0, %[[Y]] dims(%[[N]])
module {
  func.func @main(%x: tensor<?xf32>) -> tensor<?xf32> {
    %c0 = arith.constant 0 : index
    %n = tensor.dim %x, %c0 : tensor<?xf32>
    %y, %i = plan.host_dispatch "f"(%x : tensor<?xf32>) scalars(%n) as f32 dims(%n) : tensor<?xf32>, tensor<i64>
    return %y : tensor<?xf32>
  }
}
