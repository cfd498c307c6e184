// RUN: tenon-opt %s -split-input-file -verify-diagnostics
// A function per constraint, named by its label in the op's description.

func.func @conv_c1(%x: tensor<1x4x8x8xf32>, %w: tensor<4x4x1x1xf16>) {
  // expected-error @below {{expected operands of one element type, got 'f32' and 'f16'}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<4x4x1x1xf16>) -> tensor<1x4x8x8xf32>
  return
}

// -----

func.func @conv_c2(%x: tensor<1x4x8x8xf32>, %w: tensor<4x4x1x1x1xf32>) {
  // expected-error @below {{expected the ranks of x and w to be equal, got 4 and 5}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<4x4x1x1x1xf32>) -> tensor<1x4x8x8xf32>
  return
}

// -----

func.func @conv_c3(%x: tensor<1x4x8x8xf32>, %w: tensor<4x4x1x1xf32>) {
  // expected-error @below {{expected strides in [1, 2^31), got 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.conv %x, %w {strides = array<i64: 1, 0>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<4x4x1x1xf32>) -> tensor<1x4x8x8xf32>
  return
}

// -----

func.func @conv_c4(%x: tensor<1x4x8x8xf32>, %w: tensor<4x4x1x1xf32>) {
  // expected-error @below {{expected 4 pads, got 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<4x4x1x1xf32>) -> tensor<1x4x8x8xf32>
  return
}

// -----

func.func @conv_c5(%x: tensor<1x4x8x8xf32>, %w: tensor<4x4x1x1xf32>) {
  // expected-error @below {{expected a positive group, got 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 0 : i64} : (tensor<1x4x8x8xf32>, tensor<4x4x1x1xf32>) -> tensor<1x4x8x8xf32>
  return
}

// -----

func.func @conv_c5_filters(%x: tensor<1x4x8x8xf32>, %w: tensor<5x2x1x1xf32>) {
  // expected-error @below {{expected the filters to be a multiple of group 2, got 5}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 2 : i64} : (tensor<1x4x8x8xf32>, tensor<5x2x1x1xf32>) -> tensor<1x4x8x8xf32>
  return
}

// -----

func.func @conv_c6(%x: tensor<1x4x8x8xf32>, %w: tensor<4x3x1x1xf32>) {
  // expected-error @below {{expected the channels of x and those that w has for all groups to be equal, got 4 and 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<4x3x1x1xf32>) -> tensor<1x4x8x8xf32>
  return
}

// -----

func.func @conv_c7(%x: tensor<1x4x8x8xf32>, %w: tensor<4x4x1x1xf32>, %b: tensor<3xf32>) {
  // expected-error @below {{expected the filters and the elements of b to be equal, got 3 and 4}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.conv %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<4x4x1x1xf32>, tensor<3xf32>) -> tensor<1x4x8x8xf32>
  return
}

// -----

func.func @conv_c8(%x: tensor<1x4x8x8xf32>, %w: tensor<4x4x1x1xf32>) {
  // expected-error @below {{expected auto_pad NOTSET, VALID, SAME_UPPER or SAME_LOWER, got MOST}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, auto_pad = "MOST"} : (tensor<1x4x8x8xf32>, tensor<4x4x1x1xf32>) -> tensor<1x4x8x8xf32>
  return
}

// -----

func.func @conv_c9(%x: tensor<1x4x8x8xf32>, %w: tensor<4x4x9x1xf32>) {
  // expected-error @below {{expected a window not larger than the padded input, it is 1 larger}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<4x4x9x1xf32>) -> tensor<1x4x8x8xf32>
  return
}

// -----

func.func @conv_transpose_c1(%x: tensor<1x8x16x16xf32>, %w: tensor<8x4x1x1xf16>) {
  // expected-error @below {{expected operands of one element type, got 'f32' and 'f16'}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.conv_transpose %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x8x16x16xf32>, tensor<8x4x1x1xf16>) -> tensor<1x4x16x16xf32>
  return
}

// -----

func.func @conv_transpose_c2(%x: tensor<1x8x16x16xf32>, %w: tensor<8x4x1xf32>) {
  // expected-error @below {{expected the ranks of x and w to be equal, got 4 and 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.conv_transpose %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x8x16x16xf32>, tensor<8x4x1xf32>) -> tensor<1x4x16x16xf32>
  return
}

// -----

func.func @conv_transpose_c3(%x: tensor<1x8x16x16xf32>, %w: tensor<8x4x1x1xf32>) {
  // expected-error @below {{expected 2 dilations, got 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.conv_transpose %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1>} : (tensor<1x8x16x16xf32>, tensor<8x4x1x1xf32>) -> tensor<1x4x16x16xf32>
  return
}

// -----

func.func @conv_transpose_c4(%x: tensor<1x8x16x16xf32>, %w: tensor<8x4x1x1xf32>) {
  // expected-error @below {{expected pads in [0, 2^31), got -1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.conv_transpose %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, -1>, dilations = array<i64: 1, 1>} : (tensor<1x8x16x16xf32>, tensor<8x4x1x1xf32>) -> tensor<1x4x16x16xf32>
  return
}

// -----

func.func @conv_transpose_c5(%x: tensor<1x8x16x16xf32>, %w: tensor<7x4x1x1xf32>) {
  // expected-error @below {{expected the channels of x and w to be equal, got 8 and 7}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.conv_transpose %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x8x16x16xf32>, tensor<7x4x1x1xf32>) -> tensor<1x4x16x16xf32>
  return
}

// -----

func.func @conv_transpose_c6(%x: tensor<1x8x16x16xf32>, %w: tensor<8x4x1x1xf32>, %b: tensor<3xf32>) {
  // expected-error @below {{expected the filters and the elements of b to be equal, got 3 and 4}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.conv_transpose %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x8x16x16xf32>, tensor<8x4x1x1xf32>, tensor<3xf32>) -> tensor<1x4x16x16xf32>
  return
}

// -----

func.func @conv_transpose_c7(%x: tensor<1x8x16x16xf32>, %w: tensor<8x4x1x1xf32>) {
  // expected-error @below {{expected 2 numbers in output_padding and output_shape, got 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.conv_transpose %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, output_padding = array<i64: 1>} : (tensor<1x8x16x16xf32>, tensor<8x4x1x1xf32>) -> tensor<1x4x16x16xf32>
  return
}

// -----

func.func @conv_transpose_c8(%x: tensor<1x8x16x16xf32>, %w: tensor<8x4x1x1xf32>) {
  // expected-error @below {{expected auto_pad NOTSET, VALID, SAME_UPPER or SAME_LOWER, got X}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.conv_transpose %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, auto_pad = "X"} : (tensor<1x8x16x16xf32>, tensor<8x4x1x1xf32>) -> tensor<1x4x16x16xf32>
  return
}
