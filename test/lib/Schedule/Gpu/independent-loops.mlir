// RUN: tenon-opt %s --gpu-distribute-kernels=threads=128 --canonicalize --split-input-file | FileCheck %s

// Rows of running sums: 6 x 40 threads walk one each.
// CHECK-LABEL: func.func @rows
// CHECK: %[[THREAD:.*]] = gpu.thread_id x
// CHECK: scf.for %[[I:.*]] = %[[THREAD]] to %c240 step %c128
// CHECK: %[[ROW:.*]] = arith.remui %[[I]], %c40
// CHECK: %[[BATCH:.*]] = arith.divui %[[I]], %c40
// CHECK: scf.for %[[J:[^ ]*]] =
// CHECK: memref.store %{{.*}}, %arg1[%[[BATCH]], %[[ROW]], %[[J]]]
module {
module @kernels {
  func.func @rows(%x: memref<6x40x9xf32>, %y: memref<6x40x9xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c6 = arith.constant 6 : index
    %c40 = arith.constant 40 : index
    %c9 = arith.constant 9 : index
    %zero = arith.constant 0.0 : f32
    scf.for %b = %c0 to %c6 step %c1 {
      scf.for %i = %c0 to %c40 step %c1 {
        %last = scf.for %j = %c0 to %c9 step %c1 iter_args(%sum = %zero) -> f32 {
          %v = memref.load %x[%b, %i, %j] : memref<6x40x9xf32>
          %next = arith.addf %sum, %v : f32
          memref.store %next, %y[%b, %i, %j] : memref<6x40x9xf32>
          scf.yield %next : f32
        }
      }
    }
    return
  }
}
}

// -----

// An element that another iteration writes, or an index that is no loop's: the first thread does it.
// CHECK-LABEL: func.func @no_sharing_of_neighbours
// CHECK: scf.if
// CHECK-LABEL: func.func @no_sharing_of_scatters
// CHECK: scf.if
module {
module @kernels {
  func.func @no_sharing_of_neighbours(%x: memref<41xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c40 = arith.constant 40 : index
    scf.for %i = %c0 to %c40 step %c1 {
      %next = arith.addi %i, %c1 : index
      %v = memref.load %x[%i] : memref<41xf32>
      memref.store %v, %x[%next] : memref<41xf32>
    }
    return
  }
  func.func @no_sharing_of_scatters(%x: memref<40xi64>, %y: memref<40xi64>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c40 = arith.constant 40 : index
    scf.for %i = %c0 to %c40 step %c1 {
      %v = memref.load %x[%i] : memref<40xi64>
      %place = arith.index_cast %v : i64 to index
      memref.store %v, %y[%place] : memref<40xi64>
    }
    return
  }
}
}
