// Products of f32 whose leading bits are multiplied as tf32, which is asked for.
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-tile-products{tf32=true})" | FileCheck %s
// RUN: tenon-opt %s --schedule-tile-products | FileCheck %s --check-prefix=UNASKED

// Rows along K, as the tensor cores read them.
// CHECK-LABEL: @linear
// UNASKED-LABEL: @linear
func.func private @linear(%a: tensor<?x256xf32>, %w: tensor<512x256xf32>, %c: tensor<512xf32>, %n: index) -> tensor<?x512xf32> {
  // CHECK-NOT: plan.alloc
  // CHECK: plan.launch @product_0
  // CHECK: plan.launch @product_1
  // UNASKED: infer.gemm
  infer.bind_shape %a, [%n], affine_map<()[s0] -> (s0, 256)> : tensor<?x256xf32>
  %y = infer.gemm %a, %w, %c {trans_b = true} : (tensor<?x256xf32>, tensor<512x256xf32>, tensor<512xf32>) -> tensor<?x512xf32>
  return %y : tensor<?x512xf32>
}

// Other layouts are copied to such rows; all choices take the same copy.
// CHECK-LABEL: @turned
// CHECK-SAME: (%{{[^:]*}}: memref<?x64xf32>, %[[W:[^:]*]]: memref<64x300xf32>,
func.func private @turned(%a: tensor<?x64xf32>, %w: tensor<64x300xf32>, %n: index) -> tensor<?x300xf32> {
  // CHECK: %[[COPY:.*]] = plan.alloc
  // CHECK: plan.launch @turn_rows_of_words {{.*}} buffers(%[[W]], %[[COPY]]
  // CHECK-NOT: turn_rows
  // CHECK: plan.launch @product_{{[0-9]+}} {{.*}} buffers(%{{[^,]*}}, %[[COPY]],
  infer.bind_shape %a, [%n], affine_map<()[s0] -> (s0, 64)> : tensor<?x64xf32>
  %y = infer.mat_mul %a, %w : (tensor<?x64xf32>, tensor<64x300xf32>) -> tensor<?x300xf32>
  return %y : tensor<?x300xf32>
}

// Both, with sums of no whole 16 bytes.
// CHECK-LABEL: @both
func.func private @both(%a: tensor<2049x1201xf32>, %w: tensor<1503x2049xf32>) -> tensor<1201x1503xf32> {
  // CHECK: %[[A:.*]] = plan.alloc
  // CHECK: plan.launch @turn_rows_of_words {{.*}} buffers(%{{[^,]*}}, %[[A]] {{.*}} scalars(%c2049{{.*}}, %c1201{{.*}}, %c1
  // CHECK: %[[B:.*]] = plan.alloc
  // CHECK: plan.launch @pad_rows {{.*}} buffers(%{{[^,]*}}, %[[B]]
  // CHECK: plan.launch @product_{{[0-9]+}} {{.*}} buffers(%[[A]], %[[B]],
  %y = infer.gemm %a, %w {trans_a = true, trans_b = true} : (tensor<2049x1201xf32>, tensor<1503x2049xf32>) -> tensor<1201x1503xf32>
  return %y : tensor<1201x1503xf32>
}

// Where a launch before costs more than it saves, and where the sums are of unknown length, the generic schedule stays.
// CHECK-LABEL: @little
func.func private @little(%a: tensor<33x65xf32>, %w: tensor<65x129xf32>) -> tensor<33x129xf32> {
  // CHECK: infer.mat_mul
  %y = infer.mat_mul %a, %w : (tensor<33x65xf32>, tensor<65x129xf32>) -> tensor<33x129xf32>
  return %y : tensor<33x129xf32>
}

// Angles of rotary embeddings: nothing is summed, and all of f32 counts.
// CHECK-LABEL: @angles
func.func private @angles(%a: tensor<8192x1xf32>, %w: tensor<512x1xf32>) -> tensor<8192x512xf32> {
  // CHECK: infer.gemm
  %y = infer.gemm %a, %w {trans_b = true} : (tensor<8192x1xf32>, tensor<512x1xf32>) -> tensor<8192x512xf32>
  return %y : tensor<8192x512xf32>
}

// CHECK-LABEL: @open_sums
func.func private @open_sums(%a: tensor<2048x?xf32>, %w: tensor<?x512xf32>, %k: index) -> tensor<2048x512xf32> {
  // CHECK: infer.mat_mul
  infer.bind_shape %a, [%k], affine_map<()[s0] -> (2048, s0)> : tensor<2048x?xf32>
  infer.bind_shape %w, [%k], affine_map<()[s0] -> (s0, 512)> : tensor<?x512xf32>
  %y = infer.mat_mul %a, %w : (tensor<2048x?xf32>, tensor<?x512xf32>) -> tensor<2048x512xf32>
  return %y : tensor<2048x512xf32>
}

// CHECK-LABEL: @nothing
func.func private @nothing(%a: tensor<0x2048xf32>, %w: tensor<2048x512xf32>) -> tensor<0x512xf32> {
  // CHECK: infer.mat_mul
  %y = infer.mat_mul %a, %w : (tensor<0x2048xf32>, tensor<2048x512xf32>) -> tensor<0x512xf32>
  return %y : tensor<0x512xf32>
}

// CHECK: tile.kernel @turn_rows_of_words
