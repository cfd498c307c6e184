// RUN: tenon-opt %s -split-input-file -verify-diagnostics
// A function per constraint, named by its label in the op's description.

func.func @batch_normalization_c1(%x: tensor<f32>, %s: tensor<8xf32>) {
  // expected-error @below {{expected x of rank 1 or more, got rank 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.batch_normalization %x, %s, %s, %s, %s : (tensor<f32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<f32>
  return
}

// -----

func.func @batch_normalization_c2(%x: tensor<?x8x4x4xf32>, %s: tensor<7xf32>) {
  // expected-error @below {{expected the channels and the elements of each parameter to be equal, got 7 and 8}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.batch_normalization %x, %s, %s, %s, %s : (tensor<?x8x4x4xf32>, tensor<7xf32>, tensor<7xf32>, tensor<7xf32>, tensor<7xf32>) -> tensor<?x8x4x4xf32>
  return
}

// -----

func.func @layer_normalization_c1(%x: tensor<?x8xf32>, %s: tensor<8xf32>) {
  // expected-error @below {{expected an axis in [0, 2), got 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.layer_normalization %x, %s {axis = 2 : i64} : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @layer_normalization_c2(%x: tensor<?x8xf32>, %s: tensor<7xf32>) {
  // expected-error @below {{expected scale to be equal, got 7 and 8}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.layer_normalization %x, %s {axis = 1 : i64} : (tensor<?x8xf32>, tensor<7xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @layer_normalization_c3(%x: tensor<?x8xf32>, %s: tensor<8xf32>) {
  // expected-error @below {{expected 0 to 2 statistics, got 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.layer_normalization %x, %s {axis = 1 : i64, num_statistics = 3 : i64} : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @rms_normalization_c1(%x: tensor<?x8xf32>, %s: tensor<8xf32>) {
  // expected-error @below {{expected an axis in [0, 2), got -1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.rms_normalization %x, %s {axis = -1 : i64} : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @rms_normalization_c2(%x: tensor<?x8xf32>, %s: tensor<1x1x8xf32>) {
  // expected-error @below {{expected scale of rank 2 or less, got rank 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.rms_normalization %x, %s {axis = 1 : i64} : (tensor<?x8xf32>, tensor<1x1x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @instance_normalization_c1(%x: tensor<?x8xf32>, %s: tensor<8xf32>) {
  // expected-error @below {{expected x of rank 3 or more, got rank 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.instance_normalization %x, %s, %s : (tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @instance_normalization_c2(%x: tensor<?x8x4xf32>, %s: tensor<8x1xf32>) {
  // expected-error @below {{expected rank 1 parameters, got rank 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.instance_normalization %x, %s, %s : (tensor<?x8x4xf32>, tensor<8x1xf32>, tensor<8x1xf32>) -> tensor<?x8x4xf32>
  return
}

// -----

func.func @group_normalization_c1(%x: tensor<8xf32>, %s: tensor<8xf32>) {
  // expected-error @below {{expected x of rank 2 or more, got rank 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.group_normalization %x, %s, %s {num_groups = 4 : i64} : (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @group_normalization_c2(%x: tensor<?x8xf32>, %s: tensor<4xf32>) {
  // expected-error @below {{expected the channels and the elements of each parameter to be equal, got 4 and 8}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.group_normalization %x, %s, %s {num_groups = 4 : i64} : (tensor<?x8xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @group_normalization_c3(%x: tensor<?x8xf32>, %s: tensor<8xf32>) {
  // expected-error @below {{expected a positive number of groups that divides the channels, got 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.group_normalization %x, %s, %s {num_groups = 3 : i64} : (tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @lp_normalization_c1(%x: tensor<?x8xf32>) {
  // expected-error @below {{expected an axis in [0, 2), got 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.lp_normalization %x {axis = 2 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @lp_normalization_c2(%x: tensor<?x8xf32>) {
  // expected-error @below {{expected p to be 1 or 2, got 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.lp_normalization %x {axis = 1 : i64, p = 3 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @lrn_c1(%x: tensor<8xf32>) {
  // expected-error @below {{expected x of rank 2 or more, got rank 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.lrn %x {size = 5 : i64} : (tensor<8xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @lrn_c2(%x: tensor<1x8xf32>) {
  // expected-error @below {{expected a positive size, got 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.lrn %x {size = 0 : i64} : (tensor<1x8xf32>) -> tensor<1x8xf32>
  return
}

// -----

func.func @softmax_c1(%x: tensor<?x8xf32>) {
  // expected-error @below {{expected an axis in [0, 2), got 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.softmax %x {axis = 2 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @log_softmax_c1(%x: tensor<?x8xf32>) {
  // expected-error @below {{expected an axis in [0, 2), got 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = infer.log_softmax %x {axis = 2 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}
