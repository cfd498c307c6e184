// RUN: tenon-opt %s | FileCheck %s
// Every op of the shape family in print, with result types that inference agrees with.

// CHECK-LABEL: func @shape(
func.func @shape(%x: tensor<?x8x4xf32>) {
  // CHECK: infer.shape %arg0 {end = 9 : i64, start = 1 : i64} : (tensor<?x8x4xf32>) -> tensor<2xi64>
  %0 = infer.shape %x {end = 9 : i64, start = 1 : i64} : (tensor<?x8x4xf32>) -> tensor<2xi64>
  return
}

// CHECK-LABEL: func @size(
func.func @size(%x: tensor<?x8x4xf32>) {
  // CHECK: infer.size %arg0 : (tensor<?x8x4xf32>) -> tensor<i64>
  %0 = infer.size %x : (tensor<?x8x4xf32>) -> tensor<i64>
  return
}

// CHECK-LABEL: func @reshape(
func.func @reshape(%x: tensor<?x8xf32>, %s: tensor<3xi64>) {
  // CHECK: infer.reshape %arg0, %arg1 {allowzero = true} : (tensor<?x8xf32>, tensor<3xi64>) -> tensor<?x2x4xf32>
  %0 = infer.reshape %x, %s {allowzero = true} : (tensor<?x8xf32>, tensor<3xi64>) -> tensor<?x2x4xf32>
  return
}

// CHECK-LABEL: func @transpose(
func.func @transpose(%x: tensor<?x8x4xf32>) {
  // CHECK: infer.transpose %arg0 {perm = array<i64: 2, 0, 1>} : (tensor<?x8x4xf32>) -> tensor<4x?x8xf32>
  %0 = infer.transpose %x {perm = array<i64: 2, 0, 1>} : (tensor<?x8x4xf32>) -> tensor<4x?x8xf32>
  return
}

// CHECK-LABEL: func @concat(
func.func @concat(%a: tensor<?x8xf32>, %b: tensor<2x8xf32>) {
  // CHECK: infer.concat %arg0, %arg1 {axis = 0 : i64} : (tensor<?x8xf32>, tensor<2x8xf32>) -> tensor<?x8xf32>
  %0 = infer.concat %a, %b {axis = 0 : i64} : (tensor<?x8xf32>, tensor<2x8xf32>) -> tensor<?x8xf32>
  return
}

// CHECK-LABEL: func @concat_static(
func.func @concat_static(%a: tensor<?x8xf32>, %b: tensor<2x3xf32>) {
  // CHECK: infer.concat %arg0, %arg1 {axis = 1 : i64} : (tensor<?x8xf32>, tensor<2x3xf32>) -> tensor<2x11xf32>
  %0 = infer.concat %a, %b {axis = 1 : i64} : (tensor<?x8xf32>, tensor<2x3xf32>) -> tensor<2x11xf32>
  return
}

// CHECK-LABEL: func @split(
func.func @split(%x: tensor<?x8xf32>) {
  // CHECK: infer.split %arg0 {axis = 1 : i64, num_outputs = 3 : i64} : (tensor<?x8xf32>) -> (tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x2xf32>)
  %0:3 = infer.split %x {axis = 1 : i64, num_outputs = 3 : i64} : (tensor<?x8xf32>) -> (tensor<?x3xf32>, tensor<?x3xf32>, tensor<?x2xf32>)
  return
}

// CHECK-LABEL: func @split_sizes(
func.func @split_sizes(%x: tensor<?x8xf32>) {
  // CHECK: infer.split %arg0 {axis = 1 : i64, num_outputs = 2 : i64, sizes = array<i64: 1, 7>} : (tensor<?x8xf32>) -> (tensor<?x1xf32>, tensor<?x7xf32>)
  %0:2 = infer.split %x {axis = 1 : i64, num_outputs = 2 : i64, sizes = array<i64: 1, 7>} : (tensor<?x8xf32>) -> (tensor<?x1xf32>, tensor<?x7xf32>)
  return
}

