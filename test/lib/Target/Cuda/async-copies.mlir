// Asynchronous copies of chunks, and tiles of them -> cp.async and ldmatrix, in functions of either index width.
// RUN: tenon-opt %s --cuda-lower-to-nvvm --split-input-file | FileCheck %s

// CHECK-LABEL: llvm.func @copy(
// CHECK: nvvm.cp.async.shared.global %{{.*}}, %{{.*}}, 16, cache = cg : !llvm.ptr<3>, !llvm.ptr<1>
// CHECK: nvvm.cp.async.commit.group
// CHECK: nvvm.cp.async.wait.group 2
func.func @copy(%x: memref<64x64xf16>, %y: memref<3x64x64xf16, #gpu.address_space<workgroup>>, %i: index) attributes {cuda.index_bits = 32 : i32} {
  %0 = nvgpu.device_async_copy %x[%i, %i], %y[%i, %i, %i], 8 {bypassL1} : memref<64x64xf16> to memref<3x64x64xf16, #gpu.address_space<workgroup>>
  %1 = nvgpu.device_async_create_group
  nvgpu.device_async_wait %1 {numGroups = 2 : i32}
  return
}

// -----

// As many bytes as there are; the others of 16 are zeros.
// CHECK-LABEL: llvm.func @bytes(
// CHECK: %[[BITS:.*]] = llvm.mul {{.*}} : i32
// CHECK: %[[BYTES:.*]] = llvm.lshr %[[BITS]],
// CHECK: nvvm.cp.async.shared.global %{{.*}}, %{{.*}}, 16, cache = cg, %[[BYTES]] : !llvm.ptr<3>, !llvm.ptr<1>, i32
func.func @bytes(%x: memref<64x64xbf16>, %y: memref<3x64x64xbf16, #gpu.address_space<workgroup>>, %i: index, %n: index) attributes {cuda.index_bits = 64 : i32} {
  %0 = nvgpu.device_async_copy %x[%i, %i], %y[%i, %i, %i], 8, %n {bypassL1} : memref<64x64xbf16> to memref<3x64x64xbf16, #gpu.address_space<workgroup>>
  return
}

// -----

// CHECK-LABEL: llvm.func @narrow(
// CHECK: nvvm.cp.async.shared.global %{{.*}}, %{{.*}}, 16, cache = cg, %{{.*}} : !llvm.ptr<3>, !llvm.ptr<1>, i32
func.func @narrow(%x: memref<64x64xbf16>, %y: memref<3x64x64xbf16, #gpu.address_space<workgroup>>, %i: index, %n: index) attributes {cuda.index_bits = 32 : i32} {
  %0 = nvgpu.device_async_copy %x[%i, %i], %y[%i, %i, %i], 8, %n {bypassL1} : memref<64x64xbf16> to memref<3x64x64xbf16, #gpu.address_space<workgroup>>
  return
}

// -----

// CHECK-LABEL: llvm.func @tiles(
// CHECK: nvvm.ldmatrix %{{.*}} layout = #nvvm.mma_layout<row>, num = 4 : i32
// CHECK: nvvm.ldmatrix %{{.*}} layout = #nvvm.mma_layout<col>, num = 2 : i32
// CHECK: llvm.bitcast %{{.*}} : i32 to vector<2xbf16>
func.func @tiles(%y: memref<3x64x64xbf16, #gpu.address_space<workgroup>>, %i: index) -> (vector<4x2xbf16>, vector<2x2xbf16>) attributes {cuda.index_bits = 32 : i32} {
  %0 = nvgpu.ldmatrix %y[%i, %i, %i] {numTiles = 4 : i32, transpose = false} : memref<3x64x64xbf16, #gpu.address_space<workgroup>> -> vector<4x2xbf16>
  %1 = nvgpu.ldmatrix %y[%i, %i, %i] {numTiles = 2 : i32, transpose = true} : memref<3x64x64xbf16, #gpu.address_space<workgroup>> -> vector<2x2xbf16>
  return %0, %1 : vector<4x2xbf16>, vector<2x2xbf16>
}
