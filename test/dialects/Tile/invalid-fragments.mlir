// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @splat_c1(%x: i32) {
  // expected-error @+1 {{expected a value of 'f32', got 'i32'}}
  %0 = tile.splat %x : i32 -> !tile.fragment<64x8xf32>
  return
}

// -----

func.func @iota_c1() {
  // expected-error @+1 {{expected i32 with one row or one column}}
  %0 = tile.iota : !tile.fragment<64x8xi32>
  return
}

// -----

func.func @map_c1(%x: !tile.fragment<64x8xf16>) {
  // expected-error @+1 {{expected fragments of 32-bit elements that broadcast to}}
  %0 = tile.map %x : !tile.fragment<64x8xf16> -> !tile.fragment<64x8xf32> {
  ^bb0(%e: f16):
    %f = arith.extf %e : f16 to f32
    tile.yield %f : f32
  }
  return
}

// -----

func.func @map_c2(%x: !tile.fragment<64x16xf32>) {
  // expected-error @+1 {{expected fragments of 32-bit elements that broadcast to}}
  %0 = tile.map %x : !tile.fragment<64x16xf32> -> !tile.fragment<64x8xf32> {
  ^bb0(%e: f32):
    tile.yield %e : f32
  }
  return
}

// -----

func.func @map_c3(%x: !tile.fragment<64x8xf32>) {
  // expected-error @+1 {{expected a body that takes and yields the element types}}
  %0 = tile.map %x : !tile.fragment<64x8xf32> -> !tile.fragment<64x8xf32> {
  ^bb0(%e: i32):
    %f = arith.sitofp %e : i32 to f32
    tile.yield %f : f32
  }
  return
}

// -----

func.func @reduce_c1(%x: !tile.fragment<64x8xf32>) {
  // expected-error @+1 {{expected f32 and one column of the input's rows}}
  %0 = tile.reduce add %x : !tile.fragment<64x8xf32> -> !tile.fragment<1x8xf32>
  return
}

// -----

func.func @convert_c1(%x: !tile.fragment<64x8xf32>) {
  // expected-error @+1 {{expected f32 and f16 or bf16 of equal shape}}
  %0 = tile.convert %x : !tile.fragment<64x8xf32> to !tile.fragment<64x16xf16>
  return
}

// -----

func.func @columns_c1_types(%x: !tile.fragment<64x16xf32>) {
  // expected-error @+1 {{expected types that differ in columns only}}
  %0 = tile.columns %x[8] : !tile.fragment<64x16xf32> -> !tile.fragment<64x8xi32>
  return
}

// -----

func.func @columns_c1(%x: !tile.fragment<64x16xf32>) {
  // expected-error @+1 {{expected columns within 16 from a multiple of 8, got 16 from 8}}
  %0 = tile.columns %x[8] : !tile.fragment<64x16xf32> -> !tile.fragment<64x16xf32>
  return
}

// -----

func.func @write_shared_c1(%x: !tile.fragment<64x64xf32>, %t: !tile.smem<64x64xf16, swizzle = 128>, %i: i32) {
  // expected-error @+1 {{expected one element type of 16 or 32 bits}}
  tile.write_shared %x to %t[%i] : !tile.fragment<64x64xf32> to !tile.smem<64x64xf16, swizzle = 128>
  return
}

// -----

// Bytes are written only.
func.func @read_shared_c1_bytes(%t: !tile.smem<64x64xi8, swizzle = 64>, %i: i32) {
  // expected-error @+1 {{expected one element type of 16 or 32 bits}}
  %0 = tile.read_shared %t[%i] : !tile.smem<64x64xi8, swizzle = 64> -> !tile.fragment<64x64xi32>
  return
}

// -----

func.func @read_shared_c1(%t: !tile.smem<64x64xf16, swizzle = 128>, %i: i32) {
  // expected-error @+1 {{expected one element type of 16 or 32 bits}}
  %0 = tile.read_shared %t[%i] : !tile.smem<64x64xf16, swizzle = 128> -> !tile.fragment<64x64xf32>
  return
}

// -----

func.func @read_shared_c2(%t: !tile.smem<64x32xf16, swizzle = 64>, %i: i32) {
  // expected-error @+1 {{expected 64 rows of a multiple of 16 columns within the tile}}
  %0 = tile.read_shared %t[%i] : !tile.smem<64x32xf16, swizzle = 64> -> !tile.fragment<64x64xf16>
  return
}

