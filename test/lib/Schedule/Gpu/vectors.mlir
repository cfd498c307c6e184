// RUN: tenon-opt %s --gpu-distribute-kernels=threads=128 --split-input-file | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#column = affine_map<(i, j) -> (j)>
#row = affine_map<(i, j) -> (i)>
// Four floats at a time; the value of a row is one scalar. 4 x 512 elements are 4 rounds of 128 threads, a number that LLVM can unroll.
// CHECK-LABEL: func.func @aligned
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c4
// CHECK: vector.load %{{.*}} {alignment = 16 : i64} : memref<4x512xf32>, vector<4xf32>
// CHECK: vector.load %{{.*}} {alignment = 16 : i64} : memref<512xf32>, vector<4xf32>
// CHECK: memref.load %{{.*}} : memref<4xf32>
// CHECK-COUNT-4: arith.mulf
// CHECK: vector.store %{{.*}} {alignment = 16 : i64}
module {
module @kernels {
  func.func @aligned(%x: memref<4x512xf32>, %b: memref<512xf32>, %r: memref<4xf32>, %y: memref<4x512xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    linalg.generic {indexing_maps = [#id, #column, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %b, %r : memref<4x512xf32>, memref<512xf32>, memref<4xf32>) outs(%y : memref<4x512xf32>) {
    ^bb0(%p: f32, %q: f32, %s: f32, %o: f32):
      %t = arith.addf %p, %q : f32
      %u = arith.mulf %t, %s : f32
      linalg.yield %u : f32
    }
    return
  }
}
}

// -----

#id = affine_map<(i, j) -> (i, j)>
// The widest element decides: eight halves would need two vectors of floats.
// CHECK-LABEL: func.func @two_types
// CHECK: vector.load %{{.*}} {alignment = 8 : i64} : memref<4x512xf16>, vector<4xf16>
// CHECK: vector.store %{{.*}} {alignment = 16 : i64} : memref<4x512xf32>, vector<4xf32>
module {
module @kernels {
  func.func @two_types(%x: memref<4x512xf16>, %y: memref<4x512xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : memref<4x512xf16>) outs(%y : memref<4x512xf32>) {
    ^bb0(%p: f16, %o: f32):
      %t = arith.extf %p : f16 to f32
      linalg.yield %t : f32
    }
    return
  }
}
}

// -----

#id = affine_map<(i, j, k) -> (i, j, k)>
#channel = affine_map<(i, j, k) -> (i)>
// Rows of 6 are no multiple of 4, but the 2 x 6 elements that share a value are, taken as one dim.
// CHECK-LABEL: func.func @flat_dims
// CHECK: vector.load %{{.*}} {alignment = 16 : i64} : memref<5x2x6xf32>, vector<4xf32>
module {
module @kernels {
  func.func @flat_dims(%x: memref<5x2x6xf32>, %s: memref<5xf32>, %y: memref<5x2x6xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    linalg.generic {indexing_maps = [#id, #channel, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%x, %s : memref<5x2x6xf32>, memref<5xf32>) outs(%y : memref<5x2x6xf32>) {
    ^bb0(%p: f32, %q: f32, %o: f32):
      %t = arith.mulf %p, %q : f32
      linalg.yield %t : f32
    }
    return
  }
}
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#turned = affine_map<(i, j) -> (j, i)>
// CHECK-LABEL: func.func @no_vectors_of_transposed
// CHECK-NOT: vector.load
// CHECK: return
// CHECK-LABEL: func.func @no_vectors_of_unaligned_rows
// CHECK-NOT: vector.load
// CHECK: return
// CHECK-LABEL: func.func @no_vectors_of_unaligned_start
// CHECK-NOT: vector.load
// CHECK: return
// CHECK-LABEL: func.func @aligned_start
// CHECK: vector.load %{{.*}} {alignment = 8 : i64} : memref<4x8xf32, strided<[64, 1], offset: ?>>, vector<2xf32>
module {
module @kernels {
  func.func @no_vectors_of_transposed(%x: memref<512x4xf32>, %y: memref<4x512xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    linalg.generic {indexing_maps = [#turned, #id], iterator_types = ["parallel", "parallel"]} ins(%x : memref<512x4xf32>) outs(%y : memref<4x512xf32>) {
    ^bb0(%p: f32, %o: f32):
      linalg.yield %p : f32
    }
    return
  }
  func.func @no_vectors_of_unaligned_rows(%x: memref<4x7xf32>, %y: memref<4x7xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    %a = memref.subview %x[0, 0] [4, 4] [1, 1] : memref<4x7xf32> to memref<4x4xf32, strided<[7, 1]>>
    %b = memref.subview %y[0, 0] [4, 4] [1, 1] : memref<4x7xf32> to memref<4x4xf32, strided<[7, 1]>>
    linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%a : memref<4x4xf32, strided<[7, 1]>>) outs(%b : memref<4x4xf32, strided<[7, 1]>>) {
    ^bb0(%p: f32, %o: f32):
      linalg.yield %p : f32
    }
    return
  }
  func.func @no_vectors_of_unaligned_start(%x: memref<4x64xf32>, %y: memref<4x8xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    %a = memref.subview %x[0, %gx] [4, 8] [1, 1] : memref<4x64xf32> to memref<4x8xf32, strided<[64, 1], offset: ?>>
    linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%a : memref<4x8xf32, strided<[64, 1], offset: ?>>) outs(%y : memref<4x8xf32>) {
    ^bb0(%p: f32, %o: f32):
      linalg.yield %p : f32
    }
    return
  }
  func.func @aligned_start(%x: memref<4x64xf32>, %y: memref<4x8xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    %start = affine.min affine_map<()[x] -> (x * 4 + 2, 20)>()[%gx]
    %a = memref.subview %x[0, %start] [4, 8] [1, 1] : memref<4x64xf32> to memref<4x8xf32, strided<[64, 1], offset: ?>>
    linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%a : memref<4x8xf32, strided<[64, 1], offset: ?>>) outs(%y : memref<4x8xf32>) {
    ^bb0(%p: f32, %o: f32):
      linalg.yield %p : f32
    }
    return
  }
}
}
