// RUN: tenon-opt %s --convert-infer-to-linalg -split-input-file -verify-diagnostics

func.func private @no_lowering(%x: tensor<4xf32>) -> tensor<1x?xi64> {
  // expected-error @below {{expected an op with a lowering to linalg, got 'infer.non_zero'}}
  %0 = infer.non_zero %x : (tensor<4xf32>) -> tensor<1x?xi64>
  return %0 : tensor<1x?xi64>
}

// -----

func.func private @no_scales_alone(%x: tensor<4xf32>, %s: tensor<1xf32>) -> tensor<?xf32> {
  // expected-error @below {{expected dim 0 of a tensor to follow from the dispatch's operands, got an unknown one}}
  %0 = infer.resize %x scales(%s) {axes = array<i64: 0>, mode = "linear"} : (tensor<4xf32>, tensor<1xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
