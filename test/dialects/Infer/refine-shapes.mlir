// RUN: tenon-opt %s --infer-refine-shapes | FileCheck %s

// CHECK-LABEL: func @shape_chain(
// CHECK-SAME: -> tensor<?x8xf32>
func.func @shape_chain(%x: tensor<?x4x2xf32>) -> tensor<?x?xf32> {
  %0 = infer.shape %x : (tensor<?x4x2xf32>) -> tensor<3xi64>
  %i = infer.constant dense<0> : tensor<1xi64>
  %1 = infer.gather %0, %i {axis = 0 : i64} : (tensor<3xi64>, tensor<1xi64>) -> tensor<1xi64>
  %m = infer.constant dense<-1> : tensor<1xi64>
  %2 = infer.concat %1, %m {axis = 0 : i64} : (tensor<1xi64>, tensor<1xi64>) -> tensor<2xi64>
  // CHECK: infer.reshape {{.*}} -> tensor<?x8xf32>
  %3 = infer.reshape %x, %2 : (tensor<?x4x2xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return %3 : tensor<?x?xf32>
}

// A dim of one operand that the other gives: k is contracted.
// CHECK-LABEL: func @contracted(
func.func @contracted(%a: tensor<2x?xf32>, %b: tensor<4x3xf32>) -> tensor<2x3xf32> {
  // CHECK: infer.relu {{.*}} -> tensor<2x4xf32>
  %0 = infer.relu %a : (tensor<2x?xf32>) -> tensor<2x?xf32>
  %1 = infer.mat_mul %0, %b : (tensor<2x?xf32>, tensor<4x3xf32>) -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// Comparisons of elements are decided by bounds: a dim is never -1, so the expand keeps it.
// CHECK-LABEL: func @where_of_shape(
func.func @where_of_shape(%x: tensor<1x4xf32>) -> tensor<?x?xf32> {
  %shape = infer.constant dense<[3, -1]> : tensor<2xi64>
  %minus = infer.constant dense<-1> : tensor<2xi64>
  %ones = infer.constant dense<1> : tensor<2xi64>
  %0 = infer.equal %shape, %minus : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi1>
  %1 = infer.where %0, %ones, %shape : (tensor<2xi1>, tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
  // CHECK: infer.expand {{.*}} -> tensor<3x4xf32>
  %2 = infer.expand %x, %1 : (tensor<1x4xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return %2 : tensor<?x?xf32>
}

// Nothing says how long the range is.
// CHECK-LABEL: func @no_unknown_range(
func.func @no_unknown_range(%n: tensor<i64>) -> tensor<?xi64> {
  %zero = infer.constant dense<0> : tensor<i64>
  %one = infer.constant dense<1> : tensor<i64>
  // CHECK: infer.range {{.*}} -> tensor<?xi64>
  %0 = infer.range %zero, %n, %one : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  return %0 : tensor<?xi64>
}

// A program that is wrong whenever it runs keeps its types: the guard reports it.
// CHECK-LABEL: func @no_negative_dim(
func.func @no_negative_dim(%x: tensor<4xf32>) -> tensor<?xf32> {
  %p = infer.constant dense<[-3, -2]> : tensor<2xi64>
  %q = infer.abs %p : (tensor<2xi64>) -> tensor<2xi64>
  %r = infer.neg %q : (tensor<2xi64>) -> tensor<2xi64>
  // CHECK: infer.pad {{.*}} -> tensor<?xf32>
  %0 = infer.pad %x, %r {axes = array<i64: 0>} : (tensor<4xf32>, tensor<2xi64>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
