// RUN: tenon-opt %s -split-input-file -verify-diagnostics
// A function per constraint, named by its label in the op's description.

func.func @top_k_c1(%x: tensor<?x8xf32>, %k: tensor<1xi64>) {
  // expected-error @below {{expected an axis in [0, 2), got 2}}
  // expected-error @below {{failed to infer returned types}}
  %0:2 = infer.top_k %x, %k {axis = 2 : i64} : (tensor<?x8xf32>, tensor<1xi64>) -> (tensor<?x?xf32>, tensor<?x?xi64>)
  return
}

// -----

func.func @top_k_c2(%x: tensor<?x8xf32>, %k: tensor<2xi64>) {
  // expected-error @below {{expected k to have one element}}
  // expected-error @below {{failed to infer returned types}}
  %0:2 = infer.top_k %x, %k {axis = 1 : i64} : (tensor<?x8xf32>, tensor<2xi64>) -> (tensor<?x?xf32>, tensor<?x?xi64>)
  return
}

// -----

func.func @non_max_suppression_c1(%b: tensor<1x8x5xf32>, %s: tensor<1x2x8xf32>) {
  // expected-error @below {{expected the coordinates of a box and 4 to be equal, got 5 and 4}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.non_max_suppression %b, %s : (tensor<1x8x5xf32>, tensor<1x2x8xf32>) -> tensor<?x3xi64>
  return
}

// -----

func.func @non_max_suppression_c2(%b: tensor<1x8x4xf32>, %s: tensor<1x2x8xf32>, %n: tensor<2xi64>) {
  // expected-error @below {{expected max_output_boxes_per_class to have one element}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.non_max_suppression %b, %s max(%n) : (tensor<1x8x4xf32>, tensor<1x2x8xf32>, tensor<2xi64>) -> tensor<?x3xi64>
  return
}

// -----

func.func @non_max_suppression_c3(%b: tensor<1x8x4xf32>, %s: tensor<1x2x8xf32>) {
  // expected-error @below {{expected center_point_box 0 or 1, got 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.non_max_suppression %b, %s {center_point_box = 2 : i64} : (tensor<1x8x4xf32>, tensor<1x2x8xf32>) -> tensor<?x3xi64>
  return
}

// -----

func.func @non_max_suppression_padded_c1(%b: tensor<1x8x4xf32>, %s: tensor<1x2x9xf32>, %n: index) {
  // expected-error @below {{expected the numbers of boxes and of scores to be equal, got 8 and 9}}
  // expected-error @below {{failed to infer returned types}}
  %0:2 = infer.non_max_suppression_padded %b, %s capacity(%n) : (tensor<1x8x4xf32>, tensor<1x2x9xf32>, index) -> (tensor<?x3xi64>, tensor<i64>)
  return
}

// -----

func.func @one_hot_c1(%i: tensor<?xi64>, %d: tensor<i64>, %v: tensor<2xf32>) {
  // expected-error @below {{expected an axis in [0, 2), got 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.one_hot %i, %d, %v {axis = 2 : i64} : (tensor<?xi64>, tensor<i64>, tensor<2xf32>) -> tensor<?x?xf32>
  return
}

// -----

func.func @one_hot_c2(%i: tensor<?xi64>, %d: tensor<2xi64>, %v: tensor<2xf32>) {
  // expected-error @below {{expected depth to have one element}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.one_hot %i, %d, %v {axis = 1 : i64} : (tensor<?xi64>, tensor<2xi64>, tensor<2xf32>) -> tensor<?x?xf32>
  return
}

// -----

func.func @one_hot_c3(%i: tensor<?xi64>, %d: tensor<i64>, %v: tensor<3xf32>) {
  // expected-error @below {{expected the number of values and 2 to be equal, got 3 and 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.one_hot %i, %d, %v {axis = 1 : i64} : (tensor<?xi64>, tensor<i64>, tensor<3xf32>) -> tensor<?x?xf32>
  return
}

// -----

func.func @unique_c1(%x: tensor<?x3xf32>) {
  // expected-error @below {{expected an axis in [0, 2), got 2}}
  // expected-error @below {{failed to infer returned types}}
  %0:4 = infer.unique %x {axis = 2 : i64} : (tensor<?x3xf32>) -> (tensor<?x?xf32>, tensor<?xi64>, tensor<?xi64>, tensor<?xi64>)
  return
}
