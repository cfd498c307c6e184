// RUN: tenon-opt %s --infer-form-fusions --split-input-file | FileCheck %s

// The epilogue of a convolution takes the elementwise work of its residual branch along.
// CHECK-LABEL: func.func @epilogue
// CHECK: %[[R:.*]] = infer.fusion ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<1x3x8x8xf32>, tensor<4x3x1x1xf32>, tensor<1x4x8x8xf32>)
// CHECK-NEXT: ^bb0
// CHECK-NEXT: infer.conv
// CHECK-NEXT: infer.relu
// CHECK-NEXT: infer.add
// CHECK-NEXT: %[[LAST:.*]] = infer.relu
// CHECK-NEXT: infer.yield %[[LAST]]
// CHECK: return %[[R]]
func.func @epilogue(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x1x1xf32>, %r: tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32> {
  %c = infer.conv %x, %w {pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>} : (tensor<1x3x8x8xf32>, tensor<4x3x1x1xf32>) -> tensor<1x4x8x8xf32>
  %0 = infer.relu %r : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  %1 = infer.add %c, %0 : (tensor<1x4x8x8xf32>, tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  %2 = infer.relu %1 : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  return %2 : tensor<1x4x8x8xf32>
}

// -----

// A row op takes producers and consumers of its shape; scalar constants are part of the body, not operands.
// CHECK-LABEL: func.func @row
// CHECK-SAME: (%[[X:.*]]: tensor<4x8xf32>)
// CHECK: infer.fusion ins(%[[X]] : tensor<4x8xf32>)
// CHECK: infer.constant dense<2.000000e+00>
// CHECK: infer.mul
// CHECK: infer.softmax
// CHECK: infer.neg
func.func @row(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %two = infer.constant dense<2.0> : tensor<f32>
  %0 = infer.mul %x, %two : (tensor<4x8xf32>, tensor<f32>) -> tensor<4x8xf32>
  %1 = infer.softmax %0 {axis = 1 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %2 = infer.neg %1 : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %2 : tensor<4x8xf32>
}

// -----

// Views stay outside; what they separate is two dispatches.
// CHECK-LABEL: func.func @view
// CHECK: infer.fusion
// CHECK: infer.reshape
// CHECK: infer.fusion
func.func @view(%x: tensor<4x8xf32>) -> tensor<32xf32> {
  %shape = infer.constant dense<32> : tensor<1xi64>
  %0 = infer.relu %x : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = infer.reshape %0, %shape : (tensor<4x8xf32>, tensor<1xi64>) -> tensor<32xf32>
  %2 = infer.relu %1 : (tensor<32xf32>) -> tensor<32xf32>
  return %2 : tensor<32xf32>
}

// -----

// A result needed by two dispatches leaves the first one; the fusion that comes last in the block is moved before its users.
// CHECK-LABEL: func.func @two_results
// CHECK: %[[F:.*]]:2 = infer.fusion
// CHECK: infer.fusion ins(%[[F]]#{{[01]}} :
// CHECK: return %{{.*}}, %[[F]]#{{[01]}}
func.func @two_results(%x: tensor<4x8xf32>) -> (tensor<4x1xf32>, tensor<4x8xf32>) {
  %0 = infer.relu %x : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = infer.reduce_sum %0 {axes = array<i64: 1>, keepdims = true} : (tensor<4x8xf32>) -> tensor<4x1xf32>
  %2 = infer.neg %0 : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %1, %2 : tensor<4x1xf32>, tensor<4x8xf32>
}

// The size of a result comes from the shape analysis, which knows what an operand means; here the capacity.
// CHECK-LABEL: func @capacity(
// CHECK-SAME: %[[CAPACITY:[^:]*]]: index
// CHECK: infer.fusion {{.*}}dims(%[[CAPACITY]])
func.func @capacity(%b: tensor<1x6x4xf32>, %s: tensor<1x2x6xf32>, %m: tensor<1xi64>, %n: index) -> (tensor<?x3xi64>, tensor<i64>) {
  %0, %1 = infer.non_max_suppression_padded %b, %s max(%m) capacity(%n)
    : (tensor<1x6x4xf32>, tensor<1x2x6xf32>, tensor<1xi64>, index) -> (tensor<?x3xi64>, tensor<i64>)
  return %0, %1 : tensor<?x3xi64>, tensor<i64>
}

// -----

// The length of a slice whose start, end and step were read back: by the rule of slices, whichever way the step goes.
// CHECK-LABEL: func.func @slice_by_rule
// CHECK: %[[BACKWARDS:.*]] = arith.cmpi slt, %[[STEP:.*]], %{{.*}}
// CHECK: %[[LOW:.*]] = arith.select %[[BACKWARDS]], %c-1{{.*}}, %c0
// CHECK: %[[DIVISOR:.*]] = arith.select %{{.*}}, %c1{{.*}}, %[[STEP]] : index
// CHECK: %[[QUOTIENT:.*]] = arith.divsi %{{.*}}, %[[DIVISOR]]
// CHECK: %[[LENGTH:.*]] = arith.select %[[BACKWARDS]], %{{.*}}, %{{.*}} : index
// CHECK: infer.fusion {{.*}} dims(%[[LENGTH]])
func.func @slice_by_rule(%x: tensor<9xf32>, %start: i64, %end: i64, %step: i64) -> tensor<?xf32> {
  %s = tensor.from_elements %start : tensor<1xi64>
  %e = tensor.from_elements %end : tensor<1xi64>
  %t = tensor.from_elements %step : tensor<1xi64>
  %0 = infer.slice %x, %s, %e, %t {axes = array<i64: 0>} : (tensor<9xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// The scales of a resize are part of its meaning; other constants of its size are data.
// CHECK-LABEL: func @scales(
// CHECK: infer.fusion ins(%arg0, %{{[^,]*}} :
// CHECK: %[[SCALES:.*]] = infer.constant
// CHECK: infer.resize %{{.*}} scales(%[[SCALES]])
func.func @scales(%x: tensor<?x8x4x4xf32>) -> tensor<?x8x8x8xf32> {
  %scales = infer.constant dense<[1.0, 1.0, 2.0, 2.0]> : tensor<4xf32>
  %0 = infer.resize %x scales(%scales) {axes = array<i64: 0, 1, 2, 3>, mode = "linear"} : (tensor<?x8x4x4xf32>, tensor<4xf32>) -> tensor<?x8x8x8xf32>
  return %0 : tensor<?x8x8x8xf32>
}

// -----

// A group whose rank rises takes the groups behind it along, chains of several ops among them.
// CHECK-LABEL: func @raised(
// CHECK: %[[SUMS:.*]]:2 = infer.fusion
// CHECK: infer.reduce_sum
// CHECK: infer.add
// CHECK: infer.fusion ins(%arg0, %[[SUMS]]#{{[01]}} :
// CHECK: infer.mul
// CHECK: infer.relu
func.func @raised(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x1xf32>) {
  %sum = infer.reduce_sum %x {axes = array<i64: 1>, keepdims = true} : (tensor<4x8xf32>) -> tensor<4x1xf32>
  %0 = infer.mul %x, %sum : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  %1 = infer.relu %0 : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %max = infer.reduce_max %y {axes = array<i64: 1>, keepdims = true} : (tensor<4x8xf32>) -> tensor<4x1xf32>
  %2 = infer.add %sum, %max : (tensor<4x1xf32>, tensor<4x1xf32>) -> tensor<4x1xf32>
  return %1, %2 : tensor<4x8xf32>, tensor<4x1xf32>
}
