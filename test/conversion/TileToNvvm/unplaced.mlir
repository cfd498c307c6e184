// RUN: tenon-opt %s --convert-tile-to-nvvm --verify-diagnostics

tile.kernel @no_offset() {
  // expected-error @+2 {{expected an offset: run tile-place-shared before}}
  // expected-error @+1 {{failed to legalize operation 'tile.alloc'}}
  %0 = tile.alloc : !tile.smem<8x16xf32>
  tile.return
}
