// RUN: tenon-opt %s | FileCheck %s
// Every op of the reduction family in print, with result types that inference agrees with.

// CHECK-LABEL: func @reduce_sum(
func.func @reduce_sum(%x: tensor<?x8xf32>) {
  // CHECK: infer.reduce_sum %arg0 {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  %0 = infer.reduce_sum %x {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  return
}

// CHECK-LABEL: func @reduce_mean(
func.func @reduce_mean(%x: tensor<?x8xf32>) {
  // CHECK: infer.reduce_mean %arg0 {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  %0 = infer.reduce_mean %x {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  return
}

// CHECK-LABEL: func @reduce_max(
func.func @reduce_max(%x: tensor<?x8xf32>) {
  // CHECK: infer.reduce_max %arg0 {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  %0 = infer.reduce_max %x {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  return
}

// CHECK-LABEL: func @reduce_min(
func.func @reduce_min(%x: tensor<?x8xf32>) {
  // CHECK: infer.reduce_min %arg0 {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  %0 = infer.reduce_min %x {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  return
}

// CHECK-LABEL: func @reduce_prod(
func.func @reduce_prod(%x: tensor<?x8xf32>) {
  // CHECK: infer.reduce_prod %arg0 {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  %0 = infer.reduce_prod %x {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  return
}

// CHECK-LABEL: func @reduce_l1(
func.func @reduce_l1(%x: tensor<?x8xf32>) {
  // CHECK: infer.reduce_l1 %arg0 {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  %0 = infer.reduce_l1 %x {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  return
}

// CHECK-LABEL: func @reduce_l2(
func.func @reduce_l2(%x: tensor<?x8xf32>) {
  // CHECK: infer.reduce_l2 %arg0 {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  %0 = infer.reduce_l2 %x {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  return
}

// CHECK-LABEL: func @reduce_log_sum(
func.func @reduce_log_sum(%x: tensor<?x8xf32>) {
  // CHECK: infer.reduce_log_sum %arg0 {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  %0 = infer.reduce_log_sum %x {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  return
}

// CHECK-LABEL: func @reduce_log_sum_exp(
func.func @reduce_log_sum_exp(%x: tensor<?x8xf32>) {
  // CHECK: infer.reduce_log_sum_exp %arg0 {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  %0 = infer.reduce_log_sum_exp %x {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  return
}

// CHECK-LABEL: func @reduce_sum_square(
func.func @reduce_sum_square(%x: tensor<?x8xf32>) {
  // CHECK: infer.reduce_sum_square %arg0 {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  %0 = infer.reduce_sum_square %x {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
  return
}

// CHECK-LABEL: func @reduce_keepdims(
func.func @reduce_keepdims(%x: tensor<?x8xf32>) {
  // CHECK: infer.reduce_sum %arg0 {axes = array<i64: 0>} : (tensor<?x8xf32>) -> tensor<1x8xf32>
  %0 = infer.reduce_sum %x {axes = array<i64: 0>} : (tensor<?x8xf32>) -> tensor<1x8xf32>
  return
}

// CHECK-LABEL: func @arg_max(
func.func @arg_max(%x: tensor<?x8xf32>) {
  // CHECK: infer.arg_max %arg0 {axis = 1 : i64, select_last_index = true} : (tensor<?x8xf32>) -> tensor<?x1xi64>
  %0 = infer.arg_max %x {axis = 1 : i64, select_last_index = true} : (tensor<?x8xf32>) -> tensor<?x1xi64>
  return
}

// CHECK-LABEL: func @arg_min(
func.func @arg_min(%x: tensor<?x8xf32>) {
  // CHECK: infer.arg_min %arg0 {axis = 1 : i64, select_last_index = true} : (tensor<?x8xf32>) -> tensor<?x1xi64>
  %0 = infer.arg_min %x {axis = 1 : i64, select_last_index = true} : (tensor<?x8xf32>) -> tensor<?x1xi64>
  return
}

// CHECK-LABEL: func @cum_sum(
func.func @cum_sum(%x: tensor<?x8xi64>) {
  // CHECK: infer.cum_sum %arg0 {axis = 1 : i64, reverse = true} : (tensor<?x8xi64>) -> tensor<?x8xi64>
  %0 = infer.cum_sum %x {axis = 1 : i64, reverse = true} : (tensor<?x8xi64>) -> tensor<?x8xi64>
  return
}
