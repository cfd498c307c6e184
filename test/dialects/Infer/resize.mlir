// RUN: tenon-opt %s | FileCheck %s
// Every op of the resize family in print, with result types that inference agrees with.

// CHECK-LABEL: func @resize_scales(
func.func @resize_scales(%x: tensor<?x8x4x4xf32>, %s: tensor<2xf32>) {
  // CHECK: infer.resize %arg0 scales(%arg1) {axes = array<i64: 2, 3>, mode = "linear"} : (tensor<?x8x4x4xf32>, tensor<2xf32>) -> tensor<?x8x?x?xf32>
  %0 = infer.resize %x scales(%s) {axes = array<i64: 2, 3>, mode = "linear"} : (tensor<?x8x4x4xf32>, tensor<2xf32>) -> tensor<?x8x?x?xf32>
  return
}

// CHECK-LABEL: func @resize_sizes(
func.func @resize_sizes(%x: tensor<?x8x4x4xf32>, %s: tensor<2xi64>) {
  // CHECK: infer.resize %arg0 sizes(%arg1) {axes = array<i64: 2, 3>, coordinate_transformation_mode = "align_corners"} : (tensor<?x8x4x4xf32>, tensor<2xi64>) -> tensor<?x8x?x?xf32>
  %0 = infer.resize %x sizes(%s) {axes = array<i64: 2, 3>, coordinate_transformation_mode = "align_corners"} : (tensor<?x8x4x4xf32>, tensor<2xi64>) -> tensor<?x8x?x?xf32>
  return
}

// CHECK-LABEL: func @resize_roi(
func.func @resize_roi(%x: tensor<?x8x4x4xf32>, %r: tensor<4xf32>, %s: tensor<2xi64>) {
  // CHECK: infer.resize %arg0 roi(%arg1) sizes(%arg2) {axes = array<i64: 2, 3>, coordinate_transformation_mode = "tf_crop_and_resize"} : (tensor<?x8x4x4xf32>, tensor<4xf32>, tensor<2xi64>) -> tensor<?x8x?x?xf32>
  %0 = infer.resize %x roi(%r) sizes(%s) {axes = array<i64: 2, 3>, coordinate_transformation_mode = "tf_crop_and_resize"} : (tensor<?x8x4x4xf32>, tensor<4xf32>, tensor<2xi64>) -> tensor<?x8x?x?xf32>
  return
}

// CHECK-LABEL: func @depth_to_space(
func.func @depth_to_space(%x: tensor<?x8x4x4xf32>) {
  // CHECK: infer.depth_to_space %arg0 {blocksize = 2 : i64, mode = "CRD"} : (tensor<?x8x4x4xf32>) -> tensor<?x2x8x8xf32>
  %0 = infer.depth_to_space %x {blocksize = 2 : i64, mode = "CRD"} : (tensor<?x8x4x4xf32>) -> tensor<?x2x8x8xf32>
  return
}

// CHECK-LABEL: func @space_to_depth(
func.func @space_to_depth(%x: tensor<?x2x8x8xf32>) {
  // CHECK: infer.space_to_depth %arg0 {blocksize = 2 : i64} : (tensor<?x2x8x8xf32>) -> tensor<?x8x4x4xf32>
  %0 = infer.space_to_depth %x {blocksize = 2 : i64} : (tensor<?x2x8x8xf32>) -> tensor<?x8x4x4xf32>
  return
}

// CHECK-LABEL: func @trilu(
func.func @trilu(%x: tensor<?x?xf32>, %k: tensor<i64>) {
  // CHECK: infer.trilu %arg0, %arg1 {upper = false} : (tensor<?x?xf32>, tensor<i64>) -> tensor<?x?xf32>
  %0 = infer.trilu %x, %k {upper = false} : (tensor<?x?xf32>, tensor<i64>) -> tensor<?x?xf32>
  return
}

// CHECK-LABEL: func @eye_like(
func.func @eye_like(%x: tensor<?x?xi64>) {
  // CHECK: infer.eye_like %arg0 {dtype = f32} : (tensor<?x?xi64>) -> tensor<?x?xf32>
  %0 = infer.eye_like %x {dtype = f32} : (tensor<?x?xi64>) -> tensor<?x?xf32>
  return
}
