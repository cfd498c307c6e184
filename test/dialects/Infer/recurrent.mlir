// RUN: tenon-opt %s | FileCheck %s
// Every op of the recurrent family in print, with result types that inference agrees with.

// CHECK-LABEL: func @lstm(
func.func @lstm(%x: tensor<?x?x4xf32>, %w: tensor<2x32x4xf32>, %r: tensor<2x32x8xf32>, %b: tensor<2x64xf32>, %l: tensor<?xi32>, %h: tensor<2x?x8xf32>) {
  // CHECK: infer.lstm %arg0, %arg1, %arg2 bias(%arg3) lengths(%arg4) initial_h(%arg5) initial_c(%arg5) {direction = "bidirectional", hidden_size = 8 : i64} : (tensor<?x?x4xf32>, tensor<2x32x4xf32>, tensor<2x32x8xf32>, tensor<2x64xf32>, tensor<?xi32>, tensor<2x?x8xf32>, tensor<2x?x8xf32>) -> (tensor<?x2x?x8xf32>, tensor<2x?x8xf32>, tensor<2x?x8xf32>)
  %0:3 = infer.lstm %x, %w, %r bias(%b) lengths(%l) initial_h(%h) initial_c(%h) {direction = "bidirectional", hidden_size = 8 : i64} : (tensor<?x?x4xf32>, tensor<2x32x4xf32>, tensor<2x32x8xf32>, tensor<2x64xf32>, tensor<?xi32>, tensor<2x?x8xf32>, tensor<2x?x8xf32>) -> (tensor<?x2x?x8xf32>, tensor<2x?x8xf32>, tensor<2x?x8xf32>)
  return
}

// CHECK-LABEL: func @lstm_batch_first(
func.func @lstm_batch_first(%x: tensor<3x?x4xf32>, %w: tensor<1x32x4xf32>, %r: tensor<1x32x8xf32>, %p: tensor<1x24xf32>) {
  // CHECK: infer.lstm %arg0, %arg1, %arg2 peepholes(%arg3) {hidden_size = 8 : i64, layout = 1 : i64} : (tensor<3x?x4xf32>, tensor<1x32x4xf32>, tensor<1x32x8xf32>, tensor<1x24xf32>) -> (tensor<3x?x1x8xf32>, tensor<3x1x8xf32>, tensor<3x1x8xf32>)
  %0:3 = infer.lstm %x, %w, %r peepholes(%p) {hidden_size = 8 : i64, layout = 1 : i64} : (tensor<3x?x4xf32>, tensor<1x32x4xf32>, tensor<1x32x8xf32>, tensor<1x24xf32>) -> (tensor<3x?x1x8xf32>, tensor<3x1x8xf32>, tensor<3x1x8xf32>)
  return
}

// CHECK-LABEL: func @gru(
func.func @gru(%x: tensor<?x?x4xf32>, %w: tensor<1x24x4xf32>, %r: tensor<1x24x8xf32>) {
  // CHECK: infer.gru %arg0, %arg1, %arg2 {hidden_size = 8 : i64, linear_before_reset = true} : (tensor<?x?x4xf32>, tensor<1x24x4xf32>, tensor<1x24x8xf32>) -> (tensor<?x1x?x8xf32>, tensor<1x?x8xf32>)
  %0:2 = infer.gru %x, %w, %r {hidden_size = 8 : i64, linear_before_reset = true} : (tensor<?x?x4xf32>, tensor<1x24x4xf32>, tensor<1x24x8xf32>) -> (tensor<?x1x?x8xf32>, tensor<1x?x8xf32>)
  return
}

// CHECK-LABEL: func @rnn(
func.func @rnn(%x: tensor<?x?x4xf32>, %w: tensor<1x8x4xf32>, %r: tensor<1x8x8xf32>) {
  // CHECK: infer.rnn %arg0, %arg1, %arg2 {activations = ["Relu"], clip = 3.000000e+00 : f32, hidden_size = 8 : i64} : (tensor<?x?x4xf32>, tensor<1x8x4xf32>, tensor<1x8x8xf32>) -> (tensor<?x1x?x8xf32>, tensor<1x?x8xf32>)
  %0:2 = infer.rnn %x, %w, %r {activations = ["Relu"], clip = 3.000000e+00 : f32, hidden_size = 8 : i64} : (tensor<?x?x4xf32>, tensor<1x8x4xf32>, tensor<1x8x8xf32>) -> (tensor<?x1x?x8xf32>, tensor<1x?x8xf32>)
  return
}
