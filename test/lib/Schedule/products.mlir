// RUN: tenon-opt %s --schedule-cpu="vector-bytes=64 vector-registers=32" --split-input-file | FileCheck %s
// RUN: tenon-opt %s --schedule-cpu="vector-bytes=64 vector-registers=32" --schedule-bufferize="vector-bytes=64 vector-registers=32" --split-input-file | FileCheck %s --check-prefix=BUFFERS

#a = affine_map<(m, k, n) -> (m, k)>
#b = affine_map<(m, k, n) -> (k, n)>
#c = affine_map<(m, k, n) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>

// The bias is the epilogue of the product's tile; the result is computed in scratch and read from there.
// CHECK-LABEL: func.func private @epilogue
// CHECK: scf.forall
// CHECK: linalg.generic {{.*}}"reduction"{{.*}}schedule.product = array<i64
// CHECK: linalg.generic
// CHECK: arith.addf
// BUFFERS-LABEL: func.func private @epilogue
// BUFFERS: scf.forall
// BUFFERS: %[[TILE:.*]] = memref.alloc(){{.*}} : memref<{{.*}}xf32>
// BUFFERS: %[[PANEL:.*]] = memref.alloc(){{.*}} : memref<{{.*}}xf32>
// BUFFERS: vector.load %[[PANEL]]
// BUFFERS: vector.fma
// BUFFERS: vector.store {{.*}}, %[[TILE]]
func.func private @epilogue(%x: tensor<128x768xf32>, %w: tensor<768x512xf32>, %r: tensor<128x512xf32>) -> tensor<128x512xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<128x512xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<128x512xf32>) -> tensor<128x512xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "reduction", "parallel"]} ins(%x, %w : tensor<128x768xf32>, tensor<768x512xf32>) outs(%f : tensor<128x512xf32>) {
  ^bb0(%s: f32, %t: f32, %o: f32):
    %u = arith.mulf %s, %t : f32
    %v = arith.addf %o, %u : f32
    linalg.yield %v : f32
  } -> tensor<128x512xf32>
  %y = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%p, %r : tensor<128x512xf32>, tensor<128x512xf32>) outs(%e : tensor<128x512xf32>) {
  ^bb0(%s: f32, %t: f32, %o: f32):
    %u = arith.addf %s, %t : f32
    linalg.yield %u : f32
  } -> tensor<128x512xf32>
  return %y : tensor<128x512xf32>
}

// -----

#a = affine_map<(m, k, n) -> (m, k)>
#b = affine_map<(m, k, n) -> (k, n)>
#c = affine_map<(m, k, n) -> (m, n)>

// One row: the weights are read once, packing them would double that.
// CHECK-LABEL: func.func private @no_panel_for_one_row
// CHECK-NOT: schedule.product
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

// Sums that start from a tensor are left to the generic schedule.
// CHECK-LABEL: func.func private @no_panel_with_init
// CHECK-NOT: schedule.product
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

#a = affine_map<(m, k, n) -> (m, k)>
#b = affine_map<(m, k, n) -> (k, n)>
#c = affine_map<(m, k, n) -> (m, n)>

// All of k fits one panel: sums start from zero in registers, and the tile is only written.
// CHECK-LABEL: func.func private @one_chunk
// BUFFERS-LABEL: func.func private @one_chunk
// BUFFERS: %[[TILE:.*]] = memref.alloc(){{.*}} : memref<{{.*}}xf32>
// BUFFERS-NOT: vector.load %[[TILE]][
// BUFFERS: vector.fma
// BUFFERS: vector.store {{.*}}, %[[TILE]]
func.func private @one_chunk(%x: tensor<128x32xf32>, %w: tensor<32x512xf32>) -> tensor<128x512xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<128x512xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<128x512xf32>) -> tensor<128x512xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "reduction", "parallel"]} ins(%x, %w : tensor<128x32xf32>, tensor<32x512xf32>) outs(%f : tensor<128x512xf32>) {
  ^bb0(%s: f32, %t: f32, %o: f32):
    %u = arith.mulf %s, %t : f32
    %v = arith.addf %o, %u : f32
    linalg.yield %v : f32
  } -> tensor<128x512xf32>
  return %p : tensor<128x512xf32>
}
