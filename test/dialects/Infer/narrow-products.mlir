// RUN: tenon-opt %s --infer-narrow-products | FileCheck %s
// RUN: tenon-opt %s --infer-narrow-products=type=bf16 | FileCheck %s --check-prefix=BF16

// CHECK-LABEL: @mat_mul
// BF16-LABEL: @mat_mul
func.func @mat_mul(%a: tensor<?x32xf32>, %b: tensor<32x16xf32>) -> tensor<?x16xf32> {
  // CHECK-DAG: %[[A:.*]] = infer.cast %arg0 {to = f16}
  // CHECK-DAG: %[[B:.*]] = infer.cast %arg1 {to = f16}
  // CHECK: %[[P:.*]] = infer.mat_mul %[[A]], %[[B]] : (tensor<?x32xf16>, tensor<32x16xf16>) -> tensor<?x16xf16>
  // CHECK: %[[Y:.*]] = infer.cast %[[P]] {to = f32}
  // CHECK: return %[[Y]]
  // BF16: infer.mat_mul {{.*}} (tensor<?x32xbf16>, tensor<32x16xbf16>) -> tensor<?x16xbf16>
  %y = infer.mat_mul %a, %b : (tensor<?x32xf32>, tensor<32x16xf32>) -> tensor<?x16xf32>
  return %y : tensor<?x16xf32>
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
func.func @gemm_beta(%a: tensor<2x32xf32>, %b: tensor<16x32xf32>, %c: tensor<16xf32>) -> tensor<2x16xf32> {
  // CHECK-DAG: %[[P:.*]] = infer.gemm {{.*}} trans_b = true{{.*}} : (tensor<2x32xf16>, tensor<16x32xf16>) -> tensor<2x16xf16>
  // CHECK-DAG: %[[HALF:.*]] = infer.constant dense<5.000000e-01>
  // CHECK-DAG: %[[C:.*]] = infer.mul %arg2, %[[HALF]]
  // CHECK: infer.add {{.*}}, %[[C]]
  %y = infer.gemm %a, %b, %c {trans_b = true, beta = 0.5 : f32} : (tensor<2x32xf32>, tensor<16x32xf32>, tensor<16xf32>) -> tensor<2x16xf32>
  return %y : tensor<2x16xf32>
}

// Between two products that are only a transposition apart nothing is widened.
// CHECK-LABEL: @chain
func.func @chain(%a: tensor<16x32xf32>, %b: tensor<32x16xf32>) -> tensor<16x16xf32> {
  // CHECK: %[[P:.*]] = infer.mat_mul
  // CHECK: %[[T:.*]] = infer.transpose %[[P]] {{.*}} : (tensor<16x16xf16>) -> tensor<16x16xf16>
  // CHECK: infer.mat_mul %[[T]],
  %0 = infer.mat_mul %a, %b : (tensor<16x32xf32>, tensor<32x16xf32>) -> tensor<16x16xf32>
  %1 = infer.transpose %0 {perm = array<i64: 1, 0>} : (tensor<16x16xf32>) -> tensor<16x16xf32>
  %2 = infer.mat_mul %1, %0 : (tensor<16x16xf32>, tensor<16x16xf32>) -> tensor<16x16xf32>
  return %2 : tensor<16x16xf32>
}

// Elements that are needed in both types are moved in f32, once.
// CHECK-LABEL: @no_narrow_before_shared_transpose
func.func @no_narrow_before_shared_transpose(%x: tensor<16x32xf32>, %b: tensor<16x16xf32>) -> (tensor<32x16xf32>, tensor<32x16xf32>) {
  // CHECK: %[[T:.*]] = infer.transpose %arg0 {{.*}} : (tensor<16x32xf32>) -> tensor<32x16xf32>
  // CHECK: infer.cast %[[T]] {to = f16}
  %0 = infer.transpose %x {perm = array<i64: 1, 0>} : (tensor<16x32xf32>) -> tensor<32x16xf32>
  %1 = infer.mat_mul %0, %b : (tensor<32x16xf32>, tensor<16x16xf32>) -> tensor<32x16xf32>
  return %0, %1 : tensor<32x16xf32>, tensor<32x16xf32>
}

// CHECK-LABEL: @no_narrow_f64
func.func @no_narrow_f64(%a: tensor<16x32xf64>, %b: tensor<32x16xf64>) -> tensor<16x16xf64> {
  // CHECK-NOT: infer.cast
  // CHECK: infer.mat_mul {{.*}} -> tensor<16x16xf64>
  %0 = infer.mat_mul %a, %b : (tensor<16x32xf64>, tensor<32x16xf64>) -> tensor<16x16xf64>
  return %0 : tensor<16x16xf64>
}

// Angles of a rotary embedding: a position times a frequency is a sum of one element, which no tensor core computes faster. A depthwise
// convolution sums nine.
// CHECK-LABEL: @no_narrow_short_sums
func.func @no_narrow_short_sums(%f: tensor<?x32x1xf32>, %p: tensor<?x1x?xf32>, %x: tensor<1x8x9x9xf32>, %w: tensor<8x1x3x3xf32>)
    -> (tensor<?x32x?xf32>, tensor<1x8x7x7xf32>) {
  // CHECK-NOT: infer.cast
  // CHECK: infer.mat_mul {{.*}} -> tensor<?x32x?xf32>
  // CHECK-NOT: infer.cast
  // CHECK: infer.conv {{.*}} -> tensor<1x8x7x7xf32>
  %0 = infer.mat_mul %f, %p : (tensor<?x32x1xf32>, tensor<?x1x?xf32>) -> tensor<?x32x?xf32>
  %1 = infer.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 8 : i64}
      : (tensor<1x8x9x9xf32>, tensor<8x1x3x3xf32>) -> tensor<1x8x7x7xf32>
  return %0, %1 : tensor<?x32x?xf32>, tensor<1x8x7x7xf32>
}

// Sums of floats of 8 bits, which are not scaled yet: f16 does not hold them.
// CHECK-LABEL: @float8
func.func @float8(%a: tensor<4x64xf8E4M3FN>, %b: tensor<32x64xf8E4M3FN>) -> tensor<4x32xf32> {
  // CHECK: infer.gemm %arg0, %arg1 {trans_b = true} : (tensor<4x64xf8E4M3FN>, tensor<32x64xf8E4M3FN>) -> tensor<4x32xf32>
  %y = infer.gemm %a, %b {trans_b = true} : (tensor<4x64xf8E4M3FN>, tensor<32x64xf8E4M3FN>) -> tensor<4x32xf32>
  return %y : tensor<4x32xf32>
}
