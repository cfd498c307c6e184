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

// -----

#id = affine_map<(i, j) -> (i, j)>
#column = affine_map<(i, j) -> (j)>
// At an edge there may be fewer sums, but each is shared as in other blocks. Rows of odd length have no vectors: more loads are under way.
// CHECK-LABEL: func.func @edge
// CHECK-SAME: cuda.min_blocks = 6
// CHECK: %[[SUMS:.*]] = affine.min
// CHECK: %[[SHARE:.*]] = arith.remui %{{.*}}, %c32
// CHECK: %[[LAST:.*]] = arith.subi %[[SUMS]], %c1
// CHECK: arith.minui %[[SHARE]], %[[LAST]]
// CHECK: scf.for %{{.*}} = %c0 to %c128 step %c16
// CHECK-COUNT-16: memref.load %{{.*}} : memref<512x?xf32
// CHECK: gpu.barrier
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[SUMS]] step %c128
module {
module @kernels {
  func.func @edge(%x: memref<512x101xf32>, %y: memref<101xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    %first = affine.apply affine_map<(i) -> (i * 32)>(%gx)
    %n = affine.min affine_map<(i) -> (101 - i, 32)>(%first)
    %in = memref.subview %x[0, %first] [512, %n] [1, 1] : memref<512x101xf32> to memref<512x?xf32, strided<[101, 1], offset: ?>>
    %out = memref.subview %y[%first] [%n] [1] : memref<101xf32> to memref<?xf32, strided<[1], offset: ?>>
    linalg.generic {indexing_maps = [#id, #column], iterator_types = ["reduction", "parallel"]} ins(%in : memref<512x?xf32, strided<[101, 1], offset: ?>>) outs(%out : memref<?xf32, strided<[1], offset: ?>>) {
    ^bb0(%a: f32, %o: f32):
      %r = arith.addf %a, %o : f32
      linalg.yield %r : f32
    }
    return
  }
}
}
