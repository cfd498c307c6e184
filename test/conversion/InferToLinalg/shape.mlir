// RUN: tenon-opt %s --convert-infer-to-linalg -split-input-file | FileCheck %s --implicit-check-not=infer.
// The documented example of every op of the family: it lowers, and nothing of infer is left. Values are tested in test/python.

// CHECK-LABEL: func private @shape(
func.func private @shape(%x: tensor<?x8xf32>, %d0: index) -> (tensor<2xi64>) {
  // CHECK: tensor.from_elements
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.shape %x : (tensor<?x8xf32>) -> tensor<2xi64>
  return %y : tensor<2xi64>
}

// -----

// CHECK-LABEL: func private @size(
func.func private @size(%x: tensor<?x8xf32>, %d0: index) -> (tensor<i64>) {
  // CHECK: tensor.from_elements
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.size %x : (tensor<?x8xf32>) -> tensor<i64>
  return %y : tensor<i64>
}

// -----

// CHECK-LABEL: func private @reshape(
func.func private @reshape(%x: tensor<?x8xf32>, %s: tensor<3xi64>, %d0: index) -> (tensor<?x2x4xf32>) {
  // CHECK: tensor.expand_shape
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.reshape %x, %s : (tensor<?x8xf32>, tensor<3xi64>) -> tensor<?x2x4xf32>
  return %y : tensor<?x2x4xf32>
}

// -----

// CHECK-LABEL: func private @transpose(
func.func private @transpose(%x: tensor<?x8xf32>, %d0: index) -> (tensor<8x?xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.transpose %x {perm = array<i64: 1, 0>} : (tensor<?x8xf32>) -> tensor<8x?xf32>
  return %y : tensor<8x?xf32>
}

// -----

