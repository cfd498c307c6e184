// RUN: tenon-opt %s -split-input-file -verify-diagnostics
// A function per constraint, named by its label in the op's description.

func.func @max_pool_c1(%x: tensor<1x8xf32>) {
  // expected-error @below {{expected x of rank 3 or more, got rank 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.max_pool %x {dilations = array<i64: 1, 1>, kernel_shape = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x8xf32>) -> tensor<1x8x2x2xf32>
  return
}

// -----

func.func @max_pool_c2(%x: tensor<1x8x4x4xf32>) {
  // expected-error @below {{expected 2 kernel sizes, got 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.max_pool %x {dilations = array<i64: 1, 1>, kernel_shape = array<i64: 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x8x4x4xf32>) -> tensor<1x8x2x2xf32>
  return
}

// -----

func.func @max_pool_c2_range(%x: tensor<1x8x4x4xf32>) {
  // expected-error @below {{expected kernel sizes in [1, 2^31), got 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.max_pool %x {dilations = array<i64: 1, 1>, kernel_shape = array<i64: 2, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x8x4x4xf32>) -> tensor<1x8x2x2xf32>
  return
}

// -----

func.func @max_pool_c3(%x: tensor<1x8x4x4xf32>) {
  // expected-error @below {{expected pads less than the dilated kernel 2, got 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.max_pool %x {dilations = array<i64: 1, 1>, kernel_shape = array<i64: 2, 2>, pads = array<i64: 2, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x8x4x4xf32>) -> tensor<1x8x2x2xf32>
  return
}

// -----

func.func @max_pool_c4(%x: tensor<1x8x4x4xf32>) {
  // expected-error @below {{expected auto_pad NOTSET, VALID, SAME_UPPER or SAME_LOWER, got NO}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.max_pool %x {dilations = array<i64: 1, 1>, kernel_shape = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>, auto_pad = "NO"} : (tensor<1x8x4x4xf32>) -> tensor<1x8x2x2xf32>
  return
}

// -----

func.func @max_pool_c5(%x: tensor<1x8x1x4xf32>) {
  // expected-error @below {{expected a window not larger than the padded input, it is 1 larger}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.max_pool %x {dilations = array<i64: 1, 1>, kernel_shape = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x8x1x4xf32>) -> tensor<1x8x2x2xf32>
  return
}
