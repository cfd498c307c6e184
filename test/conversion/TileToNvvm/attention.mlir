// RUN: tenon-opt %s --lower-tile-to-llvm --cuda-generate-ptx | FileCheck %s

// Forward attention O = softmax(Q K^T / sqrt(128)) V in fp16, written by hand: 128 queries a CTA, 128 keys a step, head size 128. The scores of
// the next keys are started before the products of these, so that the softmax runs beside the tensor cores.

// Two products a step, the second with its left operand in registers and its right one transposed.
// CHECK: .entry attention
// CHECK: setmaxnreg.inc.sync.aligned.u32 \09240
// CHECK: wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 {{[^;]*}}, a, b, first, 1, 1, 0, 0;
// CHECK: ex2.approx
// CHECK: cvt.rn.f16x2.f32
// CHECK: wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 {{[^;]*}}}, b, first, 1, 1, 1;
// CHECK: shfl.sync.bfly
// CHECK: stmatrix.sync.aligned.m8n8.x4.shared.b16
// CHECK: cp.async.bulk.tensor.3d.global.shared::cta

!box = !tile.descriptor<128x64xf16, swizzle = 128, rank = 3>
!half_box = !tile.descriptor<64x64xf16, swizzle = 128, rank = 3>
!tile = !tile.smem<128x128xf16, swizzle = 128>
!ring = !tile.smem<128x128xf16, swizzle = 128, stages = 2>
!full = !tile.barriers<2>
!empty = !tile.barriers<2, arrivals = 2>
!matrix = !tile.fragment<64x128xf32>
!half = !tile.fragment<64x128xf16>
!column = !tile.fragment<64x1xf32>

