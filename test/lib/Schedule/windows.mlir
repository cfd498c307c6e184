// RUN: tenon-opt %s --schedule-cpu --split-input-file | FileCheck %s

#x = affine_map<(c, h, kh, kw, w) -> (c, h + kh, w + kw)>
#k = affine_map<(c, h, kh, kw, w) -> (c, kh, kw)>
#y = affine_map<(c, h, kh, kw, w) -> (c, h, w)>

// A tile of channels pads what its windows read.
// CHECK-LABEL: func.func private @padded_windows
// CHECK: scf.forall
// CHECK-NOT: scf.forall
// CHECK: scf.if
// CHECK: linalg.generic {{.*}}"reduction"
// CHECK: parallel_insert_slice
// CHECK-NOT: scf.forall
func.func private @padded_windows(%x: tensor<64x56x56xf32>, %k: tensor<64x3x3xf32>) -> tensor<64x56x56xf32> {
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 1, 1] high[0, 1, 1] {
  ^bb0(%i: index, %j: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<64x56x56xf32> to tensor<64x58x58xf32>
  %e = tensor.empty() : tensor<64x56x56xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<64x56x56xf32>) -> tensor<64x56x56xf32>
  %s = linalg.generic {indexing_maps = [#x, #k, #y], iterator_types = ["parallel", "parallel", "reduction", "reduction", "parallel"]}
      ins(%p, %k : tensor<64x58x58xf32>, tensor<64x3x3xf32>) outs(%f : tensor<64x56x56xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %t = arith.mulf %a, %b : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<64x56x56xf32>
  return %s : tensor<64x56x56xf32>
}

// -----

#x = affine_map<(c, h, kh, kw, w) -> (c, h + kh, w + kw)>
#k = affine_map<(c, h, kh, kw, w) -> (c, kh, kw)>
#y = affine_map<(c, h, kh, kw, w) -> (c, h, w)>

// Four channels are too few tiles: the padding is a launch of its own, and the windows are tiled along their rows too.
// CHECK-LABEL: func.func private @no_tiles_of_few_channels
// CHECK: scf.if
// CHECK: scf.forall
// CHECK: linalg.generic {{.*}}"reduction"
func.func private @no_tiles_of_few_channels(%x: tensor<4x56x56xf32>, %k: tensor<4x3x3xf32>) -> tensor<4x56x56xf32> {
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 1, 1] high[0, 1, 1] {
  ^bb0(%i: index, %j: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<4x56x56xf32> to tensor<4x58x58xf32>
  %e = tensor.empty() : tensor<4x56x56xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x56x56xf32>) -> tensor<4x56x56xf32>
  %s = linalg.generic {indexing_maps = [#x, #k, #y], iterator_types = ["parallel", "parallel", "reduction", "reduction", "parallel"]}
      ins(%p, %k : tensor<4x58x58xf32>, tensor<4x3x3xf32>) outs(%f : tensor<4x56x56xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %t = arith.mulf %a, %b : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<4x56x56xf32>
  return %s : tensor<4x56x56xf32>
}

// -----

#x = affine_map<(c, h, kh, kw, w) -> (c, h + kh, w + kw)>
#k = affine_map<(c, h, kh, kw, w) -> (c, kh, kw)>
#y = affine_map<(c, h, kh, kw, w) -> (c, h, w)>

// A channel of 300x300 is more than a workgroup should hold.
// CHECK-LABEL: func.func private @no_large_channels
// CHECK: scf.forall
// CHECK: scf.if
// CHECK: scf.forall
// CHECK: linalg.generic {{.*}}"reduction"
func.func private @no_large_channels(%x: tensor<64x300x300xf32>, %k: tensor<64x3x3xf32>) -> tensor<64x300x300xf32> {
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 1, 1] high[0, 1, 1] {
  ^bb0(%i: index, %j: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<64x300x300xf32> to tensor<64x302x302xf32>
  %e = tensor.empty() : tensor<64x300x300xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<64x300x300xf32>) -> tensor<64x300x300xf32>
  %s = linalg.generic {indexing_maps = [#x, #k, #y], iterator_types = ["parallel", "parallel", "reduction", "reduction", "parallel"]}
      ins(%p, %k : tensor<64x302x302xf32>, tensor<64x3x3xf32>) outs(%f : tensor<64x300x300xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %t = arith.mulf %a, %b : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<64x300x300xf32>
  return %s : tensor<64x300x300xf32>
}
