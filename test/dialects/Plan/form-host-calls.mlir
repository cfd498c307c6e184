// RUN: tenon-opt %s --plan-form-host-calls | FileCheck %s

// CHECK-LABEL: func @unique(
// CHECK-SAME: %[[X:.*]]: tensor<?x8xi32>, %[[OUTER:.*]]: index, %[[SIZE:.*]]: index, %[[INNER:.*]]: index
// CHECK: %[[SORTED:.*]] = arith.constant 0 : index
// CHECK: %[[SLICES:.*]] = arith.muli %[[OUTER]], %[[SIZE]]
// CHECK: %[[ALL:.*]] = arith.muli %[[SLICES]], %[[INNER]]
// CHECK: plan.host_dispatch "unique"(%[[X]] : tensor<?x8xi32>) scalars(%[[OUTER]], %[[SIZE]], %[[INNER]], %[[SORTED]]) as i32 dims(%[[ALL]], %[[SIZE]], %[[SIZE]], %[[SIZE]])
func.func @unique(%x: tensor<?x8xi32>, %outer: index, %size: index, %inner: index) -> (tensor<?xi32>, tensor<i64>) {
  %y, %i, %v, %c, %n = infer.unique_padded %x as(%outer, %size, %inner) {sorted = false} : (tensor<?x8xi32>, index, index, index)
    -> (tensor<?xi32>, tensor<?xi64>, tensor<?xi64>, tensor<?xi64>, tensor<i64>)
  return %y, %n : tensor<?xi32>, tensor<i64>
}
