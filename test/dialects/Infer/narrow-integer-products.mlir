// RUN: tenon-opt %s --infer-narrow-integer-products | FileCheck %s

// CHECK-LABEL: @bytes
// CHECK-SAME: (%[[X:.*]]: tensor<4x64xi8>, %[[W:.*]]: tensor<64x32xi8>)
func.func @bytes(%x: tensor<4x64xi8>, %w: tensor<64x32xi8>) -> tensor<4x32xi32> {
  // CHECK: %[[T:.*]] = infer.transpose %[[W]] {perm = array<i64: 1, 0>}
  // CHECK: %[[Y:.*]] = infer.gemm %[[X]], %[[T]] {trans_b = true} : (tensor<4x64xi8>, tensor<32x64xi8>) -> tensor<4x32xi32>
  // CHECK: return %[[Y]]
  %a = infer.cast %x {to = i32} : (tensor<4x64xi8>) -> tensor<4x64xi32>
  %b = infer.cast %w {to = i32} : (tensor<64x32xi8>) -> tensor<64x32xi32>
  %y = infer.mat_mul %a, %b : (tensor<4x64xi32>, tensor<64x32xi32>) -> tensor<4x32xi32>
  return %y : tensor<4x32xi32>
}

// A zero point that only the run knows, and one of 0 that changes nothing.
// CHECK-LABEL: @centred_rows
// CHECK-SAME: (%[[X:.*]]: tensor<4x64xui8>, %[[W:.*]]: tensor<64x32xi8>, %[[P:.*]]: tensor<i32>)
func.func @centred_rows(%x: tensor<4x64xui8>, %w: tensor<64x32xi8>, %p: tensor<i32>) -> tensor<4x32xi32> {
  // CHECK: %[[Y:.*]] = infer.gemm %[[X]], %{{.*}} : (tensor<4x64xui8>, tensor<32x64xi8>) -> tensor<4x32xi32>
  // CHECK: %[[WIDE:.*]] = infer.cast %[[W]] {to = i32}
  // CHECK: %[[SUMS:.*]] = infer.reduce_sum %[[WIDE]] {axes = array<i64: 0>} : (tensor<64x32xi32>) -> tensor<1x32xi32>
  // CHECK: %[[TAKEN:.*]] = infer.mul %[[P]], %[[SUMS]]
  // CHECK: %[[R:.*]] = infer.sub %[[Y]], %[[TAKEN]]
  // CHECK: return %[[R]]
  %wide = infer.cast %x {to = i32} : (tensor<4x64xui8>) -> tensor<4x64xi32>
  %a = infer.sub %wide, %p : (tensor<4x64xi32>, tensor<i32>) -> tensor<4x64xi32>
  %zero = infer.constant dense<0> : tensor<i8>
  %q = infer.cast %zero {to = i32} : (tensor<i8>) -> tensor<i32>
  %other = infer.cast %w {to = i32} : (tensor<64x32xi8>) -> tensor<64x32xi32>
  %b = infer.sub %other, %q : (tensor<64x32xi32>, tensor<i32>) -> tensor<64x32xi32>
  %y = infer.mat_mul %a, %b : (tensor<4x64xi32>, tensor<64x32xi32>) -> tensor<4x32xi32>
  return %y : tensor<4x32xi32>
}

// One zero point for each row and one for each column, of a product with leading dims.
// CHECK-LABEL: @both
// CHECK-SAME: (%[[X:.*]]: tensor<2x?x64xui8>, %{{.*}}: tensor<64x32xui8>, %[[P:.*]]: tensor<1xi32>, %[[Q:.*]]: tensor<32xi32>)
func.func @both(%x: tensor<2x?x64xui8>, %w: tensor<64x32xui8>, %p: tensor<1xi32>, %q: tensor<32xi32>) -> tensor<2x?x32xi32> {
  // CHECK: %[[FLAT:.*]] = infer.reshape %[[X]], %{{.*}} -> tensor<?x64xui8>
  // CHECK: %[[Y:.*]] = infer.gemm %[[FLAT]], %{{.*}} : (tensor<?x64xui8>, tensor<32x64xui8>) -> tensor<?x32xi32>
  // CHECK: infer.reduce_sum {{.*}} -> tensor<1x32xi32>
  // CHECK: infer.reduce_sum {{.*}} {axes = array<i64: 1>} : (tensor<?x64xi32>) -> tensor<?x1xi32>
  // CHECK: %[[QK:.*]] = infer.mul %[[Q]], %{{.*}} : (tensor<32xi32>, tensor<i32>)
  // CHECK: infer.mul %[[P]], %[[QK]]
  // CHECK: infer.reshape {{.*}} -> tensor<2x?x32xi32>
  %wide = infer.cast %x {to = i32} : (tensor<2x?x64xui8>) -> tensor<2x?x64xi32>
  %a = infer.sub %wide, %p : (tensor<2x?x64xi32>, tensor<1xi32>) -> tensor<2x?x64xi32>
  %other = infer.cast %w {to = i32} : (tensor<64x32xui8>) -> tensor<64x32xi32>
  %b = infer.sub %other, %q : (tensor<64x32xi32>, tensor<32xi32>) -> tensor<64x32xi32>
  %y = infer.mat_mul %a, %b : (tensor<2x?x64xi32>, tensor<64x32xi32>) -> tensor<2x?x32xi32>
  return %y : tensor<2x?x32xi32>
}