// CHECK-LABEL: func @split_computed(
func.func @split_computed(%x: tensor<?x8xf32>, %s: tensor<2xi64>) {
  // CHECK: infer.split %arg0, %arg1 {axis = 1 : i64, num_outputs = 2 : i64} : (tensor<?x8xf32>, tensor<2xi64>) -> (tensor<?x?xf32>, tensor<?x?xf32>)
  %0:2 = infer.split %x, %s {axis = 1 : i64, num_outputs = 2 : i64} : (tensor<?x8xf32>, tensor<2xi64>) -> (tensor<?x?xf32>, tensor<?x?xf32>)
  return
}

// CHECK-LABEL: func @slice(
func.func @slice(%x: tensor<?x8xf32>, %s: tensor<1xi64>, %e: tensor<1xi64>) {
  // CHECK: infer.slice %arg0, %arg1, %arg2, %arg1 {axes = array<i64: 1>} : (tensor<?x8xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x?xf32>
  %0 = infer.slice %x, %s, %e, %s {axes = array<i64: 1>} : (tensor<?x8xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x?xf32>
  return
}

// CHECK-LABEL: func @squeeze(
func.func @squeeze(%x: tensor<?x1x?xf32>) {
  // CHECK: infer.squeeze %arg0 {axes = array<i64: 1, 2>} : (tensor<?x1x?xf32>) -> tensor<?xf32>
  %0 = infer.squeeze %x {axes = array<i64: 1, 2>} : (tensor<?x1x?xf32>) -> tensor<?xf32>
  return
}

// CHECK-LABEL: func @unsqueeze(
func.func @unsqueeze(%x: tensor<?x8xf32>) {
  // CHECK: infer.unsqueeze %arg0 {axes = array<i64: 0, 2>} : (tensor<?x8xf32>) -> tensor<1x?x1x8xf32>
  %0 = infer.unsqueeze %x {axes = array<i64: 0, 2>} : (tensor<?x8xf32>) -> tensor<1x?x1x8xf32>
  return
}

// CHECK-LABEL: func @expand(
func.func @expand(%x: tensor<?x8xf32>, %s: tensor<3xi64>) {
  // CHECK: infer.expand %arg0, %arg1 : (tensor<?x8xf32>, tensor<3xi64>) -> tensor<?x?x8xf32>
  %0 = infer.expand %x, %s : (tensor<?x8xf32>, tensor<3xi64>) -> tensor<?x?x8xf32>
  return
}

// CHECK-LABEL: func @tile(
func.func @tile(%x: tensor<?x8xf32>, %s: tensor<2xi64>) {
  // CHECK: infer.tile %arg0, %arg1 : (tensor<?x8xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  %0 = infer.tile %x, %s : (tensor<?x8xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return
}

// CHECK-LABEL: func @pad(
func.func @pad(%x: tensor<?x8xf32>, %p: tensor<2xi64>, %v: tensor<f32>) {
  // CHECK: infer.pad %arg0, %arg1, %arg2 {axes = array<i64: 1>} : (tensor<?x8xf32>, tensor<2xi64>, tensor<f32>) -> tensor<?x?xf32>
  %0 = infer.pad %x, %p, %v {axes = array<i64: 1>} : (tensor<?x8xf32>, tensor<2xi64>, tensor<f32>) -> tensor<?x?xf32>
  return
}

// CHECK-LABEL: func @range(
func.func @range(%a: tensor<i64>, %b: tensor<i64>) {
  // CHECK: infer.range %arg0, %arg1, %arg0 : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %0 = infer.range %a, %b, %a : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  return
}

// CHECK-LABEL: func @constant_of_shape(
func.func @constant_of_shape(%s: tensor<2xi64>) {
  // CHECK: infer.constant_of_shape %arg0 {value = dense<1.000000e+00> : tensor<1xf32>} : (tensor<2xi64>) -> tensor<?x?xf32>
  %0 = infer.constant_of_shape %s {value = dense<1.000000e+00> : tensor<1xf32>} : (tensor<2xi64>) -> tensor<?x?xf32>
  return
}
