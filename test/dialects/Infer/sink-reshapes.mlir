// RUN: tenon-opt %s --infer-sink-reshapes --split-input-file | FileCheck %s

// A whole chain moves: uses of what was reshaped, scalars, a bias along the dim that stays, and a residual, which is reshaped for nothing.
// CHECK-LABEL: @chain(
// CHECK-SAME: %[[A:.*]]: tensor<6x8xf32>, %[[B:.*]]: tensor<8x4xf32>, %[[BIAS:.*]]: tensor<4xf32>, %[[R:[^:]*]]: tensor<2x3x4xf32>
// CHECK: %[[Y:.*]] = infer.gemm %[[A]], %[[B]]
// CHECK: %[[SUM:.*]] = infer.add %[[Y]], %[[BIAS]] {{.*}} -> tensor<6x4xf32>
// CHECK: %[[T:.*]] = infer.tanh %[[SUM]] {{.*}} -> tensor<6x4xf32>
// CHECK: %[[M:.*]] = infer.mul %[[SUM]], %[[T]] {{.*}} -> tensor<6x4xf32>
// CHECK: %[[S:.*]] = infer.constant dense<[6, 4]> : tensor<2xi64>
// CHECK: %[[FLAT:.*]] = infer.reshape %[[R]], %[[S]] {{.*}} -> tensor<6x4xf32>
// CHECK: %[[Z:.*]] = infer.add %[[M]], %[[FLAT]] {{.*}} -> tensor<6x4xf32>
// CHECK: %[[OUT:.*]] = infer.reshape %[[Z]], {{.*}} -> tensor<2x3x4xf32>
// CHECK: return %[[OUT]]
func.func @chain(%a: tensor<6x8xf32>, %b: tensor<8x4xf32>, %bias: tensor<4xf32>, %r: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %s = infer.constant dense<[2, 3, 4]> : tensor<3xi64>
  %0 = infer.gemm %a, %b : (tensor<6x8xf32>, tensor<8x4xf32>) -> tensor<6x4xf32>
  %1 = infer.reshape %0, %s : (tensor<6x4xf32>, tensor<3xi64>) -> tensor<2x3x4xf32>
  %2 = infer.add %1, %bias : (tensor<2x3x4xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
  %3 = infer.tanh %2 : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %4 = infer.mul %2, %3 : (tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %5 = infer.add %4, %r : (tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  return %5 : tensor<2x3x4xf32>
}

// -----

// Other users of the reshape keep it.
// CHECK-LABEL: @shared(
// CHECK: %[[Y:.*]] = infer.gemm
// CHECK-DAG: %[[V:.*]] = infer.reshape %[[Y]], {{.*}} -> tensor<2x3x4xf32>
// CHECK-DAG: infer.transpose %[[V]]
// CHECK-DAG: infer.exp %[[Y]] {{.*}} -> tensor<6x4xf32>
func.func @shared(%a: tensor<6x8xf32>, %b: tensor<8x4xf32>) -> (tensor<4x3x2xf32>, tensor<2x3x4xf32>) {
  %s = infer.constant dense<[2, 3, 4]> : tensor<3xi64>
  %0 = infer.gemm %a, %b : (tensor<6x8xf32>, tensor<8x4xf32>) -> tensor<6x4xf32>
  %1 = infer.reshape %0, %s : (tensor<6x4xf32>, tensor<3xi64>) -> tensor<2x3x4xf32>
  %2 = infer.transpose %1 {perm = array<i64: 2, 1, 0>} : (tensor<2x3x4xf32>) -> tensor<4x3x2xf32>
  %3 = infer.exp %1 : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  return %2, %3 : tensor<4x3x2xf32>, tensor<2x3x4xf32>
}

// -----

// Dims that only the run knows: what the analysis proves equal moves, and one of them is what is left.
// CHECK-LABEL: @dynamic(
// CHECK: %[[Y:.*]] = infer.gemm
// CHECK: infer.constant dense<[-1, 4]> : tensor<2xi64>
// CHECK: %[[FLAT:.*]] = infer.reshape %{{.*}} -> tensor<?x4xf32>
// CHECK: infer.add %[[Y]], %[[FLAT]] {{.*}} -> tensor<?x4xf32>
func.func @dynamic(%x: tensor<?x3x8xf32>, %b: tensor<8x4xf32>, %c: tensor<8x4xf32>) -> tensor<?x3x4xf32> {
  %flat = infer.constant dense<[-1, 8]> : tensor<2xi64>
  %s = infer.constant dense<[-1, 3, 4]> : tensor<3xi64>
  %r = infer.mat_mul %x, %c : (tensor<?x3x8xf32>, tensor<8x4xf32>) -> tensor<?x3x4xf32>
  %a = infer.reshape %x, %flat : (tensor<?x3x8xf32>, tensor<2xi64>) -> tensor<?x8xf32>
  %0 = infer.gemm %a, %b : (tensor<?x8xf32>, tensor<8x4xf32>) -> tensor<?x4xf32>
  %1 = infer.reshape %0, %s : (tensor<?x4xf32>, tensor<3xi64>) -> tensor<?x3x4xf32>
  %2 = infer.add %1, %r : (tensor<?x3x4xf32>, tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  return %2 : tensor<?x3x4xf32>
}

// -----

// What does not move: a vector along a dim that the reshape splits, an operand that is larger than what was reshaped, and what is no product's.
// CHECK-LABEL: @stays(
// CHECK: infer.add %{{.*}} -> tensor<6x2x2xf32>
// CHECK: infer.mul %{{.*}} -> tensor<3x2x6xf32>
// CHECK: infer.exp %{{.*}} -> tensor<4x12xf32>
func.func @stays(%a: tensor<6x8xf32>, %b: tensor<8x4xf32>, %v: tensor<2xf32>, %w: tensor<3x2x6xf32>, %x: tensor<6x8xf32>)
    -> (tensor<6x2x2xf32>, tensor<3x2x6xf32>, tensor<4x12xf32>) {
  %s = infer.constant dense<[6, 2, 2]> : tensor<3xi64>
  %u = infer.constant dense<[4, 12]> : tensor<2xi64>
  %0 = infer.gemm %a, %b : (tensor<6x8xf32>, tensor<8x4xf32>) -> tensor<6x4xf32>
  %1 = infer.reshape %0, %s : (tensor<6x4xf32>, tensor<3xi64>) -> tensor<6x2x2xf32>
  %2 = infer.add %1, %v : (tensor<6x2x2xf32>, tensor<2xf32>) -> tensor<6x2x2xf32>
  %c = infer.constant dense<1.0> : tensor<1x8xf32>
  %row = infer.gemm %c, %x {trans_b = true} : (tensor<1x8xf32>, tensor<6x8xf32>) -> tensor<1x6xf32>
  %q = infer.constant dense<[1, 1, 6]> : tensor<3xi64>
  %3 = infer.reshape %row, %q : (tensor<1x6xf32>, tensor<3xi64>) -> tensor<1x1x6xf32>
  %4 = infer.mul %3, %w : (tensor<1x1x6xf32>, tensor<3x2x6xf32>) -> tensor<3x2x6xf32>
  %5 = infer.reshape %x, %u : (tensor<6x8xf32>, tensor<2xi64>) -> tensor<4x12xf32>
  %6 = infer.exp %5 : (tensor<4x12xf32>) -> tensor<4x12xf32>
  return %2, %4, %6 : tensor<6x2x2xf32>, tensor<3x2x6xf32>, tensor<4x12xf32>
}

// -----

// Dims that are equal though one type does not say so: the operand is reshaped as well.
// CHECK-LABEL: @unrefined(
// CHECK: %[[Y:.*]] = infer.gemm
// CHECK: %[[FLAT:.*]] = infer.reshape %{{.*}} : (tensor<2x3x4xf32>, tensor<2xi64>) -> tensor<6x4xf32>
// CHECK: infer.add %[[Y]], %[[FLAT]] {{.*}} -> tensor<6x4xf32>
func.func @unrefined(%a: tensor<6x8xf32>, %b: tensor<8x4xf32>, %r: tensor<2x3x4xf32>) -> tensor<?x3x4xf32> {
  %s = infer.constant dense<[2, 3, 4]> : tensor<3xi64>
  %0 = infer.gemm %a, %b : (tensor<6x8xf32>, tensor<8x4xf32>) -> tensor<6x4xf32>
  %1 = infer.reshape %0, %s : (tensor<6x4xf32>, tensor<3xi64>) -> tensor<?x3x4xf32>
  %2 = infer.add %1, %r : (tensor<?x3x4xf32>, tensor<2x3x4xf32>) -> tensor<?x3x4xf32>
  return %2 : tensor<?x3x4xf32>
}
