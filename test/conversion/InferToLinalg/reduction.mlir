// RUN: tenon-opt %s --convert-infer-to-linalg -split-input-file | FileCheck %s --implicit-check-not=infer.
// The documented example of every op of the family: it lowers, and nothing of infer is left. Values are tested in test/python.

// CHECK-LABEL: func private @reduce_sum(
func.func private @reduce_sum(%x: tensor<?x8xf32>, %d0: index) -> (tensor<?xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.reduce_sum %x {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// CHECK-LABEL: func private @reduce_mean(
func.func private @reduce_mean(%x: tensor<?x8xf32>, %d0: index) -> (tensor<?xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.reduce_mean %x {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// CHECK-LABEL: func private @reduce_max(
func.func private @reduce_max(%x: tensor<?x8xf32>, %d0: index) -> (tensor<?xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.reduce_max %x {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// CHECK-LABEL: func private @reduce_min(
func.func private @reduce_min(%x: tensor<?x8xf32>, %d0: index) -> (tensor<?xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.reduce_min %x {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// CHECK-LABEL: func private @reduce_prod(
func.func private @reduce_prod(%x: tensor<?x8xf32>, %d0: index) -> (tensor<?xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.reduce_prod %x {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// CHECK-LABEL: func private @reduce_l1(
func.func private @reduce_l1(%x: tensor<?x8xf32>, %d0: index) -> (tensor<?xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.reduce_l1 %x {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// CHECK-LABEL: func private @reduce_l2(
func.func private @reduce_l2(%x: tensor<?x8xf32>, %d0: index) -> (tensor<?xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.reduce_l2 %x {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// CHECK-LABEL: func private @reduce_log_sum(
func.func private @reduce_log_sum(%x: tensor<?x8xf32>, %d0: index) -> (tensor<?xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.reduce_log_sum %x {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// CHECK-LABEL: func private @reduce_log_sum_exp(
func.func private @reduce_log_sum_exp(%x: tensor<?x8xf32>, %d0: index) -> (tensor<?xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.reduce_log_sum_exp %x {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// CHECK-LABEL: func private @reduce_sum_square(
func.func private @reduce_sum_square(%x: tensor<?x8xf32>, %d0: index) -> (tensor<?xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.reduce_sum_square %x {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// CHECK-LABEL: func private @arg_max(
func.func private @arg_max(%x: tensor<?x8xf32>, %d0: index) -> (tensor<?xi64>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.arg_max %x {axis = 1 : i64, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xi64>
  return %y : tensor<?xi64>
}

// -----

// CHECK-LABEL: func private @arg_min(
func.func private @arg_min(%x: tensor<?x8xf32>, %d0: index) -> (tensor<?xi64>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.arg_min %x {axis = 1 : i64, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xi64>
  return %y : tensor<?xi64>
}

// -----

// CHECK-LABEL: func private @cum_sum(
func.func private @cum_sum(%x: tensor<?x8xi64>, %d0: index) -> (tensor<?x8xi64>) {
  // CHECK: scf.for
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xi64>
  %y = infer.cum_sum %x {axis = 1 : i64} : (tensor<?x8xi64>) -> tensor<?x8xi64>
  return %y : tensor<?x8xi64>
}
