// RUN: tenon-opt %s --gpu-distribute-kernels=threads=128 --canonicalize --split-input-file | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#column = affine_map<(i, j) -> (j)>
// 64 sums are 16 vectors of four: each is shared by 8 threads, which take every eighth row and meet in shared memory.
// CHECK-LABEL: func.func @shared_columns
// CHECK: %[[SLOTS:.*]] = memref.view {{.*}} to memref<8x4x16xf32>
// CHECK: %[[SHARE:.*]] = arith.remui %{{.*}}, %c16
// CHECK: %[[SLICE:.*]] = arith.divui %{{.*}}, %c16
// CHECK: scf.for %{{.*}} = %[[SLICE]]
// CHECK-COUNT-4: vector.load {{.*}} {alignment = 16 : i64} : memref<512x64xf32>, vector<4xf32>
// CHECK-COUNT-4: memref.store %{{.*}}, %[[SLOTS]][%[[SLICE]], %{{.*}}, %[[SHARE]]]
// CHECK: gpu.barrier
// CHECK: scf.if
// CHECK-COUNT-32: memref.load %[[SLOTS]]
// CHECK: vector.store
module {
module @kernels {
  func.func @shared_columns(%x: memref<512x64xf32>, %y: memref<64xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    linalg.generic {indexing_maps = [#id, #column], iterator_types = ["reduction", "parallel"]} ins(%x : memref<512x64xf32>) outs(%y : memref<64xf32>) {
    ^bb0(%a: f32, %o: f32):
      %r = arith.addf %a, %o : f32
      linalg.yield %r : f32
    }
    return
  }
}
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#column = affine_map<(i, j) -> (j)>
// CHECK-LABEL: func.func @no_sharing_of_short_sums
// CHECK-NOT: gpu.barrier
// CHECK: return
// CHECK-LABEL: func.func @no_sharing_of_many_sums
// CHECK-NOT: gpu.barrier
// CHECK: return
module {
module @kernels {
  func.func @no_sharing_of_short_sums(%x: memref<7x64xf32>, %y: memref<64xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    linalg.generic {indexing_maps = [#id, #column], iterator_types = ["reduction", "parallel"]} ins(%x : memref<7x64xf32>) outs(%y : memref<64xf32>) {
    ^bb0(%a: f32, %o: f32):
      %r = arith.addf %a, %o : f32
      linalg.yield %r : f32
    }
    return
  }
  func.func @no_sharing_of_many_sums(%x: memref<512x512xf32>, %y: memref<512xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    linalg.generic {indexing_maps = [#id, #column], iterator_types = ["reduction", "parallel"]} ins(%x : memref<512x512xf32>) outs(%y : memref<512xf32>) {
    ^bb0(%a: f32, %o: f32):
      %r = arith.addf %a, %o : f32
      linalg.yield %r : f32
    }
    return
  }
}
}
