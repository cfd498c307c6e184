// RUN: tenon-opt %s | FileCheck %s
// Every op of the pooling family in print, with result types that inference agrees with.

// CHECK-LABEL: func @max_pool(
func.func @max_pool(%x: tensor<?x8x4x5xf32>) {
  // CHECK: infer.max_pool %arg0 {dilations = array<i64: 1, 1>, kernel_shape = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<?x8x4x5xf32>) -> tensor<?x8x2x2xf32>
  %0 = infer.max_pool %x {dilations = array<i64: 1, 1>, kernel_shape = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<?x8x4x5xf32>) -> tensor<?x8x2x2xf32>
  return
}

// CHECK-LABEL: func @max_pool_ceil(
func.func @max_pool_ceil(%x: tensor<?x8x4x5xf32>) {
  // CHECK: infer.max_pool %arg0 {ceil_mode = true, dilations = array<i64: 1, 1>, kernel_shape = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<?x8x4x5xf32>) -> tensor<?x8x2x3xf32>
  %0 = infer.max_pool %x {ceil_mode = true, dilations = array<i64: 1, 1>, kernel_shape = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<?x8x4x5xf32>) -> tensor<?x8x2x3xf32>
  return
}

// CHECK-LABEL: func @max_pool_with_indices(
func.func @max_pool_with_indices(%x: tensor<?x8x4x5xf32>) {
  // CHECK: infer.max_pool_with_indices %arg0 {dilations = array<i64: 1, 1>, kernel_shape = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<?x8x4x5xf32>) -> (tensor<?x8x2x2xf32>, tensor<?x8x2x2xi64>)
  %0:2 = infer.max_pool_with_indices %x {dilations = array<i64: 1, 1>, kernel_shape = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<?x8x4x5xf32>) -> (tensor<?x8x2x2xf32>, tensor<?x8x2x2xi64>)
  return
}

// CHECK-LABEL: func @average_pool(
func.func @average_pool(%x: tensor<?x8x?x5xf32>) {
  // CHECK: infer.average_pool %arg0 {count_include_pad = true, dilations = array<i64: 1, 1>, kernel_shape = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<?x8x?x5xf32>) -> tensor<?x8x?x2xf32>
  %0 = infer.average_pool %x {count_include_pad = true, dilations = array<i64: 1, 1>, kernel_shape = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<?x8x?x5xf32>) -> tensor<?x8x?x2xf32>
  return
}

// CHECK-LABEL: func @average_pool_same(
func.func @average_pool_same(%x: tensor<?x8x3x5xf32>) {
  // CHECK: infer.average_pool %arg0 {auto_pad = "SAME_LOWER", dilations = array<i64: 1, 1>, kernel_shape = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<?x8x3x5xf32>) -> tensor<?x8x2x3xf32>
  %0 = infer.average_pool %x {auto_pad = "SAME_LOWER", dilations = array<i64: 1, 1>, kernel_shape = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<?x8x3x5xf32>) -> tensor<?x8x2x3xf32>
  return
}
