// RUN: tenon-opt %s --convert-infer-to-linalg -split-input-file | FileCheck %s --implicit-check-not=infer.
// The documented example of every op of the family: it lowers, and nothing of infer is left. Values are tested in test/python.

// CHECK-LABEL: func private @batch_normalization(
func.func private @batch_normalization(%x: tensor<?x8x4x4xf32>, %s: tensor<8xf32>, %b: tensor<8xf32>, %m: tensor<8xf32>, %v: tensor<8xf32>, %d0: index) -> (tensor<?x8x4x4xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8, 4, 4)> : tensor<?x8x4x4xf32>
  %y = infer.batch_normalization %x, %s, %b, %m, %v : (tensor<?x8x4x4xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8x4x4xf32>
  return %y : tensor<?x8x4x4xf32>
}

// -----

// CHECK-LABEL: func private @layer_normalization(
func.func private @layer_normalization(%x: tensor<?x?x8xf32>, %s: tensor<8xf32>, %b: tensor<8xf32>, %d0: index, %d1: index) -> (tensor<?x?x8xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0, %d1], affine_map<()[s0, s1] -> (s0, s1, 8)> : tensor<?x?x8xf32>
  %y = infer.layer_normalization %x, %s, %b {axis = 2 : i64} : (tensor<?x?x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}

// -----

// CHECK-LABEL: func private @rms_normalization(
func.func private @rms_normalization(%x: tensor<?x?x8xf32>, %s: tensor<8xf32>, %d0: index, %d1: index) -> (tensor<?x?x8xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0, %d1], affine_map<()[s0, s1] -> (s0, s1, 8)> : tensor<?x?x8xf32>
  %y = infer.rms_normalization %x, %s {axis = 2 : i64} : (tensor<?x?x8xf32>, tensor<8xf32>) -> tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}

// -----

// CHECK-LABEL: func private @instance_normalization(
func.func private @instance_normalization(%x: tensor<?x8x4x4xf32>, %s: tensor<8xf32>, %b: tensor<8xf32>, %d0: index) -> (tensor<?x8x4x4xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8, 4, 4)> : tensor<?x8x4x4xf32>
  %y = infer.instance_normalization %x, %s, %b : (tensor<?x8x4x4xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8x4x4xf32>
  return %y : tensor<?x8x4x4xf32>
}

// -----

// CHECK-LABEL: func private @group_normalization(
func.func private @group_normalization(%x: tensor<?x8x4x4xf32>, %s: tensor<8xf32>, %b: tensor<8xf32>, %d0: index) -> (tensor<?x8x4x4xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8, 4, 4)> : tensor<?x8x4x4xf32>
  %y = infer.group_normalization %x, %s, %b {num_groups = 4 : i64} : (tensor<?x8x4x4xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8x4x4xf32>
  return %y : tensor<?x8x4x4xf32>
}

// -----

// CHECK-LABEL: func private @lp_normalization(
func.func private @lp_normalization(%x: tensor<?x8xf32>, %d0: index) -> (tensor<?x8xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.lp_normalization %x {axis = 1 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// CHECK-LABEL: func private @lrn(
func.func private @lrn(%x: tensor<1x8x4x4xf32>) -> (tensor<1x8x4x4xf32>) {
  // CHECK: linalg.generic
  %y = infer.lrn %x {size = 5 : i64} : (tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
  return %y : tensor<1x8x4x4xf32>
}

// -----

// CHECK-LABEL: func private @softmax(
func.func private @softmax(%x: tensor<?x8xf32>, %d0: index) -> (tensor<?x8xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.softmax %x {axis = 1 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// CHECK-LABEL: func private @log_softmax(
func.func private @log_softmax(%x: tensor<?x8xf32>, %d0: index) -> (tensor<?x8xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.log_softmax %x {axis = 1 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
