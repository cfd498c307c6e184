// RUN: tenon-opt %s --infer-version-broadcasts --split-input-file | FileCheck %s

// Dims that may broadcast, and that the inputs decide: a second version.
// CHECK-LABEL: func.func @main(
// CHECK-SAME: attributes {infer.general = @main_general}
// CHECK: func.func @main_general
// CHECK-NOT: infer.general
func.func @main(%x: tensor<?xf32> {infer.name = "x"}, %y: tensor<?xf32> {infer.name = "y"}) -> tensor<?xf32> {
  %0 = infer.add %x, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// One dim under two names of which one is cut off: min(n, 512) is 1 exactly if n is, so they are equal or do not broadcast.
// CHECK-LABEL: func.func @main(
// CHECK-NOT: main_general
func.func @main(%x: tensor<?xf32>, %t: tensor<512xf32>) -> tensor<?xf32> {
  %zero = infer.constant dense<0> : tensor<1xi64>
  %n = infer.shape %x : (tensor<?xf32>) -> tensor<1xi64>
  %p = infer.slice %t, %zero, %n {axes = array<i64: 0>} : (tensor<512xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<?xf32>
  %z = infer.add %x, %p : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %z : tensor<?xf32>
}

// -----

// A dim that the device computes chooses no version.
// CHECK-LABEL: func.func @main(
// CHECK-NOT: main_general
func.func @main(%x: tensor<?xf32>, %s: tensor<1xi64>) -> tensor<?xf32> {
  %0 = infer.expand %x, %s : (tensor<?xf32>, tensor<1xi64>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
