// RUN: tenon-opt %s --tenon-gpu-kernels --split-input-file | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#turned = affine_map<(i, j) -> (j, i)>
// Squares of 64 go through shared memory, whose rows are 65 floats long: both sides move vectors, and what these hold is gathered there.
// CHECK-LABEL: func.func private @transpose
// CHECK: plan.launch @kernel_0 grid(%c2048{{.*}}) scratch(%c16640{{.*}})
// CHECK: func.func @kernel_0
// CHECK: %[[TILE:.*]] = memref.reinterpret_cast %{{.*}} to offset: [0], sizes: [64, 64], strides: [65, 1]
// CHECK: scf.for
// CHECK: %[[COLUMN:.*]] = arith.remui %{{.*}}, %c64
// CHECK: %[[ROW:.*]] = arith.divui %{{.*}}, %c64
// CHECK: vector.load %{{.*}}[%[[ROW]], %[[COLUMN]]] {alignment = 16 : i64} : memref<64x64xf32, strided<[1024, 1], offset: ?>>, vector<4xf32>
// CHECK-COUNT-4: memref.store %{{.*}}, %[[TILE]][%[[ROW]], %{{.*}}]
// CHECK: gpu.barrier
// CHECK: %[[COLUMN:.*]] = arith.remui %{{.*}}, %c64
// CHECK: %[[ROW:.*]] = arith.divui %{{.*}}, %c64
// CHECK-COUNT-4: memref.load %[[TILE]][%{{.*}}, %[[ROW]]]
// CHECK: vector.store %{{.*}}[%[[ROW]], %[[COLUMN]]] {alignment = 16 : i64} : memref<64x64xf32, strided<[8192, 1], offset: ?>>, vector<4xf32>
func.func private @transpose(%x: tensor<8192x1024xf32>) -> tensor<1024x8192xf32> {
  %e = tensor.empty() : tensor<1024x8192xf32>
  %r = linalg.generic {indexing_maps = [#turned, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<8192x1024xf32>) outs(%e : tensor<1024x8192xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<1024x8192xf32>
  return %r : tensor<1024x8192xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#turned = affine_map<(i, j) -> (j, i)>
// Rows of 66 halves begin at multiples of four bytes: a vector of eight is stored as four pairs.
// CHECK-LABEL: func.func private @halves
// CHECK: %[[TILE:.*]] = memref.reinterpret_cast %{{.*}} to offset: [0], sizes: [64, 64], strides: [66, 1]
// CHECK: vector.load {{.*}}vector<8xf16>
// CHECK-COUNT-4: vector.store %{{.*}}, %[[TILE]]{{.*}} {alignment = 4 : i64} : {{.*}}vector<2xf16>
// CHECK-COUNT-8: memref.load %[[TILE]]
// CHECK: vector.store {{.*}}vector<8xf16>
func.func private @halves(%x: tensor<8192x1024xf16>) -> tensor<1024x8192xf16> {
  %e = tensor.empty() : tensor<1024x8192xf16>
  %r = linalg.generic {indexing_maps = [#turned, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<8192x1024xf16>) outs(%e : tensor<1024x8192xf16>) {
  ^bb0(%a: f16, %o: f16):
    linalg.yield %a : f16
  } -> tensor<1024x8192xf16>
  return %r : tensor<1024x8192xf16>
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#turned = affine_map<(i, j) -> (j, i)>
// At the edge a tile is smaller than 64, but no larger.
// CHECK-LABEL: func.func private @edges
// CHECK: memref.reinterpret_cast %{{.*}} to offset: [0], sizes: [%{{.*}}, %{{.*}}], strides: [66, 1] : memref<4224xf16
func.func private @edges(%x: tensor<?x?xf16>) -> tensor<?x?xf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = tensor.dim %x, %c0 : tensor<?x?xf16>
  %n = tensor.dim %x, %c1 : tensor<?x?xf16>
  %e = tensor.empty(%n, %m) : tensor<?x?xf16>
  %r = linalg.generic {indexing_maps = [#turned, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<?x?xf16>) outs(%e : tensor<?x?xf16>) {
  ^bb0(%a: f16, %o: f16):
    linalg.yield %a : f16
  } -> tensor<?x?xf16>
  return %r : tensor<?x?xf16>
}

// -----

#id = affine_map<(i, j, k) -> (i, j, k)>
#outer = affine_map<(i, j, k) -> (j, i, k)>
#turned = affine_map<(i, j, k) -> (i, k, j)>
// CHECK-LABEL: func.func private @no_tile_of_outer_dims
// CHECK-NOT: memref.reinterpret_cast
// CHECK-LABEL: func.func private @no_tile_of_short_dims
// CHECK-NOT: memref.reinterpret_cast
func.func private @no_tile_of_outer_dims(%x: tensor<64x32x128xf32>) -> tensor<32x64x128xf32> {
  %e = tensor.empty() : tensor<32x64x128xf32>
  %r = linalg.generic {indexing_maps = [#outer, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%x : tensor<64x32x128xf32>) outs(%e : tensor<32x64x128xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<32x64x128xf32>
  return %r : tensor<32x64x128xf32>
}
func.func private @no_tile_of_short_dims(%x: tensor<64x128x3xf32>) -> tensor<64x3x128xf32> {
  %e = tensor.empty() : tensor<64x3x128xf32>
  %r = linalg.generic {indexing_maps = [#turned, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%x : tensor<64x128x3xf32>) outs(%e : tensor<64x3x128xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  } -> tensor<64x3x128xf32>
  return %r : tensor<64x3x128xf32>
}
