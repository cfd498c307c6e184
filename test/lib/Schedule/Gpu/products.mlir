// RUN: tenon-opt %s --tenon-gpu-kernels --split-input-file | FileCheck %s

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
#bias = affine_map<(m, n) -> (n)>
#id = affine_map<(m, n) -> (m, n)>
// Tiles of 128 x 128; slices of 8 go through two buffers in shared memory, the bias is added to the sums in registers. The lines of the last k
// of a slice are carried with the sums, and multiplied when those of the next slice are on their way.
// CHECK-LABEL: func.func private @matmul
// CHECK: plan.launch @kernel_0 grid(%c256{{.*}}) scratch(%c16896{{.*}})
// CHECK: func.func @kernel_0
// CHECK: %[[A:.*]] = memref.view {{.*}} to memref<2x8x132xf32, #gpu.address_space<workgroup>>
// CHECK-NOT: linalg
// CHECK: gpu.barrier
// CHECK: %[[CARRIED:.*]]:20 = scf.for
// CHECK: vector.load {{.*}} {alignment = 16 : i64}
// CHECK-COUNT-128: vector.fma {{.*}} : vector<4xf32>
// CHECK: memref.store {{.*}} : memref<2x8x132xf32
// CHECK: vector.store {{.*}} : memref<2x8x132xf32
// CHECK: gpu.barrier
// CHECK: scf.yield
// CHECK-COUNT-16: vector.fma {{.*}} %[[CARRIED]]#
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

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>
// Operands of f16 and bf16: vectors of four travel as they are and are widened on the way to shared memory.
// CHECK-LABEL: func.func private @short_floats
// CHECK: func.func @kernel_0
// CHECK: memref.view {{.*}} to memref<2x16x68xf32, #gpu.address_space<workgroup>>
// CHECK: vector.load {{.*}} {alignment = 8 : i64} : {{.*}}, vector<4xf16>
// CHECK: vector.load {{.*}} {alignment = 8 : i64} : {{.*}}, vector<4xbf16>
// CHECK: arith.extf {{.*}} : vector<4xf16> to vector<4xf32>
// CHECK: arith.extf {{.*}} : vector<4xbf16> to vector<4xf32>
// CHECK-COUNT-64: vector.fma
// CHECK: arith.truncf
// CHECK: vector.store {{.*}} {alignment = 8 : i64} : {{.*}}, vector<4xf16>
func.func private @short_floats(%x: tensor<?x512xf16>, %w: tensor<512x768xbf16>) -> tensor<?x768xf16> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x512xf16>
  %e = tensor.empty(%m) : tensor<?x768xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x768xf32>) -> tensor<?x768xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<?x512xf16>, tensor<512x768xbf16>) outs(%f : tensor<?x768xf32>) {
  ^bb0(%l: f16, %r: bf16, %o: f32):
    %s = arith.extf %l : f16 to f32
    %v = arith.extf %r : bf16 to f32
    %t = arith.mulf %s, %v : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<?x768xf32>
  %h = tensor.empty(%m) : tensor<?x768xf16>
  %q = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%p : tensor<?x768xf32>) outs(%h : tensor<?x768xf16>) {
  ^bb0(%l: f32, %o: f16):
    %t = arith.truncf %l : f32 to f16
    linalg.yield %t : f16
  } -> tensor<?x768xf16>
  return %q : tensor<?x768xf16>
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
// Both of one short type, with rows of an odd number of elements: pairs of products in shared memory, along the products or from two rows,
// and fragments of 16 x 8 x 16. Rows of vectors are in async-products.mlir.
// CHECK-LABEL: func.func private @tensor_cores
// CHECK: func.func @kernel_0
// CHECK: memref.view {{.*}} to memref<2x32x144xf16, #gpu.address_space<workgroup>>
// CHECK: memref.view {{.*}} to memref<2x64x72xf16, #gpu.address_space<workgroup>>
// CHECK: vector.load {{.*}} {alignment = 16 : i64} : {{.*}}, vector<8xf16>
// CHECK: memref.load {{.*}} : memref<512x?xf16
// CHECK: scf.for
// CHECK-COUNT-16: nvgpu.mma.sync({{.*}}) {mmaShape = [16, 8, 16]} : (vector<4x2xf16>, vector<2x2xf16>, vector<2x2xf32>) -> vector<2x2xf32>
// CHECK-NOT: nvgpu.mma.sync
// CHECK: memref.store {{.*}} : memref<?x?xf32
func.func private @tensor_cores(%x: tensor<?x512xf16>, %w: tensor<512x765xf16>) -> tensor<?x765xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x512xf16>
  %e = tensor.empty(%m) : tensor<?x765xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x765xf32>) -> tensor<?x765xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<?x512xf16>, tensor<512x765xf16>) outs(%f : tensor<?x765xf32>) {
  ^bb0(%l: f16, %r: f16, %o: f32):
    %s = arith.extf %l : f16 to f32
    %v = arith.extf %r : f16 to f32
    %t = arith.mulf %s, %v : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<?x765xf32>
  return %p : tensor<?x765xf32>
}
