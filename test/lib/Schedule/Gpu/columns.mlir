// RUN: tenon-opt %s --gpu-distribute-kernels=threads=128 --canonicalize --split-input-file | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#column = affine_map<(i, j) -> (j)>
// 64 sums are 16 vectors of four: each is shared by 8 threads, which take every eighth row, eight of them at once. They start from the value
// that the result was filled with, without storing that, and meet in shared memory, where a thread joins the parts of a sum.
// CHECK-LABEL: func.func @shared_columns
// CHECK-SAME: cuda.min_blocks = 4
// CHECK: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK: %[[SLOTS:.*]] = memref.view {{.*}} to memref<8x64xf32>
// CHECK-NOT: gpu.barrier
// CHECK: %[[SHARE:.*]] = arith.remui %{{.*}}, %c16
// CHECK: %[[SLICE:.*]] = arith.divui %{{.*}}, %c16
// CHECK: scf.for %{{.*}} = %c0 to %c64 step %c8
// CHECK-COUNT-8: vector.load {{.*}} {alignment = 16 : i64} : memref<512x64xf32>, vector<4xf32>
// CHECK: vector.store %{{.*}}, %[[SLOTS]][%[[SLICE]], %{{.*}}]
// CHECK: gpu.barrier
// CHECK: %[[PART:.*]] = memref.load %[[SLOTS]][%c0, %[[RESULT:.*]]]
// CHECK: arith.addf %[[PART]], %[[ZERO]]
// CHECK-COUNT-7: memref.load %[[SLOTS]][%{{.*}}, %[[RESULT]]]
// CHECK: memref.store
module {
module @kernels {
  func.func @shared_columns(%x: memref<512x64xf32>, %y: memref<64xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    %zero = arith.constant 0.0 : f32
    linalg.fill ins(%zero : f32) outs(%y : memref<64xf32>)
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
  func.func @no_sharing_of_short_sums(%x: memref<3x64xf32>, %y: memref<64xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    linalg.generic {indexing_maps = [#id, #column], iterator_types = ["reduction", "parallel"]} ins(%x : memref<3x64xf32>) outs(%y : memref<64xf32>) {
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

// -----

#id = affine_map<(i, j) -> (i, j)>
#column = affine_map<(i, j) -> (j)>
// 8 threads share 515 rows: 64 each, and three have one more.
// CHECK-LABEL: func.func @rows_left_over
// CHECK: scf.for %{{.*}} = %c0 to %c64 step %c8
// CHECK: %[[ROW:.*]] = arith.addi %{{.*}}, %c512
// CHECK: %[[INSIDE:.*]] = arith.cmpi ult, %[[ROW]], %c515
// CHECK: scf.if %[[INSIDE]]
// CHECK: vector.load %{{.*}}[%[[ROW]], %{{.*}}] {alignment = 16 : i64} : memref<515x64xf32>, vector<4xf32>
// CHECK-LABEL: func.func @no_start_from_what_is_read
// CHECK: gpu.barrier
// CHECK: scf.for
module {
module @kernels {
  func.func @rows_left_over(%x: memref<515x64xf32>, %y: memref<64xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    linalg.generic {indexing_maps = [#id, #column], iterator_types = ["reduction", "parallel"]} ins(%x : memref<515x64xf32>) outs(%y : memref<64xf32>) {
    ^bb0(%a: f32, %o: f32):
      %r = arith.addf %a, %o : f32
      linalg.yield %r : f32
    }
    return
  }
  func.func @no_start_from_what_is_read(%x: memref<7x64xf32>, %y: memref<64xf32>, %z: memref<64xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    %zero = arith.constant 0.0 : f32
    linalg.fill ins(%zero : f32) outs(%y : memref<64xf32>)
    linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]} ins(%y : memref<64xf32>) outs(%z : memref<64xf32>) {
    ^bb0(%a: f32, %o: f32):
      linalg.yield %a : f32
    }
    linalg.generic {indexing_maps = [#id, #column], iterator_types = ["reduction", "parallel"]} ins(%x : memref<7x64xf32>) outs(%y : memref<64xf32>) {
    ^bb0(%a: f32, %o: f32):
      %r = arith.addf %a, %o : f32
      linalg.yield %r : f32
    }
    return
  }
}
}
