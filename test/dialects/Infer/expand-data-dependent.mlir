// RUN: tenon-opt %s --infer-expand-data-dependent | FileCheck %s

// CHECK-LABEL: func @non_zero(
func.func @non_zero(%x: tensor<?x8xf32>) -> tensor<2x?xi64> {
  // CHECK: %[[COUNT:.*]] = infer.non_zero_count %arg0 : (tensor<?x8xf32>) -> tensor<i64>
  // CHECK: %[[E:.*]] = tensor.extract %[[COUNT]][] : tensor<i64>
  // CHECK: %[[N:.*]] = arith.index_cast %[[E]] : i64 to index
  // CHECK: infer.non_zero_fill %arg0, %[[N]] : (tensor<?x8xf32>, index) -> tensor<2x?xi64>
  %0 = infer.non_zero %x : (tensor<?x8xf32>) -> tensor<2x?xi64>
  return %0 : tensor<2x?xi64>
}

// CHECK-LABEL: func @non_max_suppression(
func.func @non_max_suppression(%b: tensor<1x?x4xf32>, %s: tensor<1x2x?xf32>, %m: tensor<1xi64>) -> tensor<?x3xi64> {
  // CHECK: %[[BOXES:.*]] = tensor.dim %arg0
  // CHECK: %[[M:.*]] = tensor.extract %arg2
  // CHECK: arith.maxsi
  // CHECK: arith.minsi %[[BOXES]]
  // CHECK: %[[P:.*]], %[[C:.*]] = infer.non_max_suppression_padded %arg0, %arg1 max(%arg2) capacity(%{{.*}})
  // CHECK: %[[N:.*]] = tensor.extract %[[C]][]
  // CHECK: %[[END:.*]] = tensor.from_elements
  // CHECK: infer.slice %[[P]], %{{.*}}, %[[END]] {axes = array<i64: 0>}
  %0 = infer.non_max_suppression %b, %s max(%m) : (tensor<1x?x4xf32>, tensor<1x2x?xf32>, tensor<1xi64>) -> tensor<?x3xi64>
  return %0 : tensor<?x3xi64>
}

// Without a limit ONNX selects nothing.
// CHECK-LABEL: func @no_limit(
func.func @no_limit(%b: tensor<1x?x4xf32>, %s: tensor<1x2x?xf32>) -> tensor<?x3xi64> {
  // CHECK: %[[ZERO:.*]] = arith.constant 0 : index
  // CHECK: arith.muli %[[ZERO]]
  %0 = infer.non_max_suppression %b, %s : (tensor<1x?x4xf32>, tensor<1x2x?xf32>) -> tensor<?x3xi64>
  return %0 : tensor<?x3xi64>
}

// CHECK-LABEL: func @unique(
func.func @unique(%x: tensor<?x3x?xf32>) -> (tensor<?x?x?xf32>, tensor<?xi64>, tensor<3xi64>, tensor<?xi64>) {
  // CHECK: %[[A:.*]] = tensor.dim %arg0, %c0
  // CHECK: %[[C:.*]] = tensor.dim %arg0, %c2
  // CHECK: %[[PY:[^,]*]], %[[PI:[^,]*]], %{{.*}}, %[[PC:[^,]*]], %[[PN:.*]] = infer.unique_padded %arg0 as(%[[A]], %{{.*}}, %[[C]])
  // CHECK: %[[E:.*]] = tensor.extract %[[PN]][]
  // CHECK: %[[N:.*]] = arith.index_cast %[[E]] : i64 to index
  // CHECK: %[[Y:.*]] = infer.slice %[[PY]],
  // CHECK: infer.reshape %[[Y]],
  // CHECK: infer.slice %[[PI]],
  // CHECK: infer.slice %[[PC]],
  %0:4 = infer.unique %x {axis = 1 : i64} : (tensor<?x3x?xf32>) -> (tensor<?x?x?xf32>, tensor<?xi64>, tensor<3xi64>, tensor<?xi64>)
  return %0#0, %0#1, %0#2, %0#3 : tensor<?x?x?xf32>, tensor<?xi64>, tensor<3xi64>, tensor<?xi64>
}
