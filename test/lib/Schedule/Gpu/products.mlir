// RUN: tenon-opt %s --tenon-gpu-kernels --split-input-file | FileCheck %s

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
#bias = affine_map<(m, n) -> (n)>
#id = affine_map<(m, n) -> (m, n)>
// Tiles of 128 x 128; slices of 8 go through two buffers in shared memory, the bias is added to the sums in registers.
// CHECK-LABEL: func.func private @matmul
// CHECK: plan.launch @kernel_0 grid(%c256{{.*}}) scratch(%c16896{{.*}})
// CHECK: func.func @kernel_0
// CHECK: %[[A:.*]] = memref.view {{.*}} to memref<2x8x132xf32, #gpu.address_space<workgroup>>
// CHECK-NOT: linalg
// CHECK: gpu.barrier
// CHECK: %[[SUMS:.*]]:16 = scf.for
// CHECK: vector.load {{.*}} {alignment = 16 : i64}
// CHECK-COUNT-128: vector.fma {{.*}} : vector<4xf32>
// CHECK: memref.store {{.*}} : memref<2x8x132xf32
// CHECK: vector.store {{.*}} : memref<2x8x132xf32
// CHECK: gpu.barrier
// CHECK: scf.yield
// CHECK: arith.addf
// CHECK: vector.store {{.*}} {alignment = 16 : i64}
func.func private @matmul(%x: tensor<2048x512xf32>, %w: tensor<512x2048xf32>, %v: tensor<2048xf32>) -> tensor<2048x2048xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2048x2048xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2048x2048xf32>) -> tensor<2048x2048xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<2048x512xf32>, tensor<512x2048xf32>) outs(%f : tensor<2048x2048xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<2048x2048xf32>
  %q = linalg.generic {indexing_maps = [#id, #bias, #id], iterator_types = ["parallel", "parallel"]} ins(%p, %v : tensor<2048x2048xf32>, tensor<2048xf32>) outs(%e : tensor<2048x2048xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.addf %l, %r : f32
    linalg.yield %t : f32
  } -> tensor<2048x2048xf32>
  return %q : tensor<2048x2048xf32>
}

// -----

#in = affine_map<(f, y, x, c, i, j) -> (c, y + i, x + j)>
#w = affine_map<(f, y, x, c, i, j) -> (f, c, i, j)>
#out = affine_map<(f, y, x, c, i, j) -> (f, y, x)>
// A convolution of few columns: smaller tiles, so that there are more. 63 products are no whole slices of 32: beyond them are zeros.
// CHECK-LABEL: func.func private @convolution
// CHECK: func.func @kernel_0
// CHECK: memref.view {{.*}} to memref<2x32x36xf32, #gpu.address_space<workgroup>>
// CHECK: %[[INSIDE:.*]] = arith.cmpi slt, %{{.*}}, %c63
// CHECK: arith.select %[[INSIDE]], %{{.*}}, %{{.*}} : f32
func.func private @convolution(%x: tensor<7x16x16xf32>, %w: tensor<40x7x3x3xf32>) -> tensor<40x14x14xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<40x14x14xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<40x14x14xf32>) -> tensor<40x14x14xf32>
  %p = linalg.generic {indexing_maps = [#in, #w, #out], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]} ins(%x, %w : tensor<7x16x16xf32>, tensor<40x7x3x3xf32>) outs(%f : tensor<40x14x14xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<40x14x14xf32>
  return %p : tensor<40x14x14xf32>
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>
// One row: threads share each sum, so that the weights are read as they lie in memory.
// CHECK-LABEL: func.func private @no_tile_of_one_row
// CHECK: func.func @kernel_0
// CHECK-NOT: vector.fma
// CHECK: gpu.shuffle
func.func private @no_tile_of_one_row(%x: tensor<1x512xf32>, %w: tensor<2048x512xf32>) -> tensor<1x2048xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x2048xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2048xf32>) -> tensor<1x2048xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<1x512xf32>, tensor<2048x512xf32>) outs(%f : tensor<1x2048xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<1x2048xf32>
  return %p : tensor<1x2048xf32>
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
// Doubles: one thread per sum.
// CHECK-LABEL: func.func private @no_tile_of_doubles
// CHECK: func.func @kernel_0
// CHECK-NOT: vector.fma
// CHECK: arith.addf {{.*}} : f64
func.func private @no_tile_of_doubles(%x: tensor<64x64xf64>, %w: tensor<64x64xf64>) -> tensor<64x64xf64> {
  %zero = arith.constant 0.0 : f64
  %e = tensor.empty() : tensor<64x64xf64>
  %f = linalg.fill ins(%zero : f64) outs(%e : tensor<64x64xf64>) -> tensor<64x64xf64>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<64x64xf64>, tensor<64x64xf64>) outs(%f : tensor<64x64xf64>) {
  ^bb0(%l: f64, %r: f64, %o: f64):
    %t = arith.mulf %l, %r : f64
    %u = arith.addf %o, %t : f64
    linalg.yield %u : f64
  } -> tensor<64x64xf64>
  return %p : tensor<64x64xf64>
}
