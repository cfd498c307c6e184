// RUN: tenon-opt %s --schedule-gpu --split-input-file | FileCheck %s

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>
// Rows that only the run knows: four sizes of tiles with the epilogue in each, all but one without iterations, into one result.
// CHECK-LABEL: func.func private @rows
// CHECK: %[[TWO:.*]] = arith.select %{{.*}}, %{{.*}}, %{{.*}} : index
// CHECK: %[[NUMBER:.*]] = arith.select %{{.*}}, %c3{{.*}}, %{{.*}} : index
// CHECK: %[[IS0:.*]] = arith.cmpi eq, %[[NUMBER]], %c0
// CHECK: %[[M0:.*]] = arith.select %[[IS0]], %[[M:.*]], %c0
// CHECK: %[[IS1:.*]] = arith.cmpi eq, %[[NUMBER]], %c1
// CHECK: %[[M1:.*]] = arith.select %[[IS1]], %[[M]], %c0
// CHECK: %[[IS2:.*]] = arith.cmpi eq, %[[NUMBER]], %c2
// CHECK: %[[M2:.*]] = arith.select %[[IS2]], %[[M]], %c0
// CHECK: %[[IS3:.*]] = arith.cmpi eq, %[[NUMBER]], %c3
// CHECK: %[[M3:.*]] = arith.select %[[IS3]], %[[M]], %c0
// CHECK: %[[LARGE:.*]] = scf.forall {{.*}} = (0, 0) to (%[[M0]], 768) step (128, 128)
// CHECK: math.absf
// CHECK: %[[MIDDLE:.*]] = scf.forall {{.*}} = (0, 0) to (%[[M1]], 768) step (64, 64) shared_outs(%{{.*}} = %[[LARGE]])
// CHECK: math.absf
// CHECK: %[[SMALL:.*]] = scf.forall {{.*}} = (0, 0) to (%[[M2]], 768) step (32, 32) shared_outs(%{{.*}} = %[[MIDDLE]])
// CHECK: math.absf
// CHECK: %[[FEW:.*]] = scf.forall {{.*}} = (0, 0) to (%[[M3]], 768) step (16, 64) shared_outs(%{{.*}} = %[[SMALL]])
// CHECK: math.absf
// CHECK: return %[[FEW]]
func.func private @rows(%x: tensor<?x256xf32>, %w: tensor<256x768xf32>, %m: index) -> tensor<?x768xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%m) : tensor<?x768xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x768xf32>) -> tensor<?x768xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<?x256xf32>, tensor<256x768xf32>) outs(%f : tensor<?x768xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<?x768xf32>
  %q = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%p : tensor<?x768xf32>) outs(%e : tensor<?x768xf32>) {
  ^bb0(%l: f32, %o: f32):
    %t = math.absf %l : f32
    linalg.yield %t : f32
  } -> tensor<?x768xf32>
  return %q : tensor<?x768xf32>
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
// Columns that fill less than half of the largest tile: two sizes of squares, and that of few rows.
// CHECK-LABEL: func.func private @few_columns
// CHECK: scf.forall {{.*}} step (64)
// CHECK: scf.forall {{.*}} step (32, 24)
// CHECK: scf.forall {{.*}} step (16)
// CHECK-NOT: scf.forall (
func.func private @few_columns(%x: tensor<?x256xf32>, %w: tensor<256x48xf32>, %m: index) -> tensor<?x48xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%m) : tensor<?x48xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x48xf32>) -> tensor<?x48xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<?x256xf32>, tensor<256x48xf32>) outs(%f : tensor<?x48xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<?x48xf32>
  return %p : tensor<?x48xf32>
}
