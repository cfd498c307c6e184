// Between the steps of an epilogue values stay in f32: what is stored is rounded, and nothing else.
// RUN: tenon-opt %s --schedule-tile-products | FileCheck %s

// SiLU of a model in float16 takes its argument twice; the sum is a result, too.
func.func private @silu(%a: tensor<64x64xf16>, %w: tensor<64x256xf16>, %b: tensor<256xf16>) -> (tensor<64x256xf16>, tensor<64x256xf16>) {
  %p = infer.mat_mul %a, %w : (tensor<64x64xf16>, tensor<64x256xf16>) -> tensor<64x256xf16>
  %s = infer.add %p, %b : (tensor<64x256xf16>, tensor<256xf16>) -> tensor<64x256xf16>
  %t = infer.sigmoid %s : (tensor<64x256xf16>) -> tensor<64x256xf16>
  %y = infer.mul %s, %t : (tensor<64x256xf16>, tensor<64x256xf16>) -> tensor<64x256xf16>
  return %y, %s : tensor<64x256xf16>, tensor<64x256xf16>
}

// A cast to f16 and back is no step that rounds either; one to 8 bits is (float8-products.mlir).
func.func private @casts(%a: tensor<64x64xf16>, %w: tensor<64x320xf16>) -> tensor<64x320xf32> {
  %p = infer.mat_mul %a, %w : (tensor<64x64xf16>, tensor<64x320xf16>) -> tensor<64x320xf16>
  %r = infer.relu %p : (tensor<64x320xf16>) -> tensor<64x320xf16>
  %f = infer.cast %r {to = f32} : (tensor<64x320xf16>) -> tensor<64x320xf32>
  return %f : tensor<64x320xf32>
}

// CHECK: tile.kernel @product_0(
// CHECK-NOT: arith.truncf
// CHECK: math.exp
// CHECK-NOT: arith.truncf
// CHECK: tile.kernel @product_1(
// CHECK-NOT: arith.truncf
// CHECK: arith.select
// CHECK-NOT: arith.truncf
