// RUN: tenon-opt %s -split-input-file -verify-diagnostics
// A function per constraint on the values of shape operands, named by its label in the op's description.

func.func @reshape_c2(%x: tensor<4x8xf32>) {
  %s = infer.constant dense<[-2, 8]> : tensor<2xi64>
  // expected-error @below {{expected dimensions of -1 or more, got -2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.reshape %x, %s : (tensor<4x8xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return
}

// -----

func.func @reshape_c2_two(%x: tensor<4x8xf32>) {
  %s = infer.constant dense<[-1, -1]> : tensor<2xi64>
  // expected-error @below {{expected at most one -1 in shape, got several}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.reshape %x, %s : (tensor<4x8xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return
}

// -----

func.func @reshape_c3(%x: tensor<4x8xf32>) {
  %s = infer.constant dense<[4, 8, 0]> : tensor<3xi64>
  // expected-error @below {{expected a 0 at a place that data of rank 2 has, got one at 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.reshape %x, %s : (tensor<4x8xf32>, tensor<3xi64>) -> tensor<?x?x?xf32>
  return
}

// -----

func.func @reshape_c4(%x: tensor<0x8xf32>) {
  %s = infer.constant dense<[-1, 0]> : tensor<2xi64>
  // expected-error @below {{expected no -1 beside a 0 that means 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.reshape %x, %s {allowzero = true} : (tensor<0x8xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return
}

// -----

func.func @reshape_c5(%x: tensor<4x8xf32>) {
  %s = infer.constant dense<[4, 7]> : tensor<2xi64>
  // expected-error @below {{expected a shape of as many elements as data has}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.reshape %x, %s : (tensor<4x8xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return
}

// -----

func.func @reshape_c5_rest(%x: tensor<4x8xf32>) {
  %s = infer.constant dense<[-1, 5]> : tensor<2xi64>
  // expected-error @below {{expected a shape of 32 elements, got a multiple of 5}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.reshape %x, %s : (tensor<4x8xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return
}

// -----

func.func @slice_c3(%x: tensor<?x8xf32>, %s: tensor<1xi64>) {
  %z = infer.constant dense<0> : tensor<1xi64>
  // expected-error @below {{expected steps that are not 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.slice %x, %s, %s, %z {axes = array<i64: 1>} : (tensor<?x8xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x?xf32>
  return
}

// -----

func.func @expand_c2(%x: tensor<?x8xf32>) {
  %s = infer.constant dense<[-1, 8]> : tensor<2xi64>
  // expected-error @below {{expected shape not to be negative, got -1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.expand %x, %s : (tensor<?x8xf32>, tensor<2xi64>) -> tensor<?x8xf32>
  return
}

// -----

func.func @expand_c3(%x: tensor<?x8xf32>) {
  %s = infer.constant dense<[1, 7]> : tensor<2xi64>
  // expected-error @below {{expected dimensions that broadcast, got 8 and 7}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.expand %x, %s : (tensor<?x8xf32>, tensor<2xi64>) -> tensor<?x8xf32>
  return
}

// -----

func.func @tile_c2(%x: tensor<?x8xf32>) {
  %s = infer.constant dense<[2, -1]> : tensor<2xi64>
  // expected-error @below {{expected repeats not to be negative, got -1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.tile %x, %s : (tensor<?x8xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return
}

// -----

func.func @range_c2(%a: tensor<i64>) {
  %z = infer.constant dense<0> : tensor<i64>
  // expected-error @below {{expected a delta that is not 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.range %a, %a, %z : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  return
}

// -----

func.func @range_c2_float(%a: tensor<f32>) {
  %z = infer.constant dense<0.0> : tensor<f32>
  // expected-error @below {{expected a delta that is not 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.range %a, %a, %z : (tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<?xf32>
  return
}

// -----

func.func @range_infinite() {
  %a = infer.constant dense<0.0> : tensor<f32>
  %b = infer.constant dense<3.0e+38> : tensor<f32>
  %d = infer.constant dense<1.0> : tensor<f32>
  // expected-error @below {{expected a finite range}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.range %a, %b, %d : (tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<?xf32>
  return
}

// -----

func.func @constant_of_shape_c2() {
  %s = infer.constant dense<[1, -8]> : tensor<2xi64>
  // expected-error @below {{expected shape not to be negative, got -8}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.constant_of_shape %s {value = dense<1.0> : tensor<1xf32>} : (tensor<2xi64>) -> tensor<?x?xf32>
  return
}

// -----

func.func @split_c3_both(%x: tensor<?x8xf32>, %s: tensor<2xi64>) {
  // expected-error @below {{expected sizes or split, got both}}
  // expected-error @below {{failed to infer returned types}}
  %0:2 = infer.split %x, %s {axis = 1 : i64, num_outputs = 2 : i64, sizes = array<i64: 4, 4>} : (tensor<?x8xf32>, tensor<2xi64>) -> (tensor<?x4xf32>, tensor<?x4xf32>)
  return
}

// -----

func.func @split_c3_split(%x: tensor<?x8xf32>, %s: tensor<3xi64>) {
  // expected-error @below {{expected split of 2 elements, got 'tensor<3xi64>'}}
  // expected-error @below {{failed to infer returned types}}
  %0:2 = infer.split %x, %s {axis = 1 : i64, num_outputs = 2 : i64} : (tensor<?x8xf32>, tensor<3xi64>) -> (tensor<?x?xf32>, tensor<?x?xf32>)
  return
}

// -----

func.func @split_c4_negative(%x: tensor<?x8xf32>) {
  // expected-error @below {{expected sizes that are not negative, got -4}}
  // expected-error @below {{failed to infer returned types}}
  %0:2 = infer.split %x {axis = 1 : i64, num_outputs = 2 : i64, sizes = array<i64: -4, 12>} : (tensor<?x8xf32>) -> (tensor<?x?xf32>, tensor<?x12xf32>)
  return
}

// -----

func.func @transpose_c1_rank(%x: tensor<?x8xf32>) {
  // expected-error @below {{expected a permutation of 2 dimensions, got 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.transpose %x {perm = array<i64: 0>} : (tensor<?x8xf32>) -> tensor<?x?xf32>
  return
}

// -----

func.func @top_k_c2_limit(%x: tensor<?x8xf32>) {
  %k = infer.constant dense<9> : tensor<1xi64>
  // expected-error @below {{expected k not negative and not more than the dimension, got 9}}
  // expected-error @below {{failed to infer returned types}}
  %0:2 = infer.top_k %x, %k {axis = 1 : i64} : (tensor<?x8xf32>, tensor<1xi64>) -> (tensor<?x9xf32>, tensor<?x9xi64>)
  return
}

// -----

func.func @one_hot_c2_negative(%i: tensor<4xi64>, %v: tensor<2xf32>) {
  %d = infer.constant dense<-1> : tensor<i64>
  // expected-error @below {{expected a depth that is not negative, got -1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.one_hot %i, %d, %v {axis = 1 : i64} : (tensor<4xi64>, tensor<i64>, tensor<2xf32>) -> tensor<4x?xf32>
  return
}
