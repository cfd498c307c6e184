// RUN: tenon-opt %s --convert-infer-to-linalg=thread-blocks -split-input-file | FileCheck %s --implicit-check-not=infer. --implicit-check-not="tensor.insert %"
// What is serial for a few threads is passes of independent elements for thread blocks: no element is inserted into a tensor that a loop
// carries. Values are tested in test/schedule/SelectionTest.cpp.

// Two passes a step, each over all elements; the loop carries both pairs of tensors and the width of a run.
// CHECK-LABEL: func private @top_k(
func.func private @top_k(%x: tensor<?x8xf32>, %k: tensor<1xi64>, %d0: index, %d1: index) -> (tensor<?x?xf32>, tensor<?x?xi64>) {
  // CHECK: linalg.generic
  // CHECK: scf.for {{.*}} -> (tensor<?x8xf32>, tensor<?x8xi64>, tensor<?x8xf32>, tensor<?x8xi64>, index)
  // CHECK: linalg.generic
  // CHECK: scf.while
  // CHECK: linalg.generic
  // CHECK: scf.while
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %v, %i = infer.top_k %x, %k {axis = 1 : i64} : (tensor<?x8xf32>, tensor<1xi64>) -> (tensor<?x?xf32>, tensor<?x?xi64>)
  infer.bind_shape %v, [%d0, %d1], affine_map<()[s0, s1] -> (s0, s1)> : tensor<?x?xf32>
  infer.bind_shape %i, [%d0, %d1], affine_map<()[s0, s1] -> (s0, s1)> : tensor<?x?xi64>
  return %v, %i : tensor<?x?xf32>, tensor<?x?xi64>
}

// -----

// CHECK-LABEL: func private @non_zero_fill(
func.func private @non_zero_fill(%x: tensor<?x8xf32>, %n: index, %d0: index) -> (tensor<2x?xi64>) {
  // CHECK-COUNT-5: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.non_zero_fill %x, %n : (tensor<?x8xf32>, index) -> tensor<2x?xi64>
  return %y : tensor<2x?xi64>
}

// -----

// CHECK-LABEL: func private @cum_sum(
func.func private @cum_sum(%x: tensor<?x800xi64>, %d0: index) -> (tensor<?x800xi64>) {
  // CHECK-COUNT-4: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 800)> : tensor<?x800xi64>
  %y = infer.cum_sum %x {axis = 1 : i64} : (tensor<?x800xi64>) -> tensor<?x800xi64>
  return %y : tensor<?x800xi64>
}

// -----

// Sorted scores and masks, then 64 candidates at a time: the walk over their bits, and who is suppressed.
// CHECK-LABEL: func private @non_max_suppression_padded(
func.func private @non_max_suppression_padded(%b: tensor<1x?x4xf32>, %s: tensor<1x?x?xf32>, %c: index, %d1: index, %d2: index) -> (tensor<?x3xi64>, tensor<i64>) {
  // CHECK: scf.for {{.*}} -> (tensor<1x?x?xf32>, tensor<1x?x?xi64>, tensor<1x?x?xf32>, tensor<1x?x?xi64>, index)
  // CHECK: %[[CHUNKS:.*]] = affine.apply
  // CHECK: scf.for %[[CHUNK:.*]] = %{{.*}} to %[[CHUNKS]] {{.*}} -> (tensor<1x?x?xi8>, tensor<1x?x?xi64>, tensor<1x?x1xi64>)
  // CHECK: %[[WORD:.*]] = tensor.extract_slice %{{.*}}[0, 0, %[[CHUNK]]]
  // CHECK: linalg.generic {{.*}} outs(%[[WORD]], %{{.*}} : tensor<1x?x1xi64>, tensor<1x?x1xi64>)
  // CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<1x?x?xi8>)
  // CHECK: math.ctpop
  infer.bind_shape %b, [%d1], affine_map<()[s0] -> (1, s0, 4)> : tensor<1x?x4xf32>
  infer.bind_shape %s, [%d1, %d2], affine_map<()[s0, s1] -> (1, s1, s0)> : tensor<1x?x?xf32>
  %y, %n = infer.non_max_suppression_padded %b, %s capacity(%c) : (tensor<1x?x4xf32>, tensor<1x?x?xf32>, index) -> (tensor<?x3xi64>, tensor<i64>)
  return %y, %n : tensor<?x3xi64>, tensor<i64>
}

// -----

// Few updates: every element looks through them.
// CHECK-LABEL: func private @scatter_few(
func.func private @scatter_few(%x: tensor<?x8xf32>, %i: tensor<2x1xi64>, %u: tensor<2x8xf32>, %d0: index) -> (tensor<?x8xf32>) {
  // CHECK-NOT: scf.while
  // CHECK-COUNT-2: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %y = infer.scatter_nd %x, %i, %u : (tensor<?x8xf32>, tensor<2x1xi64>, tensor<2x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// Many: they are sorted by their targets.
// CHECK-LABEL: func private @scatter_many(
func.func private @scatter_many(%x: tensor<?x8xf32>, %i: tensor<?x2xi64>, %u: tensor<?x2xf32>, %d0: index) -> (tensor<?x8xf32>) {
  // CHECK: scf.for {{.*}} -> (tensor<2x?xi64>, tensor<2x?xi64>, tensor<2x?xi64>, tensor<2x?xi64>, index)
  // CHECK-COUNT-3: linalg.generic
  infer.bind_shape %x, [%d0], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  infer.bind_shape %i, [%d0], affine_map<()[s0] -> (s0, 2)> : tensor<?x2xi64>
  infer.bind_shape %u, [%d0], affine_map<()[s0] -> (s0, 2)> : tensor<?x2xf32>
  %y = infer.scatter_elements %x, %i, %u {axis = 0 : i64, reduction = "add"} : (tensor<?x8xf32>, tensor<?x2xi64>, tensor<?x2xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
