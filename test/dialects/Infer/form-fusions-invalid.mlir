// RUN: tenon-opt %s --infer-form-fusions --split-input-file --verify-diagnostics

// What a fusion gives is as large as its data say: infer-expand-data-dependent comes before.
func.func @no_data_dependent_dim(%x: tensor<8xf32>) -> tensor<1x?xi64> {
  // expected-error@+1 {{expected dimension 1 of 'tensor<1x?xi64>' to be known before the tensor is computed}}
  %0 = infer.non_zero %x : (tensor<8xf32>) -> tensor<1x?xi64>
  return %0 : tensor<1x?xi64>
}
