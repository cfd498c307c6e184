// RUN: tenon-opt %s --schedule-tile-products | FileCheck %s
// RUN: tenon-opt %s --schedule-tile-products --convert-infer-to-linalg | FileCheck %s --check-prefix=LINALG

#rows = affine_map<()[s0] -> (s0, 768)>
#cols = affine_map<()[s0] -> (s0, 3072)>

// M is not known: kernels for 16 and for 64 rows and a few large ones, of which all but one get no workgroups.
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
  // CHECK: arith.ceildivsi %[[M]], %c16
  // CHECK: arith.ceildivsi %[[M]], %c64
  // CHECK: arith.cmpi slt
  // CHECK: %[[FEW:.*]] = arith.cmpi sle, %[[M]], %c16
  // CHECK: %[[NUMBER:.*]] = arith.select %[[FEW]], %c0{{.*}}, %{{.*}} : index
  // CHECK: %[[IS0:.*]] = arith.cmpi eq, %[[NUMBER]], %c0
  // CHECK: %[[GRID:.*]] = arith.select %[[IS0]]
  // CHECK: plan.launch @product_0 grid(%[[GRID]], %{{.*}}, %{{.*}}) scratch(%{{.*}}) buffers(%[[A]], %[[W]], %[[B]], %[[C]] :
  // CHECK-SAME: scalars(%[[M]], %{{.*}}, %{{.*}}) maps [#plan.tensor_map<1, f16, box = [64, 64], swizzle = 128>, #plan.tensor_map<0, f16, box = [64, 16], swizzle = 128>]
  // CHECK-SAME: writes = array<i1: false, false, false, true>
  // CHECK: plan.launch @product_{{[2-6]}} {{.*}} maps [#plan.tensor_map<0, f16, box = [64, 128], swizzle = 128>, #plan.tensor_map<1, f16, box = [64, 64], swizzle = 128>,
  // CHECK-SAME: #plan.tensor_map<3, f16, box = [64, 64], swizzle = 128>]
  // CHECK: return
  // LINALG: plan.launch @product_1
  return %y : tensor<?x3072xf16>
}

// M is known: one kernel.
// CHECK-LABEL: func.func private @known_rows
func.func private @known_rows(%a: tensor<64x64xf16>, %w: tensor<64x256xf16>) -> tensor<64x256xf16> {
  // CHECK: plan.launch @[[$KNOWN:product_[0-9]+]]
  // CHECK-NEXT: return
  %p = infer.mat_mul %a, %w : (tensor<64x64xf16>, tensor<64x256xf16>) -> tensor<64x256xf16>
  return %p : tensor<64x256xf16>
}

// The same problem of another size has the same kernel.
// CHECK-LABEL: func.func private @same_problem
func.func private @same_problem(%a: tensor<60x128xf16>, %w: tensor<128x320xf16>) -> tensor<60x320xf16> {
  // CHECK: plan.launch @[[$KNOWN]] grid
  // CHECK-NEXT: return
  %p = infer.mat_mul %a, %w : (tensor<60x128xf16>, tensor<128x320xf16>) -> tensor<60x320xf16>
  return %p : tensor<60x320xf16>
}

// Long sums and few columns: K is split over a cluster.
// CHECK-LABEL: func.func private @one_row
func.func private @one_row(%a: tensor<1x4096xf16>, %w: tensor<4096x1024xf16>) -> tensor<1x1024xf16> {
  // CHECK: plan.launch @[[$SPLIT:.*]] grid
  %p = infer.mat_mul %a, %w : (tensor<1x4096xf16>, tensor<4096x1024xf16>) -> tensor<1x1024xf16>
  return %p : tensor<1x1024xf16>
}

// CHECK-LABEL: func.func private @batched
func.func private @batched(%a: tensor<2x3x64x64xf16>, %b: tensor<2x3x64x128xf16>) -> tensor<2x3x64x128xf16> {
  // CHECK: plan.launch {{.*}} maps [#plan.tensor_map<0, f16, box = [64, 64, 1], swizzle = 128>
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
  // CHECK: plan.launch @product_{{.*}} maps {{.*}} #plan.tensor_map<3, f32, box = [{{[0-9]+}}, 64], swizzle = 128>
  return %s : tensor<?x64xf32>
}

