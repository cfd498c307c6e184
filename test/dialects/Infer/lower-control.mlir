// RUN: tenon-opt %s --infer-lower-control | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK-SAME: (%[[C:.*]]: tensor<1xi1>, %[[A:.*]]: tensor<2xf32>, %[[B:.*]]: tensor<3xf32>)
// CHECK: %[[P:.*]] = tensor.extract %[[C]][%{{.*}}] : tensor<1xi1>
// CHECK: scf.if %[[P]] -> (tensor<?xf32>) {
// CHECK: %[[X:.*]] = tensor.cast %[[A]] : tensor<2xf32> to tensor<?xf32>
// CHECK: scf.yield %[[X]]
// CHECK: } else {
// CHECK: %[[Y:.*]] = tensor.cast %[[B]] : tensor<3xf32> to tensor<?xf32>
// CHECK: scf.yield %[[Y]]
func.func @main(%c: tensor<1xi1>, %a: tensor<2xf32>, %b: tensor<3xf32>) -> tensor<?xf32> {
  %y = infer.if %c {
    infer.yield %a : tensor<2xf32>
  } else {
    infer.yield %b : tensor<3xf32>
  } : (tensor<1xi1>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}
