// RUN: tenon-opt %s | FileCheck %s

// CHECK-LABEL: tile.kernel @pipeline
// CHECK-SAME: (%[[A:.*]]: !tile.descriptor<128x64xf16, swizzle = 128>, %[[I:.*]]: i32)
tile.kernel @pipeline(%a: !tile.descriptor<128x64xf16, swizzle = 128>, %i: i32) attributes {threads = 256 : i64, cluster = 2 : i64} {
  // CHECK: %[[T:.*]] = tile.alloc : <128x64xf16, swizzle = 128, stages = 4>
  %tiles = tile.alloc : !tile.smem<128x64xf16, swizzle = 128, stages = 4>
  %full = tile.alloc_barriers : !tile.barriers<4>
  %empty = tile.alloc_barriers : !tile.barriers<4, arrivals = 2>
  // CHECK: tile.init %[[FULL:.*]], %[[EMPTY:.*]] : !tile.barriers<4>, !tile.barriers<4, arrivals = 2>
  tile.init %full, %empty : !tile.barriers<4>, !tile.barriers<4, arrivals = 2>
  tile.roles {
    // CHECK: tile.role "producer" warpgroups(1) registers(40)
    tile.role "producer" warpgroups(1) registers(40) {
    ^bb0(%w: i32):
      tile.elect {
        // CHECK: tile.wait %[[EMPTY]][%[[I]]] previous
        tile.wait %empty[%i] previous : !tile.barriers<4, arrivals = 2>
        // CHECK: tile.expect %[[FULL]][%[[I]]], 16384
        tile.expect %full[%i], 16384 : !tile.barriers<4>
        // CHECK: tile.load %[[A]][%[[I]], %[[I]]] to %[[T]][%[[I]]] signals %[[FULL]]
        tile.load %a[%i, %i] to %tiles[%i] signals %full
            : !tile.descriptor<128x64xf16, swizzle = 128> to !tile.smem<128x64xf16, swizzle = 128, stages = 4>, !tile.barriers<4>
      }
    }
    // CHECK: tile.role "consumer" warpgroups(1) {
    tile.role "consumer" warpgroups(1) {
    ^bb0(%w: i32):
      tile.wait %full[%i] : !tile.barriers<4>
      tile.elect {
        // CHECK: tile.arrive %[[EMPTY]][%[[I]]] cluster
        tile.arrive %empty[%i] cluster : !tile.barriers<4, arrivals = 2>
      }
    }
  }
  // CHECK: tile.sync cluster
  tile.sync cluster
  tile.return
}

// A layout is printed only if it is not the accumulator's.
// CHECK-LABEL: tile.kernel @fragments
tile.kernel @fragments(%x: f32) {
  // CHECK: tile.splat %{{.*}} : f32 -> <64x256xf32>
  %0 = tile.splat %x : f32 -> !tile.fragment<64x256xf32>
  // CHECK: -> <64x8xf32, #tile.layout<register = {{\[\[}}8, 0], [0, 1]], lane = {{\[\[}}0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = {{\[\[}}16, 0], [32, 0]]>>
  %1 = tile.splat %x : f32 -> !tile.fragment<64x8xf32, #tile.layout<register = [[8, 0], [0, 1]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]]>>
  tile.return
}
