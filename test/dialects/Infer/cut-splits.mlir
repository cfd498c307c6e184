// RUN: tenon-opt %s --infer-cut-splits=most=2 | FileCheck %s
// RUN: tenon-opt %s --infer-cut-splits | FileCheck %s --check-prefix=KEPT

// KEPT-LABEL: func.func @equal_parts
// KEPT-NEXT: infer.split
// KEPT-NEXT: return
// CHECK-LABEL: func.func @equal_parts
func.func @equal_parts(%x: tensor<8xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  // CHECK-DAG: %[[I0:.*]] = infer.constant dense<0>
  // CHECK-DAG: %[[I4:.*]] = infer.constant dense<4>
  // CHECK: %[[FIRST:.*]] = infer.slice %arg0, %[[I0]], %[[I4]] {axes = array<i64: 0>} : {{.*}} -> tensor<4xf32>
  // CHECK: %[[A:.*]]:2 = infer.split %[[FIRST]] {axis = 0 : i64, num_outputs = 2 : i64, sizes = array<i64: 2, 2>}
  // CHECK: %[[SECOND:.*]] = infer.slice %arg0, %{{.*}}, %{{.*}} {axes = array<i64: 0>} : {{.*}} -> tensor<4xf32>
  // CHECK: %[[B:.*]]:2 = infer.split %[[SECOND]]
  // CHECK: return %[[A]]#0, %[[A]]#1, %[[B]]#0, %[[B]]#1
  %0:4 = infer.split %x {axis = 0 : i64, num_outputs = 4 : i64} : (tensor<8xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>)
  return %0#0, %0#1, %0#2, %0#3 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// The rest has a split of its own, other dims may be unknown, and a size may be 0.
// CHECK-LABEL: func.func @sizes
func.func @sizes(%x: tensor<?x7xf32>) -> (tensor<?x4xf32>, tensor<?x0xf32>, tensor<?x3xf32>) {
  // CHECK: infer.slice %arg0, %{{.*}}, %{{.*}} {axes = array<i64: 1>} : {{.*}} -> tensor<?x4xf32>
  // CHECK: infer.split %{{.*}} {axis = 1 : i64, num_outputs = 2 : i64, sizes = array<i64: 4, 0>}
  // CHECK-DAG: %[[I4:.*]] = infer.constant dense<4>
  // CHECK-DAG: %[[I7:.*]] = infer.constant dense<7>
  // CHECK: %[[REST:.*]] = infer.slice %arg0, %[[I4]], %[[I7]] {axes = array<i64: 1>} : {{.*}} -> tensor<?x3xf32>
  // CHECK: infer.split %[[REST]] {axis = 1 : i64, num_outputs = 1 : i64, sizes = array<i64: 3>}
  %0:3 = infer.split %x {axis = 1 : i64, num_outputs = 3 : i64, sizes = array<i64: 4, 0, 3>} : (tensor<?x7xf32>) -> (tensor<?x4xf32>, tensor<?x0xf32>, tensor<?x3xf32>)
  return %0#0, %0#1, %0#2 : tensor<?x4xf32>, tensor<?x0xf32>, tensor<?x3xf32>
}

// Refused: expected more results.
// CHECK-LABEL: func.func @few
func.func @few(%x: tensor<8xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  // CHECK-NEXT: infer.split %arg0
  // CHECK-NEXT: return
  %0:2 = infer.split %x {axis = 0 : i64, num_outputs = 2 : i64} : (tensor<8xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %0#0, %0#1 : tensor<4xf32>, tensor<4xf32>
}

// Refused: expected results of known sizes.
// CHECK-LABEL: func.func @unknown_sizes
func.func @unknown_sizes(%x: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) {
  // CHECK-NEXT: infer.split %arg0
  // CHECK-NEXT: return
  %0:3 = infer.split %x {axis = 0 : i64, num_outputs = 3 : i64} : (tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>)
  return %0#0, %0#1, %0#2 : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}