// Operands of the epilogue stand for a column, or for a run of the batch's dims.
// CHECK-LABEL: @column
func.func private @column(%a: tensor<64x64xf16>, %w: tensor<64x64xf16>, %c: tensor<64x1xf16>) -> tensor<64x64xf16> {
  // CHECK: plan.launch
  %p = infer.mat_mul %a, %w : (tensor<64x64xf16>, tensor<64x64xf16>) -> tensor<64x64xf16>
  %y = infer.add %p, %c : (tensor<64x64xf16>, tensor<64x1xf16>) -> tensor<64x64xf16>
  return %y : tensor<64x64xf16>
}

// CHECK-LABEL: @masked
func.func private @masked(%a: tensor<?x12x128x64xf16>, %b: tensor<?x12x64x128xf16>, %x: tensor<?x1x1x128xf32>, %n: index) -> tensor<?x12x128x128xf32> {
  infer.bind_shape %a, [%n], affine_map<()[s0] -> (s0, 12, 128, 64)> : tensor<?x12x128x64xf16>
  infer.bind_shape %b, [%n], affine_map<()[s0] -> (s0, 12, 64, 128)> : tensor<?x12x64x128xf16>
  infer.bind_shape %x, [%n], affine_map<()[s0] -> (s0, 1, 1, 128)> : tensor<?x1x1x128xf32>
  %p = infer.mat_mul %a, %b : (tensor<?x12x128x64xf16>, tensor<?x12x64x128xf16>) -> tensor<?x12x128x128xf16>
  infer.bind_shape %p, [%n], affine_map<()[s0] -> (s0, 12, 128, 128)> : tensor<?x12x128x128xf16>
  %f = infer.cast %p {to = f32} : (tensor<?x12x128x128xf16>) -> tensor<?x12x128x128xf32>
  // CHECK: arith.muli %{{.*}}, %c12
  // CHECK: plan.launch @[[$MASKED:product_[0-9]+]] {{.*}} maps [#plan.tensor_map<0, f16, box = [64, {{[0-9]+}}, 1]
  %y = infer.add %f, %x : (tensor<?x12x128x128xf32>, tensor<?x1x1x128xf32>) -> tensor<?x12x128x128xf32>
  return %y : tensor<?x12x128x128xf32>
}

// A matrix times a batch of them.
// CHECK-LABEL: @shared_first
func.func private @shared_first(%a: tensor<64x64xf16>, %b: tensor<6x64x128xf16>) -> tensor<6x64x128xf16> {
  // CHECK: plan.launch {{.*}} maps [#plan.tensor_map<0, f16, box = [64, {{[0-9]+}}, 1]
  %p = infer.mat_mul %a, %b : (tensor<64x64xf16>, tensor<6x64x128xf16>) -> tensor<6x64x128xf16>
  return %p : tensor<6x64x128xf16>
}

// CHECK-LABEL: @shared_second
func.func private @shared_second(%a: tensor<2x64x64xf16>, %b: tensor<1x64x64xf16>) -> tensor<2x64x64xf16> {
  // CHECK: plan.launch {{.*}} maps [#plan.tensor_map<1, f16, box = [64, 64], swizzle = 128>, #plan.tensor_map<0, f16, box = [64, {{[0-9]+}}],
  %p = infer.mat_mul %a, %b : (tensor<2x64x64xf16>, tensor<1x64x64xf16>) -> tensor<2x64x64xf16>
  return %p : tensor<2x64x64xf16>
}

// CHECK-LABEL: @scaled
func.func private @scaled(%a: tensor<64x64xf16>, %w: tensor<64x64xf16>, %c: tensor<64xf16>) -> tensor<64x64xf16> {
  // CHECK: plan.launch @[[$SCALED:product_[0-9]+]]
  %p = infer.gemm %a, %w, %c {alpha = 2.0 : f32, beta = 3.0 : f32} : (tensor<64x64xf16>, tensor<64x64xf16>, tensor<64xf16>) -> tensor<64x64xf16>
  return %p : tensor<64x64xf16>
}

