// RUN: tenon-opt %s | FileCheck %s
// Every op of the normalization family in print, with result types that inference agrees with.

// CHECK-LABEL: func @batch_normalization(
func.func @batch_normalization(%x: tensor<?x8x4x4xf32>, %s: tensor<8xf32>, %b: tensor<8xf32>, %m: tensor<8xf32>, %v: tensor<8xf32>) {
  // CHECK: infer.batch_normalization %arg0, %arg1, %arg2, %arg3, %arg4 {epsilon = 1.000000e-03 : f32} : (tensor<?x8x4x4xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8x4x4xf32>
  %0 = infer.batch_normalization %x, %s, %b, %m, %v {epsilon = 1.000000e-03 : f32} : (tensor<?x8x4x4xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8x4x4xf32>
  return
}

// CHECK-LABEL: func @layer_normalization(
func.func @layer_normalization(%x: tensor<?x?x8xf32>, %s: tensor<8xf32>, %b: tensor<8xf32>) {
  // CHECK: infer.layer_normalization %arg0, %arg1, %arg2 {axis = 2 : i64} : (tensor<?x?x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x?x8xf32>
  %0 = infer.layer_normalization %x, %s, %b {axis = 2 : i64} : (tensor<?x?x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x?x8xf32>
  return
}

// CHECK-LABEL: func @layer_normalization_statistics(
func.func @layer_normalization_statistics(%x: tensor<?x4x8xf32>, %s: tensor<4x8xf32>) {
  // CHECK: infer.layer_normalization %arg0, %arg1 {axis = 1 : i64, num_statistics = 2 : i64} : (tensor<?x4x8xf32>, tensor<4x8xf32>) -> (tensor<?x4x8xf32>, tensor<?x1x1xf32>, tensor<?x1x1xf32>)
  %0:3 = infer.layer_normalization %x, %s {axis = 1 : i64, num_statistics = 2 : i64} : (tensor<?x4x8xf32>, tensor<4x8xf32>) -> (tensor<?x4x8xf32>, tensor<?x1x1xf32>, tensor<?x1x1xf32>)
  return
}

// CHECK-LABEL: func @rms_normalization(
func.func @rms_normalization(%x: tensor<?x?x8xf32>, %s: tensor<8xf32>) {
  // CHECK: infer.rms_normalization %arg0, %arg1 {axis = 2 : i64} : (tensor<?x?x8xf32>, tensor<8xf32>) -> tensor<?x?x8xf32>
  %0 = infer.rms_normalization %x, %s {axis = 2 : i64} : (tensor<?x?x8xf32>, tensor<8xf32>) -> tensor<?x?x8xf32>
  return
}

// CHECK-LABEL: func @instance_normalization(
func.func @instance_normalization(%x: tensor<?x8x4x4xf32>, %s: tensor<8xf32>, %b: tensor<8xf32>) {
  // CHECK: infer.instance_normalization %arg0, %arg1, %arg2 : (tensor<?x8x4x4xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8x4x4xf32>
  %0 = infer.instance_normalization %x, %s, %b : (tensor<?x8x4x4xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8x4x4xf32>
  return
}

// CHECK-LABEL: func @group_normalization(
func.func @group_normalization(%x: tensor<?x8x4x4xf32>, %s: tensor<8xf32>, %b: tensor<8xf32>) {
  // CHECK: infer.group_normalization %arg0, %arg1, %arg2 {num_groups = 4 : i64} : (tensor<?x8x4x4xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8x4x4xf32>
  %0 = infer.group_normalization %x, %s, %b {num_groups = 4 : i64} : (tensor<?x8x4x4xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8x4x4xf32>
  return
}

// CHECK-LABEL: func @lp_normalization(
func.func @lp_normalization(%x: tensor<?x8xf32>) {
  // CHECK: infer.lp_normalization %arg0 {axis = 1 : i64, p = 1 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %0 = infer.lp_normalization %x {axis = 1 : i64, p = 1 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// CHECK-LABEL: func @lrn(
func.func @lrn(%x: tensor<1x8x4x4xf32>) {
  // CHECK: infer.lrn %arg0 {size = 5 : i64} : (tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
  %0 = infer.lrn %x {size = 5 : i64} : (tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
  return
}

// CHECK-LABEL: func @softmax(
func.func @softmax(%x: tensor<?x8xf32>) {
  // CHECK: infer.softmax %arg0 {axis = 1 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %0 = infer.softmax %x {axis = 1 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// CHECK-LABEL: func @log_softmax(
func.func @log_softmax(%x: tensor<?x8xf32>) {
  // CHECK: infer.log_softmax %arg0 {axis = 1 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %0 = infer.log_softmax %x {axis = 1 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}
