// RUN: tenon-opt %s --tenon-gpu-kernels --split-input-file | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#turned = affine_map<(i, j) -> (j, i)>
// Squares of 64 go through shared memory: both sides move vectors, all of a thread's loads come first, and rows change places in groups of
// 16 bytes with the column (TurnedTile.h; TurnedTest.cpp counts banks).
// CHECK-LABEL: func.func private @transpose
// CHECK: plan.launch @kernel_0 grid(%c2048{{.*}}) scratch(%c16384{{.*}})
// CHECK: func.func @kernel_0
// CHECK: %[[TILE:.*]] = memref.view {{.*}} to memref<4096xf32, #gpu.address_space<workgroup>>
// CHECK-COUNT-4: vector.load %{{.*}} {alignment = 16 : i64} : memref<64x64xf32, strided<[1024, 1], offset: ?>>, vector<4xf32>
// CHECK-NOT: vector.load
// CHECK-COUNT-16: memref.store %{{.*}}, %[[TILE]]
// CHECK-NOT: memref.store
// CHECK: gpu.barrier
// CHECK: scf.for
// CHECK: %[[ROW:.*]] = arith.remui %{{.*}}, %c64
// CHECK: %[[COLUMN:.*]] = arith.divui %{{.*}}, %c64
// CHECK: %[[FIRST:.*]] = arith.muli %[[COLUMN]], %c64
// CHECK: %[[BLOCK:.*]] = arith.divui %[[COLUMN]], %c4
// CHECK: %[[MIXED:.*]] = arith.xori %[[COLUMN]], %[[BLOCK]]
// CHECK: %[[PLACE:.*]] = arith.remui %[[MIXED]], %c8
// CHECK: %[[SWIZZLE:.*]] = arith.muli %[[PLACE]], %c4
// CHECK: %[[SWIZZLED:.*]] = arith.xori %[[ROW]], %[[SWIZZLE]]
// CHECK: %[[FROM:.*]] = arith.addi %[[FIRST]], %[[SWIZZLED]]
// CHECK: %[[VECTOR:.*]] = vector.load %[[TILE]][%[[FROM]]] {alignment = 16 : i64}
// CHECK: vector.store %[[VECTOR]], %{{.*}}[%[[COLUMN]], %[[ROW]]] {alignment = 16 : i64} : memref<64x64xf32, strided<[8192, 1], offset: ?>>, vector<4xf32>
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
// Halves of two rows make a word of shared memory.
// CHECK-LABEL: func.func private @halves
// CHECK: %[[TILE:.*]] = memref.view {{.*}} to memref<4096xf16, #gpu.address_space<workgroup>>
// CHECK-COUNT-2: vector.load {{.*}} {alignment = 16 : i64} : memref<64x64xf16, strided<[1024, 1], offset: ?>>, vector<8xf16>
// CHECK: %[[PAIR:.*]] = vector.from_elements {{.*}} : vector<2xf16>
// CHECK: vector.store %[[PAIR]], %[[TILE]]{{.*}} {alignment = 4 : i64}
// CHECK-COUNT-7: vector.store {{.*}}vector<2xf16>
// CHECK: gpu.barrier
// CHECK: vector.load %[[TILE]]{{.*}}vector<8xf16>
// CHECK-NEXT: vector.store {{.*}}vector<8xf16>
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
// Rows of any length: elements, of eight rows to a store. At an edge the last ones are loaded again, and what is outside is not written.
// CHECK-LABEL: func.func private @edges
// CHECK: %[[TILE:.*]] = memref.view {{.*}} to memref<4096xf16, #gpu.address_space<workgroup>>
// CHECK: %[[COLUMNS:.*]] = affine.min
// CHECK: %[[ROWS:.*]] = affine.min
// CHECK: %[[LAST:.*]] = arith.subi %[[COLUMNS]], %c1
// CHECK: arith.minui %{{.*}}, %[[LAST]]
// CHECK: %[[LAST:.*]] = arith.subi %[[ROWS]], %c1
// CHECK: %[[ROW:.*]] = arith.minui %{{.*}}, %[[LAST]]
// CHECK: memref.load %{{.*}}[%[[ROW]], %{{.*}}]
// CHECK-COUNT-15: memref.load
// CHECK: vector.store %{{.*}}, %[[TILE]]{{.*}}vector<8xf16>
// CHECK: vector.store %{{.*}}, %[[TILE]]{{.*}}vector<8xf16>
// CHECK: gpu.barrier
// CHECK: scf.for %{{.*}} = %c0 to %c16
// CHECK: %[[ROW:.*]] = arith.remui %{{.*}}, %c64
// CHECK: %[[COLUMN:.*]] = arith.divui %{{.*}}, %c64
// CHECK-DAG: arith.cmpi ult, %[[ROW]], %[[ROWS]]
// CHECK-DAG: arith.cmpi ult, %[[COLUMN]], %[[COLUMNS]]
// CHECK: %[[INSIDE:.*]] = arith.andi
// CHECK: scf.if %[[INSIDE]]
// CHECK: memref.load %[[TILE]]
// CHECK: memref.store
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
// CHECK-NOT: memref.view
// CHECK-LABEL: func.func private @no_tile_of_short_dims
// CHECK-NOT: memref.view
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

// -----

#id = affine_map<(i, j) -> (i, j)>
#turned = affine_map<(i, j) -> (j, i)>
// Bytes fill 128 bytes of shared memory in tiles of 128; four rows make a word. An operand that lies as the result does is read where it is.
// CHECK-LABEL: func.func private @bytes
// CHECK: memref.view {{.*}} to memref<16384xi8, #gpu.address_space<workgroup>>
// CHECK-COUNT-4: vector.load {{.*}} : memref<128x128xi8, strided<[1024, 1], offset: ?>>, vector<16xi8>
// CHECK-COUNT-16: vector.store {{.*}}vector<4xi8>
// CHECK: gpu.barrier
// CHECK-DAG: vector.load {{.*}}memref<16384xi8, #gpu.address_space<workgroup>>, vector<16xi8>
// CHECK-DAG: vector.load {{.*}}memref<128x128xi8, strided<[8192, 1], offset: ?>>, vector<16xi8>
// CHECK: vector.store {{.*}}vector<16xi8>
func.func private @bytes(%x: tensor<8192x1024xi8>, %y: tensor<1024x8192xi8>) -> tensor<1024x8192xi8> {
  %e = tensor.empty() : tensor<1024x8192xi8>
  %r = linalg.generic {indexing_maps = [#turned, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %y : tensor<8192x1024xi8>, tensor<1024x8192xi8>) outs(%e : tensor<1024x8192xi8>) {
  ^bb0(%a: i8, %b: i8, %o: i8):
    %s = arith.addi %a, %b : i8
    linalg.yield %s : i8
  } -> tensor<1024x8192xi8>
  return %r : tensor<1024x8192xi8>
}
