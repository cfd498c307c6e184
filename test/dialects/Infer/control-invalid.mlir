// RUN: tenon-opt %s --split-input-file --verify-diagnostics
// A function per constraint, named by its label in the op's description.

func.func @if_c1(%c: tensor<2xi1>, %a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{expected cond to have one element}}
  // expected-error @below {{failed to infer returned types}}
  %y = infer.if %c { infer.yield %a : tensor<4xf32> } else { infer.yield %a : tensor<4xf32> } : (tensor<2xi1>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @if_c2(%c: tensor<i1>, %a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{expected both branches to yield as many tensors}}
  // expected-error @below {{failed to infer returned types}}
  %y = infer.if %c { infer.yield %a : tensor<4xf32> } else { infer.yield %a, %a : tensor<4xf32>, tensor<4xf32> } : (tensor<i1>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @if_c3(%c: tensor<i1>, %a: tensor<4xf32>, %b: tensor<4x1xf32>) -> tensor<4xf32> {
  // expected-error @below {{expected what both branches yield of one element type and rank, got}}
  // expected-error @below {{failed to infer returned types}}
  %y = infer.if %c { infer.yield %a : tensor<4xf32> } else { infer.yield %b : tensor<4x1xf32> } : (tensor<i1>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @loop_c1(%n: tensor<2xi64>, %a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{expected max_trip_count to have one element}}
  // expected-error @below {{failed to infer returned types}}
  %y = infer.loop trip(%n) init(%a) {
  ^bb0(%i: tensor<i64>, %c: tensor<i1>, %v: tensor<4xf32>):
    infer.yield %c, %v : tensor<i1>, tensor<4xf32>
  } : (tensor<2xi64>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @loop_c2(%n: tensor<i64>, %a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{expected 3 body arguments, got 2}}
  // expected-error @below {{failed to infer returned types}}
  %y = infer.loop trip(%n) init(%a) {
  ^bb0(%i: tensor<i64>, %c: tensor<i1>):
    infer.yield %c, %a : tensor<i1>, tensor<4xf32>
  } : (tensor<i64>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @loop_c2_number(%n: tensor<i64>, %a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{expected elements 'i64', got 'tensor<i32>'}}
  // expected-error @below {{failed to infer returned types}}
  %y = infer.loop trip(%n) init(%a) {
  ^bb0(%i: tensor<i32>, %c: tensor<i1>, %v: tensor<4xf32>):
    infer.yield %c, %v : tensor<i1>, tensor<4xf32>
  } : (tensor<i64>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @loop_c2_rank(%n: tensor<i64>, %a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{expected a body argument of rank 1 with elements 'f32', got 'tensor<4x1xf32>'}}
  // expected-error @below {{failed to infer returned types}}
  %y = infer.loop trip(%n) init(%a) {
  ^bb0(%i: tensor<i64>, %c: tensor<i1>, %v: tensor<4x1xf32>):
    infer.yield %c, %v : tensor<i1>, tensor<4x1xf32>
  } : (tensor<i64>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @loop_c2_size(%n: tensor<i64>, %a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{expected a body argument of type 'tensor<4xf32>', got 'tensor<5xf32>'}}
  // expected-error @below {{failed to infer returned types}}
  %y = infer.loop trip(%n) init(%a) {
  ^bb0(%i: tensor<i64>, %c: tensor<i1>, %v: tensor<5xf32>):
    infer.yield %c, %v : tensor<i1>, tensor<5xf32>
  } : (tensor<i64>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @loop_c3(%n: tensor<i64>, %a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{expected the body to yield a condition and 1 carried values}}
  // expected-error @below {{failed to infer returned types}}
  %y = infer.loop trip(%n) init(%a) {
  ^bb0(%i: tensor<i64>, %c: tensor<i1>, %v: tensor<4xf32>):
    infer.yield %c : tensor<i1>
  } : (tensor<i64>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @scan_c1(%a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{expected 1 to 1 scan inputs, got 2}}
  // expected-error @below {{failed to infer returned types}}
  %y = infer.scan %a {
  ^bb0(%v: tensor<f32>):
    infer.yield %v : tensor<f32>
  } {num_scan_inputs = 2 : i64} : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @scan_c2(%a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{expected 1 body arguments, got 2}}
  // expected-error @below {{failed to infer returned types}}
  %y = infer.scan %a {
  ^bb0(%v: tensor<f32>, %w: tensor<f32>):
    infer.yield %v : tensor<f32>
  } {num_scan_inputs = 1 : i64} : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @scan_c3(%s: tensor<f32>, %a: tensor<4xf32>) -> tensor<f32> {
  // expected-error @below {{expected the body to yield 1 states}}
  // expected-error @below {{failed to infer returned types}}
  %y = infer.scan %s, %a {
  ^bb0(%v: tensor<f32>, %w: tensor<f32>):
    infer.yield
  } {num_scan_inputs = 1 : i64} : (tensor<f32>, tensor<4xf32>) -> tensor<f32>
  return %y : tensor<f32>
}

// -----

func.func @scan_c4(%a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{expected 1 axes or directions, got 2}}
  // expected-error @below {{failed to infer returned types}}
  %y = infer.scan %a {
  ^bb0(%v: tensor<f32>):
    infer.yield %v : tensor<f32>
  } {num_scan_inputs = 1 : i64, scan_input_axes = array<i64: 0, 0>} : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @scan_c4_length(%a: tensor<4xf32>, %b: tensor<5xf32>) -> tensor<4xf32> {
  // expected-error @below {{the sequence dimensions}}
  // expected-error @below {{failed to infer returned types}}
  %y = infer.scan %a, %b {
  ^bb0(%v: tensor<f32>, %w: tensor<f32>):
    infer.yield %v : tensor<f32>
  } {num_scan_inputs = 2 : i64} : (tensor<4xf32>, tensor<5xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
