// RUN: tenon-opt %s --plan-form-views --canonicalize --cse --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @slice_of_rows
// CHECK-DAG: %[[C32:.*]] = arith.constant 32 : index
// CHECK: %[[Y:.*]] = plan.part %arg0[%[[C32]]] : tensor<8x16xf32> to tensor<3x16xf32>
// CHECK: infer.relu %[[Y]]
func.func @slice_of_rows(%x: tensor<8x16xf32>) -> tensor<3x16xf32> {
  %s = infer.constant dense<-6> : tensor<1xi64>
  %e = infer.constant dense<5> : tensor<1xi64>
  %y = infer.slice %x, %s, %e {axes = array<i64: 0>} : (tensor<8x16xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<3x16xf32>
  %z = infer.relu %y : (tensor<3x16xf32>) -> tensor<3x16xf32>
  return %z : tensor<3x16xf32>
}

// -----

// One row of a plane, and part of that: dims before the one that is cut have size 1 in the result. The whole of the last dim is asked for, too.
// CHECK-LABEL: func.func @slice_in_a_plane
// CHECK: %[[OFFSET:.*]] = arith.constant 240 : index
// CHECK: plan.part %arg0[%[[OFFSET]]] : tensor<4x10x8xf64> to tensor<1x3x8xf64>
func.func @slice_in_a_plane(%x: tensor<4x10x8xf64>) -> tensor<1x3x8xf64> {
  %s = infer.constant dense<[3, 0, 0]> : tensor<3xi64>
  %e = infer.constant dense<[4, 3, 8]> : tensor<3xi64>
  %steps = infer.constant dense<1> : tensor<3xi64>
  %y = infer.slice %x, %s, %e, %steps {axes = array<i64: 0, 1, 2>}
      : (tensor<4x10x8xf64>, tensor<3xi64>, tensor<3xi64>, tensor<3xi64>) -> tensor<1x3x8xf64>
  return %y : tensor<1x3x8xf64>
}

// -----

// The place follows from a dim, and what is known of the result's dims still lets its users fuse.
// CHECK-LABEL: func.func @slice_dynamic
// CHECK: %[[N:.*]] = tensor.dim %arg0
// CHECK: %[[OFFSET:.*]] = arith.muli %{{.*}}, %c16
// CHECK: %[[Y:.*]] = plan.part %arg0[%[[OFFSET]]] dims(%[[LENGTH:.*]]) : tensor<?x16xf32> to tensor<?x16xf32>
// CHECK: infer.bind_shape %[[Y]], [%[[LENGTH]]]
func.func @slice_dynamic(%x: tensor<?x16xf32>) -> tensor<?x16xf32> {
  %s = infer.constant dense<1> : tensor<1xi64>
  %e = infer.constant dense<9223372036854775807> : tensor<1xi64>
  %y = infer.slice %x, %s, %e {axes = array<i64: 0>} : (tensor<?x16xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}

// -----

// The end was read back: the analysis does not follow it, the clamped positions give the length.
// CHECK-LABEL: func.func @slice_read_back
// CHECK: %[[END:.*]] = arith.index_cast
// CHECK: plan.part %arg0[%{{.*}}] dims(%[[LENGTH:.*]]) : tensor<8x16xf32> to tensor<?x16xf32>
// CHECK: infer.bind_shape %{{.*}}, [%[[LENGTH]]]
func.func @slice_read_back(%x: tensor<8x16xf32>, %t: tensor<1xi64>) -> tensor<?x16xf32> {
  %c0 = arith.constant 0 : index
  %s = infer.constant dense<0> : tensor<1xi64>
  %v = tensor.extract %t[%c0] : tensor<1xi64>
  %e = tensor.from_elements %v : tensor<1xi64>
  %y = infer.slice %x, %s, %e {axes = array<i64: 0>} : (tensor<8x16xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}

// -----

// CHECK-LABEL: func.func @split
// CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[C48:.*]] = arith.constant 48 : index
// CHECK-DAG: plan.part %arg0[%[[C0]]] : tensor<1x48x3xf32> to tensor<1x16x3xf32>
// CHECK-DAG: plan.part %arg0[%[[C48]]] : tensor<1x48x3xf32> to tensor<1x32x3xf32>
func.func @split(%x: tensor<1x48x3xf32>) -> (tensor<1x16x3xf32>, tensor<1x32x3xf32>) {
  %y:2 = infer.split %x {axis = 1 : i64, num_outputs = 2 : i64, sizes = array<i64: 16, 32>} : (tensor<1x48x3xf32>) -> (tensor<1x16x3xf32>, tensor<1x32x3xf32>)
  return %y#0, %y#1 : tensor<1x16x3xf32>, tensor<1x32x3xf32>
}

// -----

// A join within a join: what the inner one needs to know of the outer stands before the first op that computes a part.
// CHECK-LABEL: func.func @concat
// CHECK-SAME: (%[[A:.*]]: tensor<?x16xf32>, %[[B:.*]]: tensor<3x16xf32>)
// CHECK: %[[N:.*]] = tensor.dim %[[A]]
// CHECK-DAG: %[[N3:.*]] = arith.addi %[[N]], %c3
// CHECK-DAG: %[[N6:.*]] = arith.addi %[[N]], %c6
// CHECK: %[[P:.*]] = infer.relu %[[A]]
// CHECK: %[[Q:.*]] = infer.relu %[[B]]
// CHECK: %[[INNER:.*]] = plan.join %[[P]], %[[Q]] at(%{{.*}}, %{{.*}}) dims(%[[N3]]) {direct = array<i1: true, true>}
// CHECK: plan.join %[[INNER]], %[[B]] at(%{{.*}}, %{{.*}}) dims(%[[N6]]) {direct = array<i1: true, false>}
func.func @concat(%a: tensor<?x16xf32>, %b: tensor<3x16xf32>) -> tensor<?x16xf32> {
  %p = infer.relu %a : (tensor<?x16xf32>) -> tensor<?x16xf32>
  %q = infer.relu %b : (tensor<3x16xf32>) -> tensor<3x16xf32>
  %c = infer.concat %p, %q {axis = 0 : i64} : (tensor<?x16xf32>, tensor<3x16xf32>) -> tensor<?x16xf32>
  %d = infer.concat %c, %b {axis = 0 : i64} : (tensor<?x16xf32>, tensor<3x16xf32>) -> tensor<?x16xf32>
  return %d : tensor<?x16xf32>
}

// -----

// Copied: a part whose place is not aligned, one that is a result of the function, one that has a place already.
// CHECK-LABEL: func.func @concat_copies
// CHECK: plan.join {{.*}} {direct = array<i1: true, false>} : tensor<3xf32>, tensor<16xf32> to tensor<19xf32>
// CHECK: plan.join {{.*}} {direct = array<i1: false, true>} : tensor<16xf32>, tensor<16xf32> to tensor<32xf32>
// CHECK: plan.join {{.*}} {direct = array<i1: true, false>} : tensor<16xf32>, tensor<16xf32> to tensor<32xf32>
func.func @concat_copies(%x: tensor<16xf32>, %z: tensor<3xf32>) -> (tensor<16xf32>, tensor<19xf32>, tensor<32xf32>, tensor<32xf32>) {
  %r = infer.relu %x : (tensor<16xf32>) -> tensor<16xf32>
  %e = infer.exp %x : (tensor<16xf32>) -> tensor<16xf32>
  %q = infer.sqrt %x : (tensor<16xf32>) -> tensor<16xf32>
  %t = infer.relu %z : (tensor<3xf32>) -> tensor<3xf32>
  %0 = infer.concat %t, %e {axis = 0 : i64} : (tensor<3xf32>, tensor<16xf32>) -> tensor<19xf32>
  %1 = infer.concat %r, %e {axis = 0 : i64} : (tensor<16xf32>, tensor<16xf32>) -> tensor<32xf32>
  %2 = infer.concat %q, %e {axis = 0 : i64} : (tensor<16xf32>, tensor<16xf32>) -> tensor<32xf32>
  return %r, %0, %1, %2 : tensor<16xf32>, tensor<19xf32>, tensor<32xf32>, tensor<32xf32>
}
