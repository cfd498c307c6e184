// RUN: tenon-opt %s -split-input-file -verify-diagnostics
// A function per constraint, named by its label in the op's description.

func.func @reduce_sum_c1(%x: tensor<?x8xf32>) {
  // expected-error @below {{expected distinct axes, got 1 twice}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.reduce_sum %x {axes = array<i64: 1, 1>} : (tensor<?x8xf32>) -> tensor<?x1xf32>
  return
}

// -----

func.func @reduce_sum_c1_range(%x: tensor<?x8xf32>) {
  // expected-error @below {{expected an axis in [0, 2), got -1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.reduce_sum %x {axes = array<i64: -1>} : (tensor<?x8xf32>) -> tensor<?x1xf32>
  return
}

// -----

func.func @arg_max_c1(%x: tensor<?x8xf32>) {
  // expected-error @below {{expected an axis in [0, 2), got 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.arg_max %x {axis = 2 : i64} : (tensor<?x8xf32>) -> tensor<?x1xi64>
  return
}

// -----

func.func @arg_min_c1(%x: tensor<?x8xf32>) {
  // expected-error @below {{expected an axis in [0, 2), got 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.arg_min %x {axis = 2 : i64} : (tensor<?x8xf32>) -> tensor<?x1xi64>
  return
}

// -----

func.func @cum_sum_c1(%x: tensor<?x8xi64>) {
  // expected-error @below {{expected an axis in [0, 2), got 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.cum_sum %x {axis = 3 : i64} : (tensor<?x8xi64>) -> tensor<?x8xi64>
  return
}
