// RUN: tenon-opt %s --lower-tile-to-llvm --cuda-generate-ptx | FileCheck %s

// Forward convolution as a product over (tap, channel), written by hand: NHWC in fp16, 128 pixels x 128 filters a tile, 64 channels of one tap
// a step. The copy engine gathers the pixels (im2col); rows past the last image are zeros and are not stored.

// CHECK: .entry conv
// CHECK: wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16
// CHECK: cp.async.bulk.tensor.2d.global.shared::cta
// CHECK: cp.async.bulk.tensor.4d.shared::cluster.global.im2col.mbarrier::complete_tx::bytes
// CHECK: cp.async.bulk.tensor.2d.shared::cluster.global{{[.a-z:]*}}.mbarrier::complete_tx::bytes

!pixels = !tile.descriptor<128x64xf16, swizzle = 128, rank = 4, im2col = true>
!filters = !tile.descriptor<128x64xf16, swizzle = 128>
!result = !tile.descriptor<64x64xf16, swizzle = 128>
!ring = !tile.smem<128x64xf16, swizzle = 128, stages = 6>
!staging = !tile.smem<128x64xf16, swizzle = 128, stages = 2>
!full = !tile.barriers<6>
!empty = !tile.barriers<6, arrivals = 2>
!matrix = !tile.fragment<64x128xf32>
!part = !tile.fragment<64x64xf32>
!half = !tile.fragment<64x64xf16>

// %m pixels of all images, %n filters, %k taps * channels; %pq and %q pixels of an image and of a row; %cb blocks of channels; %s taps of a row.
tile.kernel @conv(%x: !pixels, %w: !filters, %y: !result, %m: i32, %n: i32, %k: i32, %pq: i32, %q: i32, %stride: i32, %pad: i32, %cb: i32, %s: i32)
    attributes {threads = 384 : i64} {
  %xs = tile.alloc : !ring
  %ws = tile.alloc : !ring
  %ys = tile.alloc : !staging
  %full = tile.alloc_barriers : !full
  %empty = tile.alloc_barriers : !empty
  tile.init %full, %empty : !full, !empty
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c64 = arith.constant 64 : i32
  %c127 = arith.constant 127 : i32
  %c128 = arith.constant 128 : i32
  %first = nvvm.read.ptx.sreg.ctaid.x : i32
  %step = nvvm.read.ptx.sreg.nctaid.x : i32
  %m_up = arith.addi %m, %c127 : i32
  %m_tiles = arith.divui %m_up, %c128 : i32
  %n_tiles = arith.divui %n, %c128 : i32
  %tiles = arith.muli %m_tiles, %n_tiles : i32
  %steps = arith.divui %k, %c64 : i32
  %c16 = arith.constant 16 : i32
  %band_tiles = arith.muli %n_tiles, %c16 : i32
  tile.roles {
    tile.role "producer" warpgroups(1) registers(40) {
    ^bb0(%i: i32):
      tile.elect {
        %done = scf.for %t = %first to %tiles step %step iter_args(%d = %c0) -> (i32) : i32 {
          %band = arith.divui %t, %band_tiles : i32
          %above = arith.muli %band, %c16 : i32
          %below = arith.subi %m_tiles, %above : i32
          %height = arith.minui %below, %c16 : i32
          %inside = arith.remui %t, %band_tiles : i32
          %down = arith.remui %inside, %height : i32
          %mt = arith.addi %above, %down : i32
          %nt = arith.divui %inside, %height : i32
          %m0 = arith.muli %mt, %c128 : i32
          %n0 = arith.muli %nt, %c128 : i32
          %image = arith.divui %m0, %pq : i32
          %pixel = arith.remui %m0, %pq : i32
          %py = arith.divui %pixel, %q : i32
          %px = arith.remui %pixel, %q : i32
          %hs = arith.muli %py, %stride : i32
          %h = arith.subi %hs, %pad : i32
          %vs = arith.muli %px, %stride : i32
          %v = arith.subi %vs, %pad : i32
          %next = scf.for %kk = %c0 to %steps step %c1 iter_args(%u = %d) -> (i32) : i32 {
            %tap = arith.divui %kk, %cb : i32
            %block = arith.remui %kk, %cb : i32
            %channel = arith.muli %block, %c64 : i32
            %tx = arith.remui %tap, %s : i32
            %ty = arith.divui %tap, %s : i32
            %k0 = arith.muli %kk, %c64 : i32
            tile.wait %empty[%u] previous : !empty
            tile.expect %full[%u], 32768 : !full
            tile.load %x[%channel, %v, %h, %image] im2col[%tx, %ty] to %xs[%u] signals %full : !pixels to !ring, !full
            tile.load %w[%k0, %n0] to %ws[%u] signals %full : !filters to !ring, !full
            %u1 = arith.addi %u, %c1 : i32
            scf.yield %u1 : i32
          }
          scf.yield %next : i32
        }
      }
    }
    tile.role "consumer" warpgroups(2) registers(232) {
    ^bb0(%i: i32):
      %done = scf.for %t = %first to %tiles step %step iter_args(%d = %c0) -> (i32) : i32 {
        %band = arith.divui %t, %band_tiles : i32
        %above = arith.muli %band, %c16 : i32
        %below = arith.subi %m_tiles, %above : i32
        %height = arith.minui %below, %c16 : i32
        %inside = arith.remui %t, %band_tiles : i32
        %down = arith.remui %inside, %height : i32
        %mt = arith.addi %above, %down : i32
        %nt = arith.divui %inside, %height : i32
        %m0 = arith.muli %mt, %c128 : i32
        %n0 = arith.muli %nt, %c128 : i32
        %none = tile.undef : !matrix
        %next, %sums = scf.for %kk = %c0 to %steps step %c1 iter_args(%u = %d, %acc = %none) -> (i32, !matrix) : i32 {
          %later = arith.cmpi ne, %kk, %c0 : i32
          tile.wait %full[%u] : !full
          %acc1 = tile.mma %xs[%u, %i], %ws[%u] accumulate %acc when %later : !ring, !ring -> !matrix
          tile.wait_mma 1
          scf.if %later {
            tile.elect {
              %before = arith.subi %u, %c1 : i32
              tile.arrive %empty[%before] : !empty
            }
          }
          %u1 = arith.addi %u, %c1 : i32
          scf.yield %u1, %acc1 : i32, !matrix
        }
        %r = tile.wait_mma 0 for %sums : !matrix
        tile.elect {
          %last = arith.subi %next, %c1 : i32
          tile.arrive %empty[%last] : !empty
          tile.wait_stores 1 read
        }
        tile.sync warpgroup
        %r0 = tile.columns %r[0] : !matrix -> !part
        %h0 = tile.convert %r0 : !part to !half
        tile.write_shared %h0 to %ys[%c0, %i] : !half to !staging
        tile.fence
        tile.sync warpgroup
        tile.elect {
          tile.store %ys[%c0, %i] to %y[%n0, %m0] : !staging to !result
          tile.commit_stores
          tile.wait_stores 1 read
        }
        tile.sync warpgroup
        %r1 = tile.columns %r[64] : !matrix -> !part
        %h1 = tile.convert %r1 : !part to !half
        tile.write_shared %h1 to %ys[%c1, %i] : !half to !staging
        tile.fence
        tile.sync warpgroup
        tile.elect {
          %n1 = arith.addi %n0, %c64 : i32
          tile.store %ys[%c1, %i] to %y[%n1, %m0] : !staging to !result
          tile.commit_stores
        }
        scf.yield %next : i32
      }
      tile.elect {
        tile.wait_stores 0
      }
    }
  }
  tile.return
}
