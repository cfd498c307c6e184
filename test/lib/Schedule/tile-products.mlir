// RUN: tenon-opt %s --schedule-tile-products | FileCheck %s
// RUN: tenon-opt %s --schedule-tile-products --convert-infer-to-linalg | FileCheck %s --check-prefix=LINALG

#rows = affine_map<()[s0] -> (s0, 768)>
#cols = affine_map<()[s0] -> (s0, 3072)>

// One dispatch becomes two launches, of which one has no workgroups.
// CHECK-LABEL: func.func private @linear
// CHECK-SAME: (%[[A:.*]]: memref<?x768xf16>, %[[W:.*]]: memref<768x3072xf16>, %[[B:.*]]: memref<3072xf32>, %{{.*}}: index, %[[C:.*]]: memref<?x3072xf16>)
// LINALG-LABEL: func.func private @linear(
func.func private @linear(%a: tensor<?x768xf16>, %w: tensor<768x3072xf16>, %b: tensor<3072xf32>, %n: index) -> tensor<?x3072xf16> {
  infer.bind_shape %a, [%n], #rows : tensor<?x768xf16>
  %p = infer.mat_mul %a, %w : (tensor<?x768xf16>, tensor<768x3072xf16>) -> tensor<?x3072xf16>
  infer.bind_shape %p, [%n], #cols : tensor<?x3072xf16>
  %f = infer.cast %p {to = f32} : (tensor<?x3072xf16>) -> tensor<?x3072xf32>
  %s = infer.add %b, %f : (tensor<3072xf32>, tensor<?x3072xf32>) -> tensor<?x3072xf32>
  %r = infer.relu %s : (tensor<?x3072xf32>) -> tensor<?x3072xf32>
  %y = infer.cast %r {to = f16} : (tensor<?x3072xf32>) -> tensor<?x3072xf16>
  // CHECK: %[[M:.*]] = memref.dim %[[A]], %{{.*}} : memref<?x768xf16>
  // CHECK: plan.launch @product_0 grid(%{{.*}}, %{{.*}}, %{{.*}}) scratch(%{{.*}}) buffers(%[[A]], %[[W]], %[[B]], %[[C]] :
  // CHECK-SAME: scalars(%[[M]], %{{.*}}, %{{.*}}) maps [#plan.tensor_map<0, f16, box = [64, 64], swizzle = 128>, #plan.tensor_map<1, f16, box = [64, 64], swizzle = 128>,
  // CHECK-SAME: #plan.tensor_map<3, f16, box = [64, 64], swizzle = 128>]
  // CHECK-SAME: writes = array<i1: false, false, false, true>
  // CHECK: plan.launch @product_1
  // CHECK-NEXT: return
  // LINALG: plan.launch @product_1
  return %y : tensor<?x3072xf16>
}

// The same problem of another size has the same kernels.
// CHECK-LABEL: func.func private @same_problem
func.func private @same_problem(%a: tensor<64x64xf16>, %w: tensor<64x256xf16>, %b: tensor<256xf32>) -> tensor<64x256xf16> {
  %p = infer.mat_mul %a, %w : (tensor<64x64xf16>, tensor<64x256xf16>) -> tensor<64x256xf16>
  %f = infer.cast %p {to = f32} : (tensor<64x256xf16>) -> tensor<64x256xf32>
  %s = infer.add %b, %f : (tensor<256xf32>, tensor<64x256xf32>) -> tensor<64x256xf32>
  %r = infer.relu %s : (tensor<64x256xf32>) -> tensor<64x256xf32>
  %y = infer.cast %r {to = f16} : (tensor<64x256xf32>) -> tensor<64x256xf16>
  // CHECK: plan.launch @product_0
  // CHECK: plan.launch @product_1
  return %y : tensor<64x256xf16>
}

// CHECK-LABEL: func.func private @batched
func.func private @batched(%a: tensor<2x3x64x64xf16>, %b: tensor<2x3x64x128xf16>) -> tensor<2x3x64x128xf16> {
  // CHECK: plan.launch @product_2 {{.*}} maps [#plan.tensor_map<0, f16, box = [64, 64, 1], swizzle = 128>
  %p = infer.mat_mul %a, %b : (tensor<2x3x64x64xf16>, tensor<2x3x64x128xf16>) -> tensor<2x3x64x128xf16>
  return %p : tensor<2x3x64x128xf16>
}

