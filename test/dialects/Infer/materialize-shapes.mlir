// RUN: tenon-opt %s --infer-refine-shapes --infer-materialize-shapes --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func @reshape(
func.func @reshape(%x: tensor<?x4x2xf32>) -> tensor<?x?xf32> {
  // CHECK-NOT: infer.shape
  // CHECK-DAG: %[[E:.*]] = arith.constant 8 : i64
  // CHECK-DAG: %[[D:.*]] = tensor.dim %{{.*}}, %{{.*}} : tensor<?x4x2xf32>
  // CHECK-DAG: %[[N:.*]] = arith.index_cast %[[D]] : index to i64
  // CHECK: %[[S:.*]] = tensor.from_elements %[[N]], %[[E]] : tensor<2xi64>
  // CHECK: infer.reshape %{{.*}}, %[[S]] {allowzero = true} : (tensor<?x4x2xf32>, tensor<2xi64>) -> tensor<?x8xf32>
  %0 = infer.shape %x : (tensor<?x4x2xf32>) -> tensor<3xi64>
  %i = infer.constant dense<0> : tensor<1xi64>
  %1 = infer.gather %0, %i {axis = 0 : i64} : (tensor<3xi64>, tensor<1xi64>) -> tensor<1xi64>
  %m = infer.constant dense<-1> : tensor<1xi64>
  %2 = infer.concat %1, %m {axis = 0 : i64} : (tensor<1xi64>, tensor<1xi64>) -> tensor<2xi64>
  %3 = infer.reshape %x, %2 : (tensor<?x4x2xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return %3 : tensor<?x?xf32>
}

// Symbolic dims are the values that dims are made of.
// CHECK-LABEL: func @symbolic(
func.func @symbolic(%a: tensor<?x8xf32>, %b: tensor<?x8xf32>) -> tensor<?xi64> {
  // CHECK-DAG: %[[PAST:.*]] = infer.symbolic_dim "past"
  // CHECK-DAG: %[[NEW:.*]] = infer.symbolic_dim "new"
  // CHECK: %[[SUM:.*]] = arith.addi %[[PAST]], %[[NEW]] : index
  // CHECK: %[[CAST:.*]] = arith.index_cast %[[SUM]] : index to i64
  // CHECK: %[[LIMIT:.*]] = tensor.from_elements %[[CAST]] : tensor<i64>
  // CHECK: infer.range %{{.*}}, %[[LIMIT]], %{{.*}}
  %p = infer.symbolic_dim "past" [0, 1024]
  %n = infer.symbolic_dim "new" [1, 1024]
  infer.bind_shape %a, [%p], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  infer.bind_shape %b, [%n], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %c = infer.concat %a, %b {axis = 0 : i64} : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %s = infer.shape %c {end = 1 : i64} : (tensor<?x8xf32>) -> tensor<1xi64>
  %l = infer.squeeze %s {axes = array<i64: 0>} : (tensor<1xi64>) -> tensor<i64>
  %zero = infer.constant dense<0> : tensor<i64>
  %one = infer.constant dense<1> : tensor<i64>
  %r = infer.range %zero, %l, %one : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  return %r : tensor<?xi64>
}

// The file calls one dim by two names: this version takes them to be equal, which is what chooses it.
// CHECK-LABEL: func @unified(
func.func @unified(%a: tensor<?x8xf32>, %b: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {infer.general = @general} {
  // CHECK-DAG: %[[S:.*]] = infer.symbolic_dim "s10"
  // CHECK-DAG: %[[T:.*]] = infer.symbolic_dim "s86"
  // CHECK: %[[EQUAL:.*]] = arith.cmpi eq, %[[S]], %[[T]] : index
  // CHECK: cf.assert %[[EQUAL]], "expected equal dimensions at infer.add" {infer.version}
  %s = infer.symbolic_dim "s10" [1, 1024]
  %t = infer.symbolic_dim "s86" [1, 1024]
  infer.bind_shape %a, [%s], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  infer.bind_shape %b, [%t], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  %0 = infer.add %a, %b : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// The version for all inputs: one of the dims may be 1, and a guard says so. A known one needs only the other to be looked at.
// CHECK-LABEL: func @general(
// CHECK-DAG: %[[D:.*]] = tensor.dim %arg0, %c0
// CHECK-DAG: %[[E:.*]] = tensor.dim %arg1, %c0
// CHECK: %[[SAME:.*]] = arith.cmpi eq, %[[D]], %[[E]]
// CHECK: %[[LEFT:.*]] = arith.cmpi eq, %[[D]], %c1
// CHECK: %[[ONE:.*]] = arith.ori %[[SAME]], %[[LEFT]]
// CHECK: %[[RIGHT:.*]] = arith.cmpi eq, %[[E]], %c1
// CHECK: %[[EITHER:.*]] = arith.ori %[[ONE]], %[[RIGHT]]
// CHECK: cf.assert %[[EITHER]], "expected dimensions that broadcast at infer.add"
// CHECK: cf.assert %{{.*}}, "expected dimensions that broadcast at infer.mul"
func.func @general(%a: tensor<?xf32>, %b: tensor<?xf32>, %c: tensor<8xf32>) -> (tensor<?xf32>, tensor<8xf32>) {
  %0 = infer.add %a, %b : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  %1 = infer.mul %a, %c : (tensor<?xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %0, %1 : tensor<?xf32>, tensor<8xf32>
}

// Elements that only the device knows are read back.
// CHECK-LABEL: func @read_back(
func.func @read_back(%s: tensor<2xi64>) -> tensor<?x?xf32> {
  // CHECK-DAG: %[[A:.*]] = tensor.extract %arg0[%c0]
  // CHECK-DAG: %[[B:.*]] = tensor.extract %arg0[%c1]
  // CHECK: tensor.from_elements %[[A]], %[[B]] : tensor<2xi64>
  %1 = infer.constant_of_shape %s {value = dense<1.0> : tensor<1xf32>} : (tensor<2xi64>) -> tensor<?x?xf32>
  return %1 : tensor<?x?xf32>
}

// A dim that the device computes may be 1: it is not taken to be equal to another.
// CHECK-LABEL: func @no_equal_element(
func.func @no_equal_element(%x: tensor<?xf32>, %s: tensor<1xi64>) -> (tensor<?xf32>, tensor<?xf32>) {
  // CHECK: %[[E:.*]] = tensor.extract %arg1
  // CHECK: %[[S:.*]] = tensor.from_elements %[[E]] : tensor<1xi64>
  // CHECK: infer.constant_of_shape %[[S]]
  %0 = infer.expand %x, %s : (tensor<?xf32>, tensor<1xi64>) -> tensor<?xf32>
  %1 = infer.constant_of_shape %s {value = dense<1.0> : tensor<1xf32>} : (tensor<1xi64>) -> tensor<?xf32>
  return %0, %1 : tensor<?xf32>, tensor<?xf32>
}

// What one branch needs does not hold outside of it: its guard is in the branch, and both dims stay.
// CHECK-LABEL: func @no_belief_from_a_branch(
func.func @no_belief_from_a_branch(%c: tensor<i1>, %a: tensor<?xf32>, %b: tensor<?xf32>) -> (tensor<?xf32>, tensor<1xi64>) {
  // CHECK: %[[D:.*]] = tensor.dim %arg2
  // CHECK: infer.if
  // CHECK: cf.assert
  // CHECK: %[[N:.*]] = arith.index_cast %[[D]] : index to i64
  // CHECK: tensor.from_elements %[[N]]
  %0 = infer.if %c {
    %1 = infer.add %a, %b : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
    infer.yield %1 : tensor<?xf32>
  } else {
    infer.yield %a : tensor<?xf32>
  } : (tensor<i1>) -> tensor<?xf32>
  %2 = infer.shape %b : (tensor<?xf32>) -> tensor<1xi64>
  return %0, %2 : tensor<?xf32>, tensor<1xi64>
}

// Data is no shape: it stays on the device.
// CHECK-LABEL: func @no_data(
func.func @no_data(%x: tensor<4xi64>) -> tensor<4xi64> {
  // CHECK: %[[SUM:.*]] = infer.add
  // CHECK: return %[[SUM]]
  %0 = infer.add %x, %x : (tensor<4xi64>, tensor<4xi64>) -> tensor<4xi64>
  return %0 : tensor<4xi64>
}

// Whether the run gives a 0 or a -1 is not known: the host does what they stand for, and checks the number of elements.
// CHECK-LABEL: func @reshape_by_rule(
// CHECK-DAG: %[[A:.*]] = tensor.extract %arg1[%c0{{.*}}]
// CHECK-DAG: %[[B:.*]] = tensor.extract %arg1[%c1{{.*}}]
// CHECK-DAG: %[[D:.*]] = tensor.dim %arg0
// CHECK: %[[TOTAL:.*]] = arith.muli %[[D]], %c6
// CHECK: %[[FIRST:.*]] = arith.select %{{.*}}, %[[D]], %{{.*}}
// CHECK: %[[REST:.*]] = arith.divsi %[[TOTAL]], %{{.*}}
// CHECK: arith.select %{{.*}}, %[[REST]], %[[FIRST]]
// CHECK: cf.assert %{{.*}}, "expected a shape of as many elements at infer.reshape"
// CHECK: infer.reshape %arg0, %{{.*}} {allowzero = true}
func.func @reshape_by_rule(%x: tensor<?x6xf32>, %s: tensor<2xi64>) -> tensor<?x?xf32> {
  %0 = infer.reshape %x, %s : (tensor<?x6xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// A vector of unknown size has as many elements as the op needs.
// CHECK-LABEL: func @tile_by_unknown_vector(
// CHECK: %[[A:.*]] = tensor.extract %arg1[%c0{{.*}}]
// CHECK: %[[N:.*]] = tensor.dim %arg1
// CHECK: %[[EQUAL:.*]] = arith.cmpi eq, %[[N]], %c1
// CHECK: cf.assert %[[EQUAL]], "expected equal dimensions at infer.tile"
// CHECK: %[[R:.*]] = tensor.from_elements %{{.*}} : tensor<1xi64>
// CHECK: infer.tile %arg0, %[[R]]
func.func @tile_by_unknown_vector(%x: tensor<4xf32>, %r: tensor<?xi64>) -> tensor<?xf32> {
  %0 = infer.tile %x, %r : (tensor<4xf32>, tensor<?xi64>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
