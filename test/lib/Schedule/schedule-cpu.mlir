// RUN: tenon-opt %s --schedule-cpu --split-input-file | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

// A reduction of rows and what reads it are one loop over row blocks; the columns are not tiled.
// CHECK-LABEL: func.func private @rows
// CHECK: scf.forall
// CHECK-NOT: scf.forall
// CHECK: linalg.fill
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "reduction"]
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel"]
// CHECK: parallel_insert_slice
func.func private @rows(%x: tensor<64x1024xf32>) -> tensor<64x1024xf32> {
  %zero = arith.constant 0.0 : f32
  %e1 = tensor.empty() : tensor<64xf32>
  %e2 = tensor.empty() : tensor<64x1024xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e1 : tensor<64xf32>) -> tensor<64xf32>
  %s = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<64x1024xf32>) outs(%f : tensor<64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %a, %o : f32
    linalg.yield %r : f32
  } -> tensor<64xf32>
  %r = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %s : tensor<64x1024xf32>, tensor<64xf32>) outs(%e2 : tensor<64x1024xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %t = arith.divf %a, %b : f32
    linalg.yield %t : f32
  } -> tensor<64x1024xf32>
  return %r : tensor<64x1024xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

// The sum is used twice, once outside of the last op: two launches.
// CHECK-LABEL: func.func private @no_fusion_of_shared
// CHECK: scf.forall
// CHECK: scf.forall
func.func private @no_fusion_of_shared(%x: tensor<4096x64xf32>) -> (tensor<4096x64xf32>, tensor<4096x64xf32>) {
  %e = tensor.empty() : tensor<4096x64xf32>
  %p = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<4096x64xf32>) outs(%e : tensor<4096x64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.negf %a : f32
    linalg.yield %t : f32
  } -> tensor<4096x64xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%p : tensor<4096x64xf32>) outs(%e : tensor<4096x64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = math.absf %a : f32
    linalg.yield %t : f32
  } -> tensor<4096x64xf32>
  return %p, %r : tensor<4096x64xf32>, tensor<4096x64xf32>
}

// -----

// Small work stays outside of loops: one workgroup.
// CHECK-LABEL: func.func private @no_tiling_of_small
// CHECK-NOT: scf.forall
// CHECK: linalg.generic
func.func private @no_tiling_of_small(%x: tensor<8xf32>) -> tensor<8xf32> {
  %e = tensor.empty() : tensor<8xf32>
  %p = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]} ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %t = arith.negf %a : f32
    linalg.yield %t : f32
  } -> tensor<8xf32>
  return %p : tensor<8xf32>
}

// -----

// Padding becomes an op that reads conditionally.
// CHECK-LABEL: func.func private @pad
// CHECK: linalg.generic
// CHECK: scf.if
// CHECK: tensor.extract
func.func private @pad(%x: tensor<3x5xf32>) -> tensor<4x7xf32> {
  %c = arith.constant 0.0 : f32
  %r = tensor.pad %x low[1, 1] high[0, 1] {
  ^bb0(%i: index, %j: index):
    tensor.yield %c : f32
  } : tensor<3x5xf32> to tensor<4x7xf32>
  return %r : tensor<4x7xf32>
}

// -----

// A function that the host calls by name is no dispatch.
// CHECK-LABEL: func.func @no_dispatch
// CHECK-NOT: scf.forall
func.func @no_dispatch(%x: tensor<65536xf32>) -> tensor<65536xf32> {
  %c = arith.constant 0.0 : f32
  %r = linalg.fill ins(%c : f32) outs(%x : tensor<65536xf32>) -> tensor<65536xf32>
  return %r : tensor<65536xf32>
}

// -----

// A loop that never runs leaves nothing to share out.
// CHECK-LABEL: func.func private @no_empty
// CHECK-NOT: scf.forall
func.func private @no_empty(%x: tensor<65536x0xf32>, %y: tensor<65536xf32>) -> tensor<65536xf32> {
  %r = linalg.generic {
      indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<65536x0xf32>) outs(%y : tensor<65536xf32>) {
  ^bb0(%a: f32, %b: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<65536xf32>
  return %r : tensor<65536xf32>
}
