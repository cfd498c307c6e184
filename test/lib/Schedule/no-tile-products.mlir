// Dispatches that schedule-tile-products leaves alone.
// RUN: tenon-opt %s --schedule-tile-products | FileCheck %s

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

// CHECK-LABEL: @no_columns
func.func private @no_columns(%a: tensor<64x64xf16>, %w: tensor<64x0xf16>) -> tensor<64x0xf16> {
  // CHECK: infer.mat_mul
  %p = infer.mat_mul %a, %w : (tensor<64x64xf16>, tensor<64x0xf16>) -> tensor<64x0xf16>
  return %p : tensor<64x0xf16>
}

// CHECK-LABEL: @no_part_of_rows
func.func private @no_part_of_rows(%a: tensor<2x64x64xf16>, %w: tensor<64x64xf16>, %c: tensor<2x1x64xf16>) -> tensor<2x64x64xf16> {
  // CHECK: infer.mat_mul
  %p = infer.mat_mul %a, %w : (tensor<2x64x64xf16>, tensor<64x64xf16>) -> tensor<2x64x64xf16>
  %y = infer.add %p, %c : (tensor<2x64x64xf16>, tensor<2x1x64xf16>) -> tensor<2x64x64xf16>
  return %y : tensor<2x64x64xf16>
}

// CHECK-LABEL: @no_unequal_batch
func.func private @no_unequal_batch(%a: tensor<2x3x64x64xf16>, %b: tensor<1x3x64x64xf16>) -> tensor<2x3x64x64xf16> {
  // CHECK: infer.mat_mul
  %p = infer.mat_mul %a, %b : (tensor<2x3x64x64xf16>, tensor<1x3x64x64xf16>) -> tensor<2x3x64x64xf16>
  return %p : tensor<2x3x64x64xf16>
}

// CHECK-LABEL: @no_gaps_in_batch
func.func private @no_gaps_in_batch(%a: tensor<2x3x2x64x64xf16>, %b: tensor<2x3x2x64x64xf16>, %c: tensor<2x1x2x1x64xf16>) -> tensor<2x3x2x64x64xf16> {
  // CHECK: infer.mat_mul
  %p = infer.mat_mul %a, %b : (tensor<2x3x2x64x64xf16>, tensor<2x3x2x64x64xf16>) -> tensor<2x3x2x64x64xf16>
  %y = infer.add %p, %c : (tensor<2x3x2x64x64xf16>, tensor<2x1x2x1x64xf16>) -> tensor<2x3x2x64x64xf16>
  return %y : tensor<2x3x2x64x64xf16>
}
