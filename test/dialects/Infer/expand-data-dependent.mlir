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
