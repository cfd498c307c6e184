// Values of products on thread blocks, without a GPU: fibers stand for threads, and CPU kernels give what is expected.
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
#image = affine_map<(o, y, x, c, u, v) -> (c, y * 2 + u, x * 2 + v)>
#filter = affine_map<(o, y, x, c, u, v) -> (o, c, u, v)>
#pixels = affine_map<(o, y, x, c, u, v) -> (o, y, x)>
#point = affine_map<(o, y, x, c, u, v) -> (c, y + u, x + v)>

// Nothing divides: elements one by one, edges on all sides.
func.func private @odd(%x: tensor<33x65xf16>, %w: tensor<65x29xf16>) -> tensor<33x29xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<33x29xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<33x29xf32>) -> tensor<33x29xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<33x65xf16>, tensor<65x29xf16>) outs(%f : tensor<33x29xf32>) {
  ^bb0(%l: f16, %r: f16, %o: f32):
    %s = arith.extf %l : f16 to f32
    %v = arith.extf %r : f16 to f32
    %t = arith.mulf %s, %v : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<33x29xf32>
  return %p : tensor<33x29xf32>
}

// Vectors along the products of both operands, and an epilogue that reads a row.
func.func private @along_products(%x: tensor<64x96xbf16>, %w: tensor<64x96xbf16>, %bias: tensor<64xf32>) -> tensor<64x64xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<64x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<64x64xf32>) -> tensor<64x64xf32>
  %p = linalg.generic {indexing_maps = [#a, #bt, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<64x96xbf16>, tensor<64x96xbf16>) outs(%f : tensor<64x64xf32>) {
  ^bb0(%l: bf16, %r: bf16, %o: f32):
    %s = arith.extf %l : bf16 to f32
    %v = arith.extf %r : bf16 to f32
    %t = arith.mulf %s, %v : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<64x64xf32>
  %q = linalg.generic {indexing_maps = [#id, affine_map<(m, n) -> (n)>, #id], iterator_types = ["parallel", "parallel"]} ins(%p, %bias : tensor<64x64xf32>, tensor<64xf32>) outs(%e : tensor<64x64xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %s = arith.addf %l, %r : f32
    linalg.yield %s : f32
  } -> tensor<64x64xf32>
  return %q : tensor<64x64xf32>
}

// Vectors along the lines of both operands.
func.func private @along_lines(%x: tensor<80x48xf16>, %w: tensor<80x72xf16>) -> tensor<48x72xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<48x72xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<48x72xf32>) -> tensor<48x72xf32>
  %p = linalg.generic {indexing_maps = [#at, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<80x48xf16>, tensor<80x72xf16>) outs(%f : tensor<48x72xf32>) {
  ^bb0(%l: f16, %r: f16, %o: f32):
    %s = arith.extf %l : f16 to f32
    %v = arith.extf %r : f16 to f32
    %t = arith.mulf %s, %v : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<48x72xf32>
  return %p : tensor<48x72xf32>
}

// A convolution: windows of a step of two.
func.func private @window(%x: tensor<5x23x23xf16>, %w: tensor<20x5x3x3xf16>) -> tensor<20x11x11xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<20x11x11xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<20x11x11xf32>) -> tensor<20x11x11xf32>
  %p = linalg.generic {indexing_maps = [#image, #filter, #pixels], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]} ins(%x, %w : tensor<5x23x23xf16>, tensor<20x5x3x3xf16>) outs(%f : tensor<20x11x11xf32>) {
  ^bb0(%l: f16, %r: f16, %o: f32):
    %s = arith.extf %l : f16 to f32
    %v = arith.extf %r : f16 to f32
    %t = arith.mulf %s, %v : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<20x11x11xf32>
  return %p : tensor<20x11x11xf32>
}

// A ring of asynchronous copies that goes round, its last slice not whole: operands in their usual directions, then in the others.
func.func private @ring(%x: tensor<24x328xf16>, %w: tensor<328x40xf16>) -> tensor<24x40xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<24x40xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<24x40xf32>) -> tensor<24x40xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<24x328xf16>, tensor<328x40xf16>) outs(%f : tensor<24x40xf32>) {
  ^bb0(%l: f16, %r: f16, %o: f32):
    %s = arith.extf %l : f16 to f32
    %v = arith.extf %r : f16 to f32
    %t = arith.mulf %s, %v : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<24x40xf32>
  return %p : tensor<24x40xf32>
}

func.func private @turned_ring(%x: tensor<328x24xbf16>, %w: tensor<40x328xbf16>) -> tensor<24x40xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<24x40xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<24x40xf32>) -> tensor<24x40xf32>
  %p = linalg.generic {indexing_maps = [#at, #bt, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<328x24xbf16>, tensor<40x328xbf16>) outs(%f : tensor<24x40xf32>) {
  ^bb0(%l: bf16, %r: bf16, %o: f32):
    %s = arith.extf %l : bf16 to f32
    %v = arith.extf %r : bf16 to f32
    %t = arith.mulf %s, %v : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<24x40xf32>
  return %p : tensor<24x40xf32>
}

// A window of one element: columns of two loops in chunks.
func.func private @point(%x: tensor<72x5x16xf16>, %w: tensor<24x72x1x1xf16>) -> tensor<24x5x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<24x5x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<24x5x16xf32>) -> tensor<24x5x16xf32>
  %p = linalg.generic {indexing_maps = [#point, #filter, #pixels], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]} ins(%x, %w : tensor<72x5x16xf16>, tensor<24x72x1x1xf16>) outs(%f : tensor<24x5x16xf32>) {
  ^bb0(%l: f16, %r: f16, %o: f32):
    %s = arith.extf %l : f16 to f32
    %v = arith.extf %r : f16 to f32
    %t = arith.mulf %s, %v : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<24x5x16xf32>
  return %p : tensor<24x5x16xf32>
}

// Vectors of four elements along the products, of two along the columns.
func.func private @parts_of_chunks(%x: tensor<24x204xbf16>, %w: tensor<204x42xbf16>) -> tensor<24x42xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<24x42xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<24x42xf32>) -> tensor<24x42xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<24x204xbf16>, tensor<204x42xbf16>) outs(%f : tensor<24x42xf32>) {
  ^bb0(%l: bf16, %r: bf16, %o: f32):
    %s = arith.extf %l : bf16 to f32
    %v = arith.extf %r : bf16 to f32
    %t = arith.mulf %s, %v : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<24x42xf32>
  return %p : tensor<24x42xf32>
}
