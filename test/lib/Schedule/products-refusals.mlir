// RUN: tenon-opt %s --schedule-cpu --remarks-filter=schedule --remark-policy=all --split-input-file -o /dev/null 2>&1 | FileCheck %s

#a = affine_map<(m, k, n) -> (m, k)>
#b = affine_map<(m, k, n) -> (k, n)>
#c = affine_map<(m, k, n) -> (m, n)>

// CHECK: :[[#@LINE+5]]:{{.*}}NoPanel {{.*}}Reason="expected at least 4 rows"
func.func private @no_panel_for_one_row(%x: tensor<1x768xf32>, %w: tensor<768x512xf32>) -> tensor<1x512xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x512xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x512xf32>) -> tensor<1x512xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "reduction", "parallel"]} ins(%x, %w : tensor<1x768xf32>, tensor<768x512xf32>) outs(%f : tensor<1x512xf32>) {
  ^bb0(%s: f32, %t: f32, %o: f32):
    %u = arith.mulf %s, %t : f32
    %v = arith.addf %o, %u : f32
    linalg.yield %v : f32
  } -> tensor<1x512xf32>
  return %p : tensor<1x512xf32>
}

// -----

#a = affine_map<(m, k, n) -> (m, k)>
#b = affine_map<(m, k, n) -> (k, n)>
#c = affine_map<(m, k, n) -> (m, n)>

// CHECK: :[[#@LINE+2]]:{{.*}}NoPanel {{.*}}Reason="expected sums that start from zero"
func.func private @no_panel_with_init(%x: tensor<128x768xf32>, %w: tensor<768x512xf32>, %init: tensor<128x512xf32>) -> tensor<128x512xf32> {
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "reduction", "parallel"]} ins(%x, %w : tensor<128x768xf32>, tensor<768x512xf32>) outs(%init : tensor<128x512xf32>) {
  ^bb0(%s: f32, %t: f32, %o: f32):
    %u = arith.mulf %s, %t : f32
    %v = arith.addf %o, %u : f32
    linalg.yield %v : f32
  } -> tensor<128x512xf32>
  return %p : tensor<128x512xf32>
}

// -----

// CHECK: :[[#@LINE+5]]:{{.*}}NoPanel {{.*}}Reason="expected rows"
func.func private @no_panel_for_vector(%x: tensor<768xf32>, %w: tensor<768x512xf32>) -> tensor<512xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<512xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<512xf32>) -> tensor<512xf32>
  %p = linalg.generic {indexing_maps = [affine_map<(k, n) -> (k)>, affine_map<(k, n) -> (k, n)>, affine_map<(k, n) -> (n)>], iterator_types = ["reduction", "parallel"]} ins(%x, %w : tensor<768xf32>, tensor<768x512xf32>) outs(%f : tensor<512xf32>) {
  ^bb0(%s: f32, %t: f32, %o: f32):
    %u = arith.mulf %s, %t : f32
    %v = arith.addf %o, %u : f32
    linalg.yield %v : f32
  } -> tensor<512xf32>
  return %p : tensor<512xf32>
}
