// RUN: tenon-opt %s --pass-pipeline="builtin.module(tile.kernel(tile-place-shared),convert-tile-to-nvvm,canonicalize)" | FileCheck %s
// RUN: tenon-opt %s --lower-tile-to-llvm --cuda-generate-ptx | FileCheck %s --check-prefix=PTX

// One statement holds the fence, a product for each 32 bytes of K, and the commit. Descriptors are at 32, 64, 96 bytes: 2, 4, 6 units of 16. The
// descriptor of a swizzle of 128 has mode 1 at bit 62 and groups of 8 rows 1024 bytes apart: 2^62 + 64 * 2^32 + 2^16.
// CHECK-LABEL: llvm.func @shared
// CHECK: arith.constant 4611686293305360384 : i64
// CHECK: llvm.inline_asm has_side_effects "{ {{.*}} setp.ne.u32 first, 0, 0; wgmma.fence.sync.aligned;
// CHECK-SAME: add.s64 b, $4, 0; add.s64 a, $5, 0; wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {$0, $1, $2, $3}, a, b, first, 1, 1, 0, 0;
// CHECK-SAME: add.s64 b, $4, 2; add.s64 a, $5, 2; wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {$0, $1, $2, $3}, a, b, always, 1, 1, 0, 0;
// CHECK-SAME: add.s64 b, $4, 6; add.s64 a, $5, 6; wgmma.mma_async
// CHECK-SAME: wgmma.commit_group.sync.aligned; }", "=f,=f,=f,=f,l,l"
// CHECK: wgmma.wait_group.sync.aligned 1;", ""
// CHECK: wgmma.wait_group.sync.aligned 0;", "=f,=f,=f,=f,0,1,2,3"
// PTX: .entry shared(
// PTX: wgmma.fence.sync.aligned; add.s64 b, [[B:%rd[0-9]+]], 0; add.s64 a, [[A:%rd[0-9]+]], 0;
// PTX-SAME: wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {[[SUM:%r[0-9]+, %r[0-9]+, %r[0-9]+, %r[0-9]+]]}, a, b, first, 1, 1, 0, 0;
// PTX-SAME: add.s64 b, [[B]], 6; add.s64 a, [[A]], 6; wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {[[SUM]]}, a, b, always, 1, 1, 0, 0;
// PTX-SAME: wgmma.commit_group.sync.aligned; }
// PTX-SAME: wgmma.wait_group.sync.aligned 1;
// PTX-SAME: wgmma.wait_group.sync.aligned 0;
tile.kernel @shared(%i: i32) {
  %a = tile.alloc : !tile.smem<128x64xf16, swizzle = 128, stages = 2>
  %b = tile.alloc : !tile.smem<8x64xf16, swizzle = 128, stages = 2>
  %0 = tile.mma %a[%i, %i], %b[%i] : !tile.smem<128x64xf16, swizzle = 128, stages = 2>, !tile.smem<8x64xf16, swizzle = 128, stages = 2> -> !tile.fragment<64x8xf32>
  tile.wait_mma 1
  %1 = tile.wait_mma 0 for %0 : !tile.fragment<64x8xf32>
  tile.return
}

// Accumulators are tied to the results; a condition says whether the first step reads them. Nothing writes those without values.
// CHECK-LABEL: llvm.func @accumulate
// CHECK: setp.ne.u32 first, $8, 0; wgmma.fence
// CHECK-SAME: "=f,=f,=f,=f,0,1,2,3,r,l,l"
// PTX: .entry accumulate(
// PTX: and.b32 {{[^%]*}}[[WHEN:%r[0-9]+]], %r{{[0-9]+}}, 1;
// PTX-NOT: mov.{{b32|f32|u32}}
// PTX: setp.ne.u32 first, [[WHEN]], 0; wgmma.fence.sync.aligned;
// PTX-SAME: wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {{[^;]*}}, a, b, first, 1, 1, 0, 0;
// PTX-SAME: wgmma.wait_group.sync.aligned 0;
tile.kernel @accumulate(%i: i32, %when: i1) {
  %a = tile.alloc : !tile.smem<64x64xbf16, swizzle = 128>
  %b = tile.alloc : !tile.smem<8x64xbf16, swizzle = 128>
  %0 = tile.undef : !tile.fragment<64x8xf32>
  %1 = tile.mma %a[%i], %b[%i] accumulate %0 when %when : !tile.smem<64x64xbf16, swizzle = 128>, !tile.smem<8x64xbf16, swizzle = 128> -> !tile.fragment<64x8xf32>
  %2 = tile.wait_mma 0 for %1 : !tile.fragment<64x8xf32>
  tile.return
}

// A step of 16 rows of a transposed operand is 16 * 128 bytes, 128 units; its panels are 64 * 128 bytes apart, 512 units.
// Of the address 14 bits get into the descriptor: those above are the rank of a CTA in its cluster, and would be added to the distance of panels.
// CHECK-LABEL: llvm.func @transposed
// CHECK-DAG: arith.constant 4611686293338849280 : i64
// CHECK-DAG: %[[UNITS:.*]] = arith.constant 16384 : i32
// CHECK: llvm.ptrtoint
// CHECK: arith.remui %{{.*}}, %[[UNITS]]
// CHECK: add.s64 b, ${{.*}}, 128; add.s64 a, ${{.*}}, 128; wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 {{.*}}, a, b, always, 1, 1, 1, 1;
// PTX: .entry transposed(
// PTX: and.b32 {{[^;]*}}, 16320;
// PTX: add.s64 b, [[B:%rd[0-9]+]], 128; add.s64 a, [[A:%rd[0-9]+]], 128; wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 {{[^;]*}}, a, b, always, 1, 1, 1, 1;
tile.kernel @transposed(%i: i32) {
  %a = tile.alloc : !tile.smem<64x128xf16, swizzle = 128>
  %b = tile.alloc : !tile.smem<64x128xf16, swizzle = 128>
  %0 = tile.mma %a[%i, %i], %b[%i] {transpose_a, transpose_b} : !tile.smem<64x128xf16, swizzle = 128>, !tile.smem<64x128xf16, swizzle = 128> -> !tile.fragment<64x128xf32>
  %1 = tile.wait_mma 0 for %0 : !tile.fragment<64x128xf32>
  tile.return
}

