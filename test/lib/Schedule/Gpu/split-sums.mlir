// RUN: tenon-opt %s --schedule-gpu --split-input-file | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#column = affine_map<(i, j) -> (j)>
// 1024 sums of 65536 elements: 64 parts of each first, in blocks of 128 sums; then sums of these, 32 in a block.
// CHECK-LABEL: func.func private @columns
// CHECK: scf.forall (%{{.*}}, %{{.*}}) = (0, 0) to (64, 1024) step (1, 128)
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "reduction", "parallel"]{{.*}} ins(%{{.*}} : tensor<1x1024x128xf32>) outs(%{{.*}} : tensor<1x128xf32>)
// CHECK: scf.forall (%{{.*}}) = (0) to (1024) step (32)
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "parallel"]{{.*}} ins(%{{.*}} : tensor<64x32xf32>)
func.func private @columns(%x: tensor<65536x1024xf32>) -> tensor<1024xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1024xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1024xf32>) -> tensor<1024xf32>
  %s = linalg.generic {indexing_maps = [#id, #column], iterator_types = ["reduction", "parallel"]} ins(%x : tensor<65536x1024xf32>) outs(%f : tensor<1024xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %a, %o : f32
    linalg.yield %r : f32
  } -> tensor<1024xf32>
  return %s : tensor<1024xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
// Enough rows to share out; that an operand has one value per row changes nothing.
// CHECK-LABEL: func.func private @no_split_of_many_rows
// CHECK: scf.forall (
// CHECK-NOT: scf.forall (
func.func private @no_split_of_many_rows(%x: tensor<65536x1024xf32>, %m: tensor<65536xf32>) -> tensor<65536xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<65536xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<65536xf32>) -> tensor<65536xf32>
  %s = linalg.generic {indexing_maps = [#id, #row, #row], iterator_types = ["parallel", "reduction"]} ins(%x, %m : tensor<65536x1024xf32>, tensor<65536xf32>) outs(%f : tensor<65536xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %d = arith.subf %a, %b : f32
    %r = arith.addf %d, %o : f32
    linalg.yield %r : f32
  } -> tensor<65536xf32>
  return %s : tensor<65536xf32>
}

// -----

// A number of elements that has no divisor of the right size, and one that is not known.
// CHECK-LABEL: func.func private @no_split_of_primes
// CHECK-NOT: scf.forall
// CHECK-LABEL: func.func private @no_split_of_dynamic
// CHECK-NOT: scf.forall
func.func private @no_split_of_primes(%x: tensor<1000003xf32>) -> tensor<f32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<f32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<f32>) -> tensor<f32>
  %s = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>], iterator_types = ["reduction"]} ins(%x : tensor<1000003xf32>) outs(%f : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %a, %o : f32
    linalg.yield %r : f32
  } -> tensor<f32>
  return %s : tensor<f32>
}
func.func private @no_split_of_dynamic(%x: tensor<?xf32>) -> tensor<f32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<f32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<f32>) -> tensor<f32>
  %s = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>], iterator_types = ["reduction"]} ins(%x : tensor<?xf32>) outs(%f : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %a, %o : f32
    linalg.yield %r : f32
  } -> tensor<f32>
  return %s : tensor<f32>
}
