// RUN: tenon-opt %s | FileCheck %s
// Every op of the indexing family in print, with result types that inference agrees with.

// CHECK-LABEL: func @gather(
func.func @gather(%x: tensor<100x8xf32>, %i: tensor<?x?xi64>) {
  // CHECK: infer.gather %arg0, %arg1 : (tensor<100x8xf32>, tensor<?x?xi64>) -> tensor<?x?x8xf32>
  %0 = infer.gather %x, %i : (tensor<100x8xf32>, tensor<?x?xi64>) -> tensor<?x?x8xf32>
  return
}

// CHECK-LABEL: func @gather_axis(
func.func @gather_axis(%x: tensor<?x8xf32>, %i: tensor<i32>) {
  // CHECK: infer.gather %arg0, %arg1 {axis = 1 : i64} : (tensor<?x8xf32>, tensor<i32>) -> tensor<?xf32>
  %0 = infer.gather %x, %i {axis = 1 : i64} : (tensor<?x8xf32>, tensor<i32>) -> tensor<?xf32>
  return
}

// CHECK-LABEL: func @gather_elements(
func.func @gather_elements(%x: tensor<?x8xf32>, %i: tensor<?x2xi64>) {
  // CHECK: infer.gather_elements %arg0, %arg1 {axis = 1 : i64} : (tensor<?x8xf32>, tensor<?x2xi64>) -> tensor<?x2xf32>
  %0 = infer.gather_elements %x, %i {axis = 1 : i64} : (tensor<?x8xf32>, tensor<?x2xi64>) -> tensor<?x2xf32>
  return
}

// CHECK-LABEL: func @gather_nd(
func.func @gather_nd(%x: tensor<?x8x4xf32>, %i: tensor<?x2xi64>) {
  // CHECK: infer.gather_nd %arg0, %arg1 : (tensor<?x8x4xf32>, tensor<?x2xi64>) -> tensor<?x4xf32>
  %0 = infer.gather_nd %x, %i : (tensor<?x8x4xf32>, tensor<?x2xi64>) -> tensor<?x4xf32>
  return
}

// CHECK-LABEL: func @gather_nd_batch(
func.func @gather_nd_batch(%x: tensor<3x8x4xf32>, %i: tensor<3x5x1xi64>) {
  // CHECK: infer.gather_nd %arg0, %arg1 {batch_dims = 1 : i64} : (tensor<3x8x4xf32>, tensor<3x5x1xi64>) -> tensor<3x5x4xf32>
  %0 = infer.gather_nd %x, %i {batch_dims = 1 : i64} : (tensor<3x8x4xf32>, tensor<3x5x1xi64>) -> tensor<3x5x4xf32>
  return
}

// CHECK-LABEL: func @scatter_elements(
func.func @scatter_elements(%x: tensor<?x8xf32>, %i: tensor<?x2xi64>, %u: tensor<?x2xf32>) {
  // CHECK: infer.scatter_elements %arg0, %arg1, %arg2 {axis = 1 : i64, reduction = "add"} : (tensor<?x8xf32>, tensor<?x2xi64>, tensor<?x2xf32>) -> tensor<?x8xf32>
  %0 = infer.scatter_elements %x, %i, %u {axis = 1 : i64, reduction = "add"} : (tensor<?x8xf32>, tensor<?x2xi64>, tensor<?x2xf32>) -> tensor<?x8xf32>
  return
}

// CHECK-LABEL: func @scatter_nd(
func.func @scatter_nd(%x: tensor<?x8xf32>, %i: tensor<2x1xi64>, %u: tensor<2x8xf32>) {
  // CHECK: infer.scatter_nd %arg0, %arg1, %arg2 : (tensor<?x8xf32>, tensor<2x1xi64>, tensor<2x8xf32>) -> tensor<?x8xf32>
  %0 = infer.scatter_nd %x, %i, %u : (tensor<?x8xf32>, tensor<2x1xi64>, tensor<2x8xf32>) -> tensor<?x8xf32>
  return
}

