// RUN: tenon-opt %s --convert-infer-to-linalg="keep-roots" -split-input-file | FileCheck %s

// A root stays for its schedule; what surrounds it is lowered.
// CHECK-LABEL: func private @root
func.func private @root(%a: tensor<4x8xf32>, %b: tensor<8x16xf32>) -> tensor<4x16xf32> {
  // CHECK: %[[P:.*]] = infer.mat_mul
  %0 = infer.mat_mul %a, %b : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
  // CHECK: linalg.generic {{.*}} ins(%[[P]] : tensor<4x16xf32>)
  %1 = infer.relu %0 : (tensor<4x16xf32>) -> tensor<4x16xf32>
  return %1 : tensor<4x16xf32>
}

// -----

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
