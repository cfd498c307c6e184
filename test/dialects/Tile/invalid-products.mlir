// RUN: tenon-opt %s --split-input-file --verify-diagnostics

!a = !tile.smem<64x64xf16, swizzle = 128>
!b = !tile.smem<64x64xbf16, swizzle = 128>
func.func @mma_c1(%a: !a, %b: !b, %i: i32) {
  // expected-error @+1 {{expected A and B of f16, bf16, f32, 8-bit integers or f8, got 'f16' and 'bf16'}}
  %0 = tile.mma %a[%i], %b[%i] : !a, !b -> !tile.fragment<64x64xf32>
  return
}

// -----

!a = !tile.smem<64x64xf16, swizzle = 128>
func.func @mma_c2(%a: !a, %i: i32) {
  // expected-error @+1 {{expected a result of 64 x 64 in steps of 8 columns}}
  %0 = tile.mma %a[%i], %a[%i] : !a, !a -> !tile.fragment<64x128xf32>
  return
}

// -----

!a = !tile.smem<64x128xi8, swizzle = 128>
!b = !tile.smem<40x128xi8, swizzle = 128>
func.func @mma_c2_i8(%a: !a, %b: !b, %i: i32) {
  // expected-error @+1 {{expected a result of 64 x 40 in steps of 16 columns}}
  %0 = tile.mma %a[%i], %b[%i] : !a, !b -> !tile.fragment<64x40xi32>
  return
}

// -----

!a = !tile.smem<64x64xf16, swizzle = 128>
!b = !tile.smem<64x128xf16, swizzle = 128>
func.func @mma_c3(%a: !a, %b: !b, %i: i32) {
  // expected-error @+1 {{expected equal K of a multiple of 32 bytes, got 64 and 128}}
  %0 = tile.mma %a[%i], %b[%i] : !a, !b -> !tile.fragment<64x64xf32>
  return
}

// -----

!a = !tile.smem<64x32xf32, swizzle = 128>
!b = !tile.smem<32x64xf32, swizzle = 128>
func.func @mma_c4(%a: !a, %b: !b, %i: i32) {
  // expected-error @+1 {{expected 16-bit elements of a transposed operand, got 'f32'}}
  %0 = tile.mma %a[%i], %b[%i] {transpose_b} : !a, !b -> !tile.fragment<64x64xf32>
  return
}

// -----

!a = !tile.smem<64x32xf16, swizzle = 64>
!b = !tile.smem<32x64xf16, swizzle = 64>
func.func @mma_c4_swizzle(%a: !a, %b: !b, %i: i32) {
  // expected-error @+1 {{expected a transposed B with a swizzle of 128 bytes, got 64}}
  %0 = tile.mma %a[%i], %b[%i] {transpose_b} : !a, !b -> !tile.fragment<64x64xf32>
  return
}

// -----

!a = !tile.smem<64x64xf16>
func.func @mma_c5(%a: !a, %i: i32) {
  // expected-error @+1 {{expected swizzled tiles}}
  %0 = tile.mma %a[%i], %a[%i] : !a, !a -> !tile.fragment<64x64xf32>
  return
}

// -----

!a = !tile.smem<64x64xf16, swizzle = 128>
!b = !tile.smem<64x64xf16>
func.func @mma_c5_b(%a: !a, %b: !b, %i: i32) {
  // expected-error @+1 {{expected swizzled tiles}}
  %0 = tile.mma %a[%i], %b[%i] : !a, !b -> !tile.fragment<64x64xf32>
  return
}

// -----

!a = !tile.smem<64x64xf16, swizzle = 128>
func.func @mma_c6(%a: !a, %i: i32) {
  // expected-error @+1 {{expected a result of f32, got 'i32'}}
  %0 = tile.mma %a[%i], %a[%i] : !a, !a -> !tile.fragment<64x64xi32>
  return
}

// -----

// The products may still be writing these registers.
!a = !tile.smem<64x64xf16, swizzle = 128>
func.func @mma_c7(%a: !a, %i: i32) {
  // expected-error @+1 {{expected a result that is waited for before 'tile.convert' reads it}}
  %0 = tile.mma %a[%i], %a[%i] : !a, !a -> !tile.fragment<64x64xf32>
  %1 = tile.convert %0 : !tile.fragment<64x64xf32> to !tile.fragment<64x64xf16>
  return
}

// -----

!b = !tile.smem<64x64xf16, swizzle = 128>
func.func @mma_c8(%a: !tile.fragment<64x64xf32>, %b: !b, %i: i32) {
  // expected-error @+1 {{expected a fragment A of 64 rows, 16-bit elements and the accumulator's layout}}
  %0 = tile.mma %a, %b[%i] : !tile.fragment<64x64xf32>, !b -> !tile.fragment<64x64xf32>
  return
}

// -----

!a = !tile.smem<64x64xf16, swizzle = 128>
func.func @mma_c8_tile(%a: !a, %i: i32) {
  // expected-error @+1 {{expected a tile A of a multiple of 64 rows with a count}}
  %0 = tile.mma %a, %a[%i] : !a, !a -> !tile.fragment<64x64xf32>
  return
}

// -----

!a = !tile.smem<64x64xf16, swizzle = 128>
func.func @mma_c9(%a: !a, %i: i32) {
  tile.elect {
    // expected-error @+1 {{expected to stand outside of tile.elect: all threads of the warpgroup take part}}
    %0 = tile.mma %a[%i], %a[%i] : !a, !a -> !tile.fragment<64x64xf32>
  }
  return
}

// -----

func.func @wait_mma_c1() {
  // expected-error @+1 {{expected 0 to 7 pending products, got 8}}
  tile.wait_mma 8
  return
}

// -----

!a = !tile.smem<64x64xf16, swizzle = 128>
!sum = !tile.fragment<64x64xf32>
func.func @wait_mma_c2(%a: !a, %i: i32) {
  %0 = tile.mma %a[%i], %a[%i] : !a, !a -> !sum
  %1 = tile.mma %a[%i], %a[%i] : !a, !a -> !sum
  %2 = tile.wait_mma 1 for %0 : !sum
  // expected-error @+1 {{expected fragments that are not of the last 2 products, which may be unfinished}}
  %3 = tile.wait_mma 2 for %1 : !sum
  return
}

// -----

func.func @wait_mma_c3() {
  tile.elect {
    // expected-error @+1 {{expected to stand outside of tile.elect: all threads of the warpgroup take part}}
    tile.wait_mma 0
  }
  return
}