tile.kernel @attention(%tq: !box, %tk: !box, %tv: !box, %to: !half_box, %t: i32) attributes {threads = 384 : i64} {
  %q = tile.alloc : !tile
  %k = tile.alloc : !ring
  %v = tile.alloc : !ring
  %q_full = tile.alloc_barriers : !tile.barriers<1>
  %k_full = tile.alloc_barriers : !full
  %v_full = tile.alloc_barriers : !full
  %k_empty = tile.alloc_barriers : !empty
  %v_empty = tile.alloc_barriers : !empty
  tile.init %q_full, %k_full, %v_full, %k_empty, %v_empty : !tile.barriers<1>, !full, !full, !empty, !empty
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c128 = arith.constant 128 : i32
  %block = nvvm.read.ptx.sreg.ctaid.x : i32
  %head = nvvm.read.ptx.sreg.ctaid.y : i32
  %q0 = arith.muli %block, %c128 : i32
  %blocks = arith.divui %t, %c128 : i32
  tile.roles {
    tile.role "producer" warpgroups(1) registers(24) {
    ^bb0(%i: i32):
      tile.elect {
        tile.expect %q_full[%c0], 32768 : !tile.barriers<1>
        tile.load %tq[%c0, %q0, %head] to %q[%c0] signals %q_full : !box to !tile, !tile.barriers<1>
        scf.for %j = %c0 to %blocks step %c1 : i32 {
          %row = arith.muli %j, %c128 : i32
          tile.wait %k_empty[%j] previous : !empty
          tile.expect %k_full[%j], 32768 : !full
          tile.load %tk[%c0, %row, %head] to %k[%j] signals %k_full : !box to !ring, !full
          tile.wait %v_empty[%j] previous : !empty
          tile.expect %v_full[%j], 32768 : !full
          tile.load %tv[%c0, %row, %head] to %v[%j] signals %v_full : !box to !ring, !full
        }
      }
    }
    tile.role "consumer" warpgroups(2) registers(240) {
    ^bb0(%i: i32):
      %zero = arith.constant 0.0 : f32
      %one = arith.constant 1.0 : f32
      %lowest = arith.constant -1.0e30 : f32
      %scale = arith.constant 0.127517432 : f32 // log2(e) / sqrt(128)

      // The first keys: their scores have nothing to overlap with.
      tile.wait %q_full[%c0] : !tile.barriers<1>
      tile.wait %k_full[%c0] : !full
      %s0 = tile.mma %q[%c0, %i], %k[%c0] : !tile, !ring -> !matrix
      %s = tile.wait_mma 0 for %s0 : !matrix
      tile.elect {
        tile.arrive %k_empty[%c0] : !empty
      }
      %max = tile.reduce maximum %s : !matrix -> !column
      %p = tile.map %s, %max : !matrix, !column -> !matrix {
      ^bb0(%x: f32, %m: f32):
        %ms = arith.mulf %m, %scale : f32
        %n = arith.negf %ms : f32
        %d = math.fma %x, %scale, %n : f32
        %e = math.exp2 %d fastmath<afn> : f32
        tile.yield %e : f32
      }
      %sum = tile.reduce add partial %p : !matrix -> !column
      %ph = tile.convert %p : !matrix to !half
      %o = tile.splat %zero : f32 -> !matrix

      %r:4 = scf.for %j = %c1 to %blocks step %c1 iter_args(%oj = %o, %maxj = %max, %sumj = %sum, %pj = %ph) -> (!matrix, !column, !column, !half) : i32 {
        tile.wait %k_full[%j] : !full
        %s1 = tile.mma %q[%c0, %i], %k[%j] : !tile, !ring -> !matrix
        %before = arith.subi %j, %c1 : i32
        tile.wait %v_full[%before] : !full
        %o1 = tile.mma %pj, %v[%before] accumulate %oj {transpose_b} : !half, !ring -> !matrix
        %s2 = tile.wait_mma 1 for %s1 : !matrix
        tile.elect {
          tile.arrive %k_empty[%j] : !empty
        }
        %max1 = tile.reduce maximum %s2 : !matrix -> !column
        %max2, %alpha = tile.map %maxj, %max1 : !column, !column -> !column, !column {
        ^bb0(%old: f32, %now: f32):
          %m = arith.maxnumf %old, %now : f32
          %a = arith.mulf %old, %scale : f32
          %b = arith.mulf %m, %scale : f32
          %d = arith.subf %a, %b : f32
          %e = math.exp2 %d fastmath<afn> : f32
          tile.yield %m, %e : f32, f32
        }
        %p1 = tile.map %s2, %max2 : !matrix, !column -> !matrix {
        ^bb0(%x: f32, %m: f32):
          %ms = arith.mulf %m, %scale : f32
          %n = arith.negf %ms : f32
          %d = math.fma %x, %scale, %n : f32
          %e = math.exp2 %d fastmath<afn> : f32
          tile.yield %e : f32
        }
        %part = tile.reduce add partial %p1 : !matrix -> !column
        %sum1 = tile.map %sumj, %alpha, %part : !column, !column, !column -> !column {
        ^bb0(%x: f32, %a: f32, %y: f32):
          %xa = arith.mulf %x, %a : f32
          %z = arith.addf %xa, %y : f32
          tile.yield %z : f32
        }
        %o2 = tile.wait_mma 0 for %o1 : !matrix
        tile.elect {
          tile.arrive %v_empty[%before] : !empty
        }
        %p2 = tile.convert %p1 : !matrix to !half
        %o3 = tile.map %o2, %alpha : !matrix, !column -> !matrix {
        ^bb0(%x: f32, %a: f32):
          %y = arith.mulf %x, %a : f32
          tile.yield %y : f32
        }
        scf.yield %o3, %max2, %sum1, %p2 : !matrix, !column, !column, !half
      }

      %last = arith.subi %blocks, %c1 : i32
      tile.wait %v_full[%last] : !full
      %o4 = tile.mma %r#3, %v[%last] accumulate %r#0 {transpose_b} : !half, !ring -> !matrix
      %o5 = tile.wait_mma 0 for %o4 : !matrix
      %total = tile.reduce add %r#2 : !column -> !column
      %o6 = tile.map %o5, %total : !matrix, !column -> !matrix {
      ^bb0(%x: f32, %l: f32):
        %inverse = arith.divf %one, %l : f32
        %y = arith.mulf %x, %inverse : f32
        tile.yield %y : f32
      }
      %oh = tile.convert %o6 : !matrix to !half
      // The queries of this warpgroup have been read: their rows take the result.
      tile.write_shared %oh to %q[%c0, %i] : !half to !tile
      tile.fence
      tile.sync warpgroup
      tile.elect {
        tile.store %q[%c0, %i] to %to[%c0, %q0, %head] : !tile to !half_box
        tile.commit_stores
        tile.wait_stores 0
      }
    }
  }
  tile.return
}
