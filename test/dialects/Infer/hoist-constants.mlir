// RUN: tenon-opt %s --infer-hoist-constants --split-input-file | FileCheck %s
// RUN: tenon-opt %s --infer-hoist-constants --remarks-filter=constants --remark-policy=all --split-input-file -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// CHECK-LABEL: func.func @main
// CHECK-SAME: (%[[X:.*]]: tensor<4xf32>, %[[K:.*]]: tensor<4xf32> {infer.init = 0 : i64})
// CHECK-NOT: infer.exp
// CHECK: infer.add %[[X]], %[[K]]
// CHECK-LABEL: func.func private @init() -> tensor<4xf32>
// CHECK: infer.exp
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %a = infer.constant dense<1.0> : tensor<4xf32>
  %b = infer.exp %a : (tensor<4xf32>) -> tensor<4xf32>
  %y = infer.add %x, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// A view of a constant costs nothing where it is.
// CHECK-LABEL: func.func @main
// CHECK: infer.unsqueeze
// CHECK-NOT: @init
func.func @main(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %a = infer.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %b = infer.unsqueeze %a {axes = array<i64: 0>} : (tensor<4xf32>) -> tensor<1x4xf32>
  %y = infer.add %x, %b : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

// -----

// A result that is large, and much larger than what it is made of, is computed at run time.
// CHECK-LABEL: func.func @main
// CHECK: infer.expand
// CHECK-NOT: @init
// REMARK: :[[#@LINE+4]]:{{.*}}NotHoisted {{.*}}Reason="the result would be much larger than its operands"
func.func @main(%x: tensor<4096x4096xf32>) -> tensor<4096x4096xf32> {
  %a = infer.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>
  %s = infer.constant dense<[2048, 2, 4096]> : tensor<3xi64>
  %b = infer.expand %a, %s : (tensor<2x1xf32>, tensor<3xi64>) -> tensor<2048x2x4096xf32>
  %f = infer.constant dense<[4096, 4096]> : tensor<2xi64>
  %c = infer.reshape %b, %f : (tensor<2048x2x4096xf32>, tensor<2xi64>) -> tensor<4096x4096xf32>
  %y = infer.add %x, %c : (tensor<4096x4096xf32>, tensor<4096x4096xf32>) -> tensor<4096x4096xf32>
  return %y : tensor<4096x4096xf32>
}

// -----

// Both versions of a model need one @init; what is equal is computed once.
// CHECK-LABEL: func.func @main(
// CHECK-SAME: {infer.init = 0 : i64}
// CHECK: func.func private @init
// CHECK-COUNT-1: infer.mul
// CHECK-NOT: infer.mul
// CHECK: func.func @main_general(
// CHECK-SAME: {infer.init = 0 : i64}
func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> attributes {infer.general = @main_general} {
  %a = infer.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %b = infer.mul %a, %a : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %y = infer.add %x, %b : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}
func.func @main_general(%x: tensor<2xf32>) -> tensor<2xf32> {
  %a = infer.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %b = infer.mul %a, %a : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %y = infer.sub %x, %b : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}
