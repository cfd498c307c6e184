// RUN: tenon-opt %s --convert-infer-to-linalg -split-input-file | FileCheck %s --implicit-check-not=infer.
// The documented example of every op of the family: it lowers, and nothing of infer is left. Values are tested in test/python.

// CHECK-LABEL: func private @mat_mul(
func.func private @mat_mul(%a: tensor<?x8x4xf32>, %b: tensor<4x16xf32>, %d0: index) -> (tensor<?x8x16xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %a, [%d0], affine_map<()[s0] -> (s0, 8, 4)> : tensor<?x8x4xf32>
  %y = infer.mat_mul %a, %b : (tensor<?x8x4xf32>, tensor<4x16xf32>) -> tensor<?x8x16xf32>
  return %y : tensor<?x8x16xf32>
}

// -----

// CHECK-LABEL: func private @gemm(
func.func private @gemm(%a: tensor<?x8xf32>, %b: tensor<16x8xf32>, %c: tensor<16xf32>, %d0: index) -> (tensor<?x16xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %a, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.gemm %a, %b, %c {trans_b = true} : (tensor<?x8xf32>, tensor<16x8xf32>, tensor<16xf32>) -> tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}

// -----

// Bytes are widened by their signs.
// CHECK-LABEL: func private @gemm_of_bytes(
func.func private @gemm_of_bytes(%a: tensor<4x64xui8>, %b: tensor<16x64xi8>) -> tensor<4x16xi32> {
  // CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<4x64xi8>, tensor<16x64xi8>)
  // CHECK: arith.extui
  // CHECK: arith.extsi
  // CHECK: arith.muli {{.*}} : i32
  %y = infer.gemm %a, %b {trans_b = true} : (tensor<4x64xui8>, tensor<16x64xi8>) -> tensor<4x16xi32>
  return %y : tensor<4x16xi32>
}

// -----

// CHECK-LABEL: func private @conv(
func.func private @conv(%x: tensor<?x3x224x224xf32>, %w: tensor<8x3x3x3xf32>, %b: tensor<8xf32>, %d0: index) -> (tensor<?x8x112x112xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 3, 224, 224)> : tensor<?x3x224x224xf32>
  %y = infer.conv %x, %w, %b {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>} : (tensor<?x3x224x224xf32>, tensor<8x3x3x3xf32>, tensor<8xf32>) -> tensor<?x8x112x112xf32>
  return %y : tensor<?x8x112x112xf32>
}

// -----

// A filter for each channel: a channel is one loop, and nothing is reshaped.
// CHECK: affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2 + d3, d4 + d5)>
// CHECK: affine_map<(d0, d1, d2, d3, d4, d5) -> (d1, 0, d3, d4)>
// CHECK-LABEL: func private @depthwise(
func.func private @depthwise(%x: tensor<?x8x16x16xf32>, %w: tensor<8x1x3x3xf32>, %d0: index) -> (tensor<?x8x14x14xf32>) {
  // CHECK-NOT: tensor.expand_shape
  // CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "parallel"]
  // CHECK-NOT: tensor.collapse_shape
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8, 16, 16)> : tensor<?x8x16x16xf32>
  %y = infer.conv %x, %w {group = 8 : i64, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<?x8x16x16xf32>, tensor<8x1x3x3xf32>) -> tensor<?x8x14x14xf32>
  return %y : tensor<?x8x14x14xf32>
}

// -----

// CHECK-LABEL: func private @conv_transpose(
func.func private @conv_transpose(%x: tensor<1x8x16x16xf32>, %w: tensor<8x4x2x2xf32>) -> (tensor<1x4x32x32xf32>) {
  // CHECK: linalg.generic
  %y = infer.conv_transpose %x, %w {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x8x16x16xf32>, tensor<8x4x2x2xf32>) -> tensor<1x4x32x32xf32>
  return %y : tensor<1x4x32x32xf32>
}
