// RUN: tenon-opt %s --infer-round-weights --canonicalize | FileCheck %s

// To the nearest of 10 bits, ties to even; what tf32 has stays, and what the computation would take to infinity.
// CHECK-LABEL: @own
func.func @own(%x: tensor<?x5xf32>) -> tensor<?x2xf32> {
  // CHECK: infer.constant dense<{{\[\[}}1.00097656, 1.000000e+00, -1.00097656, 0.000000e+00, 1.000000e+00], [3.000000e+38, 0x7F800000, 1.500000e+00, 0.0999755859, 1.00195313]]>
  %w = infer.constant dense<[[1.0006, 1.0004, -1.0006, 0.0, 1.00048828125], [3.0e38, 0x7F800000, 1.5, 0.1, 1.00146484375]]> : tensor<2x5xf32>
  %y = infer.gemm %x, %w {trans_b = true} : (tensor<?x5xf32>, tensor<2x5xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// Behind a transpose.
// CHECK-LABEL: @turned
func.func @turned(%x: tensor<?x2xf32>) -> tensor<?x3xf32> {
  // CHECK: infer.constant dense<1.00097656> : tensor<3x2xf32>
  %w = infer.constant dense<1.0006> : tensor<2x3xf32>
  %t = infer.transpose %w {perm = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %y = infer.gemm %x, %t {trans_b = true} : (tensor<?x2xf32>, tensor<3x2xf32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// What is read elsewhere, as an embedding is, would be there twice.
// CHECK-LABEL: @shared
func.func @shared(%x: tensor<?x2xf32>) -> (tensor<?x3xf32>, tensor<3x2xf32>) {
  // CHECK: infer.constant dense<1.000600e+00>
  %w = infer.constant dense<1.0006> : tensor<3x2xf32>
  %y = infer.gemm %x, %w {trans_b = true} : (tensor<?x2xf32>, tensor<3x2xf32>) -> tensor<?x3xf32>
  return %y, %w : tensor<?x3xf32>, tensor<3x2xf32>
}
