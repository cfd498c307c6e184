// RUN: tenon-opt %s --convert-infer-to-linalg | FileCheck %s

// CHECK-DAG: #[[$IDENTITY:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[$ROW:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[$COLUMN:.*]] = affine_map<(d0, d1) -> (d0, 0)>

// CHECK-LABEL: func private @relu
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32>, %[[N:.*]]: index)
func.func private @relu(%x: tensor<?x8xf32>, %n: index) -> tensor<?x8xf32> {
  // CHECK-NOT: infer
  infer.bind_shape %x, [%n], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  // CHECK: %[[E:.*]] = tensor.empty(%[[N]]) : tensor<?x8xf32>
  // CHECK: linalg.generic {{.*}} ins(%[[X]] : tensor<?x8xf32>) outs(%[[E]] : tensor<?x8xf32>)
  // CHECK: %[[C:.*]] = arith.cmpf olt, %in
  // CHECK: arith.select %[[C]]
  %y = infer.relu %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// A dim of one symbol is one loop; what is statically 1 reads index 0.
// CHECK-LABEL: func private @broadcast_known
func.func private @broadcast_known(%x: tensor<?x8xf32>, %y: tensor<8xf32>, %z: tensor<?x1xf32>, %n: index) -> tensor<?x8xf32> {
  infer.bind_shape %x, [%n], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
  infer.bind_shape %z, [%n], affine_map<()[s0] -> (s0, 1)> : tensor<?x1xf32>
  // CHECK: linalg.generic {indexing_maps = [#[[$IDENTITY]], #[[$ROW]], #[[$IDENTITY]]]
  %0 = infer.add %x, %y : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  // CHECK: linalg.generic {indexing_maps = [#[[$IDENTITY]], #[[$COLUMN]], #[[$IDENTITY]]]
  %1 = infer.add %0, %z : (tensor<?x8xf32>, tensor<?x1xf32>) -> tensor<?x8xf32>
  return %1 : tensor<?x8xf32>
}

// Two unknown dims: the result's is chosen at run time, and both operands are read with stride 0 or 1.
// CHECK-LABEL: func private @broadcast_unknown
// CHECK-SAME: (%[[X:.*]]: tensor<?xf32>, %[[Y:.*]]: tensor<?xf32>, %[[N:.*]]: index, %[[M:.*]]: index)
func.func private @broadcast_unknown(%x: tensor<?xf32>, %y: tensor<?xf32>, %n: index, %m: index) -> tensor<?xf32> {
  infer.bind_shape %x, [%n], affine_map<()[s0] -> (s0)> : tensor<?xf32>
  infer.bind_shape %y, [%m], affine_map<()[s0] -> (s0)> : tensor<?xf32>
  // CHECK: %[[ONE:.*]] = arith.cmpi eq, %[[N]]
  // CHECK: %[[SIZE:.*]] = arith.select %[[ONE]], %[[M]], %[[N]]
  // CHECK: tensor.empty(%[[SIZE]])
  // CHECK: linalg.generic
  // CHECK: tensor.extract %[[X]]
  // CHECK: tensor.extract %[[Y]]
  %0 = infer.mul %x, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// Bool is a byte in memory and i1 in bodies.
// CHECK-LABEL: func private @bool
// CHECK-SAME: (%{{.*}}: tensor<4xi8>) -> tensor<4xi8>
func.func private @bool(%x: tensor<4xi1>) -> tensor<4xi1> {
  // CHECK: %[[B:.*]] = arith.cmpi ne, %in
  // CHECK: %[[R:.*]] = arith.xori %[[B]]
  // CHECK: arith.extui %[[R]] : i1 to i8
  %0 = infer.not %x : (tensor<4xi1>) -> tensor<4xi1>
  return %0 : tensor<4xi1>
}

// CHECK-LABEL: func private @unsigned
// CHECK-SAME: (%{{.*}}: tensor<4xi8>) -> tensor<4xi8>
func.func private @unsigned(%x: tensor<4xui8>) -> tensor<4xui8> {
  // CHECK: arith.divui
  %0 = infer.div %x, %x : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  return %0 : tensor<4xui8>
}

// CHECK-LABEL: func private @short_floats
func.func private @short_floats(%x: tensor<4xf16>) -> tensor<4xf16> {
  // CHECK: %[[W:.*]] = arith.extf %in : f16 to f32
  // CHECK: %[[E:.*]] = math.exp %[[W]] : f32
  // CHECK: arith.truncf %[[E]] : f32 to f16
  %0 = infer.exp %x : (tensor<4xf16>) -> tensor<4xf16>
  return %0 : tensor<4xf16>
}

// CHECK-LABEL: func private @splat_constant
// CHECK-SAME: (%[[X:.*]]: tensor<4xf32>)
func.func private @splat_constant(%x: tensor<4xf32>) -> tensor<4xf32> {
  %c = infer.constant dense<2.0> : tensor<4xf32>
  // CHECK: linalg.generic {{.*}} ins(%[[X]] : tensor<4xf32>)
  // CHECK: arith.constant 2.0
  %0 = infer.mul %x, %c : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