// CHECK-LABEL: func.func private @residual
func.func private @residual(%a: tensor<?x64xf16>, %w: tensor<64x64xf16>, %x: tensor<?x64xf32>, %n: index) -> tensor<?x64xf32> {
  infer.bind_shape %a, [%n], affine_map<()[s0] -> (s0, 64)> : tensor<?x64xf16>
  infer.bind_shape %x, [%n], affine_map<()[s0] -> (s0, 64)> : tensor<?x64xf32>
  %p = infer.gemm %a, %w {trans_b = true} : (tensor<?x64xf16>, tensor<64x64xf16>) -> tensor<?x64xf16>
  infer.bind_shape %p, [%n], affine_map<()[s0] -> (s0, 64)> : tensor<?x64xf16>
  %f = infer.cast %p {to = f32} : (tensor<?x64xf16>) -> tensor<?x64xf32>
  %s = infer.add %f, %x : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  // CHECK: plan.launch @product_{{.*}} maps {{.*}} #plan.tensor_map<3, f32, box = [32, 64], swizzle = 128>
  return %s : tensor<?x64xf32>
}

// CHECK-LABEL: @no_f32
func.func private @no_f32(%a: tensor<64x64xf32>, %w: tensor<64x64xf32>) -> tensor<64x64xf32> {
  // CHECK: infer.mat_mul
  %p = infer.mat_mul %a, %w : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  return %p : tensor<64x64xf32>
}

// CHECK-LABEL: @no_other_op
func.func private @no_other_op(%a: tensor<64x64xf16>, %w: tensor<64x64xf16>) -> tensor<64x64xf16> {
  // CHECK: infer.mat_mul
  %p = infer.mat_mul %a, %w : (tensor<64x64xf16>, tensor<64x64xf16>) -> tensor<64x64xf16>
  %y = infer.transpose %p {perm = array<i64: 1, 0>} : (tensor<64x64xf16>) -> tensor<64x64xf16>
  return %y : tensor<64x64xf16>
}

// CHECK-LABEL: @no_unknown_columns
func.func private @no_unknown_columns(%a: tensor<64x64xf16>, %w: tensor<64x?xf16>, %n: index) -> tensor<64x?xf16> {
  // CHECK: infer.mat_mul
  infer.bind_shape %w, [%n], affine_map<()[s0] -> (64, s0)> : tensor<64x?xf16>
  %p = infer.mat_mul %a, %w : (tensor<64x64xf16>, tensor<64x?xf16>) -> tensor<64x?xf16>
  return %p : tensor<64x?xf16>
}

// CHECK-LABEL: @no_rows_of_odd_length
func.func private @no_rows_of_odd_length(%a: tensor<64x63xf16>, %w: tensor<63x64xf16>) -> tensor<64x64xf16> {
  // CHECK: infer.mat_mul
  %p = infer.mat_mul %a, %w : (tensor<64x63xf16>, tensor<63x64xf16>) -> tensor<64x64xf16>
  return %p : tensor<64x64xf16>
}

// CHECK-LABEL: @no_broadcast_column
func.func private @no_broadcast_column(%a: tensor<64x64xf16>, %w: tensor<64x64xf16>, %c: tensor<64x1xf16>) -> tensor<64x64xf16> {
  // CHECK: infer.mat_mul
  %p = infer.mat_mul %a, %w : (tensor<64x64xf16>, tensor<64x64xf16>) -> tensor<64x64xf16>
  %y = infer.add %p, %c : (tensor<64x64xf16>, tensor<64x1xf16>) -> tensor<64x64xf16>
  return %y : tensor<64x64xf16>
}

// CHECK-LABEL: @no_unequal_batch
func.func private @no_unequal_batch(%a: tensor<2x64x64xf16>, %b: tensor<1x64x64xf16>) -> tensor<2x64x64xf16> {
  // CHECK: infer.mat_mul
  %p = infer.mat_mul %a, %b : (tensor<2x64x64xf16>, tensor<1x64x64xf16>) -> tensor<2x64x64xf16>
  return %p : tensor<2x64x64xf16>
}

// CHECK-LABEL: @no_scale
func.func private @no_scale(%a: tensor<64x64xf16>, %w: tensor<64x64xf16>) -> tensor<64x64xf16> {
  // CHECK: infer.gemm
  %p = infer.gemm %a, %w {alpha = 2.0 : f32} : (tensor<64x64xf16>, tensor<64x64xf16>) -> tensor<64x64xf16>
  return %p : tensor<64x64xf16>
}

// CHECK: module @kernels
// CHECK: tile.kernel @product_0
