// RUN: tenon-opt %s --lower-tile-to-llvm --cuda-generate-ptx --split-input-file | FileCheck %s

// CHECK: .entry stmatrix(
// CHECK-COUNT-4: stmatrix.sync.aligned.m8n8.x4.shared.b16
// CHECK-NOT: stmatrix.sync
tile.kernel @stmatrix(%p: !llvm.ptr<1>, %i: i32) {
  %tiles = tile.alloc : !tile.smem<128x64xf16, swizzle = 128, stages = 2>
  %0 = tile.read %p[%i, %i] stride(%i) limits(%i, %i) as f32 : !tile.fragment<64x64xf32>
  %1 = tile.convert %0 : !tile.fragment<64x64xf32> to !tile.fragment<64x64xf16>
  tile.write_shared %1 to %tiles[%i, %i] : !tile.fragment<64x64xf16> to !tile.smem<128x64xf16, swizzle = 128, stages = 2>
  tile.return
}

// -----

// CHECK: .entry words(
// CHECK-COUNT-4: st.shared.v2
tile.kernel @words(%x: f32, %i: i32) {
  %tiles = tile.alloc : !tile.smem<64x32xf32, swizzle = 128>
  %0 = tile.splat %x : f32 -> !tile.fragment<64x16xf32>
  tile.write_shared %0 to %tiles[%i] : !tile.fragment<64x16xf32> to !tile.smem<64x32xf32, swizzle = 128>
  tile.return
}

// -----

// The low bytes of two neighbours at once; 8 columns are half of a unit, a row 8 further down is 8 pitches away.
// CHECK: .entry bytes(
// CHECK: st.shared.v2.b8 {{[^%]*}}[%[[UNIT:[a-z0-9]*]]],
// CHECK-SAME: st.shared.v2.b8 {{[^%]*}}[%[[UNIT]]+1024],
// CHECK-SAME: st.shared.v2.b8 {{[^%]*}}[%[[UNIT]]+8],
// CHECK-SAME: st.shared.v2.b8 {{[^%]*}}[%[[UNIT]]+1032],
// CHECK-NOT: st.shared
// CHECK-SAME: @p st.global.b8
tile.kernel @bytes(%x: i32, %i: i32, %p: !llvm.ptr<1>) {
  %tiles = tile.alloc : !tile.smem<64x128xi8, swizzle = 128>
  %0 = tile.splat %x : i32 -> !tile.fragment<64x16xi32>
  tile.write_shared %0 to %tiles[%i] : !tile.fragment<64x16xi32> to !tile.smem<64x128xi8, swizzle = 128>
  tile.write %0 to %p[%i, %i] stride(%i) limits(%i, %i) as i8 : !tile.fragment<64x16xi32>
  tile.return
}

// -----

// CHECK: .entry ldmatrix(
// CHECK-COUNT-4: ldmatrix.sync.aligned.m8n8.x4.shared.b16
// CHECK-NOT: ldmatrix.sync
// CHECK-COUNT-4: ld.shared.v2
tile.kernel @ldmatrix(%p: !llvm.ptr<1>, %i: i32) {
  %tiles = tile.alloc : !tile.smem<128x64xf16, swizzle = 128, stages = 2>
  %words = tile.alloc : !tile.smem<64x16xf32, swizzle = 64>
  %0 = tile.read_shared %tiles[%i, %i] : !tile.smem<128x64xf16, swizzle = 128, stages = 2> -> !tile.fragment<64x64xf16>
  %1 = tile.convert %0 : !tile.fragment<64x64xf16> to !tile.fragment<64x64xf32>
  tile.write %1 to %p[%i, %i] stride(%i) limits(%i, %i) as f32 : !tile.fragment<64x64xf32>
  %2 = tile.read_shared %words[%i] : !tile.smem<64x16xf32, swizzle = 64> -> !tile.fragment<64x16xf32>
  tile.write %2 to %p[%i, %i] stride(%i) limits(%i, %i) as f32 : !tile.fragment<64x16xf32>
  tile.return
}

// -----

