// RUN: tenon-opt %s --canonicalize | FileCheck %s
// Folders and canonical patterns of the shape family, and constant folding through scalar bodies.

// CHECK-LABEL: func @shape_of_static(
func.func @shape_of_static(%x: tensor<2x3xf32>) -> tensor<2xi64> {
  // CHECK: infer.constant dense<[2, 3]> : tensor<2xi64>
  %0 = infer.shape %x : (tensor<2x3xf32>) -> tensor<2xi64>
  return %0 : tensor<2xi64>
}

// Elements are moved whatever their type is.
// CHECK-LABEL: func @moved_constants(
func.func @moved_constants() -> (tensor<2x2xf32>, tensor<2xf32>, tensor<3xi64>) {
  // CHECK-DAG: infer.constant dense<{{\[\[}}1.000000e+00, 2.000000e+00], [3.000000e+00, 4.000000e+00]]> : tensor<2x2xf32>
  // CHECK-DAG: infer.constant dense<[4.000000e+00, 2.000000e+00]> : tensor<2xf32>
  // CHECK-DAG: infer.constant dense<[5, 7, 9]> : tensor<3xi64>
  %a = infer.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %b = infer.constant dense<[3.0, 4.0]> : tensor<2xf32>
  %c = infer.concat %a, %b {axis = 0 : i64} : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32>
  %s = infer.constant dense<2> : tensor<2xi64>
  %d = infer.reshape %c, %s : (tensor<4xf32>, tensor<2xi64>) -> tensor<2x2xf32>
  %i = infer.constant dense<[-1, 1]> : tensor<2xi64>
  %e = infer.gather %c, %i {axis = 0 : i64} : (tensor<4xf32>, tensor<2xi64>) -> tensor<2xf32>
  %five = infer.constant dense<5> : tensor<i64>
  %ten = infer.constant dense<10> : tensor<i64>
  %two = infer.constant dense<2> : tensor<i64>
  %r = infer.range %five, %ten, %two : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<3xi64>
  return %d, %e, %r : tensor<2x2xf32>, tensor<2xf32>, tensor<3xi64>
}

