// RUN: tenon-opt %s --convert-dispatch-to-plan --split-input-file --verify-diagnostics | FileCheck %s

// A branch yields the buffer that it has; the result that leaves the model is copied.
// CHECK-LABEL: func.func @main
// CHECK: %[[R:.*]] = scf.if %{{.*}} -> (!plan.buffer) {
// CHECK:   scf.yield %[[X:.*]] : !plan.buffer
// CHECK: } else {
// CHECK:   %[[W:.*]] = plan.constant 0
// CHECK:   scf.yield %[[W]] : !plan.buffer
// CHECK: }
// CHECK: %[[O:.*]] = plan.output_buffer 0
// CHECK: plan.copy %[[R]] to %[[O]]
func.func @main(%c: tensor<i1>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %p = tensor.extract %c[] : tensor<i1>
  %r = scf.if %p -> tensor<4xf32> {
    scf.yield %x : tensor<4xf32>
  } else {
    %w = infer.constant dense<1.0> : tensor<4xf32>
    scf.yield %w : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}

// -----

// A loop that swaps two carried tensors saves the first before it is overwritten; scalars stay carried values.
// CHECK-LABEL: func.func @main
// CHECK: %[[A:.*]] = plan.alloc
// CHECK: %[[B:.*]] = plan.alloc
// CHECK: plan.copy %{{.*}} to %[[A]]
// CHECK: plan.copy %{{.*}} to %[[B]]
// CHECK: scf.while (%[[I:.*]] = %{{.*}}) : (index) -> index {
// CHECK: } do {
// CHECK:   %[[SA:.*]] = plan.alloc
// CHECK:   plan.copy %[[B]] to %[[SA]]
// CHECK:   %[[SB:.*]] = plan.alloc
// CHECK:   plan.copy %[[A]] to %[[SB]]
// CHECK:   plan.copy %[[SA]] to %[[A]]
// CHECK:   plan.copy %[[SB]] to %[[B]]
// CHECK: }
// CHECK: %[[O:.*]] = plan.output_buffer 0
// CHECK: plan.copy %[[A]] to %[[O]]
func.func @main(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %r:3 = scf.while (%i = %c0, %a = %x, %b = %y) : (index, tensor<4xf32>, tensor<4xf32>) -> (index, tensor<4xf32>, tensor<4xf32>) {
    %go = arith.cmpi slt, %i, %c3 : index
    scf.condition(%go) %i, %a, %b : index, tensor<4xf32>, tensor<4xf32>
  } do {
  ^bb0(%i: index, %a: tensor<4xf32>, %b: tensor<4xf32>):
    %next = arith.addi %i, %c1 : index
    scf.yield %next, %b, %a : index, tensor<4xf32>, tensor<4xf32>
  }
  return %r#1 : tensor<4xf32>
}

// -----

// A loop whose tensor grows has no fixed place to carry it in.
func.func @main(%x: tensor<?xf32>, %y: tensor<?xf32>, %c: tensor<i1>) -> tensor<?xf32> {
  // expected-error @below {{expected tensors carried by a loop to keep their size}}
  %r = scf.while (%a = %x) : (tensor<?xf32>) -> tensor<?xf32> {
    %p = tensor.extract %c[] : tensor<i1>
    scf.condition(%p) %a : tensor<?xf32>
  } do {
  ^bb0(%a: tensor<?xf32>):
    scf.yield %y : tensor<?xf32>
  }
  return %r : tensor<?xf32>
}

// -----

func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{expected only dispatches, views and host arithmetic between kernels, got tensor.empty}}
  %e = tensor.empty() : tensor<4xf32>
  return %e : tensor<4xf32>
}
