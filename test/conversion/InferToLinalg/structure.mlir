// RUN: tenon-opt %s --convert-infer-to-linalg -split-input-file | FileCheck %s

// A host function only changes its types.
// CHECK-LABEL: func @main
// CHECK-SAME: (%{{.*}}: tensor<4xi8>) -> tensor<4xi8>
func.func @main(%x: tensor<4xi1>) -> tensor<4xi1> {
  // CHECK: plan.dispatch @dispatch_0(%{{.*}} : tensor<4xi8>) : tensor<4xi8>
  %0 = plan.dispatch @dispatch_0(%x : tensor<4xi1>) : tensor<4xi1>
  return %0 : tensor<4xi1>
}
// CHECK: func private @dispatch_0(%{{.*}}: tensor<4xi8>) -> tensor<4xi8>
func.func private @dispatch_0(%x: tensor<4xi1>) -> tensor<4xi1> {
  %0 = infer.not %x : (tensor<4xi1>) -> tensor<4xi1>
  return %0 : tensor<4xi1>
}

// -----

// CHECK-LABEL: func private @constants
func.func private @constants() -> (tensor<2xi1>, tensor<2xui8>) {
  // CHECK: arith.constant dense<[1, 0]> : tensor<2xi8>
  %0 = infer.constant dense<[true, false]> : tensor<2xi1>
  // CHECK: arith.constant dense<[-1, 7]> : tensor<2xi8>
  %1 = infer.constant dense<[255, 7]> : tensor<2xui8>
  return %0, %1 : tensor<2xi1>, tensor<2xui8>
}
