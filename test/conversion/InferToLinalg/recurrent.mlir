// RUN: tenon-opt %s --convert-infer-to-linalg -split-input-file | FileCheck %s --implicit-check-not=infer.
// The documented example of every op of the family: it lowers, and nothing of infer is left. Values are tested in test/python.

// CHECK-LABEL: func private @lstm(
func.func private @lstm(%x: tensor<?x?x4xf32>, %w: tensor<1x32x4xf32>, %r: tensor<1x32x8xf32>, %d0: index, %d1: index) -> (tensor<?x1x?x8xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>) {
  // CHECK: scf.for
  infer.bind_shape %x, [%d0, %d1], affine_map<()[s0, s1] -> (s0, s1, 4)> : tensor<?x?x4xf32>
  %y, %h, %c = infer.lstm %x, %w, %r {hidden_size = 8 : i64} : (tensor<?x?x4xf32>, tensor<1x32x4xf32>, tensor<1x32x8xf32>) -> (tensor<?x1x?x8xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>)
  return %y, %h, %c : tensor<?x1x?x8xf32>, tensor<1x?x8xf32>, tensor<1x?x8xf32>
}

// -----

// CHECK-LABEL: func private @gru(
func.func private @gru(%x: tensor<?x?x4xf32>, %w: tensor<1x24x4xf32>, %r: tensor<1x24x8xf32>, %d0: index, %d1: index) -> (tensor<?x1x?x8xf32>, tensor<1x?x8xf32>) {
  // CHECK: scf.for
  infer.bind_shape %x, [%d0, %d1], affine_map<()[s0, s1] -> (s0, s1, 4)> : tensor<?x?x4xf32>
  %y, %h = infer.gru %x, %w, %r {hidden_size = 8 : i64} : (tensor<?x?x4xf32>, tensor<1x24x4xf32>, tensor<1x24x8xf32>) -> (tensor<?x1x?x8xf32>, tensor<1x?x8xf32>)
  return %y, %h : tensor<?x1x?x8xf32>, tensor<1x?x8xf32>
}

// -----

// CHECK-LABEL: func private @rnn(
func.func private @rnn(%x: tensor<?x?x4xf32>, %w: tensor<1x8x4xf32>, %r: tensor<1x8x8xf32>, %d0: index, %d1: index) -> (tensor<?x1x?x8xf32>, tensor<1x?x8xf32>) {
  // CHECK: scf.for
  infer.bind_shape %x, [%d0, %d1], affine_map<()[s0, s1] -> (s0, s1, 4)> : tensor<?x?x4xf32>
  %y, %h = infer.rnn %x, %w, %r {hidden_size = 8 : i64} : (tensor<?x?x4xf32>, tensor<1x8x4xf32>, tensor<1x8x8xf32>) -> (tensor<?x1x?x8xf32>, tensor<1x?x8xf32>)
  return %y, %h : tensor<?x1x?x8xf32>, tensor<1x?x8xf32>
}
