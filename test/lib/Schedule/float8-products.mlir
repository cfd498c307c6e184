// Products of floats of 8 bits: their sums are promoted to f32 every few steps, and leave in any type.
// RUN: tenon-opt %s --schedule-tile-products | FileCheck %s

// CHECK-LABEL: @few
func.func private @few(%a: tensor<5x512xf8E4M3FN>, %w: tensor<64x512xf8E5M2>, %s: tensor<64xf16>) -> tensor<5x64xf16> {
  // CHECK: plan.launch @[[$FEW:product_[0-9]+]]
  %p = infer.gemm %a, %w {trans_b = true} : (tensor<5x512xf8E4M3FN>, tensor<64x512xf8E5M2>) -> tensor<5x64xf32>
  %h = infer.cast %p {to = f16} : (tensor<5x64xf32>) -> tensor<5x64xf16>
  %y = infer.mul %h, %s : (tensor<5x64xf16>, tensor<64xf16>) -> tensor<5x64xf16>
  return %y : tensor<5x64xf16>
}

// CHECK-LABEL: @many
func.func private @many(%a: tensor<4096x512xf8E4M3FN>, %w: tensor<1024x512xf8E4M3FN>) -> tensor<4096x1024xf8E4M3FN> {
  // CHECK: plan.launch @[[$MANY:product_[0-9]+]] {{.*}} maps {{.*}} #plan.tensor_map<2, i8,
  %p = infer.gemm %a, %w {trans_b = true} : (tensor<4096x512xf8E4M3FN>, tensor<1024x512xf8E4M3FN>) -> tensor<4096x1024xf32>
  %y = infer.cast %p {to = f8E4M3FN} : (tensor<4096x1024xf32>) -> tensor<4096x1024xf8E4M3FN>
  return %y : tensor<4096x1024xf8E4M3FN>
}

// CHECK-LABEL: @float8_of_float8
func.func private @float8_of_float8(%a: tensor<1300x512xf8E4M3FN>, %w: tensor<512x1264xf8E4M3FN>) -> tensor<1300x1264xf8E4M3FN> {
  // CHECK: infer.mat_mul
  %p = infer.mat_mul %a, %w : (tensor<1300x512xf8E4M3FN>, tensor<512x1264xf8E4M3FN>) -> tensor<1300x1264xf8E4M3FN>
  return %p : tensor<1300x1264xf8E4M3FN>
}

// A C whose factor is 0 is not read: the buffer is none of the kernel's.
// CHECK-LABEL: @beta
// CHECK-SAME: (%[[A:[^:]*]]: memref<5x512xf8E4M3FN>, %[[W:[^:]*]]: memref<64x512xf8E4M3FN>, %{{[^:]*}}: memref<64xf32>, %[[Y:[^:]*]]: memref<5x64xf32>)
func.func private @beta(%a: tensor<5x512xf8E4M3FN>, %w: tensor<64x512xf8E4M3FN>, %c: tensor<64xf32>) -> tensor<5x64xf32> {
  // CHECK: plan.launch @product_{{[0-9]+}} {{.*}} buffers(%[[A]], %[[W]], %[[Y]] :
  %p = infer.gemm %a, %w, %c {trans_b = true, beta = 0.0 : f32} : (tensor<5x512xf8E4M3FN>, tensor<64x512xf8E4M3FN>, tensor<64xf32>) -> tensor<5x64xf32>
  return %p : tensor<5x64xf32>
}

// CHECK: tile.kernel @[[$FEW]](
// CHECK: scf.for {{.*}} step %c4_i32 iter_args(
// CHECK: scf.for
// CHECK: tile.mma {{.*}}xf8E5M2, {{.*}}xf8E4M3FN,
// CHECK: tile.wait_mma
// CHECK: tile.arrive
// CHECK: arith.addf

// CHECK: tile.kernel @[[$MANY]](
// CHECK: scf.for {{.*}} step %c4_i32 iter_args(
// CHECK: tile.mma
// CHECK: arith.addf
// CHECK: arith.truncf {{.*}} : f32 to f8E4M3FN
// CHECK: arith.bitcast {{.*}} : f8E4M3FN to i8
