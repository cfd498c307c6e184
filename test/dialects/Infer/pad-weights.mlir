// RUN: tenon-opt %s --infer-pad-weights | FileCheck %s
// RUN: tenon-opt %s --pass-pipeline="builtin.module(func.func(infer-pad-weights{type=f32}))" | FileCheck %s --check-prefix=FULL
// RUN: tenon-opt %s --pass-pipeline="builtin.module(func.func(infer-align-weights{pads=true},infer-pad-weights))" | FileCheck %s --check-prefix=BOTH

// CHECK-LABEL: @bytes
func.func @bytes(%x: tensor<?x1001xi8>) -> tensor<?x128xi32> {
  // CHECK: %[[PADS:.*]] = infer.constant dense<[0, 7]> : tensor<2xi64>
  // CHECK: %[[X:.*]] = infer.pad %arg0, %[[PADS]] {axes = array<i64: 1>} : (tensor<?x1001xi8>, tensor<2xi64>) -> tensor<?x1008xi8>
  // CHECK: %[[W:.*]] = infer.pad %{{.*}} {axes = array<i64: 1>} : (tensor<128x1001xi8>, tensor<2xi64>) -> tensor<128x1008xi8>
  // CHECK: infer.gemm %[[X]], %[[W]] {trans_b = true} : (tensor<?x1008xi8>, tensor<128x1008xi8>) -> tensor<?x128xi32>
  %w = infer.constant dense<1> : tensor<128x1001xi8>
  %y = infer.gemm %x, %w {trans_b = true} : (tensor<?x1001xi8>, tensor<128x1001xi8>) -> tensor<?x128xi32>
  return %y : tensor<?x128xi32>
}

// f32 is padded as what it will be multiplied as.
// CHECK-LABEL: @singles
// FULL-LABEL: @singles
func.func @singles(%x: tensor<?x1004xf32>) -> tensor<?x128xf32> {
  // CHECK: infer.pad {{.*}} -> tensor<128x1008xf32>
  // FULL-NOT: infer.pad
  %w = infer.constant dense<1.0> : tensor<128x1004xf32>
  %y = infer.gemm %x, %w {trans_b = true} : (tensor<?x1004xf32>, tensor<128x1004xf32>) -> tensor<?x128xf32>
  return %y : tensor<?x128xf32>
}

// Two ragged lengths: rows along K can be padded.
// BOTH-LABEL: @ragged
func.func @ragged(%x: tensor<2x?x1001xf16>) -> tensor<2x?x129xf16> {
  // BOTH: infer.transpose {{.*}} -> tensor<129x1001xf16>
  // BOTH: infer.gemm {{.*}} {trans_b = true} : (tensor<?x1008xf16>, tensor<129x1008xf16>) -> tensor<?x129xf16>
  %w = infer.constant dense<1.0> : tensor<1001x129xf16>
  %y = infer.mat_mul %x, %w : (tensor<2x?x1001xf16>, tensor<1001x129xf16>) -> tensor<2x?x129xf16>
  return %y : tensor<2x?x129xf16>
}

// Little, whole 16 bytes, no constant, rows that may have another length: all stay.
// CHECK-LABEL: @not_these
// CHECK-NOT: infer.pad
func.func @not_these(%x: tensor<4x77xf16>, %a: tensor<4x1008xf16>, %v: tensor<128x1001xf16>, %b: tensor<4x1001xf16>, %c: tensor<4x?xf16>)
    -> (tensor<4x16xf16>, tensor<4x128xf16>, tensor<4x128xf16>, tensor<4x128xf16>) {
  %w = infer.constant dense<1.0> : tensor<16x77xf16>
  %0 = infer.gemm %x, %w {trans_b = true} : (tensor<4x77xf16>, tensor<16x77xf16>) -> tensor<4x16xf16>
  %u = infer.constant dense<1.0> : tensor<128x1008xf16>
  %1 = infer.gemm %a, %u {trans_b = true} : (tensor<4x1008xf16>, tensor<128x1008xf16>) -> tensor<4x128xf16>
  %2 = infer.gemm %b, %v {trans_b = true} : (tensor<4x1001xf16>, tensor<128x1001xf16>) -> tensor<4x128xf16>
  %t = infer.constant dense<1.0> : tensor<128x1001xf16>
  %3 = infer.gemm %c, %t {trans_b = true} : (tensor<4x?xf16>, tensor<128x1001xf16>) -> tensor<4x128xf16>
  return %0, %1, %2, %3 : tensor<4x16xf16>, tensor<4x128xf16>, tensor<4x128xf16>, tensor<4x128xf16>
}
