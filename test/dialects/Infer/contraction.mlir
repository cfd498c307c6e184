// RUN: tenon-opt %s | FileCheck %s
// Every op of the contraction family in print, with result types that inference agrees with.

// CHECK-LABEL: func @mat_mul(
func.func @mat_mul(%a: tensor<?x8x4xf32>, %b: tensor<4x16xf32>) {
  // CHECK: infer.mat_mul %arg0, %arg1 : (tensor<?x8x4xf32>, tensor<4x16xf32>) -> tensor<?x8x16xf32>
  %0 = infer.mat_mul %a, %b : (tensor<?x8x4xf32>, tensor<4x16xf32>) -> tensor<?x8x16xf32>
  return
}

// CHECK-LABEL: func @mat_mul_vectors(
func.func @mat_mul_vectors(%a: tensor<4xf32>, %b: tensor<4xf32>) {
  // CHECK: infer.mat_mul %arg0, %arg1 : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  %0 = infer.mat_mul %a, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return
}

// CHECK-LABEL: func @mat_mul_batches(
func.func @mat_mul_batches(%a: tensor<3x1x8x4xf32>, %b: tensor<5x4x2xf32>) {
  // CHECK: infer.mat_mul %arg0, %arg1 : (tensor<3x1x8x4xf32>, tensor<5x4x2xf32>) -> tensor<3x5x8x2xf32>
  %0 = infer.mat_mul %a, %b : (tensor<3x1x8x4xf32>, tensor<5x4x2xf32>) -> tensor<3x5x8x2xf32>
  return
}

// CHECK-LABEL: func @gemm(
func.func @gemm(%a: tensor<?x8xf32>, %b: tensor<16x8xf32>, %c: tensor<16xf32>) {
  // CHECK: infer.gemm %arg0, %arg1, %arg2 {alpha = 2.000000e+00 : f32, trans_b = true} : (tensor<?x8xf32>, tensor<16x8xf32>, tensor<16xf32>) -> tensor<?x16xf32>
  %0 = infer.gemm %a, %b, %c {alpha = 2.000000e+00 : f32, trans_b = true} : (tensor<?x8xf32>, tensor<16x8xf32>, tensor<16xf32>) -> tensor<?x16xf32>
  return
}

// CHECK-LABEL: func @conv(
func.func @conv(%x: tensor<?x3x224x224xf32>, %w: tensor<8x3x3x3xf32>, %b: tensor<8xf32>) {
  // CHECK: infer.conv %arg0, %arg1, %arg2 {dilations = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : (tensor<?x3x224x224xf32>, tensor<8x3x3x3xf32>, tensor<8xf32>) -> tensor<?x8x112x112xf32>
  %0 = infer.conv %x, %w, %b {dilations = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : (tensor<?x3x224x224xf32>, tensor<8x3x3x3xf32>, tensor<8xf32>) -> tensor<?x8x112x112xf32>
  return
}

// CHECK-LABEL: func @conv_same(
func.func @conv_same(%x: tensor<1x4x?x9xf32>, %w: tensor<4x1x3x3xf32>) {
  // CHECK: infer.conv %arg0, %arg1 {auto_pad = "SAME_UPPER", dilations = array<i64: 1, 1>, group = 4 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x4x?x9xf32>, tensor<4x1x3x3xf32>) -> tensor<1x4x?x5xf32>
  %0 = infer.conv %x, %w {auto_pad = "SAME_UPPER", dilations = array<i64: 1, 1>, group = 4 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x4x?x9xf32>, tensor<4x1x3x3xf32>) -> tensor<1x4x?x5xf32>
  return
}

// CHECK-LABEL: func @conv_transpose(
func.func @conv_transpose(%x: tensor<1x8x16x16xf32>, %w: tensor<8x4x2x2xf32>) {
  // CHECK: infer.conv_transpose %arg0, %arg1 {dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x8x16x16xf32>, tensor<8x4x2x2xf32>) -> tensor<1x4x32x32xf32>
  %0 = infer.conv_transpose %x, %w {dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x8x16x16xf32>, tensor<8x4x2x2xf32>) -> tensor<1x4x32x32xf32>
  return
}

// CHECK-LABEL: func @conv_transpose_dynamic(
func.func @conv_transpose_dynamic(%x: tensor<?x8x?x16xf32>, %w: tensor<8x4x3x3xf32>) {
  // CHECK: infer.conv_transpose %arg0, %arg1 {dilations = array<i64: 1, 1>, output_padding = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : (tensor<?x8x?x16xf32>, tensor<8x4x3x3xf32>) -> tensor<?x4x?x32xf32>
  %0 = infer.conv_transpose %x, %w {dilations = array<i64: 1, 1>, output_padding = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : (tensor<?x8x?x16xf32>, tensor<8x4x3x3xf32>) -> tensor<?x4x?x32xf32>
  return
}
