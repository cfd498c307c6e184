// RUN: tenon-opt %s --pass-pipeline='builtin.module(tile.kernel(tile-place-shared))' --split-input-file --verify-diagnostics | FileCheck %s

// The tile with the larger alignment comes first, barriers last.
// CHECK-LABEL: tile.kernel @place
// CHECK-SAME: tile.shared_bytes = 33376 : i64
tile.kernel @place() {
  // CHECK: tile.alloc_barriers {offset = 33280 : i64} : <4>
  %0 = tile.alloc_barriers : !tile.barriers<4>
  // CHECK: tile.alloc {offset = 32768 : i64} : <8x16xf32>
  %1 = tile.alloc : !tile.smem<8x16xf32>
  // CHECK: tile.alloc {offset = 0 : i64} : <128x64xf16, swizzle = 128, stages = 2>
  %2 = tile.alloc : !tile.smem<128x64xf16, swizzle = 128, stages = 2>
  // CHECK: tile.alloc_barriers {offset = 33312 : i64} : <8>
  %3 = tile.alloc_barriers : !tile.barriers<8>
  tile.init %0, %3 : !tile.barriers<4>, !tile.barriers<8>
  tile.elect {
    %i = arith.constant 0 : i32
    tile.arrive %0[%i] : !tile.barriers<4>
    tile.arrive %3[%i] : !tile.barriers<8>
  }
  tile.return
}

// -----

// expected-error @+1 {{expected at most 232448 bytes of shared memory, got 262144}}
tile.kernel @no_room() {
  %0 = tile.alloc : !tile.smem<256x64xf16, swizzle = 128, stages = 4>
  %1 = tile.alloc : !tile.smem<256x64xf16, swizzle = 128, stages = 4>
  tile.return
}
