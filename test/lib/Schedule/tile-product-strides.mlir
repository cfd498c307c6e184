// Rows that the copy engine cannot move, and those of which only the run knows whether it can.
// RUN: tenon-opt %s --schedule-tile-products | FileCheck %s

#heads = affine_map<()[s0, s1] -> (s0, 12, s1, 64)>
#turned = affine_map<()[s0, s1] -> (s0, 12, 64, s1)>
#mask = affine_map<()[s0, s1] -> (s0, 1, s1, s1)>
#scores = affine_map<()[s0, s1] -> (s0, 12, s1, s1)>

// Scores of attention, N unknown: rows of B and of C are 2 N and 4 N bytes. One kernel asks the copy engine for A alone, the last ones take
// B from a copy.
// CHECK-LABEL: func.func private @unknown_columns
// CHECK-SAME: (%[[A:.*]]: memref<?x12x?x64xf16>, %[[B:.*]]: memref<?x12x64x?xf16>, %[[X:.*]]: memref<?x1x?x?xf32>, {{.*}}, %[[C:.*]]: memref<?x12x?x?xf32>)
func.func private @unknown_columns(%a: tensor<?x12x?x64xf16>, %b: tensor<?x12x64x?xf16>, %x: tensor<?x1x?x?xf32>, %n: index, %s: index) -> tensor<?x12x?x?xf32> {
  infer.bind_shape %a, [%n, %s], #heads : tensor<?x12x?x64xf16>
  infer.bind_shape %b, [%n, %s], #turned : tensor<?x12x64x?xf16>
  infer.bind_shape %x, [%n, %s], #mask : tensor<?x1x?x?xf32>
  %p = infer.mat_mul %a, %b : (tensor<?x12x?x64xf16>, tensor<?x12x64x?xf16>) -> tensor<?x12x?x?xf16>
  infer.bind_shape %p, [%n, %s], #scores : tensor<?x12x?x?xf16>
  %f = infer.cast %p {to = f32} : (tensor<?x12x?x?xf16>) -> tensor<?x12x?x?xf32>
  // CHECK: %[[N:.*]] = memref.dim %[[B]], %c3
  // CHECK: %[[ROW_B:.*]] = arith.muli %[[N]], %c2
  // CHECK: %[[REST_B:.*]] = arith.remsi %[[ROW_B]], %c16
  // CHECK: %[[FITS_B:.*]] = arith.cmpi eq, %[[REST_B]], %c0
  // CHECK: %[[ROW_C:.*]] = arith.muli %[[N]], %c4
  // CHECK: %[[REST_C:.*]] = arith.remsi %[[ROW_C]], %c16
  // CHECK: %[[FITS_C:.*]] = arith.cmpi eq, %[[REST_C]], %c0
  // CHECK: %[[FITS:.*]] = arith.andi %[[FITS_B]], %[[FITS_C]]
  // CHECK: arith.select %[[FITS]], %{{.*}}, %c9223372036854775807
  // CHECK: plan.launch @product_0 {{.*}} maps [#plan.tensor_map<0, {{[^#]*}}#plan.tensor_map<1, {{[^#]*}}#plan.tensor_map<3,
  // CHECK: plan.launch @[[$COLUMNS:product_[0-9]+]] {{.*}} buffers(%[[A]], %[[B]], %[[X]], %[[C]] : {{.*}} maps [#plan.tensor_map<0, {{[^#]*}}](
  // CHECK: return
  %y = infer.add %f, %x : (tensor<?x12x?x?xf32>, tensor<?x1x?x?xf32>) -> tensor<?x12x?x?xf32>
  return %y : tensor<?x12x?x?xf32>
}

// Weighted sums of attention, K unknown: neither A nor B can be copied if there is nothing to sum.
// CHECK-LABEL: func.func private @unknown_sums
func.func private @unknown_sums(%a: tensor<?x12x?x?xf16>, %b: tensor<?x12x?x64xf16>, %n: index, %s: index) -> tensor<?x12x?x64xf16> {
  infer.bind_shape %a, [%n, %s], #scores : tensor<?x12x?x?xf16>
  infer.bind_shape %b, [%n, %s], #heads : tensor<?x12x?x64xf16>
  // CHECK: %[[K:.*]] = memref.dim %{{.*}}, %c2{{.*}} : memref<?x12x?x64xf16>
  // CHECK: %[[FITS:.*]] = arith.cmpi eq
  // CHECK: %[[IS_ANY:.*]] = arith.cmpi sgt, %[[K]], %c0
  // CHECK: arith.andi %[[FITS]], %[[IS_ANY]]
  // CHECK: plan.launch @{{.*}} maps [#plan.tensor_map<0,
  // CHECK: plan.launch @[[$SUMS:product_[0-9]+]] {{.*}} maps [#plan.tensor_map<2, {{[^#]*}}](
  // CHECK: return
  %y = infer.mat_mul %a, %b : (tensor<?x12x?x?xf16>, tensor<?x12x?x64xf16>) -> tensor<?x12x?x64xf16>
  return %y : tensor<?x12x?x64xf16>
}

