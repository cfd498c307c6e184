// RUN: tenon-opt %s --infer-form-fusions --remarks-filter=fusion --remark-policy=all --split-input-file -o /dev/null 2>&1 | FileCheck %s

// CHECK: :[[#@LINE+3]]:{{.*}}NotFused {{.*}}Reason="operands of a contraction are packed, not computed on the fly"
func.func @no_prologue(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>) -> tensor<4x8xf32> {
  %0 = infer.relu %x : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = infer.mat_mul %0, %w : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}

// -----

// CHECK: :[[#@LINE+3]]:{{.*}}NotFused {{.*}}Reason="the shapes differ"
func.func @no_broadcast_producer(%x: tensor<8xf32>, %y: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = infer.relu %x : (tensor<8xf32>) -> tensor<8xf32>
  %1 = infer.add %0, %y : (tensor<8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}

// -----

// CHECK: :[[#@LINE+3]]:{{.*}}NotFused {{.*}}Reason="a dispatch has one contraction or reduction"
func.func @no_second_root(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>) -> tensor<4x8xf32> {
  %0 = infer.mat_mul %x, %w : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %1 = infer.softmax %0 {axis = 1 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}

// -----

// CHECK: :[[#@LINE+3]]:{{.*}}NotFused {{.*}}Reason="the producer's result is needed elsewhere"
func.func @no_shared_producer(%x: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %0 = infer.relu %x : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = infer.softmax %0 {axis = 1 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %0, %1 : tensor<4x8xf32>, tensor<4x8xf32>
}

// -----

// CHECK: :[[#@LINE+4]]:{{.*}}NotFused {{.*}}Reason="a third dispatch stands between them"
func.func @no_cycle(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = infer.relu %x : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = infer.reduce_sum %0 {axes = array<i64: 1>, keepdims = true} : (tensor<4x8xf32>) -> tensor<4x1xf32>
  %2 = infer.sub %0, %1 : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  return %2 : tensor<4x8xf32>
}

// -----

// CHECK: :[[#@LINE+3]]:{{.*}}NotFused {{.*}}Reason="the consumer has a kernel of its own"
func.func @no_transposed_chain(%x: tensor<4x8xf32>) -> tensor<8x4xf32> {
  %0 = infer.relu %x : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = infer.transpose %0 {perm = array<i64: 1, 0>} : (tensor<4x8xf32>) -> tensor<8x4xf32>
  return %1 : tensor<8x4xf32>
}

// -----

// CHECK: :[[#@LINE+3]]:{{.*}}NotFused {{.*}}Reason="the producer has a kernel of its own"
func.func @no_chain_of_a_transpose(%x: tensor<4x8xf32>) -> tensor<8x4xf32> {
  %0 = infer.transpose %x {perm = array<i64: 1, 0>} : (tensor<4x8xf32>) -> tensor<8x4xf32>
  %1 = infer.relu %0 : (tensor<8x4xf32>) -> tensor<8x4xf32>
  return %1 : tensor<8x4xf32>
}

// -----

// CHECK: :[[#@LINE+3]]:{{.*}}NotFused {{.*}}Reason="only the first operand of a reduction is computed on the fly"
func.func @no_computed_scale(%x: tensor<4x8xf32>, %s: tensor<8xf32>) -> tensor<4x8xf32> {
  %0 = infer.exp %s : (tensor<8xf32>) -> tensor<8xf32>
  %1 = infer.rms_normalization %x, %0 {axis = 1 : i64} : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}
