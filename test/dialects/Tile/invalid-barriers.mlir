// RUN: tenon-opt %s --split-input-file --verify-diagnostics

!box = !tile.descriptor<128x64xf16, swizzle = 128>
!ring = !tile.smem<128x64xf16, swizzle = 128, stages = 4>
tile.kernel @expect_c1(%a: !box, %i: i32) {
  %tiles = tile.alloc : !ring
  %full = tile.alloc_barriers : !tile.barriers<4>
  tile.init %full : !tile.barriers<4>
  tile.elect {
    // expected-error @+1 {{expected the 32768 bytes that it announces, got 16384}}
    tile.expect %full[%i], 32768 : !tile.barriers<4>
    tile.load %a[%i, %i] to %tiles[%i] signals %full : !box to !ring, !tile.barriers<4>
  }
  tile.return
}

// -----

// A multicast brings every CTA's part to every CTA.
!half_box = !tile.descriptor<64x64xf16, swizzle = 128>
!ring = !tile.smem<128x64xf16, swizzle = 128, stages = 4>
tile.kernel @expect_c1_multicast(%a: !half_box, %i: i32) attributes {cluster = 2 : i64} {
  %tiles = tile.alloc : !ring
  %full = tile.alloc_barriers : !tile.barriers<4>
  tile.init %full : !tile.barriers<4>
  tile.elect {
    // expected-error @+1 {{expected the 8192 bytes that it announces, got 16384}}
    tile.expect %full[%i], 8192 : !tile.barriers<4>
    tile.load %a[%i, %i] to %tiles[%i, %i] signals %full multicast : !half_box to !ring, !tile.barriers<4>
  }
  tile.sync cluster
  tile.return
}

// -----

// What other CTAs send to two tiles, and a copy beside it.
!box = !tile.descriptor<64x64xf16, swizzle = 128>
!ring = !tile.smem<64x64xf16, swizzle = 128>
func.func @expect_c1_sent(%a: !box, %t: !ring, %s: !tile.smem<128x16xf32>, %u: !tile.smem<64x16xf32>, %b: !tile.barriers<1>, %i: i32,
                          %x: !tile.fragment<64x16xf32>) {
  tile.elect {
    // expected-error @+1 {{expected the 8192 bytes that it announces, got 20480}}
    tile.expect %b[%i], 8192 : !tile.barriers<1>
    tile.load %a[%i, %i] to %t[%i] signals %b : !box to !ring, !tile.barriers<1>
  }
  tile.send_registers %x to %s[%i] of %i signals %b[%i] : !tile.fragment<64x16xf32> to !tile.smem<128x16xf32>, !tile.barriers<1>
  tile.send_registers %x to %s[%i] of %i signals %b[%i] : !tile.fragment<64x16xf32> to !tile.smem<128x16xf32>, !tile.barriers<1>
  tile.send_registers %x to %u[%i] of %i signals %b[%i] : !tile.fragment<64x16xf32> to !tile.smem<64x16xf32>, !tile.barriers<1>
  tile.wait %b[%i] : !tile.barriers<1>
  return
}

// -----

func.func @expect_c2(%b: !tile.barriers<4>, %i: i32) {
  tile.elect {
    // expected-error @+1 {{expected between 1 and 1048575 bytes, got 1048576}}
    tile.expect %b[%i], 1048576 : !tile.barriers<4>
  }
  return
}

// -----

func.func @expect_c3(%b: !tile.barriers<4>, %i: i32) {
  // expected-error @+1 {{expected to stand in tile.elect}}
  tile.expect %b[%i], 16 : !tile.barriers<4>
  return
}

// -----

func.func @arrive_c1(%b: !tile.barriers<4>, %i: i32) {
  // expected-error @+1 {{expected to stand in tile.elect}}
  tile.arrive %b[%i] : !tile.barriers<4>
  return
}

// -----

// Two arrivals at one use by one thread.
tile.kernel @kernel_c4_twice(%i: i32) {
  // expected-error @+1 {{expected 1 arrivals at each use, got 2}}
  %b = tile.alloc_barriers : !tile.barriers<4>
  tile.init %b : !tile.barriers<4>
  tile.elect {
    tile.arrive %b[%i] : !tile.barriers<4>
    tile.arrive %b[%i] : !tile.barriers<4>
  }
  tile.return
}

// -----

!box = !tile.descriptor<128x64xf16, swizzle = 128>
!ring = !tile.smem<128x64xf16, swizzle = 128, stages = 4>
func.func @expect_c4(%a: !box, %t: !ring, %b: !tile.barriers<4>, %i: i32, %j: i32) {
  tile.elect {
    tile.expect %b[%i], 16384 : !tile.barriers<4>
    // expected-error @+1 {{expected the count of the tile.expect before it}}
    tile.load %a[%i, %i] to %t[%j] signals %b : !box to !ring, !tile.barriers<4>
  }
  return
}

// -----

func.func @wait_c1(%b: !tile.barriers<4>, %i: i32) {
  tile.elect {
    // expected-error @+1 {{expected an arrival before it: the only one is behind it}}
    tile.wait %b[%i] : !tile.barriers<4>
    tile.arrive %b[%i] : !tile.barriers<4>
  }
  return
}

// -----

tile.kernel @init_c1() {
  %b = tile.alloc_barriers : !tile.barriers<4>
  tile.roles {
    tile.role "all" warpgroups(1) {
    ^bb0(%i: i32):
      // expected-error @+1 {{expected to stand outside of tile.role and tile.elect: the CTA waits for it}}
      tile.init %b : !tile.barriers<4>
    }
  }
  tile.return
}

// -----

func.func @init_c1_elect(%b: !tile.barriers<4>) {
  tile.elect {
    // expected-error @+1 {{expected to stand outside of tile.role and tile.elect: the CTA waits for it}}
    tile.init %b : !tile.barriers<4>
  }
  return
}
