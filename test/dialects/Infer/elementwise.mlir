// RUN: tenon-opt %s | FileCheck %s
// Every elementwise op in its plainest form; broadcasting and element rules have their own functions.

// CHECK-LABEL: func @unary
func.func @unary(%x: tensor<?x8xf32>) {
  // CHECK: infer.relu %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %0 = infer.relu %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.leaky_relu %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %1 = infer.leaky_relu %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.elu %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %2 = infer.elu %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.celu %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %3 = infer.celu %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.selu %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %4 = infer.selu %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.sigmoid %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %5 = infer.sigmoid %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.hard_sigmoid %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %6 = infer.hard_sigmoid %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.hard_swish %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %7 = infer.hard_swish %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.swish %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %8 = infer.swish %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.softplus %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %9 = infer.softplus %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.softsign %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %10 = infer.softsign %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.mish %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %11 = infer.mish %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.thresholded_relu %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %12 = infer.thresholded_relu %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.gelu %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %13 = infer.gelu %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.neg %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %14 = infer.neg %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.abs %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %15 = infer.abs %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.sign %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %16 = infer.sign %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.reciprocal %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %17 = infer.reciprocal %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.sqrt %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %18 = infer.sqrt %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.ceil %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %19 = infer.ceil %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.floor %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %20 = infer.floor %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.round %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %21 = infer.round %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.exp %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %22 = infer.exp %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.log %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %23 = infer.log %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.erf %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %24 = infer.erf %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.sin %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %25 = infer.sin %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.cos %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %26 = infer.cos %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.tan %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %27 = infer.tan %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.asin %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %28 = infer.asin %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.acos %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %29 = infer.acos %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.atan %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %30 = infer.atan %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.sinh %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %31 = infer.sinh %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.cosh %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %32 = infer.cosh %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.tanh %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %33 = infer.tanh %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.asinh %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %34 = infer.asinh %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.acosh %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %35 = infer.acosh %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: infer.atanh %arg0 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %36 = infer.atanh %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// CHECK-LABEL: func @binary
func.func @binary(%x: tensor<4x1xf32>, %y: tensor<?xf32>) {
  // CHECK: infer.add %arg0, %arg1 : (tensor<4x1xf32>, tensor<?xf32>) -> tensor<4x?xf32>
  %0 = infer.add %x, %y : (tensor<4x1xf32>, tensor<?xf32>) -> tensor<4x?xf32>
  // CHECK: infer.sub %arg0, %arg1 : (tensor<4x1xf32>, tensor<?xf32>) -> tensor<4x?xf32>
  %1 = infer.sub %x, %y : (tensor<4x1xf32>, tensor<?xf32>) -> tensor<4x?xf32>
  // CHECK: infer.mul %arg0, %arg1 : (tensor<4x1xf32>, tensor<?xf32>) -> tensor<4x?xf32>
  %2 = infer.mul %x, %y : (tensor<4x1xf32>, tensor<?xf32>) -> tensor<4x?xf32>
  // CHECK: infer.div %arg0, %arg1 : (tensor<4x1xf32>, tensor<?xf32>) -> tensor<4x?xf32>
  %3 = infer.div %x, %y : (tensor<4x1xf32>, tensor<?xf32>) -> tensor<4x?xf32>
  // CHECK: infer.mod %arg0, %arg1 : (tensor<4x1xf32>, tensor<?xf32>) -> tensor<4x?xf32>
  %4 = infer.mod %x, %y : (tensor<4x1xf32>, tensor<?xf32>) -> tensor<4x?xf32>
  // CHECK: infer.pow %arg0, %arg1 : (tensor<4x1xf32>, tensor<?xf32>) -> tensor<4x?xf32>
  %5 = infer.pow %x, %y : (tensor<4x1xf32>, tensor<?xf32>) -> tensor<4x?xf32>
  // CHECK: infer.max %arg0, %arg1 : (tensor<4x1xf32>, tensor<?xf32>) -> tensor<4x?xf32>
  %6 = infer.max %x, %y : (tensor<4x1xf32>, tensor<?xf32>) -> tensor<4x?xf32>
  // CHECK: infer.min %arg0, %arg1 : (tensor<4x1xf32>, tensor<?xf32>) -> tensor<4x?xf32>
  %7 = infer.min %x, %y : (tensor<4x1xf32>, tensor<?xf32>) -> tensor<4x?xf32>
  // CHECK: infer.prelu %arg0, %arg1 : (tensor<4x1xf32>, tensor<?xf32>) -> tensor<4x?xf32>
  %8 = infer.prelu %x, %y : (tensor<4x1xf32>, tensor<?xf32>) -> tensor<4x?xf32>
  return
}

// CHECK-LABEL: func @comparison
func.func @comparison(%x: tensor<4x1xui8>, %y: tensor<?xui8>) {
  // CHECK: infer.equal %arg0, %arg1 : (tensor<4x1xui8>, tensor<?xui8>) -> tensor<4x?xi1>
  %0 = infer.equal %x, %y : (tensor<4x1xui8>, tensor<?xui8>) -> tensor<4x?xi1>
  // CHECK: infer.greater %arg0, %arg1 : (tensor<4x1xui8>, tensor<?xui8>) -> tensor<4x?xi1>
  %1 = infer.greater %x, %y : (tensor<4x1xui8>, tensor<?xui8>) -> tensor<4x?xi1>
  // CHECK: infer.greater_or_equal %arg0, %arg1 : (tensor<4x1xui8>, tensor<?xui8>) -> tensor<4x?xi1>
  %2 = infer.greater_or_equal %x, %y : (tensor<4x1xui8>, tensor<?xui8>) -> tensor<4x?xi1>
  // CHECK: infer.less %arg0, %arg1 : (tensor<4x1xui8>, tensor<?xui8>) -> tensor<4x?xi1>
  %3 = infer.less %x, %y : (tensor<4x1xui8>, tensor<?xui8>) -> tensor<4x?xi1>
  // CHECK: infer.less_or_equal %arg0, %arg1 : (tensor<4x1xui8>, tensor<?xui8>) -> tensor<4x?xi1>
  %4 = infer.less_or_equal %x, %y : (tensor<4x1xui8>, tensor<?xui8>) -> tensor<4x?xi1>
  return
}

// CHECK-LABEL: func @logic
func.func @logic(%x: tensor<4xi1>, %y: tensor<i1>) {
  // CHECK: infer.and %arg0, %arg1 : (tensor<4xi1>, tensor<i1>) -> tensor<4xi1>
  %0 = infer.and %x, %y : (tensor<4xi1>, tensor<i1>) -> tensor<4xi1>
  // CHECK: infer.or %arg0, %arg1 : (tensor<4xi1>, tensor<i1>) -> tensor<4xi1>
  %1 = infer.or %x, %y : (tensor<4xi1>, tensor<i1>) -> tensor<4xi1>
  // CHECK: infer.xor %arg0, %arg1 : (tensor<4xi1>, tensor<i1>) -> tensor<4xi1>
  %2 = infer.xor %x, %y : (tensor<4xi1>, tensor<i1>) -> tensor<4xi1>
  // CHECK: infer.not %arg0 : (tensor<4xi1>) -> tensor<4xi1>
  %n = infer.not %x : (tensor<4xi1>) -> tensor<4xi1>
  return
}

// CHECK-LABEL: func @bits
func.func @bits(%x: tensor<4xui16>, %y: tensor<1xui16>) {
  // CHECK: infer.bitwise_and %arg0, %arg1 : (tensor<4xui16>, tensor<1xui16>) -> tensor<4xui16>
  %0 = infer.bitwise_and %x, %y : (tensor<4xui16>, tensor<1xui16>) -> tensor<4xui16>
  // CHECK: infer.bitwise_or %arg0, %arg1 : (tensor<4xui16>, tensor<1xui16>) -> tensor<4xui16>
  %1 = infer.bitwise_or %x, %y : (tensor<4xui16>, tensor<1xui16>) -> tensor<4xui16>
  // CHECK: infer.bitwise_xor %arg0, %arg1 : (tensor<4xui16>, tensor<1xui16>) -> tensor<4xui16>
  %2 = infer.bitwise_xor %x, %y : (tensor<4xui16>, tensor<1xui16>) -> tensor<4xui16>
  // CHECK: infer.bitwise_not %arg0 : (tensor<4xui16>) -> tensor<4xui16>
  %n = infer.bitwise_not %x : (tensor<4xui16>) -> tensor<4xui16>
  // CHECK: infer.bit_shift %arg0, %arg1 {direction = "RIGHT"} :
  %s = infer.bit_shift %x, %y {direction = "RIGHT"} : (tensor<4xui16>, tensor<1xui16>) -> tensor<4xui16>
  return
}

// CHECK-LABEL: func @classification
func.func @classification(%x: tensor<?xf16>) {
  // CHECK: infer.is_nan %arg0 : (tensor<?xf16>) -> tensor<?xi1>
  %0 = infer.is_nan %x : (tensor<?xf16>) -> tensor<?xi1>
  // CHECK: infer.is_inf %arg0 {detect_negative = false} : (tensor<?xf16>) -> tensor<?xi1>
  %1 = infer.is_inf %x {detect_negative = false} : (tensor<?xf16>) -> tensor<?xi1>
  return
}

// CHECK-LABEL: func @selection
func.func @selection(%c: tensor<?x1xi1>, %x: tensor<?x8xf8E4M3FN>, %y: tensor<f8E4M3FN>) {
  // CHECK: infer.where %arg0, %arg1, %arg2 : (tensor<?x1xi1>, tensor<?x8xf8E4M3FN>, tensor<f8E4M3FN>) -> tensor<?x8xf8E4M3FN>
  %0 = infer.where %c, %x, %y : (tensor<?x1xi1>, tensor<?x8xf8E4M3FN>, tensor<f8E4M3FN>) -> tensor<?x8xf8E4M3FN>
  return
}

// CHECK-LABEL: func @range
func.func @range(%x: tensor<?xi32>, %lo: tensor<i32>, %hi: tensor<1xi32>) {
  // CHECK: infer.clip %arg0 min %arg1 max %arg2 : (tensor<?xi32>, tensor<i32>, tensor<1xi32>) -> tensor<?xi32>
  %0 = infer.clip %x min %lo max %hi : (tensor<?xi32>, tensor<i32>, tensor<1xi32>) -> tensor<?xi32>
  // CHECK: infer.clip %arg0 max %arg2 :
  %1 = infer.clip %x max %hi : (tensor<?xi32>, tensor<1xi32>) -> tensor<?xi32>
  // CHECK: infer.clip %arg0 :
  %2 = infer.clip %x : (tensor<?xi32>) -> tensor<?xi32>
  return
}

// CHECK-LABEL: func @conversion
func.func @conversion(%x: tensor<?xf32>) {
  // CHECK: infer.cast %arg0 {saturate = false, to = f8E5M2} : (tensor<?xf32>) -> tensor<?xf8E5M2>
  %0 = infer.cast %x {to = f8E5M2, saturate = false} : (tensor<?xf32>) -> tensor<?xf8E5M2>
  // CHECK: infer.cast %arg0 {to = i1} : (tensor<?xf32>) -> tensor<?xi1>
  %1 = infer.cast %x {to = i1} : (tensor<?xf32>) -> tensor<?xi1>
  return
}

// An inferred `?` may be known better, and the other way round.
// CHECK-LABEL: func @refined
func.func @refined(%x: tensor<?xf32>, %y: tensor<?xf32>) {
  // CHECK: infer.add %arg0, %arg1 : (tensor<?xf32>, tensor<?xf32>) -> tensor<4xf32>
  %0 = infer.add %x, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<4xf32>
  return
}
