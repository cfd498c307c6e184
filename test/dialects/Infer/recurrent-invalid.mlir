// RUN: tenon-opt %s -split-input-file -verify-diagnostics
// A function per constraint, named by its label in the op's description.

func.func @rnn_c1(%x: tensor<5x3xf32>, %w: tensor<1x8x4xf32>, %r: tensor<1x8x8xf32>) {
  // expected-error @below {{expected rank 3 x, got rank 2}}
  // expected-error @below {{failed to infer returned types}}
  %0:2 = infer.rnn %x, %w, %r {hidden_size = 8 : i64} : (tensor<5x3xf32>, tensor<1x8x4xf32>, tensor<1x8x8xf32>) -> (tensor<5x1x3x8xf32>, tensor<1x3x8xf32>)
  return
}

// -----

func.func @rnn_c2(%x: tensor<5x3x4xf32>, %w: tensor<1x8x4xf32>, %r: tensor<1x8x8xf32>) {
  // expected-error @below {{expected direction forward, reverse or bidirectional and layout 0 or 1, got up and 0}}
  // expected-error @below {{failed to infer returned types}}
  %0:2 = infer.rnn %x, %w, %r {direction = "up", hidden_size = 8 : i64} : (tensor<5x3x4xf32>, tensor<1x8x4xf32>, tensor<1x8x8xf32>) -> (tensor<5x1x3x8xf32>, tensor<1x3x8xf32>)
  return
}

// -----

func.func @rnn_c3(%x: tensor<5x3x4xf32>, %w: tensor<1x8x4xf32>, %r: tensor<1x8x8xf32>) {
  // expected-error @below {{expected hidden_size in [1, 2^24], got 0}}
  // expected-error @below {{failed to infer returned types}}
  %0:2 = infer.rnn %x, %w, %r {hidden_size = 0 : i64} : (tensor<5x3x4xf32>, tensor<1x8x4xf32>, tensor<1x8x8xf32>) -> (tensor<5x1x3x8xf32>, tensor<1x3x8xf32>)
  return
}

// -----

func.func @rnn_c4(%x: tensor<5x3x4xf32>, %w: tensor<1x8x5xf32>, %r: tensor<1x8x8xf32>) {
  // expected-error @below {{expected the dimensions of w to be equal, got 5 and 4}}
  // expected-error @below {{failed to infer returned types}}
  %0:2 = infer.rnn %x, %w, %r {hidden_size = 8 : i64} : (tensor<5x3x4xf32>, tensor<1x8x5xf32>, tensor<1x8x8xf32>) -> (tensor<5x1x3x8xf32>, tensor<1x3x8xf32>)
  return
}

// -----

func.func @rnn_c5(%x: tensor<5x3x4xf32>, %w: tensor<1x8x4xf32>, %r: tensor<1x8x7xf32>) {
  // expected-error @below {{expected the dimensions of r to be equal, got 7 and 8}}
  // expected-error @below {{failed to infer returned types}}
  %0:2 = infer.rnn %x, %w, %r {hidden_size = 8 : i64} : (tensor<5x3x4xf32>, tensor<1x8x4xf32>, tensor<1x8x7xf32>) -> (tensor<5x1x3x8xf32>, tensor<1x3x8xf32>)
  return
}

// -----

func.func @rnn_c6(%x: tensor<5x3x4xf32>, %w: tensor<1x8x4xf32>, %r: tensor<1x8x8xf32>, %b: tensor<1x8xf32>) {
  // expected-error @below {{expected the dimensions of b to be equal, got 8 and 16}}
  // expected-error @below {{failed to infer returned types}}
  %0:2 = infer.rnn %x, %w, %r bias(%b) {hidden_size = 8 : i64} : (tensor<5x3x4xf32>, tensor<1x8x4xf32>, tensor<1x8x8xf32>, tensor<1x8xf32>) -> (tensor<5x1x3x8xf32>, tensor<1x3x8xf32>)
  return
}

// -----

func.func @rnn_c7(%x: tensor<5x3x4xf32>, %w: tensor<1x8x4xf32>, %r: tensor<1x8x8xf32>, %l: tensor<5xi32>) {
  // expected-error @below {{expected the dimensions of sequence_lens to be equal, got 5 and 3}}
  // expected-error @below {{failed to infer returned types}}
  %0:2 = infer.rnn %x, %w, %r lengths(%l) {hidden_size = 8 : i64} : (tensor<5x3x4xf32>, tensor<1x8x4xf32>, tensor<1x8x8xf32>, tensor<5xi32>) -> (tensor<5x1x3x8xf32>, tensor<1x3x8xf32>)
  return
}

// -----