// Nothing to multiply is no dim that is copied.
// CHECK-LABEL: @empty
// CHECK: infer.reshape {{.*}} {allowzero = true} : (tensor<2x0x64xi8>, tensor<2xi64>) -> tensor<0x64xi8>
func.func @empty(%x: tensor<2x0x64xi8>, %w: tensor<64x32xi8>) -> tensor<2x0x32xi32> {
  %a = infer.cast %x {to = i32} : (tensor<2x0x64xi8>) -> tensor<2x0x64xi32>
  %b = infer.cast %w {to = i32} : (tensor<64x32xi8>) -> tensor<64x32xi32>
  %y = infer.mat_mul %a, %b : (tensor<2x0x64xi32>, tensor<64x32xi32>) -> tensor<2x0x32xi32>
  return %y : tensor<2x0x32xi32>
}

// CHECK-LABEL: @by_rows
// CHECK-SAME: %[[P:[a-z0-9]*]]: tensor<4x1xi32>)
func.func @by_rows(%x: tensor<4x64xui8>, %w: tensor<64x32xi8>, %p: tensor<4x1xi32>) -> tensor<4x32xi32> {
  // CHECK: infer.gemm
  // CHECK: infer.mul %[[P]], %{{.*}} : (tensor<4x1xi32>, tensor<1x32xi32>) -> tensor<4x32xi32>
  %wide = infer.cast %x {to = i32} : (tensor<4x64xui8>) -> tensor<4x64xi32>
  %a = infer.sub %wide, %p : (tensor<4x64xi32>, tensor<4x1xi32>) -> tensor<4x64xi32>
  %b = infer.cast %w {to = i32} : (tensor<64x32xi8>) -> tensor<64x32xi32>
  %y = infer.mat_mul %a, %b : (tensor<4x64xi32>, tensor<64x32xi32>) -> tensor<4x32xi32>
  return %y : tensor<4x32xi32>
}

// What is too short to be worth it, what has zero points along K, and what holds no bytes stays.
// CHECK-LABEL: @not_these
// CHECK-COUNT-3: infer.mat_mul
// CHECK-NOT: infer.gemm
func.func @not_these(%x: tensor<4x48xi8>, %w: tensor<48x32xi8>, %u: tensor<4x64xi8>, %p: tensor<64xi32>, %v: tensor<64x32xi32>)
    -> (tensor<4x32xi32>, tensor<4x32xi32>, tensor<4x32xi32>) {
  %a = infer.cast %x {to = i32} : (tensor<4x48xi8>) -> tensor<4x48xi32>
  %b = infer.cast %w {to = i32} : (tensor<48x32xi8>) -> tensor<48x32xi32>
  %0 = infer.mat_mul %a, %b : (tensor<4x48xi32>, tensor<48x32xi32>) -> tensor<4x32xi32>
  %c = infer.cast %u {to = i32} : (tensor<4x64xi8>) -> tensor<4x64xi32>
  %1 = infer.mat_mul %c, %v : (tensor<4x64xi32>, tensor<64x32xi32>) -> tensor<4x32xi32>
  %d = infer.sub %c, %p : (tensor<4x64xi32>, tensor<64xi32>) -> tensor<4x64xi32>
  %o = infer.constant dense<1> : tensor<64x32xi8>
  %e = infer.cast %o {to = i32} : (tensor<64x32xi8>) -> tensor<64x32xi32>
  %2 = infer.mat_mul %d, %e : (tensor<4x64xi32>, tensor<64x32xi32>) -> tensor<4x32xi32>
  return %0, %1, %2 : tensor<4x32xi32>, tensor<4x32xi32>, tensor<4x32xi32>
}