// CHECK-LABEL: func @computed_constants(
func.func @computed_constants() -> (tensor<2x2xf32>, tensor<2xi64>) {
  // CHECK-DAG: infer.constant dense<{{\[\[}}1.000000e+01, 1.100000e+01], [2.000000e+01, 2.100000e+01]]> : tensor<2x2xf32>
  // CHECK-DAG: infer.constant dense<[-3, 4]> : tensor<2xi64>
  %a = infer.constant dense<[[10.0], [20.0]]> : tensor<2x1xf32>
  %b = infer.constant dense<[0.0, 1.0]> : tensor<2xf32>
  %c = infer.add %a, %b : (tensor<2x1xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  %d = infer.constant dense<[-3.7, 4.2]> : tensor<2xf32>
  %e = infer.cast %d {to = i64} : (tensor<2xf32>) -> tensor<2xi64>
  return %c, %e : tensor<2x2xf32>, tensor<2xi64>
}

// exp is not folded: hosts' libraries differ in the last bit.
// CHECK-LABEL: func @no_exp(
func.func @no_exp() -> tensor<2xf32> {
  // CHECK: infer.exp
  %a = infer.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %b = infer.exp %a : (tensor<2xf32>) -> tensor<2xf32>
  return %b : tensor<2xf32>
}

// CHECK-LABEL: func @transposes(
func.func @transposes(%x: tensor<?x3x4xf32>) -> (tensor<?x3x4xf32>, tensor<3x4x?xf32>) {
  // CHECK: %[[T:.*]] = infer.transpose %arg0 {perm = array<i64: 1, 2, 0>}
  // CHECK: return %arg0, %[[T]]
  %0 = infer.transpose %x {perm = array<i64: 2, 0, 1>} : (tensor<?x3x4xf32>) -> tensor<4x?x3xf32>
  %1 = infer.transpose %0 {perm = array<i64: 1, 2, 0>} : (tensor<4x?x3xf32>) -> tensor<?x3x4xf32>
  %2 = infer.transpose %0 {perm = array<i64: 2, 0, 1>} : (tensor<4x?x3xf32>) -> tensor<3x4x?xf32>
  return %1, %2 : tensor<?x3x4xf32>, tensor<3x4x?xf32>
}

// CHECK-LABEL: func @reshapes(
func.func @reshapes(%x: tensor<?x3x4xf32>) -> tensor<?x12xf32> {
  // CHECK: infer.reshape %arg0
  // CHECK-NOT: infer.reshape
  %s = infer.constant dense<[-1, 4]> : tensor<2xi64>
  %t = infer.constant dense<[-1, 12]> : tensor<2xi64>
  %0 = infer.reshape %x, %s : (tensor<?x3x4xf32>, tensor<2xi64>) -> tensor<?x4xf32>
  %1 = infer.reshape %0, %t : (tensor<?x4xf32>, tensor<2xi64>) -> tensor<?x12xf32>
  return %1 : tensor<?x12xf32>
}

// The 0 copies a dimension of the inner reshape.
// CHECK-LABEL: func @no_merge_of_copied_dim(
func.func @no_merge_of_copied_dim(%x: tensor<?x3x4xf32>) -> tensor<?x2x2xf32> {
  // CHECK-COUNT-2: infer.reshape
  %s = infer.constant dense<[-1, 4]> : tensor<2xi64>
  %t = infer.constant dense<[0, 2, 2]> : tensor<3xi64>
  %0 = infer.reshape %x, %s : (tensor<?x3x4xf32>, tensor<2xi64>) -> tensor<?x4xf32>
  %1 = infer.reshape %0, %t : (tensor<?x4xf32>, tensor<3xi64>) -> tensor<?x2x2xf32>
  return %1 : tensor<?x2x2xf32>
}

// CHECK-LABEL: func @split(
func.func @split(%x: tensor<?x8xf32>) -> tensor<?x2xf32> {
  // CHECK: infer.split %arg0 {axis = 1 : i64, num_outputs = 2 : i64, sizes = array<i64: 2, 6>}
  %s = infer.constant dense<[2, 6]> : tensor<2xi64>
  %0:2 = infer.split %x, %s {axis = 1 : i64, num_outputs = 2 : i64} : (tensor<?x8xf32>, tensor<2xi64>) -> (tensor<?x2xf32>, tensor<?x6xf32>)
  return %0#0 : tensor<?x2xf32>
}

// Ops that do nothing.
// CHECK-LABEL: func @nothing(
func.func @nothing(%x: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) {
  // CHECK: return %arg0, %arg0, %arg0, %arg0
  %zero = infer.constant dense<0> : tensor<1xi64>
  %large = infer.constant dense<9> : tensor<1xi64>
  %shape = infer.constant dense<[2, 1]> : tensor<2xi64>
  %pads = infer.constant dense<0> : tensor<2xi64>
  %0 = infer.slice %x, %zero, %large {axes = array<i64: 1>} : (tensor<2x3xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<2x3xf32>
  %1 = infer.expand %x, %shape : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<2x3xf32>
  %2 = infer.pad %x, %pads {axes = array<i64: 0>} : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<2x3xf32>
  %3 = infer.concat %x {axis = 0 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0, %1, %2, %3 : tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>
}

// Backwards slices, transposes and folds of one element, as exporters write pads.
// CHECK-LABEL: func @pads(
func.func @pads() -> (tensor<6xi64>, tensor<f32>) {
  // CHECK-DAG: infer.constant dense<[5, 3, 1, 6, 4, 2]> : tensor<6xi64>
  // CHECK-DAG: infer.constant dense<3.200000e+02> : tensor<f32>
  %p = infer.constant dense<[[1, 2], [3, 4], [5, 6]]> : tensor<3x2xi64>
  %last = infer.constant dense<-1> : tensor<1xi64>
  %end = infer.constant dense<-9223372036854775807> : tensor<1xi64>
  %0 = infer.slice %p, %last, %end, %last {axes = array<i64: 0>} : (tensor<3x2xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<3x2xi64>
  %1 = infer.transpose %0 {perm = array<i64: 1, 0>} : (tensor<3x2xi64>) -> tensor<2x3xi64>
  %six = infer.constant dense<6> : tensor<1xi64>
  %2 = infer.reshape %1, %six : (tensor<2x3xi64>, tensor<1xi64>) -> tensor<6xi64>
  %f = infer.constant dense<320.0> : tensor<1xf32>
  %3 = infer.reduce_max %f {axes = array<i64: 0>, keepdims = false} : (tensor<1xf32>) -> tensor<f32>
  return %2, %3 : tensor<6xi64>, tensor<f32>
}
