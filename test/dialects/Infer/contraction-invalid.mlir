// RUN: tenon-opt %s -split-input-file -verify-diagnostics
// A function per constraint, named by its label in the op's description.

func.func @mat_mul_c1(%a: tensor<8x4xf32>, %b: tensor<4x2xf16>) {
  // expected-error @below {{expected operands of one element type, got 'f32' and 'f16'}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.mat_mul %a, %b : (tensor<8x4xf32>, tensor<4x2xf16>) -> tensor<8x2xf32>
  return
}

// -----

func.func @mat_mul_c2(%a: tensor<f32>, %b: tensor<4x2xf32>) {
  // expected-error @below {{expected a of rank 1 or more, got rank 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.mat_mul %a, %b : (tensor<f32>, tensor<4x2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @mat_mul_c3(%a: tensor<8x4xf32>, %b: tensor<5x2xf32>) {
  // expected-error @below {{expected the contracted dimensions to be equal, got 4 and 5}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.mat_mul %a, %b : (tensor<8x4xf32>, tensor<5x2xf32>) -> tensor<8x2xf32>
  return
}

// -----

func.func @mat_mul_c4(%a: tensor<2x8x4xf32>, %b: tensor<3x4x2xf32>) {
  // expected-error @below {{expected dimensions that broadcast, got 2 and 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.mat_mul %a, %b : (tensor<2x8x4xf32>, tensor<3x4x2xf32>) -> tensor<2x8x2xf32>
  return
}

// -----

func.func @gemm_c1(%a: tensor<2x8xf32>, %b: tensor<8x2xf32>, %c: tensor<2xf16>) {
  // expected-error @below {{expected operands of one element type, got 'f32' and 'f16'}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.gemm %a, %b, %c : (tensor<2x8xf32>, tensor<8x2xf32>, tensor<2xf16>) -> tensor<2x2xf32>
  return
}

// -----

// Sums of bytes are i32.
func.func @gemm_c1_bytes(%a: tensor<2x8xui8>, %b: tensor<8x2xi8>, %c: tensor<2xi8>) {
  // expected-error @below {{expected c of 'i32' beside elements of 8 bits, got 'i8'}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.gemm %a, %b, %c : (tensor<2x8xui8>, tensor<8x2xi8>, tensor<2xi8>) -> tensor<2x2xi32>
  return
}

// -----

func.func @gemm_c2(%a: tensor<2x8x1xf32>, %b: tensor<8x2xf32>) {
  // expected-error @below {{expected rank 2 a, got rank 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.gemm %a, %b : (tensor<2x8x1xf32>, tensor<8x2xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @gemm_c3(%a: tensor<2x8xf32>, %b: tensor<8x2xf32>) {
  // expected-error @below {{expected the contracted dimensions to be equal, got 2 and 8}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.gemm %a, %b {trans_a = true} : (tensor<2x8xf32>, tensor<8x2xf32>) -> tensor<8x2xf32>
  return
}

// -----

func.func @gemm_c4(%a: tensor<2x8xf32>, %b: tensor<8x3xf32>, %c: tensor<4x1xf32>) {
  // expected-error @below {{expected c to be equal, got 4 and 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.gemm %a, %b, %c : (tensor<2x8xf32>, tensor<8x3xf32>, tensor<4x1xf32>) -> tensor<2x3xf32>
  return
}

// -----

// Sums of floats of 8 bits are f32.
func.func @gemm_c1_float8(%a: tensor<2x8xf8E4M3FN>, %b: tensor<8x2xf8E5M2>, %c: tensor<2xf16>) {
  // expected-error @below {{expected c of 'f32' beside elements of 8 bits, got 'f16'}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.gemm %a, %b, %c : (tensor<2x8xf8E4M3FN>, tensor<8x2xf8E5M2>, tensor<2xf16>) -> tensor<2x2xf32>
  return
}

// -----

func.func @gemm_c1_mixed(%a: tensor<2x8xf8E4M3FN>, %b: tensor<8x2xi8>) {
  // expected-error @below {{expected}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.gemm %a, %b : (tensor<2x8xf8E4M3FN>, tensor<8x2xi8>) -> tensor<2x2xf32>
  return
}
