// RUN: tenon-opt %s --plan-outline-dispatches --split-input-file --verify-diagnostics | FileCheck %s

// CHECK: module attributes {plan.inputs = [{infer.name = "x", type = tensor<8xf32>}], plan.outputs = [{infer.name = "y", type = tensor<8xf32>}]}
// CHECK: func.func @main
// Two equal bodies share a function, a different one does not.
// CHECK: %[[A:.*]] = plan.dispatch @dispatch_0(%{{.*}} : tensor<8xf32>) : tensor<8xf32>
// CHECK: %[[B:.*]] = plan.dispatch @dispatch_0(%[[A]] : tensor<8xf32>) : tensor<8xf32>
// CHECK: plan.dispatch @dispatch_1(%[[B]] : tensor<8xf32>) : tensor<8xf32>
// CHECK: func.func private @dispatch_0(%[[X:.*]]: tensor<8xf32>) -> tensor<8xf32> {
// CHECK-NEXT: %[[S:.*]] = arith.addf %[[X]], %[[X]]
// CHECK-NEXT: return %[[S]]
// CHECK: func.func private @dispatch_1
// CHECK-NEXT: arith.mulf
// CHECK-NOT: func.func private @dispatch_2
func.func @main(%x: tensor<8xf32> {infer.name = "x"}) -> (tensor<8xf32> {infer.name = "y"}) {
  %0 = infer.fusion ins(%x : tensor<8xf32>) {
  ^bb0(%a: tensor<8xf32>):
    %s = arith.addf %a, %a : tensor<8xf32>
    infer.yield %s : tensor<8xf32>
  } : tensor<8xf32>
  %1 = infer.fusion ins(%0 : tensor<8xf32>) {
  ^bb0(%a: tensor<8xf32>):
    %s = arith.addf %a, %a : tensor<8xf32>
    infer.yield %s : tensor<8xf32>
  } : tensor<8xf32>
  %2 = infer.fusion ins(%1 : tensor<8xf32>) {
  ^bb0(%a: tensor<8xf32>):
    %s = arith.mulf %a, %a : tensor<8xf32>
    infer.yield %s : tensor<8xf32>
  } : tensor<8xf32>
  return %2 : tensor<8xf32>
}

// -----

// A view's dims are those of its operand's dims that it keeps.
// CHECK-LABEL: func.func @main(%arg0: tensor<?x?xf32>
// CHECK: %[[D:.*]] = tensor.dim %arg0, %c1
// CHECK: %[[S:.*]] = plan.reshape %arg0 dims(%[[D]]) : tensor<?x?xf32> to tensor<?xf32>
// CHECK: %[[E:.*]] = tensor.dim %[[S]], %c0
// CHECK: plan.reshape %[[S]] dims(%[[E]]) : tensor<?xf32> to tensor<1x?xf32>
func.func @main(%x: tensor<?x?xf32> {infer.name = "x"}) -> (tensor<1x?xf32> {infer.name = "y"}) {
  %0 = infer.squeeze %x {axes = array<i64: 0>} : (tensor<?x?xf32>) -> tensor<?xf32>
  %1 = infer.unsqueeze %0 {axes = array<i64: 0>} : (tensor<?xf32>) -> tensor<1x?xf32>
  return %1 : tensor<1x?xf32>
}

// -----

// expected-error @below {{expected a function named main}}
module {
  func.func @other() {
    return
  }
}
