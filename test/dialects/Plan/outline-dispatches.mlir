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

// expected-error @below {{expected a function named main}}
module {
  func.func @other() {
    return
  }
}
