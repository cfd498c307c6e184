// Values of products of few rows on thread blocks, as in block-check.mlir.
// RUN: %{block-check} %s 64
// RUN: %{block-check} %s 256
// Fibers leave the stacks that sanitizers know.
// UNSUPPORTED: sanitized

#a = affine_map<(m, n, k) -> (m, k)>
#at = affine_map<(m, n, k) -> (k, m)>
#b = affine_map<(m, n, k) -> (k, n)>
#bt = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>

// Chunks along the products of both operands, more slices than stages, whole tiles, and an epilogue.
func.func private @along_products(%x: tensor<16x448xf32>, %w: tensor<128x448xf32>, %bias: tensor<128xf32>) -> tensor<16x128xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<16x128xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<16x128xf32>) -> tensor<16x128xf32>
  %p = linalg.generic {indexing_maps = [#a, #bt, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<16x448xf32>, tensor<128x448xf32>) outs(%f : tensor<16x128xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<16x128xf32>
  %q = linalg.generic {indexing_maps = [#id, affine_map<(m, n) -> (n)>, #id], iterator_types = ["parallel", "parallel"]} ins(%p, %bias : tensor<16x128xf32>, tensor<128xf32>) outs(%e : tensor<16x128xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %s = arith.addf %l, %r : f32
    linalg.yield %s : f32
  } -> tensor<16x128xf32>
  return %q : tensor<16x128xf32>
}

// Chunks along the columns.
func.func private @along_columns(%x: tensor<16x448xf32>, %w: tensor<448x128xf32>) -> tensor<16x128xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<16x128xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<16x128xf32>) -> tensor<16x128xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<16x448xf32>, tensor<448x128xf32>) outs(%f : tensor<16x128xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<16x128xf32>
  return %p : tensor<16x128xf32>
}

// Chunks along the lines of both.
func.func private @along_lines(%x: tensor<320x32xf32>, %w: tensor<320x192xf32>) -> tensor<32x192xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<32x192xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<32x192xf32>) -> tensor<32x192xf32>
  %p = linalg.generic {indexing_maps = [#at, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<320x32xf32>, tensor<320x192xf32>) outs(%f : tensor<32x192xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<32x192xf32>
  return %p : tensor<32x192xf32>
}

// Sixteen groups of threads; fewer chunks of rows than threads.
func.func private @four(%x: tensor<4x256xf32>, %w: tensor<128x256xf32>) -> tensor<4x128xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x128xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x128xf32>) -> tensor<4x128xf32>
  %p = linalg.generic {indexing_maps = [#a, #bt, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<4x256xf32>, tensor<128x256xf32>) outs(%f : tensor<4x128xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<4x128xf32>
  return %p : tensor<4x128xf32>
}

// Rows, columns and products that fill no tile and no slice.
func.func private @seven(%x: tensor<7x264xf32>, %w: tensor<264x100xf32>) -> tensor<7x100xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<7x100xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<7x100xf32>) -> tensor<7x100xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<7x264xf32>, tensor<264x100xf32>) outs(%f : tensor<7x100xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<7x100xf32>
  return %p : tensor<7x100xf32>
}

// Nothing divides: elements one by one.
func.func private @odd(%x: tensor<19x131xf32>, %w: tensor<37x131xf32>) -> tensor<19x37xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<19x37xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<19x37xf32>) -> tensor<19x37xf32>
  %p = linalg.generic {indexing_maps = [#a, #bt, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<19x131xf32>, tensor<37x131xf32>) outs(%f : tensor<19x37xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<19x37xf32>
  return %p : tensor<19x37xf32>
}

// Pairs of products of one operand, elements of the other.
func.func private @odd_columns(%x: tensor<9x130xf32>, %w: tensor<130x29xf32>) -> tensor<9x29xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<9x29xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<9x29xf32>) -> tensor<9x29xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<9x130xf32>, tensor<130x29xf32>) outs(%f : tensor<9x29xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<9x29xf32>
  return %p : tensor<9x29xf32>
}

// Fewer rows than a square has.
func.func private @two(%x: tensor<2x256xf32>, %w: tensor<64x256xf32>) -> tensor<2x64xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x64xf32>) -> tensor<2x64xf32>
  %p = linalg.generic {indexing_maps = [#a, #bt, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<2x256xf32>, tensor<64x256xf32>) outs(%f : tensor<2x64xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<2x64xf32>
  return %p : tensor<2x64xf32>
}

// As many rows as columns in a tile, of which some are not there.
func.func private @many(%x: tensor<60x256xf32>, %w: tensor<256x72xf32>) -> tensor<60x72xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<60x72xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<60x72xf32>) -> tensor<60x72xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<60x256xf32>, tensor<256x72xf32>) outs(%f : tensor<60x72xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<60x72xf32>
  return %p : tensor<60x72xf32>
}

// Single rows, below each other; columns that end in a tile of two.
func.func private @odd_rows(%x: tensor<200x5xf32>, %w: tensor<66x200xf32>) -> tensor<5x66xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<5x66xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<5x66xf32>) -> tensor<5x66xf32>
  %p = linalg.generic {indexing_maps = [#at, #bt, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<200x5xf32>, tensor<66x200xf32>) outs(%f : tensor<5x66xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<5x66xf32>
  return %p : tensor<5x66xf32>
}


// An operand that the block computes itself is no memory to copy from: slices go through registers.
func.func private @computed(%x: tensor<3x128xf32>, %w: tensor<64x128xf32>) -> tensor<3x64xf32> {
  %zero = arith.constant 0.0 : f32
  %d = tensor.empty() : tensor<3x128xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<3x128xf32>) outs(%d : tensor<3x128xf32>) {
  ^bb0(%l: f32, %o: f32):
    %t = math.absf %l : f32
    linalg.yield %t : f32
  } -> tensor<3x128xf32>
  %e = tensor.empty() : tensor<3x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x64xf32>) -> tensor<3x64xf32>
  %p = linalg.generic {indexing_maps = [#a, #bt, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%y, %w : tensor<3x128xf32>, tensor<64x128xf32>) outs(%f : tensor<3x64xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<3x64xf32>
  return %p : tensor<3x64xf32>
}