// CHECK-LABEL: func private @concat(
func.func private @concat(%a: tensor<?x8xf32>, %b: tensor<2x8xf32>, %d0: index) -> (tensor<?x8xf32>) {
  // CHECK: tensor.insert_slice
  infer.bind_shape %a, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.concat %a, %b {axis = 0 : i64} : (tensor<?x8xf32>, tensor<2x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// CHECK-LABEL: func private @split(
func.func private @split(%x: tensor<?x8xf32>, %d0: index) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  // CHECK: tensor.extract_slice
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %a, %b = infer.split %x {axis = 1 : i64, num_outputs = 2 : i64} : (tensor<?x8xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>)
  return %a, %b : tensor<?x4xf32>, tensor<?x4xf32>
}

// -----

// CHECK-LABEL: func private @slice(
func.func private @slice(%x: tensor<?x8xf32>, %s: tensor<1xi64>, %e: tensor<1xi64>, %d0: index) -> (tensor<?x?xf32>) {
  // CHECK: tensor.extract_slice
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.slice %x, %s, %e {axes = array<i64: 1>} : (tensor<?x8xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// -----

// CHECK-LABEL: func private @squeeze(
func.func private @squeeze(%x: tensor<?x1xf32>, %d0: index) -> (tensor<?xf32>) {
  // CHECK: tensor.collapse_shape
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 1)> : tensor<?x1xf32>
  %y = infer.squeeze %x {axes = array<i64: 1>} : (tensor<?x1xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// CHECK-LABEL: func private @unsqueeze(
func.func private @unsqueeze(%x: tensor<?xf32>, %d0: index) -> (tensor<?x1xf32>) {
  // CHECK: tensor.expand_shape
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0)> : tensor<?xf32>
  %y = infer.unsqueeze %x {axes = array<i64: 1>} : (tensor<?xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// -----

// CHECK-LABEL: func private @expand(
func.func private @expand(%x: tensor<?x1xf32>, %s: tensor<2xi64>, %d0: index) -> (tensor<?x?xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 1)> : tensor<?x1xf32>
  %y = infer.expand %x, %s : (tensor<?x1xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// -----

// CHECK-LABEL: func private @tile(
func.func private @tile(%x: tensor<?x8xf32>, %r: tensor<2xi64>, %d0: index) -> (tensor<?x?xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.tile %x, %r : (tensor<?x8xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// -----

// CHECK-LABEL: func private @pad(
func.func private @pad(%x: tensor<?x8xf32>, %p: tensor<2xi64>, %d0: index) -> (tensor<?x?xf32>) {
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.pad %x, %p {axes = array<i64: 1>} : (tensor<?x8xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// -----

// CHECK-LABEL: func private @range(
func.func private @range(%a: tensor<i64>, %b: tensor<i64>, %d: tensor<i64>) -> (tensor<?xi64>) {
  // CHECK: linalg.generic
  %y = infer.range %a, %b, %d : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  return %y : tensor<?xi64>
}

// -----

// CHECK-LABEL: func private @constant_of_shape(
func.func private @constant_of_shape(%s: tensor<2xi64>) -> (tensor<?x?xf32>) {
  // CHECK: linalg.fill
  %y = infer.constant_of_shape %s {value = dense<1.0> : tensor<1xf32>} : (tensor<2xi64>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// -----

// CHECK-LABEL: func private @resize(
func.func private @resize(%x: tensor<?x8x4x4xf32>, %s: tensor<2xf32>, %n: tensor<2xi64>, %d0: index) -> (tensor<?x8x?x?xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8, 4, 4)> : tensor<?x8x4x4xf32>
  %y = infer.resize %x scales(%s) sizes(%n) {axes = array<i64: 2, 3>, mode = "linear"} : (tensor<?x8x4x4xf32>, tensor<2xf32>, tensor<2xi64>) -> tensor<?x8x?x?xf32>
  return %y : tensor<?x8x?x?xf32>
}

// -----

// A filter that widens as the tensor shrinks: along each resized dim the sum of its weights, then of the weighted elements.
// CHECK-LABEL: func private @antialias(
// CHECK: linalg.generic {{{.*}}iterator_types = ["parallel", "reduction"]} ins(%{{.*}} : tensor<4xi8>) outs(%{{.*}} : tensor<4xf32>)
// CHECK: linalg.generic {{{.*}}iterator_types = ["parallel", "parallel", "reduction"]} ins(%{{.*}}, %{{.*}} : tensor<4xf32>, tensor<4xi8>)
// CHECK: tensor.extract
func.func private @antialias(%x: tensor<3x8xf32>) -> tensor<3x4xf32> {
  %n = infer.constant dense<4> : tensor<1xi64>
  %y = infer.resize %x sizes(%n) {axes = array<i64: 1>, mode = "linear", antialias = true} : (tensor<3x8xf32>, tensor<1xi64>) -> tensor<3x4xf32>
  return %y : tensor<3x4xf32>
}

// -----

// CHECK-LABEL: func private @depth_to_space(
func.func private @depth_to_space(%x: tensor<?x8x4x4xf32>, %d0: index) -> (tensor<?x2x8x8xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8, 4, 4)> : tensor<?x8x4x4xf32>
  %y = infer.depth_to_space %x {blocksize = 2 : i64} : (tensor<?x8x4x4xf32>) -> tensor<?x2x8x8xf32>
  return %y : tensor<?x2x8x8xf32>
}

// -----

// CHECK-LABEL: func private @space_to_depth(
func.func private @space_to_depth(%x: tensor<?x2x8x8xf32>, %d0: index) -> (tensor<?x8x4x4xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 2, 8, 8)> : tensor<?x2x8x8xf32>
  %y = infer.space_to_depth %x {blocksize = 2 : i64} : (tensor<?x2x8x8xf32>) -> tensor<?x8x4x4xf32>
  return %y : tensor<?x8x4x4xf32>
}

// -----

// CHECK-LABEL: func private @trilu(
func.func private @trilu(%x: tensor<?x?xf32>, %d0: index, %d1: index) -> (tensor<?x?xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0, %d1], affine_map<()[s0, s1] -> (s0, s1)> : tensor<?x?xf32>
  %y = infer.trilu %x {upper = false} : (tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// -----

// CHECK-LABEL: func private @eye_like(
func.func private @eye_like(%x: tensor<?x?xi64>, %d0: index, %d1: index) -> (tensor<?x?xf32>) {
  // CHECK: linalg.generic
  infer.bind_shape %x, [%d0, %d1], affine_map<()[s0, s1] -> (s0, s1)> : tensor<?x?xi64>
  %y = infer.eye_like %x {dtype = f32} : (tensor<?x?xi64>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}