// M unknown too, but no batch: kernels for few rows are among the choices, each with a condition of its own.
// CHECK-LABEL: func.func private @unknown_rows
func.func private @unknown_rows(%a: tensor<?x64xf16>, %b: tensor<64x?xf16>, %m: index, %n: index) -> tensor<?x?xf16> {
  infer.bind_shape %a, [%m], affine_map<()[s0] -> (s0, 64)> : tensor<?x64xf16>
  infer.bind_shape %b, [%n], affine_map<()[s0] -> (64, s0)> : tensor<64x?xf16>
  // CHECK: %[[IS_FEW:.*]] = arith.cmpi sle, %{{.*}}, %c16
  // CHECK: %[[FITS:.*]] = arith.cmpi eq
  // CHECK: arith.andi %[[IS_FEW]], %[[FITS]]
  // CHECK: plan.launch
  %y = infer.mat_mul %a, %b : (tensor<?x64xf16>, tensor<64x?xf16>) -> tensor<?x?xf16>
  return %y : tensor<?x?xf16>
}

// Sizes are known: so is the kernel.
// CHECK-LABEL: func.func private @odd_columns
func.func private @odd_columns(%a: tensor<2x12x197x64xf16>, %b: tensor<2x12x64x197xf16>) -> tensor<2x12x197x197xf16> {
  // CHECK-NOT: arith.select
  // CHECK: plan.launch @{{.*}} maps [#plan.tensor_map<0, {{[^#]*}}](
  // CHECK-NEXT: return
  %y = infer.mat_mul %a, %b : (tensor<2x12x197x64xf16>, tensor<2x12x64x197xf16>) -> tensor<2x12x197x197xf16>
  return %y : tensor<2x12x197x197xf16>
}

// CHECK-LABEL: func.func private @odd_sums
func.func private @odd_sums(%a: tensor<64x303xf16>, %b: tensor<303x64xf16>) -> tensor<64x64xf16> {
  // CHECK: plan.launch @{{.*}} maps [#plan.tensor_map<1, {{[^#]*}}#plan.tensor_map<2, {{[^#]*}}](
  // CHECK-NEXT: return
  %y = infer.mat_mul %a, %b : (tensor<64x303xf16>, tensor<303x64xf16>) -> tensor<64x64xf16>
  return %y : tensor<64x64xf16>
}

// CHECK-LABEL: func.func private @odd_rows
func.func private @odd_rows(%a: tensor<304x63xf16>, %b: tensor<304x64xf16>) -> tensor<63x64xf16> {
  // CHECK: plan.launch @{{.*}} maps [#plan.tensor_map<1, {{[^#]*}}#plan.tensor_map<2, {{[^#]*}}](
  // CHECK-NEXT: return
  %y = infer.gemm %a, %b {trans_a = true} : (tensor<304x63xf16>, tensor<304x64xf16>) -> tensor<63x64xf16>
  return %y : tensor<63x64xf16>
}

// CHECK: tile.kernel @[[$COLUMNS]]({{.*}}: !tile.descriptor<128x64xf16
// CHECK-NOT: cuda.persistent
// CHECK: tile.role "producer"
// The matrix of the batch, then its part; what is read is in place before the copy engine is asked for A.
// CHECK: tile.read %{{.*}} as f16 : <64x64xf32, #tile.layout
// CHECK: tile.wait %{{.*}} previous
// CHECK: tile.write_shared
// CHECK-NEXT: tile.fence
// CHECK-NEXT: tile.sync{{ +}}warpgroup
// CHECK-NEXT: tile.elect
// CHECK-NEXT: tile.expect %{{.*}}, 16384
// CHECK-NEXT: tile.load
// Sums of nothing have a step too.
// CHECK: tile.kernel @[[$SUMS]](
// CHECK: arith.maxui
// CHECK: tile.role "producer"
// CHECK-COUNT-2: tile.read
// CHECK: tile.elect
// CHECK-NEXT: tile.arrive
