// Products of few rows: tiles of all of them, parts of the sums, slices by asynchronous copies. Values: block-check-few-rows.mlir.
// RUN: tenon-opt %s --schedule-gpu --split-input-file | FileCheck %s --check-prefix=TILES
// RUN: tenon-opt %s --gpu-distribute-kernels --canonicalize --split-input-file | FileCheck %s
// RUN: tenon-opt %s --gpu-distribute-kernels=shared-bytes=61439 --split-input-file | FileCheck %s --check-prefix=LESS

#a = affine_map<(m, n, k) -> (m, k)>
#bt = affine_map<(m, n, k) -> (n, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
// 64 tiles in four parts: two blocks for almost all of 132 multiprocessors.
// TILES-LABEL: func.func private @weights(
// TILES: scf.forall {{.*}} = (0, 0) to (4, 4096) step (1, 64)
// TILES: schedule.product = array<i64: 16, 1, 64, 16, 8, 1>
func.func private @weights(%x: tensor<16x14336xf32>, %w: tensor<4096x14336xf32>) -> tensor<16x4096xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<16x4096xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<16x4096xf32>) -> tensor<16x4096xf32>
  %p = linalg.generic {indexing_maps = [#a, #bt, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<16x14336xf32>, tensor<4096x14336xf32>) outs(%f : tensor<16x4096xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<16x4096xf32>
  return %p : tensor<16x4096xf32>
}
// Two rows are a product too, in a tile of four.
// TILES-LABEL: func.func private @two(
// TILES: scf.forall {{.*}} to (8192) step (64)
// TILES: schedule.product = array<i64: 4, 1, 64, 16, 4, 0>
func.func private @two(%x: tensor<2x128xf32>, %w: tensor<128x8192xf32>) -> tensor<2x8192xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x8192xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x8192xf32>) -> tensor<2x8192xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<2x128xf32>, tensor<128x8192xf32>) outs(%f : tensor<2x8192xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<2x8192xf32>
  return %p : tensor<2x8192xf32>
}
// Sums that are no two slices.
// TILES-LABEL: func.func private @no_short(
// TILES: schedule.product = array<i64: 32, 1, 32, 8, 1, 0>
func.func private @no_short(%x: tensor<16x96xf32>, %w: tensor<96x8192xf32>) -> tensor<16x8192xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<16x8192xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<16x8192xf32>) -> tensor<16x8192xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<16x96xf32>, tensor<96x8192xf32>) outs(%f : tensor<16x8192xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<16x8192xf32>
  return %p : tensor<16x8192xf32>
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#bt = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>
// Rings of three slices of 64 products, and in the same place the sums of eight groups. A thread copies a chunk of the rows and four of the
// columns; of 16 squares of products a group multiplies two, of 8 rows and 4 columns.
// CHECK-LABEL: func.func @ring(
// CHECK: plan.launch {{.*}} scratch(%c61440)
// CHECK: func.func @ring_kernel{{.*}}cuda.min_blocks = 2
// CHECK: %[[ALL:.*]] = memref.view {{.*}} to memref<61440xi8, #gpu.address_space<workgroup>>
// CHECK: %[[A:.*]] = memref.view %[[ALL]][%c0][] {{.*}} to memref<3x16x64xf32, #gpu.address_space<workgroup>>
// CHECK: %[[B:.*]] = memref.view %[[ALL]][%c12288][] {{.*}} to memref<3x64x64xf32, #gpu.address_space<workgroup>>
// CHECK: nvgpu.device_async_copy %arg0[{{.*}}], %[[A]][%c0, {{.*}}], 4 {bypassL1}
// CHECK-COUNT-4: nvgpu.device_async_copy %arg1[{{.*}}], %[[B]][%c0, {{.*}}], 4 {bypassL1}
// CHECK-NEXT: nvgpu.device_async_create_group
// CHECK-COUNT-5: nvgpu.device_async_copy {{.*}}[%c1, {{.*}}], 4 {bypassL1}
// CHECK-NEXT: %[[GROUP:.*]] = nvgpu.device_async_create_group
// CHECK-NEXT: nvgpu.device_async_wait %[[GROUP]] {numGroups = 1 : i32}
// CHECK-NEXT: gpu.barrier
// CHECK: scf.for {{.*}} = %c0 to %c512 step %c64
// CHECK-COUNT-5: nvgpu.device_async_copy
// CHECK: vector.load %[[B]]{{.*}} {alignment = 16 : i64} {{.*}} vector<4xf32>
// CHECK-COUNT-64: vector.fma {{.*}} : vector<4xf32>
// CHECK-NOT: vector.fma
// CHECK: nvgpu.device_async_wait
// CHECK-NEXT: gpu.barrier
// CHECK: %[[SUMS:.*]] = memref.view %[[ALL]][%c0][] {{.*}} to memref<8x16x64xf32, #gpu.address_space<workgroup>>
// CHECK-COUNT-8: vector.store {{.*}}, %[[SUMS]]
// CHECK: gpu.barrier
// CHECK: vector.load %[[SUMS]][%c0,
// CHECK-COUNT-7: arith.addf {{.*}} : vector<4xf32>
// CHECK-NOT: arith.addf
// CHECK: vector.store {{.*}}, %arg2
// CHECK: gpu.barrier
//
// One byte less than that is too little: slices go through registers.
// LESS-LABEL: func.func @ring(
// LESS-NOT: nvgpu.device_async_copy
// LESS: memref<2x16x68xf32
// LESS-NOT: nvgpu.device_async_copy
module {
func.func @ring(%a: memref<16x512xf32>, %b: memref<64x512xf32>, %c: memref<16x64xf32>) {
  %one = arith.constant 1 : index
  %bytes = arith.constant 0 : index
  plan.launch @ring_kernel grid(%one, %one, %one) scratch(%bytes) buffers(%a, %b, %c : memref<16x512xf32>, memref<64x512xf32>, memref<16x64xf32>) {writes = array<i1: false, false, true>}
  return
}
module @kernels {
  func.func @ring_kernel(%a: memref<16x512xf32>, %b: memref<64x512xf32>, %c: memref<16x64xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    linalg.generic {indexing_maps = [#a, #bt, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %b : memref<16x512xf32>, memref<64x512xf32>) outs(%c : memref<16x64xf32>) attrs = {schedule.product = array<i64: 16, 1, 64, 16, 8, 0>} {
    ^bb0(%l: f32, %r: f32, %o: f32):
      %t = arith.mulf %l, %r : f32
      %u = arith.addf %o, %t : f32
      linalg.yield %u : f32
    }
    return
  }
}
}
