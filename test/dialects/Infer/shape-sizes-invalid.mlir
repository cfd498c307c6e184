// RUN: tenon-opt %s -split-input-file -verify-diagnostics
// A function per constraint, named by its label in the op's description.

func.func @expand_c1(%x: tensor<?x8xf32>, %s: tensor<3x1xi64>) {
  // expected-error @below {{operand #1 must be 1D tensor of 64-bit signless integer values, but got 'tensor<3x1xi64>'}}
  %0 = infer.expand %x, %s : (tensor<?x8xf32>, tensor<3x1xi64>) -> tensor<?x?x8xf32>
  return
}

// -----

func.func @tile_c1(%x: tensor<?x8xf32>, %s: tensor<3xi64>) {
  // expected-error @below {{expected 2 repeats, got 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.tile %x, %s : (tensor<?x8xf32>, tensor<3xi64>) -> tensor<?x?xf32>
  return
}

// -----

func.func @pad_c1(%x: tensor<?x8xf32>, %p: tensor<2xi64>) {
  // expected-error @below {{expected mode constant, reflect, edge or wrap, got around}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.pad %x, %p {axes = array<i64: 1>, mode = "around"} : (tensor<?x8xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return
}

// -----

func.func @pad_c2(%x: tensor<?x8xf32>, %p: tensor<2xi64>) {
  // expected-error @below {{expected an axis in [0, 2), got 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.pad %x, %p {axes = array<i64: 2>} : (tensor<?x8xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return
}

// -----

func.func @pad_c3(%x: tensor<?x8xf32>, %p: tensor<3xi64>) {
  // expected-error @below {{expected 2 pads, got 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.pad %x, %p {axes = array<i64: 1>} : (tensor<?x8xf32>, tensor<3xi64>) -> tensor<?x?xf32>
  return
}

// -----

func.func @pad_c4(%x: tensor<?x8xf32>, %p: tensor<2xi64>, %v: tensor<f16>) {
  // expected-error @below {{expected constant_value of element type 'f32'}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.pad %x, %p, %v {axes = array<i64: 1>} : (tensor<?x8xf32>, tensor<2xi64>, tensor<f16>) -> tensor<?x?xf32>
  return
}

// -----

func.func @range_c1(%a: tensor<i64>, %b: tensor<i32>) {
  // expected-error @below {{expected operands of one element type, got 'i64' and 'i32'}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.range %a, %b, %a : (tensor<i64>, tensor<i32>, tensor<i64>) -> tensor<?xi64>
  return
}

// -----

func.func @constant_of_shape_c1(%s: tensor<?xi64>) {
  // expected-error @below {{expected shape to have rank 1, integers and a static size up to 64, got 'tensor<?xi64>'}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.constant_of_shape %s {value = dense<1.0> : tensor<1xf32>} : (tensor<?xi64>) -> tensor<?x?xf32>
  return
}

// -----

func.func @constant_of_shape_c3(%s: tensor<2xi64>) {
  // expected-error @below {{expected a value of one element, got 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.constant_of_shape %s {value = dense<1.0> : tensor<2xf32>} : (tensor<2xi64>) -> tensor<?x?xf32>
  return
}
