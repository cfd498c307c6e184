// RUN: tenon-opt %s --infer-narrow-quantised-products | FileCheck %s

// CHECK-LABEL: @float8
// CHECK-SAME: (%[[X:.*]]: tensor<4x64xf8E4M3FN>, %[[W:.*]]: tensor<64x32xf8E5M2>, %[[S:.*]]: tensor<f32>, %[[T:.*]]: tensor<32xf32>)
func.func @float8(%x: tensor<4x64xf8E4M3FN>, %w: tensor<64x32xf8E5M2>, %s: tensor<f32>, %t: tensor<32xf32>) -> tensor<4x32xf32> {
  // CHECK: %[[TURNED:.*]] = infer.transpose %[[W]] {perm = array<i64: 1, 0>}
  // CHECK: %[[SUMS:.*]] = infer.gemm %[[X]], %[[TURNED]] {trans_b = true} : (tensor<4x64xf8E4M3FN>, tensor<32x64xf8E5M2>) -> tensor<4x32xf32>
  // CHECK: %[[ONCE:.*]] = infer.mul %[[SUMS]], %[[S]]
  // CHECK: infer.mul %[[ONCE]], %[[T]]
  %a = infer.cast %x {to = f32} : (tensor<4x64xf8E4M3FN>) -> tensor<4x64xf32>
  %b = infer.mul %a, %s : (tensor<4x64xf32>, tensor<f32>) -> tensor<4x64xf32>
  %c = infer.cast %w {to = f32} : (tensor<64x32xf8E5M2>) -> tensor<64x32xf32>
  %d = infer.mul %c, %t : (tensor<64x32xf32>, tensor<32xf32>) -> tensor<64x32xf32>
  %y = infer.mat_mul %b, %d : (tensor<4x64xf32>, tensor<64x32xf32>) -> tensor<4x32xf32>
  return %y : tensor<4x32xf32>
}

// Rounded to 16 bits before the product: the sums are rounded instead. Scales of both that are known are one.
// CHECK-LABEL: @rounded
func.func @rounded(%x: tensor<2x?x64xf8E4M3FN>, %w: tensor<32x64xf8E4M3FN>) -> tensor<2x?x32xf16> {
  // CHECK-DAG: %[[BOTH:.*]] = infer.constant dense<6.{{.*}}> : tensor<1x32xf32>
  // CHECK: %[[FLAT:.*]] = infer.reshape %arg0
  // CHECK: %[[SUMS:.*]] = infer.gemm %[[FLAT]], %arg1 {trans_b = true} : (tensor<?x64xf8E4M3FN>, tensor<32x64xf8E4M3FN>) -> tensor<?x32xf32>
  // CHECK: %[[SCALED:.*]] = infer.mul %[[SUMS]], %[[BOTH]]
  // CHECK: infer.cast %[[SCALED]] {to = f16} : (tensor<?x32xf32>) -> tensor<?x32xf16>
  %s = infer.constant dense<3.0> : tensor<f32>
  %t = infer.constant dense<2.0> : tensor<32x1xf32>
  %a = infer.cast %x {to = f32} : (tensor<2x?x64xf8E4M3FN>) -> tensor<2x?x64xf32>
  %b = infer.mul %a, %s : (tensor<2x?x64xf32>, tensor<f32>) -> tensor<2x?x64xf32>
  %h = infer.cast %b {to = f16} : (tensor<2x?x64xf32>) -> tensor<2x?x64xf16>
  %c = infer.cast %w {to = f32} : (tensor<32x64xf8E4M3FN>) -> tensor<32x64xf32>
  %d = infer.mul %c, %t : (tensor<32x64xf32>, tensor<32x1xf32>) -> tensor<32x64xf32>
  %e = infer.cast %d {to = f16} : (tensor<32x64xf32>) -> tensor<32x64xf16>
  %f = infer.transpose %e {perm = array<i64: 1, 0>} : (tensor<32x64xf16>) -> tensor<64x32xf16>
  %y = infer.mat_mul %h, %f : (tensor<2x?x64xf16>, tensor<64x32xf16>) -> tensor<2x?x32xf16>
  return %y : tensor<2x?x32xf16>
}

// Integers: a product of i32, which infer-narrow-integer-products takes; a gemm's C is added in f32.
// CHECK-LABEL: @integers
func.func @integers(%x: tensor<4x64xui8>, %w: tensor<32x64xi8>, %p: tensor<ui8>, %q: tensor<32x1xi8>, %s: tensor<4x1xf32>, %t: tensor<32x1xf32>, %c: tensor<32xf32>)
    -> tensor<4x32xf32> {
  // CHECK: %[[A:.*]] = infer.sub %{{.*}}, %{{.*}} : (tensor<4x64xi32>, tensor<i32>)
  // CHECK: %[[BYTES:.*]] = infer.transpose %arg1
  // CHECK: %[[ZERO:.*]] = infer.transpose %{{.*}} -> tensor<1x32xi32>
  // CHECK: %[[B:.*]] = infer.sub %{{.*}}, %[[ZERO]] : (tensor<64x32xi32>, tensor<1x32xi32>)
  // CHECK: %[[SUMS:.*]] = infer.mat_mul %[[A]], %[[B]] : (tensor<4x64xi32>, tensor<64x32xi32>) -> tensor<4x32xi32>
  // CHECK: %[[WIDE:.*]] = infer.cast %[[SUMS]] {to = f32}
  // CHECK: %[[ONCE:.*]] = infer.mul %[[WIDE]], %arg4
  // CHECK: %[[TWICE:.*]] = infer.mul %[[ONCE]], %{{.*}} : (tensor<4x32xf32>, tensor<1x32xf32>)
  // CHECK: infer.add %[[TWICE]], %arg6
  %a0 = infer.cast %x {to = i32} : (tensor<4x64xui8>) -> tensor<4x64xi32>
  %p0 = infer.cast %p {to = i32} : (tensor<ui8>) -> tensor<i32>
  %q0 = infer.cast %q {to = i32} : (tensor<32x1xi8>) -> tensor<32x1xi32>
  %a1 = infer.sub %a0, %p0 : (tensor<4x64xi32>, tensor<i32>) -> tensor<4x64xi32>
  %a2 = infer.cast %a1 {to = f32} : (tensor<4x64xi32>) -> tensor<4x64xf32>
  %a3 = infer.mul %a2, %s : (tensor<4x64xf32>, tensor<4x1xf32>) -> tensor<4x64xf32>
  %b0 = infer.cast %w {to = i32} : (tensor<32x64xi8>) -> tensor<32x64xi32>
  %b1 = infer.sub %b0, %q0 : (tensor<32x64xi32>, tensor<32x1xi32>) -> tensor<32x64xi32>
  %b2 = infer.cast %b1 {to = f32} : (tensor<32x64xi32>) -> tensor<32x64xf32>
  %b3 = infer.mul %b2, %t : (tensor<32x64xf32>, tensor<32x1xf32>) -> tensor<32x64xf32>
  %y = infer.gemm %a3, %b3, %c {trans_b = true} : (tensor<4x64xf32>, tensor<32x64xf32>, tensor<32xf32>) -> tensor<4x32xf32>
  return %y : tensor<4x32xf32>
}

