// RUN: tenon-opt %s --convert-infer-to-linalg -split-input-file | FileCheck %s --implicit-check-not=infer.
// The documented example of every op of the family: it lowers, and nothing of infer is left. Values are tested in test/python.

// CHECK-LABEL: func private @max_pool(
func.func private @max_pool(%x: tensor<?x8x4x4xf32>, %d0: index) -> (tensor<?x8x2x2xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8, 4, 4)> : tensor<?x8x4x4xf32>
  %y = infer.max_pool %x {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<?x8x4x4xf32>) -> tensor<?x8x2x2xf32>
  return %y : tensor<?x8x2x2xf32>
}

// -----

// CHECK-LABEL: func private @max_pool_with_indices(
func.func private @max_pool_with_indices(%x: tensor<?x8x4x4xf32>, %d0: index) -> (tensor<?x8x2x2xf32>, tensor<?x8x2x2xi64>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8, 4, 4)> : tensor<?x8x4x4xf32>
  %y, %i = infer.max_pool_with_indices %x {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<?x8x4x4xf32>) -> (tensor<?x8x2x2xf32>, tensor<?x8x2x2xi64>)
  return %y, %i : tensor<?x8x2x2xf32>, tensor<?x8x2x2xi64>
}

// -----

// CHECK-LABEL: func private @average_pool(
func.func private @average_pool(%x: tensor<?x8x4x4xf32>, %d0: index) -> (tensor<?x8x2x2xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8, 4, 4)> : tensor<?x8x4x4xf32>
  %y = infer.average_pool %x {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<?x8x4x4xf32>) -> tensor<?x8x2x2xf32>
  return %y : tensor<?x8x2x2xf32>
}
