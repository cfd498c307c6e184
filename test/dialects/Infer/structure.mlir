// RUN: tenon-opt %s --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @constant
func.func @constant() -> tensor<2xf32> {
  // CHECK: infer.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
  %0 = infer.constant dense<[1.0, 2.0]> : tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

// CHECK: #[[$MAP:.*]] = affine_map<()[s0, s1] -> (s0, s1)>
// CHECK-LABEL: func.func @symbolic_dim
// CHECK-SAME: (%[[IDS:.*]]: tensor<?x?xi64>)
func.func @symbolic_dim(%ids: tensor<?x?xi64>) {
  // CHECK: %[[BATCH:.*]] = infer.symbolic_dim "batch"{{ ?}}[1, 64]
  // CHECK: %[[LENGTH:.*]] = infer.symbolic_dim "length"{{ ?}}[1, 512]
  %batch = infer.symbolic_dim "batch" [1, 64]
  %length = infer.symbolic_dim "length" [1, 512]
  // CHECK: infer.bind_shape %[[IDS]], [%[[BATCH]], %[[LENGTH]]], #[[$MAP]] : tensor<?x?xi64>
  infer.bind_shape %ids, [%batch, %length], affine_map<()[s0, s1] -> (s0, s1)> : tensor<?x?xi64>
  return
}

// -----

// CHECK-LABEL: func.func @fusion
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32>, %[[N:.*]]: index)
func.func @fusion(%x: tensor<?x8xf32>, %n: index) -> tensor<?x8xf32> {
  // CHECK: infer.fusion ins(%[[X]], %[[N]] : tensor<?x8xf32>, index) dims(%[[N]])
  // CHECK-NEXT: ^bb0(%[[A:.*]]: tensor<?x8xf32>, %{{.*}}: index):
  // CHECK-NEXT: infer.yield %[[A]] : tensor<?x8xf32>
  %0 = infer.fusion ins(%x, %n : tensor<?x8xf32>, index) dims(%n) {
  ^bb0(%a: tensor<?x8xf32>, %m: index):
    infer.yield %a : tensor<?x8xf32>
  } : tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}
