// RUN: tenon-opt %s --infer-fold-conv-normalization | FileCheck %s

// CHECK-LABEL: func @batch_normalization(
func.func @batch_normalization(%x: tensor<?x3x8x8xf32>) -> tensor<?x4x8x8xf32> {
  // scale = 2 / sqrt(2 + 1e-5), weight = 1 * scale, bias = 2 - 2 * scale
  // CHECK-DAG: %[[W:.*]] = infer.constant dense<1.41421{{[0-9e+]*}}> : tensor<4x3x1x1xf32>
  // CHECK-DAG: %[[B:.*]] = infer.constant dense<-0.8284{{[0-9]*}}> : tensor<4xf32>
  // CHECK: %[[Y:.*]] = infer.conv %arg0, %[[W]], %[[B]]
  // CHECK: return %[[Y]]
  %w = infer.constant dense<1.0> : tensor<4x3x1x1xf32>
  %p = infer.constant dense<2.0> : tensor<4xf32>
  %0 = infer.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<?x3x8x8xf32>, tensor<4x3x1x1xf32>) -> tensor<?x4x8x8xf32>
  %1 = infer.batch_normalization %0, %p, %p, %p, %p : (tensor<?x4x8x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4x8x8xf32>
  return %1 : tensor<?x4x8x8xf32>
}

// CHECK-LABEL: func @add(
func.func @add(%x: tensor<?x3x8x8xf32>) -> tensor<?x4x8x8xf32> {
  // CHECK: %[[B:.*]] = infer.constant dense<2.000000e+00> : tensor<4xf32>
  // CHECK: %[[Y:.*]] = infer.conv %arg0, %{{.*}}, %[[B]]
  // CHECK: return %[[Y]]
  %w = infer.constant dense<1.0> : tensor<4x3x1x1xf32>
  %p = infer.constant dense<2.0> : tensor<1x4x1x1xf32>
  %0 = infer.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<?x3x8x8xf32>, tensor<4x3x1x1xf32>) -> tensor<?x4x8x8xf32>
  %1 = infer.add %p, %0 : (tensor<1x4x1x1xf32>, tensor<?x4x8x8xf32>) -> tensor<?x4x8x8xf32>
  return %1 : tensor<?x4x8x8xf32>
}

// CHECK-LABEL: func @no_second_use(
func.func @no_second_use(%x: tensor<?x3x8x8xf32>) -> (tensor<?x4x8x8xf32>, tensor<?x4x8x8xf32>) {
  // CHECK: infer.mul
  %w = infer.constant dense<1.0> : tensor<4x3x1x1xf32>
  %p = infer.constant dense<2.0> : tensor<4x1x1xf32>
  %0 = infer.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<?x3x8x8xf32>, tensor<4x3x1x1xf32>) -> tensor<?x4x8x8xf32>
  %1 = infer.mul %0, %p : (tensor<?x4x8x8xf32>, tensor<4x1x1xf32>) -> tensor<?x4x8x8xf32>
  return %0, %1 : tensor<?x4x8x8xf32>, tensor<?x4x8x8xf32>
}

// CHECK-LABEL: func @no_computed_weight(
func.func @no_computed_weight(%x: tensor<?x3x8x8xf32>, %w: tensor<4x3x1x1xf32>) -> tensor<?x4x8x8xf32> {
  // CHECK: infer.mul
  %p = infer.constant dense<2.0> : tensor<4x1x1xf32>
  %0 = infer.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<?x3x8x8xf32>, tensor<4x3x1x1xf32>) -> tensor<?x4x8x8xf32>
  %1 = infer.mul %0, %p : (tensor<?x4x8x8xf32>, tensor<4x1x1xf32>) -> tensor<?x4x8x8xf32>
  return %1 : tensor<?x4x8x8xf32>
}

// One constant per column, not per channel.
// CHECK-LABEL: func @no_column_constant(
func.func @no_column_constant(%x: tensor<?x3x8x8xf32>) -> tensor<?x8x8x8xf32> {
  // CHECK: infer.add
  %w = infer.constant dense<1.0> : tensor<8x3x1x1xf32>
  %p = infer.constant dense<2.0> : tensor<8xf32>
  %0 = infer.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<?x3x8x8xf32>, tensor<8x3x1x1xf32>) -> tensor<?x8x8x8xf32>
  %1 = infer.add %0, %p : (tensor<?x8x8x8xf32>, tensor<8xf32>) -> tensor<?x8x8x8xf32>
  return %1 : tensor<?x8x8x8xf32>
}

// Two constants that differ in rank with the convolution would enlarge it.
// CHECK-LABEL: func @no_larger_result(
func.func @no_larger_result(%x: tensor<1x3x8x8xf32>) -> tensor<1x1x4x8x8xf32> {
  // CHECK: infer.add
  %w = infer.constant dense<1.0> : tensor<4x3x1x1xf32>
  %p = infer.constant dense<2.0> : tensor<1x1x4x1x1xf32>
  %0 = infer.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x3x8x8xf32>, tensor<4x3x1x1xf32>) -> tensor<1x4x8x8xf32>
  %1 = infer.add %0, %p : (tensor<1x4x8x8xf32>, tensor<1x1x4x1x1xf32>) -> tensor<1x1x4x8x8xf32>
  return %1 : tensor<1x1x4x8x8xf32>
}
