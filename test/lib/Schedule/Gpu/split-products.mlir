// RUN: tenon-opt %s --schedule-gpu --split-input-file | FileCheck %s

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>
// 2 x 2 tiles of 64 x 64: sixteen parts of the sums first; what reads the product is computed with the sums of these.
// CHECK-LABEL: func.func private @product
// CHECK: tensor.expand_shape %arg0 {{\[\[}}0], [1, 2]] output_shape [128, 16, 256] : tensor<128x4096xf32> into tensor<128x16x256xf32>
// CHECK: tensor.expand_shape %arg1 {{\[\[}}0, 1], [2]] output_shape [16, 256, 128] : tensor<4096x128xf32> into tensor<16x256x128xf32>
// CHECK: scf.forall {{.*}} = (0, 0, 0) to (16, 128, 128) step (1, 32, 32)
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "parallel", "reduction"]{{.*}} outs(%{{.*}} : tensor<1x32x32xf32>)
// CHECK: scf.forall
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "reduction"]{{.*}} ins(%{{.*}} : tensor<16x
// CHECK: linalg.generic
// CHECK: math.absf
func.func private @product(%x: tensor<128x4096xf32>, %w: tensor<4096x128xf32>) -> tensor<128x128xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<128x128xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<128x128xf32>) -> tensor<128x128xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<128x4096xf32>, tensor<4096x128xf32>) outs(%f : tensor<128x128xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<128x128xf32>
  %q = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%p : tensor<128x128xf32>) outs(%e : tensor<128x128xf32>) {
  ^bb0(%l: f32, %o: f32):
    %t = math.absf %l : f32
    linalg.yield %t : f32
  } -> tensor<128x128xf32>
  return %q : tensor<128x128xf32>
}

// -----

#in = affine_map<(b, f, y, x, c, i, j) -> (b, c, y + i, x + j)>
#w = affine_map<(b, f, y, x, c, i, j) -> (f, c, i, j)>
#out = affine_map<(b, f, y, x, c, i, j) -> (b, f, y, x)>
// A convolution of a batch that is not known: parts of 512 products at least, channels apart.
// CHECK-LABEL: func.func private @convolution
// CHECK: tensor.expand_shape %arg0 {{\[\[}}0], [1, 2], [3], [4]] output_shape [%{{.*}}, 2, 64, 9, 9]
// CHECK: tensor.expand_shape %arg1 {{\[\[}}0], [1, 2], [3], [4]] output_shape [64, 2, 64, 3, 3]
func.func private @convolution(%x: tensor<?x128x9x9xf32>, %w: tensor<64x128x3x3xf32>) -> tensor<?x64x7x7xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = tensor.dim %x, %c0 : tensor<?x128x9x9xf32>
  %e = tensor.empty(%n) : tensor<?x64x7x7xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x64x7x7xf32>) -> tensor<?x64x7x7xf32>
  %p = linalg.generic {indexing_maps = [#in, #w, #out], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]} ins(%x, %w : tensor<?x128x9x9xf32>, tensor<64x128x3x3xf32>) outs(%f : tensor<?x64x7x7xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<?x64x7x7xf32>
  return %p : tensor<?x64x7x7xf32>
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
// Enough tiles; too short sums; sums of an unknown length; a prime number of elements.
// CHECK-LABEL: func.func private @no_split_of_many_tiles
// CHECK-NOT: tensor.expand_shape
// CHECK-LABEL: func.func private @no_split_of_short_sums
// CHECK-NOT: tensor.expand_shape
// CHECK-LABEL: func.func private @no_split_of_unknown_length
// CHECK-NOT: tensor.expand_shape
// CHECK-LABEL: func.func private @no_split_of_primes
// CHECK-NOT: tensor.expand_shape
func.func private @no_split_of_many_tiles(%x: tensor<2048x4096xf32>, %w: tensor<4096x2048xf32>, %f: tensor<2048x2048xf32>) -> tensor<2048x2048xf32> {
  %zero = arith.constant 0.0 : f32
  %e = linalg.fill ins(%zero : f32) outs(%f : tensor<2048x2048xf32>) -> tensor<2048x2048xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<2048x4096xf32>, tensor<4096x2048xf32>) outs(%e : tensor<2048x2048xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<2048x2048xf32>
  return %p : tensor<2048x2048xf32>
}
func.func private @no_split_of_short_sums(%x: tensor<128x96xf32>, %w: tensor<96x128xf32>, %f: tensor<128x128xf32>) -> tensor<128x128xf32> {
  %zero = arith.constant 0.0 : f32
  %e = linalg.fill ins(%zero : f32) outs(%f : tensor<128x128xf32>) -> tensor<128x128xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<128x96xf32>, tensor<96x128xf32>) outs(%e : tensor<128x128xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<128x128xf32>
  return %p : tensor<128x128xf32>
}
func.func private @no_split_of_unknown_length(%x: tensor<128x?xf32>, %w: tensor<?x128xf32>, %f: tensor<128x128xf32>) -> tensor<128x128xf32> {
  %zero = arith.constant 0.0 : f32
  %e = linalg.fill ins(%zero : f32) outs(%f : tensor<128x128xf32>) -> tensor<128x128xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<128x?xf32>, tensor<?x128xf32>) outs(%e : tensor<128x128xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<128x128xf32>
  return %p : tensor<128x128xf32>
}
func.func private @no_split_of_primes(%x: tensor<128x4093xf32>, %w: tensor<4093x128xf32>, %f: tensor<128x128xf32>) -> tensor<128x128xf32> {
  %zero = arith.constant 0.0 : f32
  %e = linalg.fill ins(%zero : f32) outs(%f : tensor<128x128xf32>) -> tensor<128x128xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<128x4093xf32>, tensor<4093x128xf32>) outs(%e : tensor<128x128xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<128x128xf32>
  return %p : tensor<128x128xf32>
}
