// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @fusion_arguments(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{expected one block argument per operand, of its type}}
  %0 = infer.fusion ins(%x : tensor<4xf32>) {
  ^bb0(%a: tensor<8xf32>):
    %c = infer.constant dense<0.0> : tensor<4xf32>
    infer.yield %c : tensor<4xf32>
  } : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @fusion_yield(%x: tensor<4xf32>) -> tensor<8xf32> {
  // expected-error @+1 {{expected the yielded types to be the result types}}
  %0 = infer.fusion ins(%x : tensor<4xf32>) {
  ^bb0(%a: tensor<4xf32>):
    infer.yield %a : tensor<4xf32>
  } : tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

func.func @fusion_dims(%x: tensor<?xf32>) -> tensor<?xf32> {
  // expected-error @+1 {{expected 1 result dims, got 0}}
  %0 = infer.fusion ins(%x : tensor<?xf32>) {
  ^bb0(%a: tensor<?xf32>):
    infer.yield %a : tensor<?xf32>
  } : tensor<?xf32>
  return %0 : tensor<?xf32>
}