// C is the first result; others are written beside it.
// CHECK-LABEL: @two_results
// CHECK-SAME: %[[FIRST:[a-z0-9]*]]: memref<64x64xf32>, %[[SECOND:[a-z0-9]*]]: memref<64x64xf16>)
func.func private @two_results(%a: tensor<64x64xf16>, %w: tensor<64x64xf16>) -> (tensor<64x64xf32>, tensor<64x64xf16>) {
  %p = infer.mat_mul %a, %w : (tensor<64x64xf16>, tensor<64x64xf16>) -> tensor<64x64xf16>
  %f = infer.cast %p {to = f32} : (tensor<64x64xf16>) -> tensor<64x64xf32>
  %r = infer.relu %f : (tensor<64x64xf32>) -> tensor<64x64xf32>
  // CHECK: plan.launch @[[$TWO:product_[0-9]+]] {{.*}} buffers(%{{.*}}, %{{.*}}, %[[FIRST]], %[[SECOND]] : {{.*}}writes = array<i1: false, false, true, true>
  return %r, %p : tensor<64x64xf32>, tensor<64x64xf16>
}

// Rows of C that are no multiple of 16 bytes are written without a map.
// CHECK-LABEL: @odd_columns
func.func private @odd_columns(%a: tensor<1024x64xf16>, %w: tensor<131x64xf16>) -> tensor<1024x131xf32> {
  %p = infer.gemm %a, %w {trans_b = true} : (tensor<1024x64xf16>, tensor<131x64xf16>) -> tensor<1024x131xf16>
  // CHECK: maps [#plan.tensor_map<0, {{[^#]*}}, #plan.tensor_map<1, {{[^#]*}}]
  %f = infer.cast %p {to = f32} : (tensor<1024x131xf16>) -> tensor<1024x131xf32>
  return %f : tensor<1024x131xf32>
}

// ONNX's QuantizeLinear after a MatMul, with a scale that is computed before. Bytes are bytes, whatever their sign.
// CHECK-LABEL: @quantised
// CHECK-SAME: %[[C:[a-z0-9]*]]: memref<1024x256xui8>)
func.func private @quantised(%a: tensor<1024x64xf16>, %w: tensor<64x256xf16>, %s: tensor<f16>) -> tensor<1024x256xui8> {
  // CHECK: plan.launch @[[$QUANTISED:product_[0-9]+]] {{.*}} #plan.tensor_map<3, i8, box = [
  %p = infer.mat_mul %a, %w : (tensor<1024x64xf16>, tensor<64x256xf16>) -> tensor<1024x256xf16>
  %q = infer.div %p, %s : (tensor<1024x256xf16>, tensor<f16>) -> tensor<1024x256xf16>
  %r = infer.round %q : (tensor<1024x256xf16>) -> tensor<1024x256xf16>
  %z = infer.constant dense<128.0> : tensor<f16>
  %o = infer.add %r, %z : (tensor<1024x256xf16>, tensor<f16>) -> tensor<1024x256xf16>
  %y = infer.cast %o {to = ui8} : (tensor<1024x256xf16>) -> tensor<1024x256xui8>
  return %y : tensor<1024x256xui8>
}

// CHECK: module @kernels
// CHECK: tile.kernel @product_0
// CHECK: tile.kernel @[[$SPLIT]]({{.*}}cluster = 8
// Twelve batches share a row of the mask.
// CHECK: tile.kernel @[[$MASKED]](
// CHECK: arith.divui %{{.*}}, %c12
// CHECK: llvm.getelementptr
// CHECK: tile.kernel @[[$SCALED]](
// CHECK: arith.mulf
// CHECK: arith.mulf
// CHECK: arith.addf
// CHECK: tile.kernel @[[$TWO]](
// CHECK: tile.write
// CHECK: tile.kernel @[[$QUANTISED]](
// CHECK: tile.read {{.*}} as f16 : <1x1xf32>
// CHECK: math.roundeven
// CHECK: arith.extui %{{.*}} : i8 to i32
// CHECK: tile.write_shared {{.*}}xi32> to