// -----

func.func @write_shared_c2(%x: !tile.fragment<64x64xf16>, %t: !tile.smem<64x32xf16, swizzle = 64>, %i: i32) {
  // expected-error @+1 {{expected 64 rows of a multiple of 16 columns within the tile}}
  tile.write_shared %x to %t[%i] : !tile.fragment<64x64xf16> to !tile.smem<64x32xf16, swizzle = 64>
  return
}

// -----

#rows = #tile.layout<register = [[0, 1], [0, 32], [1, 0], [2, 0], [8, 0]], lane = [[0, 2], [0, 4], [0, 8], [0, 16], [4, 0]], warp = [[16, 0], [32, 0]]>
func.func @write_shared_c2_panel(%x: !tile.fragment<64x64xf16, #rows>, %t: !tile.smem<64x64xf16, swizzle = 64>, %i: i32) {
  // expected-error @+1 {{expected the accumulator's layout, or to write 16-bit elements whose atom fills a panel}}
  tile.write_shared %x to %t[%i] : !tile.fragment<64x64xf16, #rows> to !tile.smem<64x64xf16, swizzle = 64>
  return
}

// -----

#rows = #tile.layout<register = [[0, 1], [0, 32], [1, 0], [2, 0], [8, 0]], lane = [[0, 2], [0, 4], [0, 8], [0, 16], [4, 0]], warp = [[16, 0], [32, 0]]>
func.func @read_shared_c2_layout(%t: !tile.smem<64x64xf16, swizzle = 128>, %i: i32) {
  // expected-error @+1 {{expected the accumulator's layout, or to write 16-bit elements whose atom fills a panel}}
  %0 = tile.read_shared %t[%i] : !tile.smem<64x64xf16, swizzle = 128> -> !tile.fragment<64x64xf16, #rows>
  return
}

// -----

func.func @read_c1(%p: !llvm.ptr<1>, %i: i32) {
  // expected-error @+1 {{expected f32 from f32, f16 or bf16, or equal types of 16 or 32 bits, got 'i32' and 'f16'}}
  %0 = tile.read %p[%i, %i] stride(%i) limits(%i, %i) as f16 : !tile.fragment<64x8xi32>
  return
}

// -----

func.func @read_c2(%p: !llvm.ptr<1>, %i: i32) {
  // expected-error @+1 {{expected a transposed matrix read as elements of 32 bits, got 'f16'}}
  %0 = tile.read %p[%i, %i] stride(%i) limits(%i, %i) as f16 transposed : !tile.fragment<64x8xf16>
  return
}

// -----

func.func @write_c1(%p: !llvm.ptr<1>, %x: !tile.fragment<64x8xf16>, %i: i32) {
  // expected-error @+1 {{expected f32 to f32, f16 or bf16, or i32 to i32 or i8, got 'f16' and 'f16'}}
  tile.write %x to %p[%i, %i] stride(%i) limits(%i, %i) as f16 : !tile.fragment<64x8xf16>
  return
}

// -----

func.func @send_registers_c1(%x: !tile.fragment<64x16xf32>, %t: !tile.smem<64x64xf32>, %i: i32, %b: !tile.barriers<1>) {
  tile.wait %b[%i] : !tile.barriers<1>
  // expected-error @+1 {{expected f32 or i32 in 64 rows and a tile of as many columns without swizzle}}
  tile.send_registers %x to %t[%i] of %i signals %b[%i] : !tile.fragment<64x16xf32> to !tile.smem<64x64xf32>, !tile.barriers<1>
  return
}

// -----

func.func @send_registers_c2(%x: !tile.fragment<64x16xf32>, %t: !tile.smem<64x16xf32>, %i: i32, %b: !tile.barriers<1>) {
  // expected-error @+1 {{expected a tile.wait for what other CTAs send}}
  tile.send_registers %x to %t[%i] of %i signals %b[%i] : !tile.fragment<64x16xf32> to !tile.smem<64x16xf32>, !tile.barriers<1>
  return
}

// -----

func.func @read_registers_c1(%t: !tile.smem<64x32xf32, swizzle = 128>, %i: i32) {
  // expected-error @+1 {{expected f32 or i32 in 64 rows and a tile of as many columns without swizzle}}
  %0 = tile.read_registers %t[%i] : !tile.smem<64x32xf32, swizzle = 128> -> !tile.fragment<64x32xf32>
  return
}
