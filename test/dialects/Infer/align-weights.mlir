// RUN: tenon-opt %s --infer-align-weights | FileCheck %s

// CHECK-LABEL: @matrix
func.func @matrix(%x: tensor<4x64xf32>) -> tensor<4x33xf32> {
  // CHECK: %[[W:.*]] = infer.constant
  // CHECK: %[[T:.*]] = infer.transpose %[[W]] {perm = array<i64: 1, 0>}
  // CHECK: infer.gemm %{{.*}}, %[[T]] {trans_b = true} : (tensor<4x64xf32>, tensor<33x64xf32>) -> tensor<4x33xf32>
  %w = infer.constant dense<1.0> : tensor<64x33xf32>
  %y = infer.mat_mul %x, %w : (tensor<4x64xf32>, tensor<64x33xf32>) -> tensor<4x33xf32>
  return %y : tensor<4x33xf32>
}

// CHECK-LABEL: @flattened
func.func @flattened(%x: tensor<?x?x64xf32>) -> tensor<?x?x33xf32> {
  // CHECK: %[[FLAT:.*]] = infer.reshape %{{.*}} -> tensor<?x64xf32>
  // CHECK: %[[Y:.*]] = infer.gemm %[[FLAT]], %{{.*}} {trans_b = true} : {{.*}} -> tensor<?x33xf32>
  // CHECK: infer.reshape %[[Y]], %{{.*}} -> tensor<?x?x33xf32>
  %w = infer.constant dense<1.0> : tensor<64x33xf32>
  %y = infer.mat_mul %x, %w : (tensor<?x?x64xf32>, tensor<64x33xf32>) -> tensor<?x?x33xf32>
  return %y : tensor<?x?x33xf32>
}

// Weights shared with an embedding come transposed: the product takes them as they lie.
// CHECK-LABEL: @shared
func.func @shared(%x: tensor<4x64xf32>) -> tensor<4x33xf32> {
  // CHECK: %[[W:.*]] = infer.constant
  // CHECK: infer.gemm %{{.*}}, %[[W]] {trans_b = true}
  %w = infer.constant dense<1.0> : tensor<33x64xf32>
  %t = infer.transpose %w {perm = array<i64: 1, 0>} : (tensor<33x64xf32>) -> tensor<64x33xf32>
  %y = infer.mat_mul %x, %t : (tensor<4x64xf32>, tensor<64x33xf32>) -> tensor<4x33xf32>
  return %y : tensor<4x33xf32>
}

// CHECK-LABEL: @gemm
func.func @gemm(%x: tensor<64x4xf32>, %b: tensor<33xf32>) -> tensor<4x33xf32> {
  // CHECK: %[[W:.*]] = infer.constant
  // CHECK: %[[T:.*]] = infer.transpose %[[W]] {perm = array<i64: 1, 0>}
  // CHECK: infer.gemm %arg0, %[[T]], %arg1 {beta = 5.000000e-01 : f32, trans_a = true, trans_b = true} : (tensor<64x4xf32>, tensor<33x64xf32>, tensor<33xf32>)
  %w = infer.constant dense<1.0> : tensor<64x33xf32>
  %y = infer.gemm %x, %w, %b {beta = 0.5 : f32, trans_a = true} : (tensor<64x4xf32>, tensor<64x33xf32>, tensor<33xf32>) -> tensor<4x33xf32>
  return %y : tensor<4x33xf32>
}

// CHECK-LABEL: @transposed_gemm
func.func @transposed_gemm(%x: tensor<4x33xf32>) -> tensor<4x64xf32> {
  // CHECK: %[[W:.*]] = infer.constant
  // CHECK: %[[T:.*]] = infer.transpose %[[W]] {perm = array<i64: 1, 0>}
  // CHECK: infer.gemm %arg0, %[[T]] : (tensor<4x33xf32>, tensor<33x64xf32>)
  %w = infer.constant dense<1.0> : tensor<64x33xf32>
  %y = infer.gemm %x, %w {trans_b = true} : (tensor<4x33xf32>, tensor<64x33xf32>) -> tensor<4x64xf32>
  return %y : tensor<4x64xf32>
}

// CHECK-LABEL: @no_gemm_gain
func.func @no_gemm_gain(%x: tensor<4x33xf32>) -> tensor<4x63xf32> {
  // CHECK-NOT: infer.transpose
  // CHECK: infer.gemm %{{.*}} {trans_b = true}
  %w = infer.constant dense<1.0> : tensor<63x33xf32>
  %y = infer.gemm %x, %w {trans_b = true} : (tensor<4x33xf32>, tensor<63x33xf32>) -> tensor<4x63xf32>
  return %y : tensor<4x63xf32>
}

// CHECK-LABEL: @no_constant_gemm
func.func @no_constant_gemm(%x: tensor<4x33xf32>, %w: tensor<64x33xf32>) -> tensor<4x64xf32> {
  // CHECK-NOT: infer.transpose
  // CHECK: infer.gemm %{{.*}} {trans_b = true}
  %y = infer.gemm %x, %w {trans_b = true} : (tensor<4x33xf32>, tensor<64x33xf32>) -> tensor<4x64xf32>
  return %y : tensor<4x64xf32>
}

// CHECK-LABEL: @no_aligned
func.func @no_aligned(%x: tensor<4x64xf32>) -> tensor<4x32xf32> {
  // CHECK: infer.mat_mul
  %w = infer.constant dense<1.0> : tensor<64x32xf32>
  %y = infer.mat_mul %x, %w : (tensor<4x64xf32>, tensor<64x32xf32>) -> tensor<4x32xf32>
  return %y : tensor<4x32xf32>
}

// CHECK-LABEL: @no_gain
func.func @no_gain(%x: tensor<4x63xf32>) -> tensor<4x33xf32> {
  // CHECK: infer.mat_mul
  %w = infer.constant dense<1.0> : tensor<63x33xf32>
  %y = infer.mat_mul %x, %w : (tensor<4x63xf32>, tensor<63x33xf32>) -> tensor<4x33xf32>
  return %y : tensor<4x33xf32>
}

// CHECK-LABEL: @no_constant
func.func @no_constant(%x: tensor<4x64xf32>, %w: tensor<64x33xf32>) -> tensor<4x33xf32> {
  // CHECK: infer.mat_mul
  %y = infer.mat_mul %x, %w : (tensor<4x64xf32>, tensor<64x33xf32>) -> tensor<4x33xf32>
  return %y : tensor<4x33xf32>
}

// CHECK-LABEL: @no_matrix
func.func @no_matrix(%x: tensor<64xf32>) -> tensor<33xf32> {
  // CHECK: infer.mat_mul
  %w = infer.constant dense<1.0> : tensor<64x33xf32>
  %y = infer.mat_mul %x, %w : (tensor<64xf32>, tensor<64x33xf32>) -> tensor<33xf32>
  return %y : tensor<33xf32>
}
