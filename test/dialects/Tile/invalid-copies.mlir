// RUN: tenon-opt %s --split-input-file --verify-diagnostics

!ring = !tile.smem<128x64xf16, swizzle = 128, stages = 4>
func.func @load_c1(%a: !tile.descriptor<128x64xbf16, swizzle = 128>, %t: !ring, %b: !tile.barriers<4>, %i: i32) {
  tile.elect {
    // expected-error @+1 {{expected one element type and swizzle}}
    tile.load %a[%i, %i] to %t[%i] signals %b : !tile.descriptor<128x64xbf16, swizzle = 128> to !ring, !tile.barriers<4>
  }
  return
}

// -----

!ring = !tile.smem<128x64xf16, swizzle = 128, stages = 4>
func.func @load_c2_columns(%a: !tile.descriptor<128x32xf16, swizzle = 128>, %t: !ring, %b: !tile.barriers<4>, %i: i32) {
  tile.elect {
    // expected-error @+1 {{expected a box of 64 columns, a panel of the tile, got 32}}
    tile.load %a[%i, %i] to %t[%i] signals %b : !tile.descriptor<128x32xf16, swizzle = 128> to !ring, !tile.barriers<4>
  }
  return
}

// -----

!ring = !tile.smem<128x64xf16, swizzle = 128, stages = 4>
func.func @load_c2_rows(%a: !tile.descriptor<96x64xf16, swizzle = 128>, %t: !ring, %b: !tile.barriers<4>, %i: i32) {
  tile.elect {
    // expected-error @+1 {{expected a box whose rows divide 128, got 96}}
    tile.load %a[%i, %i] to %t[%i] signals %b : !tile.descriptor<96x64xf16, swizzle = 128> to !ring, !tile.barriers<4>
  }
  return
}

// -----

!ring = !tile.smem<128x64xf16, swizzle = 128, stages = 4>
func.func @load_c3(%a: !tile.descriptor<128x64xf16, swizzle = 128, rank = 3>, %t: !ring, %b: !tile.barriers<4>, %i: i32) {
  tile.elect {
    // expected-error @+1 {{expected 3 coordinates and 0 offsets, got 2 and 0}}
    tile.load %a[%i, %i] to %t[%i] signals %b : !tile.descriptor<128x64xf16, swizzle = 128, rank = 3> to !ring, !tile.barriers<4>
  }
  return
}

// -----

!ring = !tile.smem<128x64xf16, swizzle = 128, stages = 4>
!pixels = !tile.descriptor<64x64xf16, swizzle = 128, rank = 4, im2col = true>
func.func @load_c3_pixels(%a: !pixels, %t: !ring, %b: !tile.barriers<4>, %i: i32) {
  tile.elect {
    // expected-error @+1 {{expected a box of all 128 pixels, got 64}}
    tile.load %a[%i, %i, %i, %i] im2col[%i, %i] to %t[%i] signals %b : !pixels to !ring, !tile.barriers<4>
  }
  return
}

// -----

!box = !tile.descriptor<128x64xf16, swizzle = 128>
!ring = !tile.smem<128x64xf16, swizzle = 128, stages = 4>
func.func @load_c4(%a: !box, %t: !ring, %b: !tile.barriers<3>, %i: i32) {
  tile.elect {
    // expected-error @+1 {{expected barriers of 4 stages, got 3}}
    tile.load %a[%i, %i] to %t[%i] signals %b : !box to !ring, !tile.barriers<3>
  }
  return
}

// -----

!box = !tile.descriptor<128x64xf16, swizzle = 128>
!ring = !tile.smem<128x64xf16, swizzle = 128, stages = 4>
func.func @load_c5(%a: !box, %t: !ring, %b: !tile.barriers<4>, %i: i32) {
  // expected-error @+1 {{expected to stand in tile.elect}}
  tile.load %a[%i, %i] to %t[%i] signals %b : !box to !ring, !tile.barriers<4>
  return
}

// -----

!box = !tile.descriptor<128x64xbf16, swizzle = 128>
!tile = !tile.smem<128x64xf16, swizzle = 128>
func.func @store_c1(%a: !box, %t: !tile, %i: i32) {
  tile.elect {
    // expected-error @+1 {{expected one element type and swizzle}}
    tile.store %t[%i] to %a[%i, %i] : !tile to !box
  }
  return
}

// -----

!box = !tile.descriptor<48x64xf16, swizzle = 128>
!tile = !tile.smem<128x64xf16, swizzle = 128>
func.func @store_c2(%a: !box, %t: !tile, %i: i32) {
  tile.elect {
    // expected-error @+1 {{expected a box whose rows divide 128, got 48}}
    tile.store %t[%i] to %a[%i, %i] : !tile to !box
  }
  return
}

// -----

!box = !tile.descriptor<128x64xf16, swizzle = 128>
!tile = !tile.smem<128x64xf16, swizzle = 128>
func.func @store_c3(%a: !box, %t: !tile, %i: i32) {
  tile.elect {
    // expected-error @+1 {{expected 2 coordinates of a descriptor without im2col, got 3}}
    tile.store %t[%i] to %a[%i, %i, %i] : !tile to !box
  }
  return
}

// -----

!box = !tile.descriptor<128x64xf16, swizzle = 128>
!tile = !tile.smem<128x64xf16, swizzle = 128>
func.func @store_c4(%a: !box, %t: !tile, %i: i32) {
  // expected-error @+1 {{expected to stand in tile.elect}}
  tile.store %t[%i] to %a[%i, %i] : !tile to !box
  return
}

// -----

!box = !tile.descriptor<128x64xf16, swizzle = 128>
func.func @prefetch_tile_c1(%a: !box, %i: i32) {
  tile.elect {
    // expected-error @+1 {{expected one element type and swizzle, got}}
    tile.prefetch_tile %a[%i, %i] : !box as !tile.smem<128x64xbf16, swizzle = 128>
  }
  return
}

// -----

!box = !tile.descriptor<96x64xf16, swizzle = 128>
func.func @prefetch_tile_c2(%a: !box, %i: i32) {
  tile.elect {
    // expected-error @+1 {{expected a box whose rows divide 128, got 96}}
    tile.prefetch_tile %a[%i, %i] : !box as !tile.smem<128x64xf16, swizzle = 128>
  }
  return
}

// -----

!box = !tile.descriptor<128x64xf16, swizzle = 128>
func.func @prefetch_tile_c3(%a: !box, %i: i32) {
  tile.elect {
    // expected-error @+1 {{expected 2 coordinates of a descriptor without im2col, got 1}}
    tile.prefetch_tile %a[%i] : !box as !tile.smem<128x64xf16, swizzle = 128>
  }
  return
}

// -----

!box = !tile.descriptor<128x64xf16, swizzle = 128>
func.func @prefetch_tile_c4(%a: !box, %i: i32) {
  // expected-error @+1 {{expected to stand in tile.elect}}
  tile.prefetch_tile %a[%i, %i] : !box as !tile.smem<128x64xf16, swizzle = 128>
  return
}
