// RUN: tenon-opt %s --lower-tile-to-llvm --cuda-generate-ptx --split-input-file | FileCheck %s
// RUN: tenon-opt %s --pass-pipeline="builtin.module(tile.kernel(tile-place-shared),convert-tile-to-nvvm,canonicalize)" --split-input-file | FileCheck %s --check-prefix=NVVM

// CHECK: .entry init(
// CHECK: mbarrier.init.shared.b64
// CHECK: mbarrier.init.shared.b64
// CHECK: fence.mbarrier_init.release.cluster;
// CHECK: mbarrier.arrive.expect_tx
// CHECK: cp.async.bulk.tensor.2d
// CHECK: mbarrier.arrive
tile.kernel @init(%a: !tile.descriptor<128x64xf16, swizzle = 128>, %i: i32) {
  %tiles = tile.alloc : !tile.smem<128x64xf16, swizzle = 128, stages = 2>
  %full = tile.alloc_barriers : !tile.barriers<2>
  %other = tile.alloc_barriers : !tile.barriers<1>
  tile.init %full, %other : !tile.barriers<2>, !tile.barriers<1>
  tile.elect {
    tile.expect %full[%i], 16384 : !tile.barriers<2>
    tile.load %a[%i, %i] to %tiles[%i] signals %full : !tile.descriptor<128x64xf16, swizzle = 128> to !tile.smem<128x64xf16, swizzle = 128, stages = 2>, !tile.barriers<2>
    tile.arrive %other[%i] : !tile.barriers<1>
  }
  tile.return
}

// -----

// Stage and parity come from the count: use 13 of 4 stages is stage 1 in round 3. Its own phase has parity 1, the one before parity 0.
// NVVM-LABEL: llvm.func @wait
// NVVM-DAG: %[[ONE:.*]] = arith.constant 1 : i32
// NVVM-DAG: %[[ZERO:.*]] = arith.constant 0 : i32
// NVVM: nvvm.barrier0
// NVVM: %[[BAR:.*]] = llvm.getelementptr %{{.*}}[8] : (!llvm.ptr<3>) -> !llvm.ptr<3>, i8
// NVVM: nvvm.mbarrier.try_wait.parity %[[BAR]], %[[ONE]]
// NVVM: nvvm.mbarrier.try_wait.parity %{{.*}}, %[[ZERO]]
// CHECK: .entry wait(
// CHECK: mbarrier.try_wait.parity
// CHECK: mbarrier.try_wait.parity
tile.kernel @wait() {
  %full = tile.alloc_barriers : !tile.barriers<4>
  tile.init %full : !tile.barriers<4>
  %i = arith.constant 13 : i32
  tile.wait %full[%i] : !tile.barriers<4>
  tile.wait %full[%i] previous : !tile.barriers<4>
  tile.elect {
    tile.arrive %full[%i] : !tile.barriers<4>
  }
  tile.return
}

// -----

// At every CTA of the cluster, without a release fence.
// CHECK: .entry arrive(
// CHECK: fence.mbarrier_init.release.cluster
// CHECK: barrier.cluster.arrive.relaxed
// CHECK-COUNT-2: mapa.shared::cluster.u32 remote, {{[^;]*}}; mbarrier.arrive.shared::cluster.b64 _, [remote];
tile.kernel @arrive(%i: i32) attributes {cluster = 2 : i64} {
  %empty = tile.alloc_barriers : !tile.barriers<4, arrivals = 2>
  tile.init %empty : !tile.barriers<4, arrivals = 2>
  tile.elect {
    tile.arrive %empty[%i] cluster : !tile.barriers<4, arrivals = 2>
  }
  tile.sync cluster
  tile.return
}

// -----

// A CTA whose ring is drained needs no barrier of the cluster to end: one wait for each stage.
// CHECK: .entry drain(
// CHECK: barrier.cluster.wait
// CHECK-COUNT-4: mbarrier.try_wait
// CHECK-NOT: {{mbarrier.try_wait|barrier.cluster}}
// CHECK: ret;
tile.kernel @drain(%i: i32) attributes {cluster = 2 : i64} {
  %empty = tile.alloc_barriers : !tile.barriers<4, arrivals = 2>
  tile.init %empty : !tile.barriers<4, arrivals = 2>
  tile.elect {
    tile.arrive %empty[%i] cluster : !tile.barriers<4, arrivals = 2>
    tile.drain %empty[%i] : !tile.barriers<4, arrivals = 2>
  }
  tile.return
}