// CHECK-LABEL: func @top_k(
func.func @top_k(%x: tensor<?x8xf32>, %k: tensor<1xi64>) {
  // CHECK: infer.top_k %arg0, %arg1 {axis = 1 : i64, largest = false} : (tensor<?x8xf32>, tensor<1xi64>) -> (tensor<?x?xf32>, tensor<?x?xi64>)
  %0:2 = infer.top_k %x, %k {axis = 1 : i64, largest = false} : (tensor<?x8xf32>, tensor<1xi64>) -> (tensor<?x?xf32>, tensor<?x?xi64>)
  return
}

// CHECK-LABEL: func @non_zero(
func.func @non_zero(%x: tensor<?x8xf32>) {
  // CHECK: infer.non_zero %arg0 : (tensor<?x8xf32>) -> tensor<2x?xi64>
  %0 = infer.non_zero %x : (tensor<?x8xf32>) -> tensor<2x?xi64>
  return
}

// CHECK-LABEL: func @non_zero_count(
func.func @non_zero_count(%x: tensor<?x8xi1>) {
  // CHECK: infer.non_zero_count %arg0 : (tensor<?x8xi1>) -> tensor<i64>
  %0 = infer.non_zero_count %x : (tensor<?x8xi1>) -> tensor<i64>
  return
}

// CHECK-LABEL: func @non_zero_fill(
func.func @non_zero_fill(%x: tensor<?x8xf32>, %n: index) {
  // CHECK: infer.non_zero_fill %arg0, %arg1 : (tensor<?x8xf32>, index) -> tensor<2x?xi64>
  %0 = infer.non_zero_fill %x, %n : (tensor<?x8xf32>, index) -> tensor<2x?xi64>
  return
}

// CHECK-LABEL: func @non_max_suppression(
func.func @non_max_suppression(%b: tensor<1x?x4xf32>, %s: tensor<1x?x?xf32>, %n: tensor<1xi64>, %t: tensor<1xf32>) {
  // CHECK: infer.non_max_suppression %arg0, %arg1 max(%arg2) iou(%arg3) score(%arg3) : (tensor<1x?x4xf32>, tensor<1x?x?xf32>, tensor<1xi64>, tensor<1xf32>, tensor<1xf32>) -> tensor<?x3xi64>
  %0 = infer.non_max_suppression %b, %s max(%n) iou(%t) score(%t) : (tensor<1x?x4xf32>, tensor<1x?x?xf32>, tensor<1xi64>, tensor<1xf32>, tensor<1xf32>) -> tensor<?x3xi64>
  return
}

// CHECK-LABEL: func @non_max_suppression_padded(
func.func @non_max_suppression_padded(%b: tensor<1x?x4xf32>, %s: tensor<1x?x?xf32>, %n: index) {
  // CHECK: infer.non_max_suppression_padded %arg0, %arg1 capacity(%arg2) : (tensor<1x?x4xf32>, tensor<1x?x?xf32>, index) -> (tensor<?x3xi64>, tensor<i64>)
  %0:2 = infer.non_max_suppression_padded %b, %s capacity(%n) : (tensor<1x?x4xf32>, tensor<1x?x?xf32>, index) -> (tensor<?x3xi64>, tensor<i64>)
  return
}

// CHECK-LABEL: func @one_hot(
func.func @one_hot(%i: tensor<?xi64>, %d: tensor<i64>, %v: tensor<2xf32>) {
  // CHECK: infer.one_hot %arg0, %arg1, %arg2 {axis = 1 : i64} : (tensor<?xi64>, tensor<i64>, tensor<2xf32>) -> tensor<?x?xf32>
  %0 = infer.one_hot %i, %d, %v {axis = 1 : i64} : (tensor<?xi64>, tensor<i64>, tensor<2xf32>) -> tensor<?x?xf32>
  return
}
