// RUN: tenon-opt %s --pass-pipeline="builtin.module(func.func(schedule-gpu,schedule-bufferize{thread-blocks=true},canonicalize),plan-outline-kernels{flat-grid=true})" --split-input-file | FileCheck %s

// The steps of a loop over passes are launches; what a step computes replaces what it read in the step before, in the same memory.
// CHECK-LABEL: func.func private @passes(
// CHECK-SAME: %{{.*}}: memref<4096xf32>, %[[OUT:.*]]: memref<4096xf32>
// CHECK: %[[OTHER:.*]] = plan.alloc
// CHECK-NOT: plan.alloc
// CHECK: scf.for %[[I:.*]] = %{{.*}} to %{{.*}} step %{{.*}} iter_args(%[[WIDTH:.*]] = %{{.*}}) -> (index) {
// CHECK: plan.launch {{.*}} buffers(%[[OTHER]], %[[OUT]] : {{.*}} scalars(%[[WIDTH]]) {writes = array<i1: true, false>}
// CHECK: plan.launch {{.*}} buffers(%[[OUT]], %[[OTHER]] : {{.*}} scalars(%[[WIDTH]]) {writes = array<i1: true, false>}
// CHECK: scf.yield %{{.*}} : index
// CHECK-NOT: plan.launch
// CHECK: return
#map = affine_map<(i) -> (i)>
func.func private @passes(%x: tensor<4096xf32>) -> tensor<4096xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c6 = arith.constant 6 : index
  %c4096 = arith.constant 4096 : index
  %e = tensor.empty() : tensor<4096xf32>
  %first = linalg.exp ins(%x : tensor<4096xf32>) outs(%e : tensor<4096xf32>) -> tensor<4096xf32>
  %r:3 = scf.for %i = %c0 to %c6 step %c1 iter_args(%a = %first, %b = %e, %w = %c1) -> (tensor<4096xf32>, tensor<4096xf32>, index) {
    %n = linalg.generic {indexing_maps = [#map], iterator_types = ["parallel"]} outs(%b : tensor<4096xf32>) {
    ^bb0(%o: f32):
      %p = linalg.index 0 : index
      %q = arith.addi %p, %w : index
      %s = arith.remui %q, %c4096 : index
      %v = tensor.extract %a[%s] : tensor<4096xf32>
      linalg.yield %v : f32
    } -> tensor<4096xf32>
    %m = linalg.generic {indexing_maps = [#map], iterator_types = ["parallel"]} outs(%a : tensor<4096xf32>) {
    ^bb0(%o: f32):
      %p = linalg.index 0 : index
      %q = arith.addi %p, %w : index
      %s = arith.remui %q, %c4096 : index
      %v = tensor.extract %n[%s] : tensor<4096xf32>
      linalg.yield %v : f32
    } -> tensor<4096xf32>
    %d = arith.addi %w, %w : index
    scf.yield %m, %n, %d : tensor<4096xf32>, tensor<4096xf32>, index
  }
  return %r#0 : tensor<4096xf32>
}

// -----

// A temporary of a step is one memory for all steps.
// CHECK-LABEL: func.func private @temporary(
// CHECK: plan.alloc
// CHECK: scf.for
// CHECK-NOT: plan.alloc
// CHECK: plan.launch
// CHECK: plan.launch
// CHECK: return
#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (j)>
func.func private @temporary(%x: tensor<512x512xf32>, %n: index) -> tensor<512xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<512xf32>
  %first = linalg.fill ins(%zero : f32) outs(%e : tensor<512xf32>) -> tensor<512xf32>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%h = %first) -> (tensor<512xf32>) {
    %t = tensor.empty() : tensor<512xf32>
    %f = linalg.fill ins(%zero : f32) outs(%t : tensor<512xf32>) -> tensor<512xf32>
    %s = linalg.generic {indexing_maps = [#id, #row, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]} ins(%x, %h : tensor<512x512xf32>, tensor<512xf32>) outs(%f : tensor<512xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %p = arith.mulf %a, %b : f32
      %q = arith.addf %o, %p : f32
      linalg.yield %q : f32
    } -> tensor<512xf32>
    %u = tensor.empty() : tensor<512xf32>
    %next = linalg.tanh ins(%s : tensor<512xf32>) outs(%u : tensor<512xf32>) -> tensor<512xf32>
    scf.yield %next : tensor<512xf32>
  }
  return %r : tensor<512xf32>
}
