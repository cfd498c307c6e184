// RUN: tenon-opt %s --plan-reuse-operands --split-input-file | FileCheck %s

// The first dispatch reads an input of the program, the others may overwrite what the one before has made; each caller gets the twin that suits it.
// CHECK-LABEL: func.func @main
// CHECK: %[[A:.*]] = plan.dispatch @add(%arg0, %arg1
// CHECK: %[[B:.*]] = plan.dispatch @add_in_0(%[[A]], %arg1
// CHECK: %[[C:.*]] = plan.dispatch @add_in_1(%arg1, %[[B]]
// CHECK: %[[V:.*]] = plan.reshape %[[C]] dims(%arg2)
// CHECK: %[[D:.*]] = plan.dispatch @neg_in_0(%[[V]]
// CHECK: plan.dispatch @sum(%[[D]]
// CHECK: func.func private @add(%{{.*}}: tensor<?x8xf32>, %{{.*}}: tensor<?x8xf32>)
// CHECK: func.func private @add_in_1(%{{.*}}: tensor<?x8xf32>, %{{.*}}: tensor<?x8xf32> {plan.reused})
// CHECK: func.func private @add_in_0(%{{.*}}: tensor<?x8xf32> {plan.reused}, %{{.*}}: tensor<?x8xf32>)
// CHECK-NOT: @neg(
// CHECK: func.func private @neg_in_0(%{{.*}}: tensor<?x2x4xf32> {plan.reused})
// CHECK-NOT: plan.reused
func.func @main(%x: tensor<?x8xf32>, %y: tensor<?x8xf32>, %n: index) -> tensor<?xf32> {
  %a = plan.dispatch @add(%x, %y : tensor<?x8xf32>, tensor<?x8xf32>) dims(%n) : tensor<?x8xf32>
  %b = plan.dispatch @add(%a, %y : tensor<?x8xf32>, tensor<?x8xf32>) dims(%n) : tensor<?x8xf32>
  %c = plan.dispatch @add(%y, %b : tensor<?x8xf32>, tensor<?x8xf32>) dims(%n) : tensor<?x8xf32>
  %v = plan.reshape %c dims(%n) : tensor<?x8xf32> to tensor<?x2x4xf32>
  %d = plan.dispatch @neg(%v : tensor<?x2x4xf32>) dims(%n) : tensor<?x2x4xf32>
  %e = plan.dispatch @sum(%d : tensor<?x2x4xf32>) dims(%n) : tensor<?xf32>
  return %e : tensor<?xf32>
}
func.func private @add(%x: tensor<?x8xf32>, %y: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = infer.add %x, %y : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}
func.func private @neg(%x: tensor<?x2x4xf32>) -> tensor<?x2x4xf32> {
  %0 = infer.neg %x : (tensor<?x2x4xf32>) -> tensor<?x2x4xf32>
  return %0 : tensor<?x2x4xf32>
}
func.func private @sum(%x: tensor<?x2x4xf32>) -> tensor<?xf32> {
  %0 = infer.reduce_sum %x {axes = array<i64: 1, 2>, keepdims = false} : (tensor<?x2x4xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
