// Products of short floats whose operands come to shared memory by asynchronous copies. What values they give: block-check.mlir.
// RUN: tenon-opt %s --gpu-distribute-kernels --canonicalize --split-input-file | FileCheck %s
// RUN: tenon-opt %s --gpu-distribute-kernels=shared-bytes=49151 --split-input-file | FileCheck %s --check-prefix=LESS

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#bt = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>
// Three stages of slices of 32 products. Two slices, of two chunks a thread and operand, are on their way before the first is waited for;
// in the loop the third is started, if there is one, and the one but last group may still be under way when the next slice is multiplied.
// CHECK-LABEL: func.func @ring(
// CHECK: plan.launch {{.*}} scratch(%c49152)
// CHECK: func.func @ring_kernel
// CHECK-DAG: %[[A:.*]] = memref.view {{.*}} to memref<3x128x32xf16, #gpu.address_space<workgroup>>
// CHECK-DAG: %[[B:.*]] = memref.view {{.*}} to memref<3x32x128xf16, #gpu.address_space<workgroup>>
// CHECK-COUNT-2: nvgpu.device_async_copy %arg0[{{.*}}], %[[A]][%c0, {{.*}}], 8 {bypassL1}
// CHECK-COUNT-2: nvgpu.device_async_copy %arg1[{{.*}}], %[[B]][%c0, {{.*}}], 8 {bypassL1}
// CHECK-NEXT: nvgpu.device_async_create_group
// CHECK-COUNT-4: nvgpu.device_async_copy {{.*}}, %{{.*}}[%c1, {{.*}}], 8 {bypassL1}
// CHECK-NEXT: %[[GROUP:.*]] = nvgpu.device_async_create_group
// CHECK-NEXT: nvgpu.device_async_wait %[[GROUP]] {numGroups = 1 : i32}
// CHECK-NEXT: gpu.barrier
// CHECK: scf.for %[[FIRST:.*]] = %c0 to %c768 step %c32 iter_args({{.*}}, %[[STAGE:.*]] = %c0, %[[FREE:.*]] = %c2) ->
// CHECK-NEXT: %[[AHEAD:.*]] = arith.addi %[[FIRST]], %c64
// CHECK-NEXT: %[[INSIDE:.*]] = arith.cmpi slt, %[[AHEAD]], %c768
// CHECK-NEXT: scf.if %[[INSIDE]]
// CHECK-COUNT-4: nvgpu.device_async_copy {{.*}}[%[[FREE]], {{.*}}], 8 {bypassL1}
// CHECK-NEXT: }
// CHECK-NEXT: %[[GROUP:.*]] = nvgpu.device_async_create_group
// CHECK-COUNT-2: nvgpu.ldmatrix %[[B]][%[[STAGE]], {{.*}}] {numTiles = 4 : i32, transpose = true}
// CHECK-COUNT-4: nvgpu.ldmatrix %[[A]][%[[STAGE]], {{.*}}] {numTiles = 4 : i32, transpose = false}
// CHECK-COUNT-16: nvgpu.mma.sync
// CHECK-COUNT-6: nvgpu.ldmatrix
// CHECK-COUNT-16: nvgpu.mma.sync
// CHECK-NEXT: nvgpu.device_async_wait %[[GROUP]] {numGroups = 1 : i32}
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: %[[LAST:.*]] = arith.cmpi eq, %[[STAGE]], %c2
// CHECK: %[[NEXT:.*]] = arith.select %[[LAST]], %c0,
// CHECK: scf.yield {{.*}}, %[[NEXT]], %[[STAGE]] :
// CHECK-NOT: nvgpu
//
// One byte less than that is too little: as without vectors.
// LESS-LABEL: func.func @ring(
// LESS-NOT: nvgpu.device_async_copy
// LESS: vector.interleave {{.*}} : vector<8xf16> -> vector<16xf16>
// LESS: nvgpu.mma.sync
module {
func.func @ring(%a: memref<128x768xf16>, %b: memref<768x128xf16>, %c: memref<128x128xf32>) {
  %one = arith.constant 1 : index
  %bytes = arith.constant 0 : index
  plan.launch @ring_kernel grid(%one, %one, %one) scratch(%bytes) buffers(%a, %b, %c : memref<128x768xf16>, memref<768x128xf16>, memref<128x128xf32>) {writes = array<i1: false, false, true>}
  return
}
module @kernels {
  func.func @ring_kernel(%a: memref<128x768xf16>, %b: memref<768x128xf16>, %c: memref<128x128xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %b : memref<128x768xf16>, memref<768x128xf16>) outs(%c : memref<128x128xf32>) attrs = {schedule.product = array<i64: 128, 1, 128, 32, 1, 0>} {
    ^bb0(%l: f16, %r: f16, %o: f32):
      %s = arith.extf %l : f16 to f32
      %v = arith.extf %r : f16 to f32
      %t = arith.mulf %s, %v : f32
      %u = arith.addf %o, %t : f32
      linalg.yield %u : f32
    }
    return
  }
}
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#bt = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>
// The second slice of 64 products ends after 8 of them: beyond are zeros, of no element read. A ring is no longer than the product.
// CHECK-LABEL: func.func @zeros(
// CHECK: func.func @zeros_kernel
// CHECK: memref.view {{.*}} to memref<2x32x64xbf16, #gpu.address_space<workgroup>>
// CHECK: %[[INSIDE:.*]] = arith.cmpi slt, %{{.*}}, %c72
// CHECK: %[[COUNT:.*]] = arith.select %[[INSIDE]], %c8, %c0
// CHECK: nvgpu.device_async_copy {{.*}}, 8, %[[COUNT]] {bypassL1}
// CHECK: nvgpu.device_async_wait %{{.*}} {numGroups = 0 : i32}
// A warp of one fragment of columns reads two tiles.
// CHECK: scf.for
// CHECK: nvgpu.ldmatrix {{.*}} {numTiles = 2 : i32, transpose = false} : {{.*}} -> vector<2x2xbf16>
// CHECK: nvgpu.mma.sync({{.*}}) {{.*}} : (vector<4x2xbf16>, vector<2x2xbf16>, vector<2x2xf32>) -> vector<2x2xf32>
module {
func.func @zeros(%a: memref<32x72xbf16>, %b: memref<32x72xbf16>, %c: memref<32x32xf32>) {
  %one = arith.constant 1 : index
  %bytes = arith.constant 0 : index
  plan.launch @zeros_kernel grid(%one, %one, %one) scratch(%bytes) buffers(%a, %b, %c : memref<32x72xbf16>, memref<32x72xbf16>, memref<32x32xf32>) {writes = array<i1: false, false, true>}
  return
}
module @kernels {
  func.func @zeros_kernel(%a: memref<32x72xbf16>, %b: memref<32x72xbf16>, %c: memref<32x32xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    linalg.generic {indexing_maps = [#a, #bt, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %b : memref<32x72xbf16>, memref<32x72xbf16>) outs(%c : memref<32x32xf32>) attrs = {schedule.product = array<i64: 32, 1, 32, 8, 1, 0>} {
    ^bb0(%l: bf16, %r: bf16, %o: f32):
      %s = arith.extf %l : bf16 to f32
      %v = arith.extf %r : bf16 to f32
      %t = arith.mulf %s, %v : f32
      %u = arith.addf %o, %t : f32
      linalg.yield %u : f32
    }
    return
  }
}
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#bt = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>
// Rows of an odd number of elements begin anywhere.
// CHECK-LABEL: func.func @no_vectors(
// CHECK: func.func @no_vectors_kernel
// CHECK-NOT: nvgpu.device_async_copy
// CHECK: memref.load {{.*}} : memref<64x197xf16>
// CHECK: nvgpu.mma.sync
module {
func.func @no_vectors(%a: memref<64x64xf16>, %b: memref<64x197xf16>, %c: memref<64x197xf32>) {
  %one = arith.constant 1 : index
  %bytes = arith.constant 0 : index
  plan.launch @no_vectors_kernel grid(%one, %one, %one) scratch(%bytes) buffers(%a, %b, %c : memref<64x64xf16>, memref<64x197xf16>, memref<64x197xf32>) {writes = array<i1: false, false, true>}
  return
}
module @kernels {
  func.func @no_vectors_kernel(%a: memref<64x64xf16>, %b: memref<64x197xf16>, %c: memref<64x197xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %b : memref<64x64xf16>, memref<64x197xf16>) outs(%c : memref<64x197xf32>) attrs = {schedule.product = array<i64: 64, 1, 64, 16, 1, 0>} {
    ^bb0(%l: f16, %r: f16, %o: f32):
      %s = arith.extf %l : f16 to f32
      %v = arith.extf %r : f16 to f32
      %t = arith.mulf %s, %v : f32
      %u = arith.addf %o, %t : f32
      linalg.yield %u : f32
    }
    return
  }
}
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#bt = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>
// An operand that is shared memory itself.
// CHECK-LABEL: func.func @no_copy_within_shared_memory(
// CHECK: func.func @no_copy_within_shared_memory_kernel
// CHECK-NOT: nvgpu.device_async_copy
// CHECK: nvgpu.mma.sync
module {
func.func @no_copy_within_shared_memory(%a: memref<32x64xf16>, %b: memref<64x32xf16>, %c: memref<32x32xf32>) {
  %one = arith.constant 1 : index
  %bytes = arith.constant 4096 : index
  plan.launch @no_copy_within_shared_memory_kernel grid(%one, %one, %one) scratch(%bytes) buffers(%a, %b, %c : memref<32x64xf16>, memref<64x32xf16>, memref<32x32xf32>) {writes = array<i1: false, false, true>}
  return
}
module @kernels {
  func.func @no_copy_within_shared_memory_kernel(%a: memref<32x64xf16>, %b: memref<64x32xf16>, %c: memref<32x32xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    %zero = arith.constant 0 : index
    %f = arith.constant 1.0 : f16
    %held = memref.view %scratch[%zero][] : memref<?xi8> to memref<32x64xf16>
    linalg.fill ins(%f : f16) outs(%held : memref<32x64xf16>)
    linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%held, %b : memref<32x64xf16>, memref<64x32xf16>) outs(%c : memref<32x32xf32>) attrs = {schedule.product = array<i64: 32, 1, 32, 8, 1, 0>} {
    ^bb0(%l: f16, %r: f16, %o: f32):
      %s = arith.extf %l : f16 to f32
      %v = arith.extf %r : f16 to f32
      %t = arith.mulf %s, %v : f32
      %u = arith.addf %o, %t : f32
      linalg.yield %u : f32
    }
    return
  }
}
}
