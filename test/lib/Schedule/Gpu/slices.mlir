// RUN: tenon-opt %s --tenon-gpu-kernels | FileCheck %s

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>
// Both operands end with the products: slices of 16 rather than 8, so that rows are read 64 bytes at a time (products.mlir has B of rows along n).
// CHECK-LABEL: func.func private @turned_weights
// CHECK: plan.launch @kernel_0 grid(%c256{{.*}}) scratch(%c33792{{.*}})
// CHECK: func.func @kernel_0
// CHECK: memref.view {{.*}} to memref<2x16x132xf32, #gpu.address_space<workgroup>>
// CHECK: scf.for
// CHECK-COUNT-256: vector.fma {{.*}} : vector<4xf32>
// CHECK: gpu.barrier
func.func private @turned_weights(%x: tensor<2048x512xf32>, %w: tensor<2048x512xf32>) -> tensor<2048x2048xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2048x2048xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2048x2048xf32>) -> tensor<2048x2048xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<2048x512xf32>, tensor<2048x512xf32>) outs(%f : tensor<2048x2048xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<2048x2048xf32>
  return %p : tensor<2048x2048xf32>
}