// Sixteen columns of A are four registers.
// CHECK-LABEL: llvm.func @registers
// CHECK: wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {$0, $1, $2, $3}, {$5, $6, $7, $8}, b, first, 1, 1, 0;
// CHECK-SAME: {$0, $1, $2, $3}, {$9, $10, $11, $12}, b, always, 1, 1, 0;
// PTX: .entry registers(
// PTX: cvt.rn.f16x2.f32 [[FIRST:%r[0-9]+]],
// PTX-COUNT-3: cvt.rn.f16x2.f32
// PTX: cvt.rn.f16x2.f32 [[FIFTH:%r[0-9]+]],
// PTX: wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {[[SUM:%r[0-9]+, %r[0-9]+, %r[0-9]+, %r[0-9]+]]}, {[[FIRST]], {{[^;]*}}}, b, first, 1, 1, 0;
// PTX-SAME: wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {[[SUM]]}, {[[FIFTH]], {{[^;]*}}}, b, always, 1, 1, 0;
tile.kernel @registers(%x: f32, %i: i32) {
  %b = tile.alloc : !tile.smem<8x32xf16, swizzle = 64>
  %f = tile.splat %x : f32 -> !tile.fragment<64x32xf32>
  %a = tile.convert %f : !tile.fragment<64x32xf32> to !tile.fragment<64x32xf16>
  %0 = tile.mma %a, %b[%i] : !tile.fragment<64x32xf16>, !tile.smem<8x32xf16, swizzle = 64> -> !tile.fragment<64x8xf32>
  %1 = tile.wait_mma 0 for %0 : !tile.fragment<64x8xf32>
  tile.return
}

// CHECK-LABEL: llvm.func @types
// CHECK: wgmma.mma_async.sync.aligned.m64n8k8.f32.tf32.tf32 {{[^;]*}}, first, 1, 1;
// CHECK: wgmma.mma_async.sync.aligned.m64n8k32.s32.s8.s8 {{[^;]*}}, first;
// CHECK-SAME: "=r,=r,=r,=r,l,l"
// CHECK: wgmma.mma_async.sync.aligned.m64n8k32.f32.e4m3.e5m2 {{[^;]*}}, first, 1, 1;
// CHECK: wgmma.mma_async.sync.aligned.m64n8k32.s32.u8.s8 {{[^;]*}}, first;
// PTX: .entry types(
// PTX: wgmma.mma_async.sync.aligned.m64n8k8.f32.tf32.tf32 {{[^;]*}}, first, 1, 1;
// PTX: wgmma.mma_async.sync.aligned.m64n8k32.s32.s8.s8 {{[^;]*}}, first;
// PTX: wgmma.mma_async.sync.aligned.m64n8k32.f32.e4m3.e5m2 {{[^;]*}}, first, 1, 1;
// PTX: wgmma.mma_async.sync.aligned.m64n8k32.s32.u8.s8 {{[^;]*}}, first;
// PTX: wgmma.wait_group.sync.aligned 0;
tile.kernel @types(%i: i32) {
  %a = tile.alloc : !tile.smem<64x8xf32, swizzle = 32>
  %b = tile.alloc : !tile.smem<8x8xf32, swizzle = 32>
  %0 = tile.mma %a[%i], %b[%i] : !tile.smem<64x8xf32, swizzle = 32>, !tile.smem<8x8xf32, swizzle = 32> -> !tile.fragment<64x8xf32>
  %c = tile.alloc : !tile.smem<64x32xi8, swizzle = 32>
  %d = tile.alloc : !tile.smem<8x32xi8, swizzle = 32>
  %1 = tile.mma %c[%i], %d[%i] : !tile.smem<64x32xi8, swizzle = 32>, !tile.smem<8x32xi8, swizzle = 32> -> !tile.fragment<64x8xi32>
  %e = tile.alloc : !tile.smem<64x32xf8E4M3FN, swizzle = 32>
  %f = tile.alloc : !tile.smem<8x32xf8E5M2, swizzle = 32>
  %2 = tile.mma %e[%i], %f[%i] : !tile.smem<64x32xf8E4M3FN, swizzle = 32>, !tile.smem<8x32xf8E5M2, swizzle = 32> -> !tile.fragment<64x8xf32>
  %g = tile.alloc : !tile.smem<64x32xui8, swizzle = 32>
  %3 = tile.mma %g[%i], %d[%i] : !tile.smem<64x32xui8, swizzle = 32>, !tile.smem<8x32xi8, swizzle = 32> -> !tile.fragment<64x8xi32>
  %4:4 = tile.wait_mma 0 for %0, %1, %2, %3 : !tile.fragment<64x8xf32>, !tile.fragment<64x8xi32>, !tile.fragment<64x8xf32>, !tile.fragment<64x8xi32>
  tile.return
}