// Two 16-bit elements at once, or each on its own.
// CHECK: .entry read(
// CHECK-COUNT-4: @p ld.global.b32
// CHECK-COUNT-2: @p ld.global.b16
// CHECK-COUNT-2: @p st.global.b16
tile.kernel @read(%p: !llvm.ptr<1>, %i: i32) {
  %0 = tile.read %p[%i, %i] stride(%i) limits(%i, %i) as f16 : !tile.fragment<64x16xf16>
  %1 = tile.read %p[%i, %i] stride(%i) limits(%i, %i) as f16 : !tile.fragment<64x1xf32>
  tile.write %1 to %p[%i, %i] stride(%i) limits(%i, %i) as f16 transposed : !tile.fragment<64x1xf32>
  tile.return
}

// -----

// Element (i, j) of the fragment is at row j of memory: each register has an address of its own.
// CHECK: .entry read_transposed(
// CHECK-COUNT-4: @p ld.global.b16
tile.kernel @read_transposed(%p: !llvm.ptr<1>, %i: i32) {
  %0 = tile.read %p[%i, %i] stride(%i) limits(%i, %i) as f16 transposed : !tile.fragment<64x8xf32>
  tile.write %0 to %p[%i, %i] stride(%i) limits(%i, %i) as f16 transposed : !tile.fragment<64x8xf32>
  tile.return
}

// -----

// To another CTA: four registers of 128 threads are 2048 bytes, which count at the barrier there. No barrier of the cluster, no fence.
// CHECK: .entry exchange(
// CHECK: barrier.cluster.wait
// CHECK: mapa.shared::cluster.u32 [[TO:%r[0-9]+]], {{%r[0-9]+}}, [[RANK:%r[0-9]+]];
// CHECK: mapa.shared::cluster.u32 [[BARRIER:%r[0-9]+]], {{%r[0-9]+}}, [[RANK]];
// CHECK: st.async.weak.shared::cluster.mbarrier::complete_tx::bytes.v4.b32 {{\[}}[[TO]] + 0], {{[{][^}]*[}]}}, {{\[}}[[BARRIER]]];
// CHECK: st.async.weak.shared::cluster.mbarrier::complete_tx::bytes.v4.b32 {{\[}}[[TO]] + 2048], {{[{][^}]*[}]}}, {{\[}}[[BARRIER]]];
// CHECK: mbarrier.try_wait
// CHECK-COUNT-2: ld.shared.v4
// CHECK-NOT: barrier.cluster
// CHECK: ret;
tile.kernel @exchange(%p: !llvm.ptr<1>, %i: i32, %x: f32) attributes {cluster = 2 : i64} {
  %tiles = tile.alloc : !tile.smem<128x16xf32>
  %landed = tile.alloc_barriers : !tile.barriers<1>
  tile.init %landed : !tile.barriers<1>
  tile.elect {
    tile.expect %landed[%i], 8192 : !tile.barriers<1>
  }
  %0 = tile.splat %x : f32 -> !tile.fragment<64x16xf32>
  tile.send_registers %0 to %tiles[%i] of %i signals %landed[%i] : !tile.fragment<64x16xf32> to !tile.smem<128x16xf32>, !tile.barriers<1>
  tile.wait %landed[%i] : !tile.barriers<1>
  %1 = tile.read_registers %tiles[%i] : !tile.smem<128x16xf32> -> !tile.fragment<64x16xf32>
  tile.write %1 to %p[%i, %i] stride(%i) limits(%i, %i) as f32 : !tile.fragment<64x16xf32>
  tile.return
}

// -----

// Another layout: pairs of columns go to where stmatrix would have put them. Row 1 of this thread swaps neighbouring units.
// CHECK: .entry along_rows(
// CHECK-COUNT-32: @p ld.global.b16
// CHECK-COUNT-16: st.shared.b32
// CHECK-NOT: st.shared
#rows = #tile.layout<register = [[0, 1], [0, 32], [1, 0], [2, 0], [8, 0]], lane = [[0, 2], [0, 4], [0, 8], [0, 16], [4, 0]], warp = [[16, 0], [32, 0]]>
tile.kernel @along_rows(%p: !llvm.ptr<1>, %i: i32) {
  %tiles = tile.alloc : !tile.smem<64x64xf16, swizzle = 128>
  %0 = tile.read %p[%i, %i] stride(%i) limits(%i, %i) as f16 : !tile.fragment<64x64xf32, #rows>
  %1 = tile.convert %0 : !tile.fragment<64x64xf32, #rows> to !tile.fragment<64x64xf16, #rows>
  tile.write_shared %1 to %tiles[%i] : !tile.fragment<64x64xf16, #rows> to !tile.smem<64x64xf16, swizzle = 128>
  tile.return
}
