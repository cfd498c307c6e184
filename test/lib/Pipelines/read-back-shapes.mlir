// RUN: tenon-opt %s --pass-pipeline='builtin.module(tenon-infer)' | FileCheck %s
// RUN: tenon-opt %s --pass-pipeline='builtin.module(tenon-infer,tenon-fused)' -o /dev/null

// What the split of an op with data-dependent size introduces is followed as well: the capacity here is 1 * 2 * min(6, 3).
// CHECK-LABEL: func @main(
// CHECK: infer.non_max_suppression_padded {{.*}} -> (tensor<6x3xi64>, tensor<i64>)
// CHECK: infer.slice {{.*}} -> tensor<?x3xi64>
func.func @main(%b: tensor<1x6x4xf32>, %s: tensor<1x2x6xf32>) -> (tensor<?x3xi64> {infer.name = "y"}) {
  %m = infer.constant dense<3> : tensor<1xi64>
  %0 = infer.non_max_suppression %b, %s max(%m) : (tensor<1x6x4xf32>, tensor<1x2x6xf32>, tensor<1xi64>) -> tensor<?x3xi64>
  return %0 : tensor<?x3xi64>
}
