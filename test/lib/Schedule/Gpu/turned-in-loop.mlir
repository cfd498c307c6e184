// RUN: tenon-opt %s --gpu-distribute-kernels --canonicalize | FileCheck %s

// In a loop the tile is filled once the round before has read it, and read once it is full.
// CHECK: scf.for
// CHECK-NEXT: gpu.barrier
// CHECK-COUNT-4: vector.load {{.*}} : memref<64x64xf32>
// CHECK: memref.store
// CHECK-NOT: scf.for
// CHECK: gpu.barrier
// CHECK-NEXT: scf.for
// CHECK: vector.load
module {
module @kernels {
  func.func @turned(%x: memref<64x64xf32>, %y: memref<64x64xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c3 = arith.constant 3 : index
    scf.for %i = %c0 to %c3 step %c1 {
      linalg.generic {indexing_maps = [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%x : memref<64x64xf32>) outs(%y : memref<64x64xf32>) {
      ^bb0(%a: f32, %o: f32):
        linalg.yield %a : f32
      }
    }
    return
  }
}
}
