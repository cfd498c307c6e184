// RUN: tenon-opt %s -split-input-file -verify-diagnostics
// A function per constraint, named by its label in the op's description.

func.func @gather_c1(%x: tensor<100x8xf32>, %i: tensor<3xi64>) {
  // expected-error @below {{expected an axis in [0, 2), got 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.gather %x, %i {axis = 2 : i64} : (tensor<100x8xf32>, tensor<3xi64>) -> tensor<3x8xf32>
  return
}

// -----

func.func @gather_elements_c1(%x: tensor<?x8xf32>, %i: tensor<2xi64>) {
  // expected-error @below {{expected rank 2 indices, got rank 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.gather_elements %x, %i : (tensor<?x8xf32>, tensor<2xi64>) -> tensor<2xf32>
  return
}

// -----

func.func @gather_elements_c2(%x: tensor<?x8xf32>, %i: tensor<?x2xi64>) {
  // expected-error @below {{expected an axis in [0, 2), got 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.gather_elements %x, %i {axis = 2 : i64} : (tensor<?x8xf32>, tensor<?x2xi64>) -> tensor<?x2xf32>
  return
}

// -----

func.func @gather_nd_c1(%x: tensor<f32>, %i: tensor<2xi64>) {
  // expected-error @below {{expected data of rank 1 or more, got rank 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.gather_nd %x, %i : (tensor<f32>, tensor<2xi64>) -> tensor<f32>
  return
}

// -----

func.func @gather_nd_c2(%x: tensor<3x4xf32>, %i: tensor<3x1xi64>) {
  // expected-error @below {{expected batch_dims not negative and less than both ranks, got 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.gather_nd %x, %i {batch_dims = 2 : i64} : (tensor<3x4xf32>, tensor<3x1xi64>) -> tensor<3xf32>
  return
}

// -----

func.func @gather_nd_c3(%x: tensor<3x4xf32>, %i: tensor<3x?xi64>) {
  // expected-error @below {{expected a static last dimension of indices in [1, 2]}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.gather_nd %x, %i : (tensor<3x4xf32>, tensor<3x?xi64>) -> tensor<3xf32>
  return
}

// -----

func.func @gather_nd_c4(%x: tensor<3x4xf32>, %i: tensor<2x1xi64>) {
  // expected-error @below {{expected the batch dimensions to be equal, got 3 and 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.gather_nd %x, %i {batch_dims = 1 : i64} : (tensor<3x4xf32>, tensor<2x1xi64>) -> tensor<3xf32>
  return
}

// -----

func.func @scatter_elements_c1(%x: tensor<4x8xf32>, %i: tensor<4x2xi64>, %u: tensor<4x2xf16>) {
  // expected-error @below {{expected operands of one element type, got 'f32' and 'f16'}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.scatter_elements %x, %i, %u : (tensor<4x8xf32>, tensor<4x2xi64>, tensor<4x2xf16>) -> tensor<4x8xf32>
  return
}

// -----

func.func @scatter_elements_c2(%x: tensor<4x8xf32>, %i: tensor<4x2xi64>, %u: tensor<4x2xf32>) {
  // expected-error @below {{expected an axis in [0, 2), got 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.scatter_elements %x, %i, %u {axis = 2 : i64} : (tensor<4x8xf32>, tensor<4x2xi64>, tensor<4x2xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @scatter_elements_c3(%x: tensor<4x8xf32>, %i: tensor<4x2xi64>, %u: tensor<4x3xf32>) {
  // expected-error @below {{expected the dimensions of indices and updates to be equal, got 2 and 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.scatter_elements %x, %i, %u : (tensor<4x8xf32>, tensor<4x2xi64>, tensor<4x3xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @scatter_elements_c4(%x: tensor<4x8xf32>, %i: tensor<4x2xi64>, %u: tensor<4x2xf32>) {
  // expected-error @below {{expected reduction none, add, mul, max or min, got sub}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.scatter_elements %x, %i, %u {reduction = "sub"} : (tensor<4x8xf32>, tensor<4x2xi64>, tensor<4x2xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @scatter_nd_c1(%x: tensor<4x8xf32>, %i: tensor<i64>, %u: tensor<8xf32>) {
  // expected-error @below {{expected indices of rank 1 or more, got rank 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.scatter_nd %x, %i, %u : (tensor<4x8xf32>, tensor<i64>, tensor<8xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @scatter_nd_c2(%x: tensor<4x8xf32>, %i: tensor<2x3xi64>, %u: tensor<2xf32>) {
  // expected-error @below {{expected a static last dimension of indices in [1, 2]}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.scatter_nd %x, %i, %u : (tensor<4x8xf32>, tensor<2x3xi64>, tensor<2xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @scatter_nd_c3(%x: tensor<4x8xf32>, %i: tensor<2x1xi64>, %u: tensor<2x7xf32>) {
  // expected-error @below {{expected the dimensions of updates and of the slices to be equal, got 8 and 7}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.scatter_nd %x, %i, %u : (tensor<4x8xf32>, tensor<2x1xi64>, tensor<2x7xf32>) -> tensor<4x8xf32>
  return
}

// -----

func.func @scatter_nd_c4(%x: tensor<4x8xf32>, %i: tensor<2x1xi64>, %u: tensor<2x8xf32>) {
  // expected-error @below {{expected reduction none, add, mul, max or min, got x}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.scatter_nd %x, %i, %u {reduction = "x"} : (tensor<4x8xf32>, tensor<2x1xi64>, tensor<2x8xf32>) -> tensor<4x8xf32>
  return
}
