// RUN: tenon-opt %s --infer-narrow-products | FileCheck %s
// RUN: tenon-opt %s --infer-narrow-products=type=bf16 | FileCheck %s --check-prefix=BF16

// CHECK-LABEL: @mat_mul
// BF16-LABEL: @mat_mul
func.func @mat_mul(%a: tensor<?x8xf32>, %b: tensor<8x4xf32>) -> tensor<?x4xf32> {
  // CHECK-DAG: %[[A:.*]] = infer.cast %arg0 {to = f16}
  // CHECK-DAG: %[[B:.*]] = infer.cast %arg1 {to = f16}
  // CHECK: %[[P:.*]] = infer.mat_mul %[[A]], %[[B]] : (tensor<?x8xf16>, tensor<8x4xf16>) -> tensor<?x4xf16>
  // CHECK: %[[Y:.*]] = infer.cast %[[P]] {to = f32}
  // CHECK: return %[[Y]]
  // BF16: infer.mat_mul {{.*}} (tensor<?x8xbf16>, tensor<8x4xbf16>) -> tensor<?x4xbf16>
  %y = infer.mat_mul %a, %b : (tensor<?x8xf32>, tensor<8x4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// The bias is added in f32.
// CHECK-LABEL: @conv_bias
func.func @conv_bias(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>, %b: tensor<4xf32>) -> tensor<1x4x6x6xf32> {
  // CHECK: %[[P:.*]] = infer.conv {{.*}} : (tensor<1x3x8x8xf16>, tensor<4x3x3x3xf16>) -> tensor<1x4x6x6xf16>
  // CHECK: %[[S:.*]] = infer.cast %[[P]] {to = f32}
  // CHECK: %[[B:.*]] = infer.unsqueeze %arg2 {axes = array<i64: 1, 2>} : (tensor<4xf32>) -> tensor<4x1x1xf32>
  // CHECK: infer.add %[[S]], %[[B]]
  %y = infer.conv %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>) -> tensor<1x4x6x6xf32>
  return %y : tensor<1x4x6x6xf32>
}

// CHECK-LABEL: @gemm_beta
func.func @gemm_beta(%a: tensor<2x8xf32>, %b: tensor<4x8xf32>, %c: tensor<4xf32>) -> tensor<2x4xf32> {
  // CHECK-DAG: %[[P:.*]] = infer.gemm {{.*}} trans_b = true{{.*}} : (tensor<2x8xf16>, tensor<4x8xf16>) -> tensor<2x4xf16>
  // CHECK-DAG: %[[HALF:.*]] = infer.constant dense<5.000000e-01>
  // CHECK-DAG: %[[C:.*]] = infer.mul %arg2, %[[HALF]]
  // CHECK: infer.add {{.*}}, %[[C]]
  %y = infer.gemm %a, %b, %c {trans_b = true, beta = 0.5 : f32} : (tensor<2x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// Between two products that are only a transposition apart nothing is widened.
// CHECK-LABEL: @chain
func.func @chain(%a: tensor<4x8xf32>, %b: tensor<8x4xf32>) -> tensor<4x4xf32> {
  // CHECK: %[[P:.*]] = infer.mat_mul
  // CHECK: %[[T:.*]] = infer.transpose %[[P]] {{.*}} : (tensor<4x4xf16>) -> tensor<4x4xf16>
  // CHECK: infer.mat_mul %[[T]],
  %0 = infer.mat_mul %a, %b : (tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<4x4xf32>
  %1 = infer.transpose %0 {perm = array<i64: 1, 0>} : (tensor<4x4xf32>) -> tensor<4x4xf32>
  %2 = infer.mat_mul %1, %0 : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %2 : tensor<4x4xf32>
}

// Elements that are needed in both types are moved in f32, once.
// CHECK-LABEL: @no_narrow_before_shared_transpose
func.func @no_narrow_before_shared_transpose(%x: tensor<4x8xf32>, %b: tensor<4x4xf32>) -> (tensor<8x4xf32>, tensor<8x4xf32>) {
  // CHECK: %[[T:.*]] = infer.transpose %arg0 {{.*}} : (tensor<4x8xf32>) -> tensor<8x4xf32>
  // CHECK: infer.cast %[[T]] {to = f16}
  %0 = infer.transpose %x {perm = array<i64: 1, 0>} : (tensor<4x8xf32>) -> tensor<8x4xf32>
  %1 = infer.mat_mul %0, %b : (tensor<8x4xf32>, tensor<4x4xf32>) -> tensor<8x4xf32>
  return %0, %1 : tensor<8x4xf32>, tensor<8x4xf32>
}

// CHECK-LABEL: @no_narrow_f64
func.func @no_narrow_f64(%a: tensor<4x8xf64>, %b: tensor<8x4xf64>) -> tensor<4x4xf64> {
  // CHECK-NOT: infer.cast
  // CHECK: infer.mat_mul {{.*}} -> tensor<4x4xf64>
  %0 = infer.mat_mul %a, %b : (tensor<4x8xf64>, tensor<8x4xf64>) -> tensor<4x4xf64>
  return %0 : tensor<4x4xf64>
}