func.func @rnn_c8(%x: tensor<5x3x4xf32>, %w: tensor<1x8x4xf32>, %r: tensor<1x8x8xf32>, %h: tensor<1x5x8xf32>) {
  // expected-error @below {{expected the dimensions of initial_h to be equal, got 5 and 3}}
  // expected-error @below {{failed to infer returned types}}
  %0:2 = infer.rnn %x, %w, %r initial_h(%h) {hidden_size = 8 : i64} : (tensor<5x3x4xf32>, tensor<1x8x4xf32>, tensor<1x8x8xf32>, tensor<1x5x8xf32>) -> (tensor<5x1x3x8xf32>, tensor<1x3x8xf32>)
  return
}

// -----

func.func @rnn_c9(%x: tensor<5x3x4xf32>, %w: tensor<1x8x4xf32>, %r: tensor<1x8x8xf32>) {
  // expected-error @below {{expected an activation that ONNX knows, got "Nope"}}
  // expected-error @below {{failed to infer returned types}}
  %0:2 = infer.rnn %x, %w, %r {activations = ["Nope"], hidden_size = 8 : i64} : (tensor<5x3x4xf32>, tensor<1x8x4xf32>, tensor<1x8x8xf32>) -> (tensor<5x1x3x8xf32>, tensor<1x3x8xf32>)
  return
}

// -----

func.func @gru_c4(%x: tensor<5x3x4xf32>, %w: tensor<1x25x4xf32>, %r: tensor<1x24x8xf32>) {
  // expected-error @below {{expected the dimensions of w to be equal, got 25 and 24}}
  // expected-error @below {{failed to infer returned types}}
  %0:2 = infer.gru %x, %w, %r {hidden_size = 8 : i64} : (tensor<5x3x4xf32>, tensor<1x25x4xf32>, tensor<1x24x8xf32>) -> (tensor<5x1x3x8xf32>, tensor<1x3x8xf32>)
  return
}

// -----

func.func @gru_c5(%x: tensor<5x3x4xf32>, %w: tensor<1x24x4xf32>, %r: tensor<1x25x8xf32>) {
  // expected-error @below {{expected the dimensions of r to be equal, got 25 and 24}}
  // expected-error @below {{failed to infer returned types}}
  %0:2 = infer.gru %x, %w, %r {hidden_size = 8 : i64} : (tensor<5x3x4xf32>, tensor<1x24x4xf32>, tensor<1x25x8xf32>) -> (tensor<5x1x3x8xf32>, tensor<1x3x8xf32>)
  return
}

// -----

func.func @gru_c6(%x: tensor<5x3x4xf32>, %w: tensor<1x24x4xf32>, %r: tensor<1x24x8xf32>, %b: tensor<1x24xf32>) {
  // expected-error @below {{expected the dimensions of b to be equal, got 24 and 48}}
  // expected-error @below {{failed to infer returned types}}
  %0:2 = infer.gru %x, %w, %r bias(%b) {hidden_size = 8 : i64} : (tensor<5x3x4xf32>, tensor<1x24x4xf32>, tensor<1x24x8xf32>, tensor<1x24xf32>) -> (tensor<5x1x3x8xf32>, tensor<1x3x8xf32>)
  return
}

// -----

func.func @lstm_c4(%x: tensor<5x3x4xf32>, %w: tensor<1x33x4xf32>, %r: tensor<1x32x8xf32>) {
  // expected-error @below {{expected the dimensions of w to be equal, got 33 and 32}}
  // expected-error @below {{failed to infer returned types}}
  %0:3 = infer.lstm %x, %w, %r {hidden_size = 8 : i64} : (tensor<5x3x4xf32>, tensor<1x33x4xf32>, tensor<1x32x8xf32>) -> (tensor<5x1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x3x8xf32>)
  return
}

// -----

func.func @lstm_c5(%x: tensor<5x3x4xf32>, %w: tensor<1x32x4xf32>, %r: tensor<1x33x8xf32>) {
  // expected-error @below {{expected the dimensions of r to be equal, got 33 and 32}}
  // expected-error @below {{failed to infer returned types}}
  %0:3 = infer.lstm %x, %w, %r {hidden_size = 8 : i64} : (tensor<5x3x4xf32>, tensor<1x32x4xf32>, tensor<1x33x8xf32>) -> (tensor<5x1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x3x8xf32>)
  return
}

// -----

func.func @lstm_c6(%x: tensor<5x3x4xf32>, %w: tensor<1x32x4xf32>, %r: tensor<1x32x8xf32>, %b: tensor<1x32xf32>) {
  // expected-error @below {{expected the dimensions of b to be equal, got 32 and 64}}
  // expected-error @below {{failed to infer returned types}}
  %0:3 = infer.lstm %x, %w, %r bias(%b) {hidden_size = 8 : i64} : (tensor<5x3x4xf32>, tensor<1x32x4xf32>, tensor<1x32x8xf32>, tensor<1x32xf32>) -> (tensor<5x1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x3x8xf32>)
  return
}
