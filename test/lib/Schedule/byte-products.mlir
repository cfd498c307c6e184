// Products of 8-bit integers on tensor cores.
// RUN: tenon-opt %s --schedule-tile-products | FileCheck %s

// Bytes of two signs; what zero points take from the sums is i32, and a dynamic scale one value of f32.
// CHECK-LABEL: @bytes
func.func private @bytes(%a: tensor<1024x64xui8>, %w: tensor<256x64xi8>, %z: tensor<1x256xi32>, %s: tensor<f32>) -> tensor<1024x256xf32> {
  // CHECK: plan.launch @[[$BYTES:product_[0-9]+]] {{.*}} maps [#plan.tensor_map<0, i8, {{.*}} #plan.tensor_map<1, i8, {{.*}} #plan.tensor_map<4, f32,
  %p = infer.gemm %a, %w {trans_b = true} : (tensor<1024x64xui8>, tensor<256x64xi8>) -> tensor<1024x256xi32>
  %c = infer.sub %p, %z : (tensor<1024x256xi32>, tensor<1x256xi32>) -> tensor<1024x256xi32>
  %f = infer.cast %c {to = f32} : (tensor<1024x256xi32>) -> tensor<1024x256xf32>
  %y = infer.mul %f, %s : (tensor<1024x256xf32>, tensor<f32>) -> tensor<1024x256xf32>
  return %y : tensor<1024x256xf32>
}

// Rows of bytes that the copy engine cannot take are padded, and bytes along M or N turned. Where there is little to compute the generic
// schedule needs no launch before.
// CHECK-LABEL: @ragged_bytes
// CHECK-SAME: (%[[A:[^:]*]]: memref<4000x1001xi8>, %[[W:[^:]*]]: memref<1001x4000xi8>,
func.func private @ragged_bytes(%a: tensor<4000x1001xi8>, %w: tensor<1001x4000xi8>) -> tensor<4000x4000xi32> {
  // CHECK: %[[TURNED:.*]] = plan.alloc %c4096000
  // CHECK: plan.launch @turn_rows_of_bytes {{.*}} buffers(%[[W]], %[[TURNED]] {{.*}} scalars(%c1001{{.*}}, %c4000{{.*}}, %c1{{(_[0-9]+)?}})
  // CHECK: %[[PADDED:.*]] = plan.alloc %c4096000
  // CHECK: plan.launch @pad_rows {{.*}} buffers(%[[A]], %[[PADDED]]
  // CHECK: plan.launch @product_{{[0-9]+}} {{.*}} buffers(%[[PADDED]], %[[TURNED]],
  %p = infer.gemm %a, %w : (tensor<4000x1001xi8>, tensor<1001x4000xi8>) -> tensor<4000x4000xi32>
  return %p : tensor<4000x4000xi32>
}

// A product of the type of its operands is no sum of bytes.
// CHECK-LABEL: @bytes_of_bytes
func.func private @bytes_of_bytes(%a: tensor<3000x512xi8>, %w: tensor<512x2640xi8>) -> tensor<3000x2640xi8> {
  // CHECK: infer.mat_mul
  %p = infer.mat_mul %a, %w : (tensor<3000x512xi8>, tensor<512x2640xi8>) -> tensor<3000x2640xi8>
  return %p : tensor<3000x2640xi8>
}

// CHECK-LABEL: @other_bytes
func.func private @other_bytes(%a: tensor<64x40xi8>, %w: tensor<64x40xi8>) -> tensor<64x64xi32> {
  // CHECK: infer.gemm
  %p = infer.gemm %a, %w {trans_b = true} : (tensor<64x40xi8>, tensor<64x40xi8>) -> tensor<64x64xi32>
  return %p : tensor<64x64xi32>
}

// CHECK-LABEL: @added_bytes
func.func private @added_bytes(%a: tensor<64x64xi8>, %w: tensor<64x64xi8>, %c: tensor<64xi32>) -> tensor<64x64xi32> {
  // CHECK: infer.gemm
  %p = infer.gemm %a, %w, %c {trans_b = true} : (tensor<64x64xi8>, tensor<64x64xi8>, tensor<64xi32>) -> tensor<64x64xi32>
  return %p : tensor<64x64xi32>
}

// CHECK-LABEL: @too_long
func.func private @too_long(%a: tensor<1x4294967360xi8>, %w: tensor<1x4294967360xi8>) -> tensor<1x1xi32> {
  // CHECK: infer.gemm
  %p = infer.gemm %a, %w {trans_b = true} : (tensor<1x4294967360xi8>, tensor<1x4294967360xi8>) -> tensor<1x1xi32>
  return %p : tensor<1x1xi32>
}

// CHECK: tile.kernel @[[$BYTES]](
// CHECK: tile.mma {{.*}} : !tile.smem<{{.*}}xui8, {{.*}}>, <{{.*}}xi8, {{.*}}> -> <64x{{.*}}xi32>
// CHECK: tile.map
// CHECK: arith.subi
// CHECK: arith.sitofp
