// RUN: tenon-opt %s --gpu-distribute-kernels=threads=128 --canonicalize --split-input-file | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
// A warp per row, each lane with 256 / 32 / 4 vectors; the row is loaded once, the temporary is gone, and nobody waits.
// CHECK-LABEL: func.func @normalise
// CHECK-NOT: memref.view
// CHECK-NOT: gpu.barrier
// CHECK-COUNT-2: vector.load %arg0{{.*}} {alignment = 16 : i64}
// CHECK-NOT: vector.load
// CHECK-COUNT-5: gpu.shuffle xor
// CHECK-COUNT-4: arith.divf
// CHECK: vector.store {{.*}}, %arg1
// CHECK-COUNT-4: arith.divf
// CHECK: vector.store {{.*}}, %arg1
// CHECK-LABEL: func.func private @dispatch
// CHECK: plan.launch @normalise grid({{.*}}) scratch(%c0{{.*}})
module {
module @kernels {
  func.func @normalise(%x: memref<4x256xf32>, %y: memref<4x256xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    %c0 = arith.constant 0 : index
    %zero = arith.constant 0.0 : f32
    %s = memref.view %scratch[%c0][] : memref<?xi8> to memref<4xf32>
    linalg.fill ins(%zero : f32) outs(%s : memref<4xf32>)
    linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%x : memref<4x256xf32>) outs(%s : memref<4xf32>) {
    ^bb0(%a: f32, %o: f32):
      %q = arith.mulf %a, %a : f32
      %r = arith.addf %q, %o : f32
      linalg.yield %r : f32
    }
    linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %s : memref<4x256xf32>, memref<4xf32>) outs(%y : memref<4x256xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %t = arith.divf %a, %b : f32
      linalg.yield %t : f32
    }
    return
  }
}
func.func private @dispatch(%x: memref<4x256xf32>, %y: memref<4x256xf32>) {
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  plan.launch @normalise grid(%c1, %c1, %c1) scratch(%c64) buffers(%x, %y : memref<4x256xf32>, memref<4x256xf32>) {writes = array<i1: false, true>}
  return
}
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
// One row of 100001 elements: the whole block walks it in a loop and joins the warps' maxima in shared memory.
// CHECK-LABEL: func.func @long_row
// CHECK: %[[LOW:.*]] = arith.constant 0xFF800000 : f32
// CHECK: %[[PART:.*]] = scf.for %{{.*}} = %{{.*}} to %c100001 step %c128 iter_args(%{{.*}} = %[[LOW]])
// CHECK-COUNT-5: gpu.shuffle xor
// CHECK: gpu.barrier
// CHECK: memref.store %{{.*}} : memref<4xf32>
// CHECK: gpu.barrier
// CHECK-COUNT-4: memref.load %{{.*}} : memref<4xf32>
// CHECK: memref.store %{{.*}}, %arg1
module {
module @kernels {
  func.func @long_row(%x: memref<1x100001xf32>, %y: memref<1xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    %low = arith.constant 0xFF800000 : f32
    linalg.fill ins(%low : f32) outs(%y : memref<1xf32>)
    linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%x : memref<1x100001xf32>) outs(%y : memref<1xf32>) {
    ^bb0(%a: f32, %o: f32):
      %r = arith.maximumf %a, %o : f32
      linalg.yield %r : f32
    }
    return
  }
}
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
// Rows of 7 take 8 threads each; the last of them adds nothing. Doubles travel in halves.
// CHECK-LABEL: func.func @short_rows
// CHECK: %[[SUM:.*]] = arith.addf
// CHECK: arith.select %{{.*}}, %[[SUM]]
// CHECK-COUNT-6: gpu.shuffle xor
// CHECK-NOT: gpu.shuffle
module {
module @kernels {
  func.func @short_rows(%x: memref<40x7xf64>, %y: memref<40xf64>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    %zero = arith.constant 0.0 : f64
    linalg.fill ins(%zero : f64) outs(%y : memref<40xf64>)
    linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%x : memref<40x7xf64>) outs(%y : memref<40xf64>) {
    ^bb0(%a: f64, %o: f64):
      %r = arith.addf %a, %o : f64
      linalg.yield %r : f64
    }
    return
  }
}
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#column = affine_map<(i, j) -> (j)>
#row = affine_map<(i, j) -> (i)>
// CHECK-LABEL: func.func @no_sharing_of_columns
// CHECK-NOT: gpu.shuffle
// CHECK: return
// CHECK-LABEL: func.func @no_sharing_of_unknown_bodies
// CHECK-NOT: gpu.shuffle
// CHECK: return
module {
module @kernels {
  func.func @no_sharing_of_columns(%x: memref<64x128xf32>, %y: memref<128xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    %zero = arith.constant 0.0 : f32
    linalg.fill ins(%zero : f32) outs(%y : memref<128xf32>)
    linalg.generic {indexing_maps = [affine_map<(i, j) -> (j, i)>, #row], iterator_types = ["parallel", "reduction"]} ins(%x : memref<64x128xf32>) outs(%y : memref<128xf32>) {
    ^bb0(%a: f32, %o: f32):
      %r = arith.addf %a, %o : f32
      linalg.yield %r : f32
    }
    return
  }
  func.func @no_sharing_of_unknown_bodies(%x: memref<64x128xf32>, %y: memref<64xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    %zero = arith.constant 0.0 : f32
    linalg.fill ins(%zero : f32) outs(%y : memref<64xf32>)
    linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%x : memref<64x128xf32>) outs(%y : memref<64xf32>) {
    ^bb0(%a: f32, %o: f32):
      %d = arith.divf %a, %o : f32
      linalg.yield %d : f32
    }
    return
  }
}
}
