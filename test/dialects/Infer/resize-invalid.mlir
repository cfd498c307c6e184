// RUN: tenon-opt %s -split-input-file -verify-diagnostics
// A function per constraint, named by its label in the op's description.

func.func @resize_c1(%x: tensor<?x8x4x4xf32>, %s: tensor<2xf32>, %z: tensor<2xi64>) {
  // expected-error @below {{expected an axis in [0, 4), got 4}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.resize %x scales(%s) {axes = array<i64: 2, 4>} : (tensor<?x8x4x4xf32>, tensor<2xf32>) -> tensor<?x8x?x?xf32>
  return
}

// -----

func.func @resize_c2(%x: tensor<?x8x4x4xf32>, %s: tensor<2xf32>, %z: tensor<2xi64>) {
  // expected-error @below {{expected scales or sizes}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.resize %x {axes = array<i64: 2, 3>} : (tensor<?x8x4x4xf32>) -> tensor<?x8x?x?xf32>
  return
}

// -----

func.func @resize_c3(%x: tensor<?x8x4x4xf32>, %s: tensor<2xf32>, %z: tensor<2xi64>) {
  // expected-error @below {{expected roi of 4 elements}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.resize %x scales(%s) {axes = array<i64: 2, 3>, coordinate_transformation_mode = "tf_crop_and_resize"} : (tensor<?x8x4x4xf32>, tensor<2xf32>) -> tensor<?x8x?x?xf32>
  return
}

// -----

func.func @resize_c4(%x: tensor<?x8x4x4xf32>, %s: tensor<2xf32>, %z: tensor<2xi64>) {
  // expected-error @below {{expected mode nearest, linear or cubic, got best}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.resize %x scales(%s) {axes = array<i64: 2, 3>, mode = "best"} : (tensor<?x8x4x4xf32>, tensor<2xf32>) -> tensor<?x8x?x?xf32>
  return
}

// -----

func.func @resize_c4_nearest(%x: tensor<?x8x4x4xf32>, %s: tensor<2xf32>, %z: tensor<2xi64>) {
  // expected-error @below {{expected a nearest_mode that ONNX knows, got best}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.resize %x scales(%s) {axes = array<i64: 2, 3>, nearest_mode = "best"} : (tensor<?x8x4x4xf32>, tensor<2xf32>) -> tensor<?x8x?x?xf32>
  return
}

// -----

func.func @depth_to_space_c1(%x: tensor<8x4x4xf32>) {
  // expected-error @below {{expected rank 4 x, got rank 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.depth_to_space %x {blocksize = 2 : i64} : (tensor<8x4x4xf32>) -> tensor<2x8x8xf32>
  return
}

// -----

func.func @depth_to_space_c2(%x: tensor<1x6x4x4xf32>) {
  // expected-error @below {{expected channels that are a multiple of 4, got 6}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.depth_to_space %x {blocksize = 2 : i64} : (tensor<1x6x4x4xf32>) -> tensor<1x2x8x8xf32>
  return
}

// -----

func.func @depth_to_space_c3(%x: tensor<1x8x4x4xf32>) {
  // expected-error @below {{expected mode DCR or CRD, got XYZ}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.depth_to_space %x {blocksize = 2 : i64, mode = "XYZ"} : (tensor<1x8x4x4xf32>) -> tensor<1x2x8x8xf32>
  return
}

// -----

func.func @space_to_depth_c1(%x: tensor<8x4x4xf32>) {
  // expected-error @below {{expected rank 4 x, got rank 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.space_to_depth %x {blocksize = 2 : i64} : (tensor<8x4x4xf32>) -> tensor<2x8x8xf32>
  return
}

// -----

func.func @space_to_depth_c2(%x: tensor<1x6x5x4xf32>) {
  // expected-error @below {{expected spatial dimensions that are multiples of 2, got 5}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.space_to_depth %x {blocksize = 2 : i64} : (tensor<1x6x5x4xf32>) -> tensor<1x24x2x2xf32>
  return
}

// -----

func.func @trilu_c1(%x: tensor<?xf32>) {
  // expected-error @below {{expected x of rank 2 or more, got rank 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.trilu %x : (tensor<?xf32>) -> tensor<?xf32>
  return
}

// -----

func.func @trilu_c2(%x: tensor<?x?xf32>, %k: tensor<2xi64>) {
  // expected-error @below {{expected k to have one element}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.trilu %x, %k : (tensor<?x?xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return
}

// -----

func.func @eye_like_c1(%x: tensor<?xi64>) {
  // expected-error @below {{expected rank 2 x, got rank 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.eye_like %x {dtype = f32} : (tensor<?xi64>) -> tensor<?xf32>
  return
}

// -----

func.func @resize_c4_transformation(%x: tensor<?x8x4x4xf32>, %s: tensor<2xf32>) {
  // expected-error @below {{expected a coordinate_transformation_mode that ONNX knows, got best}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.resize %x scales(%s) {axes = array<i64: 2, 3>, coordinate_transformation_mode = "best"} : (tensor<?x8x4x4xf32>, tensor<2xf32>) -> tensor<?x8x?x?xf32>
  return
}

// -----

func.func @resize_c4_policy(%x: tensor<?x8x4x4xf32>, %s: tensor<2xf32>) {
  // expected-error @below {{expected a keep_aspect_ratio_policy that ONNX knows, got best}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.resize %x scales(%s) {axes = array<i64: 2, 3>, keep_aspect_ratio_policy = "best"} : (tensor<?x8x4x4xf32>, tensor<2xf32>) -> tensor<?x8x?x?xf32>
  return
}

// -----

func.func @resize_c5(%x: tensor<?x8x4x4xf32>) {
  %s = infer.constant dense<[2.0, 0.0]> : tensor<2xf32>
  // expected-error @below {{expected positive scales, got 0.0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.resize %x scales(%s) {axes = array<i64: 2, 3>} : (tensor<?x8x4x4xf32>, tensor<2xf32>) -> tensor<?x8x?x?xf32>
  return
}

// -----

func.func @resize_c5_sizes(%x: tensor<?x8x4x4xf32>) {
  %s = infer.constant dense<[8, -4]> : tensor<2xi64>
  // expected-error @below {{expected sizes not to be negative, got -4}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.resize %x sizes(%s) {axes = array<i64: 2, 3>} : (tensor<?x8x4x4xf32>, tensor<2xi64>) -> tensor<?x8x?x?xf32>
  return
}

// -----

func.func @depth_to_space_c2_sign(%x: tensor<1x8x4x4xf32>) {
  // expected-error @below {{expected a positive blocksize, got 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.depth_to_space %x {blocksize = 0 : i64} : (tensor<1x8x4x4xf32>) -> tensor<1x2x8x8xf32>
  return
}
