// RUN: tenon-opt %s --lower-tile-to-llvm --cuda-generate-ptx --split-input-file | FileCheck %s

// A tile of 128 columns is two panels, each with a box of its own.
// CHECK: .entry load(
// CHECK-COUNT-2: cp.async.bulk.tensor.3d.shared::cluster.global{{[.a-z:]*}}.mbarrier::complete_tx::bytes
tile.kernel @load(%a: !tile.descriptor<128x64xf16, swizzle = 128, rank = 3>, %i: i32) {
  %tiles = tile.alloc : !tile.smem<128x128xf16, swizzle = 128, stages = 2>
  %full = tile.alloc_barriers : !tile.barriers<2>
  tile.init %full : !tile.barriers<2>
  tile.elect {
    tile.expect %full[%i], 32768 : !tile.barriers<2>
    tile.load %a[%i, %i, %i] to %tiles[%i] signals %full
        : !tile.descriptor<128x64xf16, swizzle = 128, rank = 3> to !tile.smem<128x128xf16, swizzle = 128, stages = 2>, !tile.barriers<2>
  }
  tile.return
}

// -----

// CHECK: .entry multicast(
// CHECK: cp.async.bulk.tensor.2d.shared::cluster.global{{[.a-z:]*}}.mbarrier::complete_tx::bytes.multicast::cluster
tile.kernel @multicast(%b: !tile.descriptor<64x64xf16, swizzle = 128>, %i: i32) attributes {cluster = 2 : i64} {
  %tiles = tile.alloc : !tile.smem<128x64xf16, swizzle = 128, stages = 2>
  %full = tile.alloc_barriers : !tile.barriers<2>
  tile.init %full : !tile.barriers<2>
  %rank = nvvm.read.ptx.sreg.cluster.ctarank : i32
  tile.elect {
    tile.expect %full[%i], 16384 : !tile.barriers<2>
    tile.load %b[%i, %i] to %tiles[%i, %rank] signals %full multicast
        : !tile.descriptor<64x64xf16, swizzle = 128> to !tile.smem<128x64xf16, swizzle = 128, stages = 2>, !tile.barriers<2>
  }
  tile.sync cluster
  tile.return
}

// -----

// One CTA brings the tile for all: the one whose turn it is.
// CHECK: .entry turns(
// CHECK: mov.u32 {{[^;]*}}[[RANK:%r[0-9]+]], %cluster_ctaid.x;
// CHECK: and.b32 {{[^;]*}}[[TURN:%r[0-9]+]], {{[^;]*}}, 3;
// CHECK: setp.eq.b32 {{[^;]*}}[[MINE:%p[0-9]+]], [[TURN]], [[RANK]];
// CHECK: @[[MINE]] cp.async.bulk.tensor.2d.shared::cluster.global{{[.a-z:]*}}.mbarrier::complete_tx::bytes.multicast::cluster
tile.kernel @turns(%b: !tile.descriptor<144x64xf16, swizzle = 128>, %i: i32) attributes {cluster = 4 : i64} {
  %tiles = tile.alloc : !tile.smem<144x64xf16, swizzle = 128, stages = 2>
  %full = tile.alloc_barriers : !tile.barriers<2>
  tile.init %full : !tile.barriers<2>
  tile.elect {
    tile.expect %full[%i], 18432 : !tile.barriers<2>
    tile.load %b[%i, %i] to %tiles[%i] signals %full multicast
        : !tile.descriptor<144x64xf16, swizzle = 128> to !tile.smem<144x64xf16, swizzle = 128, stages = 2>, !tile.barriers<2>
  }
  tile.sync cluster
  tile.return
}

// -----

// CHECK: .entry im2col(
// CHECK: cp.async.bulk.tensor.4d.shared::cluster.global.im2col.mbarrier::complete_tx::bytes
tile.kernel @im2col(%x: !tile.descriptor<128x64xf16, swizzle = 128, rank = 4, im2col = true>, %i: i32) {
  %tiles = tile.alloc : !tile.smem<128x64xf16, swizzle = 128>
  %full = tile.alloc_barriers : !tile.barriers<1>
  tile.init %full : !tile.barriers<1>
  tile.elect {
    tile.expect %full[%i], 16384 : !tile.barriers<1>
    tile.load %x[%i, %i, %i, %i] im2col[%i, %i] to %tiles[%i] signals %full
        : !tile.descriptor<128x64xf16, swizzle = 128, rank = 4, im2col = true> to !tile.smem<128x64xf16, swizzle = 128>, !tile.barriers<1>
  }
  tile.return
}

// -----

// Two panels of a tile that another kernel may still write.
// CHECK: .entry prefetch(
// CHECK-COUNT-2: cp.async.bulk.prefetch.tensor.2d.L2.global.tile.L2::cache_hint
// CHECK-NOT: cp.async.bulk.prefetch
// CHECK: griddepcontrol.wait
tile.kernel @prefetch(%b: !tile.descriptor<64x64xf16, swizzle = 128>, %i: i32) {
  tile.elect {
    tile.prefetch_tile %b[%i, %i] {keep = #tile<keep shortly>} : !tile.descriptor<64x64xf16, swizzle = 128> as !tile.smem<64x128xf16, swizzle = 128>
    tile.wait_dependency
  }
  tile.return
}

// -----

// CHECK: .entry store(
// CHECK: fence.proxy.async.shared::cta;
// CHECK: prefetch.tensormap
// CHECK: cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_group
// CHECK: cp.async.bulk.commit_group;
// CHECK: cp.async.bulk.wait_group.read \091;
// CHECK: cp.async.bulk.wait_group \090;
tile.kernel @store(%c: !tile.descriptor<64x64xf16, swizzle = 128>, %i: i32) {
  %tiles = tile.alloc : !tile.smem<128x64xf16, swizzle = 128>
  tile.fence
  tile.elect {
    tile.prefetch %c : !tile.descriptor<64x64xf16, swizzle = 128>
    tile.store %tiles[%i, %i] to %c[%i, %i] : !tile.smem<128x64xf16, swizzle = 128> to !tile.descriptor<64x64xf16, swizzle = 128>
    tile.commit_stores
    tile.wait_stores 1 read
    tile.wait_stores 0
  }
  tile.return
}

// -----

// The words of the policies evict_last and evict_first.
// CHECK: .entry keep(
// CHECK: 1508705875169116160
// CHECK: cp.async.bulk.tensor.2d.shared::cluster.global{{[.a-z:]*}}.mbarrier::complete_tx::bytes.L2::cache_hint
// CHECK: 1364590687093260288
// CHECK: cp.async.bulk.tensor.2d.global.shared::cta{{[.a-z:_]*}}.L2::cache_hint
tile.kernel @keep(%a: !tile.descriptor<64x64xf16, swizzle = 128>, %i: i32) {
  %tiles = tile.alloc : !tile.smem<64x64xf16, swizzle = 128>
  %full = tile.alloc_barriers : !tile.barriers<1>
  tile.init %full : !tile.barriers<1>
  tile.elect {
    tile.expect %full[%i], 8192 : !tile.barriers<1>
    tile.load %a[%i, %i] to %tiles[%i] signals %full {keep = #tile<keep longer>}
        : !tile.descriptor<64x64xf16, swizzle = 128> to !tile.smem<64x64xf16, swizzle = 128>, !tile.barriers<1>
    tile.store %tiles[%i] to %a[%i, %i] {keep = #tile<keep shortly>} : !tile.smem<64x64xf16, swizzle = 128> to !tile.descriptor<64x64xf16, swizzle = 128>
  }
  tile.return
}