// A scale along K, operands of two kinds, sums that may leave 32 bits: all stay.
// CHECK-LABEL: @not_these
// CHECK-NOT: tensor<4x32xi32>
// CHECK-COUNT-3: infer.mat_mul {{.*}} -> tensor<4x32xf32>
func.func @not_these(%x: tensor<4x64xi8>, %w: tensor<64x32xi8>, %f: tensor<64x32xf8E4M3FN>, %k: tensor<64xf32>, %l: tensor<4x40000xi8>, %m: tensor<40000x32xi8>)
    -> (tensor<4x32xf32>, tensor<4x32xf32>, tensor<4x32xf32>) {
  %a0 = infer.cast %x {to = i32} : (tensor<4x64xi8>) -> tensor<4x64xi32>
  %a1 = infer.cast %a0 {to = f32} : (tensor<4x64xi32>) -> tensor<4x64xf32>
  %a2 = infer.mul %a1, %k : (tensor<4x64xf32>, tensor<64xf32>) -> tensor<4x64xf32>
  %b0 = infer.cast %w {to = i32} : (tensor<64x32xi8>) -> tensor<64x32xi32>
  %b1 = infer.cast %b0 {to = f32} : (tensor<64x32xi32>) -> tensor<64x32xf32>
  %along = infer.mat_mul %a2, %b1 : (tensor<4x64xf32>, tensor<64x32xf32>) -> tensor<4x32xf32>
  %f1 = infer.cast %f {to = f32} : (tensor<64x32xf8E4M3FN>) -> tensor<64x32xf32>
  %mixed = infer.mat_mul %a1, %f1 : (tensor<4x64xf32>, tensor<64x32xf32>) -> tensor<4x32xf32>
  %l0 = infer.cast %l {to = i32} : (tensor<4x40000xi8>) -> tensor<4x40000xi32>
  %l1 = infer.cast %l0 {to = f32} : (tensor<4x40000xi32>) -> tensor<4x40000xf32>
  %m0 = infer.cast %m {to = i32} : (tensor<40000x32xi8>) -> tensor<40000x32xi32>
  %m1 = infer.cast %m0 {to = f32} : (tensor<40000x32xi32>) -> tensor<40000x32xf32>
  %long = infer.mat_mul %l1, %m1 : (tensor<4x40000xf32>, tensor<40000x32xf32>) -> tensor<4x32xf32>
  return %along, %mixed, %long : tensor<4x32xf32>, tensor<4x32xf32>, tensor<4x32xf32>
}

// A zero point that is no byte, after which sums may leave 32 bits; one that is known to be.
// CHECK-LABEL: @far_zero
// CHECK: infer.mat_mul {{.*}} -> tensor<4x32xf32>
// CHECK: infer.mat_mul {{.*}} -> tensor<4x32xi32>
func.func @far_zero(%x: tensor<4x64xi8>, %w: tensor<64x32xi8>) -> (tensor<4x32xf32>, tensor<4x32xf32>) {
  %far = infer.constant dense<1000000> : tensor<i32>
  %near = infer.constant dense<-128> : tensor<i32>
  %a = infer.cast %x {to = i32} : (tensor<4x64xi8>) -> tensor<4x64xi32>
  %b = infer.sub %a, %far : (tensor<4x64xi32>, tensor<i32>) -> tensor<4x64xi32>
  %c = infer.cast %b {to = f32} : (tensor<4x64xi32>) -> tensor<4x64xf32>
  %d = infer.sub %a, %near : (tensor<4x64xi32>, tensor<i32>) -> tensor<4x64xi32>
  %e = infer.cast %d {to = f32} : (tensor<4x64xi32>) -> tensor<4x64xf32>
  %v = infer.cast %w {to = i32} : (tensor<64x32xi8>) -> tensor<64x32xi32>
  %u = infer.cast %v {to = f32} : (tensor<64x32xi32>) -> tensor<64x32xf32>
  %0 = infer.mat_mul %c, %u : (tensor<4x64xf32>, tensor<64x32xf32>) -> tensor<4x32xf32>
  %1 = infer.mat_mul %e, %u : (tensor<4x64xf32>, tensor<64x32xf32>) -> tensor<4x32xf32>
  return %0, %1 : tensor<4x32xf32>, tensor<4x32xf32>
}
