// RUN: tenon-opt %s --split-input-file --verify-diagnostics

// expected-error @+1 {{expected elements of 1, 2 or 4 bytes, got 'f64'}}
func.func private @smem_c1(!tile.smem<8x16xf64>)

// -----

// expected-error @+1 {{expected a swizzle of 0, 32, 64 or 128 bytes, got 16}}
func.func private @smem_c2(!tile.smem<8x16xf16, swizzle = 16>)

// -----

// expected-error @+1 {{expected a multiple of 8 rows, got 12}}
func.func private @smem_c3(!tile.smem<12x64xf16, swizzle = 128>)

// -----

// expected-error @+1 {{expected rows of a multiple of 128 bytes, got 96 columns of 2}}
func.func private @smem_c4(!tile.smem<8x96xf16, swizzle = 128>)

// -----

// expected-error @+1 {{expected stages that fit 232448 bytes, got 8 of 32768}}
func.func private @smem_c5(!tile.smem<256x64xf16, swizzle = 128, stages = 8>)

// -----

// expected-error @+1 {{expected between 1 and 29056 stages, got 0}}
func.func private @barriers_c1(!tile.barriers<0>)

// -----

// expected-error @+1 {{expected between 1 and 1048575 arrivals, got 0}}
func.func private @barriers_c1_arrivals(!tile.barriers<4, arrivals = 0>)

// -----

// expected-error @+1 {{expected elements of 1, 2 or 4 bytes, got 'f64'}}
func.func private @descriptor_c1(!tile.descriptor<8x16xf64>)

// -----

// expected-error @+1 {{expected a swizzle of 0, 32, 64 or 128 bytes, got 48}}
func.func private @descriptor_c1_swizzle(!tile.descriptor<8x16xf16, swizzle = 48>)

// -----

// expected-error @+1 {{expected a box of at most 256 x 256, got 512 x 64}}
func.func private @descriptor_c2(!tile.descriptor<512x64xf16, swizzle = 128>)

// -----

// expected-error @+1 {{expected box rows of a multiple of 16 bytes within the swizzle, got 256 bytes}}
func.func private @descriptor_c3(!tile.descriptor<64x128xf16, swizzle = 128>)

// -----

// expected-error @+1 {{expected rank 3 to 5, got 2}}
func.func private @descriptor_c4(!tile.descriptor<64x64xf16, swizzle = 128, rank = 2, im2col = true>)

// -----

// expected-error @+1 {{expected elements of f32, i32, f16, bf16, i8, f8E4M3FN or f8E5M2, got 'f64'}}
func.func private @fragment_c1(!tile.fragment<64x8xf64>)

// -----

// expected-error @+1 {{expected 1 or 64 rows and 1 or a multiple of 8 columns up to 256, got 32 x 8}}
func.func private @fragment_c2(!tile.fragment<32x8xf32>)

// -----

// expected-error @+1 {{expected neighbouring columns in the 4 elements of a register}}
func.func private @fragment_c3(!tile.fragment<64x32xf8E4M3FN>)

// -----

// expected-error @+1 {{expected 5 lane steps and 2 warp steps, got 1 and 1}}
#layout_c1 = #tile.layout<register = [[0, 1], [2, 0]], lane = [[0, 2]], warp = [[1, 0]]>

// -----

// Register bit 1 and lane bit 2 make the same step: two registers would hold one element, and another none.
// expected-error @+1 {{expected each step to be another power of two along one dimension, got [1, 0]}}
#layout_c2 = #tile.layout<register = [[0, 1], [1, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]]>

// -----

// expected-error @+1 {{expected every power of two below the number of rows and of columns among the steps}}
#layout_c2_gap = #tile.layout<register = [[0, 1], [64, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]]>

// -----

// expected-error @+1 {{expected rows and columns}}
func.func private @extents(!tile.smem<8xf16>)
