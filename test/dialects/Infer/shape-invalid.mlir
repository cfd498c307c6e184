// RUN: tenon-opt %s -split-input-file -verify-diagnostics
// A function per constraint, named by its label in the op's description.

func.func @shape_c1(%x: tensor<?x8x4xf32>) {
  // expected-error @below {{expected start and end not to be negative, got -1 and 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.shape %x {start = -1 : i64} : (tensor<?x8x4xf32>) -> tensor<1xi64>
  return
}

// -----

func.func @reshape_c1(%x: tensor<?x8xf32>, %s: tensor<?xi64>) {
  // expected-error @below {{expected shape to have rank 1, integers and a static size up to 64, got 'tensor<?xi64>'}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.reshape %x, %s : (tensor<?x8xf32>, tensor<?xi64>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @transpose_c1(%x: tensor<?x8xf32>) {
  // expected-error @below {{expected distinct axes, got 0 twice}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.transpose %x {perm = array<i64: 0, 0>} : (tensor<?x8xf32>) -> tensor<?x?xf32>
  return
}

// -----

func.func @concat_c1(%a: tensor<2x8xf32>, %b: tensor<2xf32>) {
  // expected-error @below {{expected rank 2 inputs, got rank 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.concat %a, %b {axis = 0 : i64} : (tensor<2x8xf32>, tensor<2xf32>) -> tensor<2x8xf32>
  return
}

// -----

func.func @concat_c2(%a: tensor<2x8xf32>) {
  // expected-error @below {{expected an axis in [0, 2), got 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.concat %a {axis = 2 : i64} : (tensor<2x8xf32>) -> tensor<2x8xf32>
  return
}

// -----

func.func @concat_c3(%a: tensor<2x8xf32>, %b: tensor<2x7xf32>) {
  // expected-error @below {{expected the dimensions that are not joined to be equal, got 8 and 7}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.concat %a, %b {axis = 0 : i64} : (tensor<2x8xf32>, tensor<2x7xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @split_c1(%x: tensor<?x8xf32>) {
  // expected-error @below {{expected an axis in [0, 2), got 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.split %x {axis = 2 : i64, num_outputs = 1 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @split_c2(%x: tensor<?x8xf32>) {
  // expected-error @below {{expected 1 to 65536 outputs, got 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.split %x {axis = 1 : i64, num_outputs = 0 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @split_c3(%x: tensor<?x8xf32>) {
  // expected-error @below {{expected 2 sizes, got 1}}
  // expected-error @below {{failed to infer returned types}}
  %0:2 = infer.split %x {axis = 1 : i64, num_outputs = 2 : i64, sizes = array<i64: 8>} : (tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>)
  return
}

// -----

func.func @split_c4(%x: tensor<?x8xf32>) {
  // expected-error @below {{expected the sum of the sizes and the dimension to be equal, got 9 and 8}}
  // expected-error @below {{failed to infer returned types}}
  %0:2 = infer.split %x {axis = 1 : i64, num_outputs = 2 : i64, sizes = array<i64: 4, 5>} : (tensor<?x8xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>)
  return
}

// -----

func.func @slice_c1(%x: tensor<?x8xf32>, %s: tensor<1xi64>) {
  // expected-error @below {{expected an axis in [0, 2), got 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.slice %x, %s, %s {axes = array<i64: 2>} : (tensor<?x8xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x?xf32>
  return
}

// -----

func.func @slice_c2(%x: tensor<?x8xf32>, %s: tensor<1xi64>, %e: tensor<2xi64>) {
  // expected-error @below {{expected one start, end and step for each of 1 axes, got 1, 2 and 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.slice %x, %s, %e {axes = array<i64: 1>} : (tensor<?x8xf32>, tensor<1xi64>, tensor<2xi64>) -> tensor<?x?xf32>
  return
}

// -----

func.func @squeeze_c1(%x: tensor<?x1xf32>) {
  // expected-error @below {{expected an axis in [0, 2), got 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.squeeze %x {axes = array<i64: 2>} : (tensor<?x1xf32>) -> tensor<?xf32>
  return
}

// -----

func.func @squeeze_c2(%x: tensor<?x8xf32>) {
  // expected-error @below {{expected a squeezed dimension and 1 to be equal, got 8 and 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.squeeze %x {axes = array<i64: 1>} : (tensor<?x8xf32>) -> tensor<?xf32>
  return
}

// -----

func.func @unsqueeze_c1(%x: tensor<?x8xf32>) {
  // expected-error @below {{expected an axis in [0, 3), got 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.unsqueeze %x {axes = array<i64: 3>} : (tensor<?x8xf32>) -> tensor<1x?x8xf32>
  return
}
