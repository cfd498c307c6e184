// RUN: tenon-opt %s --split-input-file --verify-diagnostics

!box = !tile.descriptor<128x64xf16, swizzle = 128>
!ring = !tile.smem<128x64xf16, swizzle = 128, stages = 4>
func.func @load_c6(%a: !box, %t: !ring, %b: !tile.barriers<4>, %i: i32) {
  tile.elect {
    // expected-error @+1 {{expected a tile.expect of the barriers that it signals}}
    tile.load %a[%i, %i] to %t[%i] signals %b : !box to !ring, !tile.barriers<4>
    tile.arrive %b[%i] : !tile.barriers<4>
  }
  return
}

// -----

!half = !tile.descriptor<64x64xf16, swizzle = 128>
!ring = !tile.smem<128x64xf16, swizzle = 128, stages = 4>
tile.kernel @load_c7(%a: !half, %i: i32) {
  %t = tile.alloc : !ring
  %b = tile.alloc_barriers : !tile.barriers<4>
  tile.init %b : !tile.barriers<4>
  tile.elect {
    tile.expect %b[%i], 8192 : !tile.barriers<4>
    // expected-error @+1 {{expected a kernel with a cluster around a multicast}}
    tile.load %a[%i, %i] to %t[%i, %i] signals %b multicast : !half to !ring, !tile.barriers<4>
  }
  tile.return
}

// -----

// Four CTAs copy half of the rows each.
!half = !tile.descriptor<64x64xf16, swizzle = 128>
!ring = !tile.smem<128x64xf16, swizzle = 128, stages = 4>
tile.kernel @load_c7_rows(%a: !half, %i: i32) attributes {cluster = 4 : i64} {
  %t = tile.alloc : !ring
  %b = tile.alloc_barriers : !tile.barriers<4>
  tile.init %b : !tile.barriers<4>
  tile.elect {
    tile.expect %b[%i], 32768 : !tile.barriers<4>
    // expected-error @+1 {{expected a multicast of parts that are 128 rows together, got 256}}
    tile.load %a[%i, %i] to %t[%i, %i] signals %b multicast : !half to !ring, !tile.barriers<4>
  }
  tile.return
}

// -----

// CTAs that take turns copy one tile at a time.
!box = !tile.descriptor<128x64xf16, swizzle = 128>
!ring = !tile.smem<128x64xf16, swizzle = 128, stages = 4>
tile.kernel @load_c7_turns(%a: !box, %i: i32) attributes {cluster = 2 : i64} {
  %t = tile.alloc : !ring
  %b = tile.alloc_barriers : !tile.barriers<4>
  tile.init %b : !tile.barriers<4>
  tile.elect {
    // expected-error @+1 {{expected the 32768 bytes that it announces, got 16384}}
    tile.expect %b[%i], 32768 : !tile.barriers<4>
    tile.load %a[%i, %i] to %t[%i] signals %b multicast : !box to !ring, !tile.barriers<4>
  }
  tile.sync cluster
  tile.return
}

// -----

!box = !tile.descriptor<128x64xf16, swizzle = 128>
!ring = !tile.smem<128x64xf16, swizzle = 128, stages = 4>
tile.kernel @load_c7_twice(%a: !box, %i: i32) attributes {cluster = 2 : i64} {
  %t = tile.alloc : !ring
  %b = tile.alloc_barriers : !tile.barriers<4>
  tile.init %b : !tile.barriers<4>
  tile.elect {
    tile.expect %b[%i], 32768 : !tile.barriers<4>
    // expected-error @+1 {{expected a multicast of parts that are 128 rows together, got 256}}
    tile.load %a[%i, %i] to %t[%i] signals %b multicast : !box to !ring, !tile.barriers<4>
    tile.load %a[%i, %i] to %t[%i] signals %b multicast : !box to !ring, !tile.barriers<4>
  }
  tile.sync cluster
  tile.return
}
