// RUN: tenon-opt %s --convert-infer-to-linalg -split-input-file | FileCheck %s --implicit-check-not=infer.
// The documented example of every op of the family: it lowers, and nothing of infer is left. Values are tested in test/python.

// CHECK-LABEL: func private @gather(
func.func private @gather(%x: tensor<100x8xf32>, %i: tensor<?x?xi64>, %d0: index, %d1: index) -> (tensor<?x?x8xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %i, [%d0, %d1], affine_map<()[s0, s1] -> (s0, s1)> : tensor<?x?xi64>
  %y = infer.gather %x, %i {axis = 0 : i64} : (tensor<100x8xf32>, tensor<?x?xi64>) -> tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}

// -----

// CHECK-LABEL: func private @gather_elements(
func.func private @gather_elements(%x: tensor<?x8xf32>, %i: tensor<?x2xi64>, %d0: index) -> (tensor<?x2xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  infer.bind_shape %i, [%d0], affine_map<()[s0] -> (s0, 2)> : tensor<?x2xi64>
  %y = infer.gather_elements %x, %i {axis = 1 : i64} : (tensor<?x8xf32>, tensor<?x2xi64>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

// CHECK-LABEL: func private @gather_nd(
func.func private @gather_nd(%x: tensor<?x8x4xf32>, %i: tensor<?x2xi64>, %d0: index) -> (tensor<?x4xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8, 4)> : tensor<?x8x4xf32>
  infer.bind_shape %i, [%d0], affine_map<()[s0] -> (s0, 2)> : tensor<?x2xi64>
  %y = infer.gather_nd %x, %i : (tensor<?x8x4xf32>, tensor<?x2xi64>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// -----

// CHECK-LABEL: func private @scatter_elements(
func.func private @scatter_elements(%x: tensor<?x8xf32>, %i: tensor<?x2xi64>, %u: tensor<?x2xf32>, %d0: index) -> (tensor<?x8xf32>) {
  // CHECK: scf.for
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  infer.bind_shape %i, [%d0], affine_map<()[s0] -> (s0, 2)> : tensor<?x2xi64>
  infer.bind_shape %u, [%d0], affine_map<()[s0] -> (s0, 2)> : tensor<?x2xf32>
  %y = infer.scatter_elements %x, %i, %u {axis = 1 : i64} : (tensor<?x8xf32>, tensor<?x2xi64>, tensor<?x2xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// CHECK-LABEL: func private @scatter_nd(
func.func private @scatter_nd(%x: tensor<?x8xf32>, %i: tensor<2x1xi64>, %u: tensor<2x8xf32>, %d0: index) -> (tensor<?x8xf32>) {
  // CHECK: scf.for
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.scatter_nd %x, %i, %u : (tensor<?x8xf32>, tensor<2x1xi64>, tensor<2x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// CHECK-LABEL: func private @top_k(
func.func private @top_k(%x: tensor<?x8xf32>, %k: tensor<1xi64>, %d0: index) -> (tensor<?x?xf32>, tensor<?x?xi64>) {
  // CHECK: scf.while
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %v, %i = infer.top_k %x, %k {axis = 1 : i64} : (tensor<?x8xf32>, tensor<1xi64>) -> (tensor<?x?xf32>, tensor<?x?xi64>)
  return %v, %i : tensor<?x?xf32>, tensor<?x?xi64>
}

// -----

// CHECK-LABEL: func private @non_zero_count(
func.func private @non_zero_count(%x: tensor<?x8xf32>, %d0: index) -> (tensor<i64>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %n = infer.non_zero_count %x : (tensor<?x8xf32>) -> tensor<i64>
  return %n : tensor<i64>
}

// -----

// CHECK-LABEL: func private @non_zero_fill(
func.func private @non_zero_fill(%x: tensor<?x8xf32>, %n: index, %d0: index) -> (tensor<2x?xi64>) {
  // CHECK: scf.if
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.non_zero_fill %x, %n : (tensor<?x8xf32>, index) -> tensor<2x?xi64>
  return %y : tensor<2x?xi64>
}

// -----

// CHECK-LABEL: func private @non_max_suppression_padded(
func.func private @non_max_suppression_padded(%b: tensor<1x?x4xf32>, %s: tensor<1x?x?xf32>, %c: index, %d1: index, %d2: index) -> (tensor<?x3xi64>, tensor<i64>) {
  // CHECK: scf.while
  infer.bind_shape %b, [%d1], affine_map<()[s0] -> (1, s0, 4)> : tensor<1x?x4xf32>
  infer.bind_shape %s, [%d1, %d2], affine_map<()[s0, s1] -> (1, s0, s1)> : tensor<1x?x?xf32>
  %y, %n = infer.non_max_suppression_padded %b, %s capacity(%c) : (tensor<1x?x4xf32>, tensor<1x?x?xf32>, index) -> (tensor<?x3xi64>, tensor<i64>)
  return %y, %n : tensor<?x3xi64>, tensor<i64>
}

// -----

// CHECK-LABEL: func private @one_hot(
func.func private @one_hot(%i: tensor<?xi64>, %d: tensor<i64>, %v: tensor<2xf32>, %d0: index) -> (tensor<?x?xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %i, [%d0], affine_map<()[s0] -> (s0)> : tensor<?xi64>
  %y = infer.one_hot %i, %d, %v {axis = 1 : i64} : (tensor<?xi64>, tensor<i64>, tensor<2xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}
