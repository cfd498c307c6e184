// RUN: tenon-opt %s --tenon-gpu-kernels | FileCheck %s

#in = affine_map<(f, y, x, c, i, j) -> (c, y + i, x + j)>
#w = affine_map<(f, y, x, c, i, j) -> (f, c, i, j)>
#out = affine_map<(f, y, x, c, i, j) -> (f, y, x)>
// A window of one element: rows of the image are vectors, here of four elements, which cp.async does not bring past the first cache.
// CHECK-LABEL: func.func private @point
// CHECK: func.func @kernel_0
// CHECK: nvgpu.device_async_copy %{{.*}}[{{.*}}], {{.*}}[{{.*}}], 4, %{{[a-z0-9_]*}} : memref<72x{{.*}}xf16, strided<[480, 60, 1], offset: ?>>
func.func private @point(%x: tensor<72x8x60xf16>, %w: tensor<64x72x1x1xf16>) -> tensor<64x8x60xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<64x8x60xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<64x8x60xf32>) -> tensor<64x8x60xf32>
  %p = linalg.generic {indexing_maps = [#in, #w, #out], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]} ins(%x, %w : tensor<72x8x60xf16>, tensor<64x72x1x1xf16>) outs(%f : tensor<64x8x60xf32>) {
  ^bb0(%l: f16, %r: f16, %o: f32):
    %s = arith.extf %l : f16 to f32
    %v = arith.extf %r : f16 to f32
    %t = arith.mulf %s, %v : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<64x8x60xf32>
  return %p : tensor<64x8x60xf32>
}
