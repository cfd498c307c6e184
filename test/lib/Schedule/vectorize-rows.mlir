// RUN: tenon-opt %s --pass-pipeline="builtin.module(func.func(schedule-lower-kernels,canonicalize,cse))" --split-input-file | FileCheck %s

#row = affine_map<(c, h, kh, kw, w) -> (c, h + kh, w + kw)>
#weight = affine_map<(c, h, kh, kw, w) -> (c, kh, kw)>
#sum = affine_map<(c, h, kh, kw, w) -> (c, h, w)>
#id = affine_map<(c, h, w) -> (c, h, w)>
#channel = affine_map<(c, h, w) -> (c)>

// A depthwise convolution with its bias: the sums start from zero and stay in registers, 14 elements are one vector and 6 of another.
// CHECK-LABEL: func.func @depthwise
// CHECK-NOT: memref.view
// CHECK: scf.for
// CHECK: scf.for
// CHECK-NOT: scf.for
// CHECK: %[[X:.*]] = vector.load %arg0
// CHECK: %[[K:.*]] = vector.broadcast %{{.*}} : f32 to vector<8xf32>
// CHECK: %[[P:.*]] = arith.mulf %[[X]], %[[K]] fastmath<contract>
// CHECK: arith.addf %[[P]], %{{.*}} fastmath<reassoc,contract>
// CHECK-COUNT-3: arith.mulf
// CHECK: %[[BIAS:.*]] = vector.broadcast
// CHECK: %[[Y:.*]] = arith.addf %{{.*}}, %[[BIAS]] : vector<8xf32>
// CHECK-NEXT: vector.store %[[Y]], %arg3
// CHECK-COUNT-4: vector.maskedload
// CHECK: vector.maskedstore %arg3
func.func @depthwise(%x: memref<4x15x15xf32>, %k: memref<4x2x2xf32>, %b: memref<4xf32>, %y: memref<4x14x14xf32>, %i: index, %j: index,
                     %l: index, %scratch: memref<?xi8>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %s = memref.view %scratch[%c0][] : memref<?xi8> to memref<4x14x14xf32>
  linalg.fill ins(%zero : f32) outs(%s : memref<4x14x14xf32>)
  linalg.generic {indexing_maps = [#row, #weight, #sum], iterator_types = ["parallel", "parallel", "reduction", "reduction", "parallel"]}
      ins(%x, %k : memref<4x15x15xf32>, memref<4x2x2xf32>) outs(%s : memref<4x14x14xf32>) {
  ^bb0(%a: f32, %w: f32, %acc: f32):
    %0 = arith.mulf %a, %w : f32
    %1 = arith.addf %acc, %0 : f32
    linalg.yield %1 : f32
  }
  linalg.generic {indexing_maps = [#id, #channel, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%s, %b : memref<4x14x14xf32>, memref<4xf32>) outs(%y : memref<4x14x14xf32>) {
  ^bb0(%a: f32, %bias: f32, %out: f32):
    %0 = arith.addf %a, %bias : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#strided = affine_map<(h, kh, kw, w) -> (h * 2 + kh, w * 2 + kw)>
#sum = affine_map<(h, kh, kw, w) -> (h, w)>
#window = affine_map<(h, kh, kw, w) -> (kh, kw)>

// Every second element is taken from two vectors. What is not a temporary is kept.
// CHECK-LABEL: func.func @pooling
// CHECK: %[[MASK:.*]] = vector.constant_mask [15] : vector<16xi1>
// CHECK: %[[PAIR:.*]] = vector.maskedload %arg0[{{.*}}], %[[MASK]]
// CHECK: vector.shuffle %[[PAIR]], %[[PAIR]] [0, 2, 4, 6, 8, 10, 12, 14]
// CHECK: arith.maximumf
// CHECK: vector.store %{{.*}}, %arg1
func.func @pooling(%x: memref<17x17xf32>, %y: memref<8x8xf32>, %k: memref<2x2xf32>, %i: index, %j: index, %l: index,
                   %scratch: memref<?xi8>) {
  %low = arith.constant 0xFF800000 : f32
  linalg.fill ins(%low : f32) outs(%y : memref<8x8xf32>)
  linalg.generic {indexing_maps = [#strided, #window, #sum], iterator_types = ["parallel", "reduction", "reduction", "parallel"]}
      ins(%x, %k : memref<17x17xf32>, memref<2x2xf32>) outs(%y : memref<8x8xf32>) {
  ^bb0(%a: f32, %unused: f32, %acc: f32):
    %0 = arith.maximumf %acc, %a : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// Short rows of an elementwise op: 7 elements are one masked vector.
// CHECK-LABEL: func.func @elementwise
// CHECK: %[[MASK:.*]] = vector.constant_mask [7] : vector<8xi1>
// CHECK: %[[X:.*]] = vector.maskedload %arg0[%{{.*}}, %{{.*}}], %[[MASK]]
// CHECK: %[[LESS:.*]] = arith.cmpf olt, %[[X]]
// CHECK: %[[Y:.*]] = arith.select %[[LESS]]
// CHECK: vector.maskedstore %arg1[%{{.*}}, %{{.*}}], %[[MASK]], %[[Y]]
func.func @elementwise(%x: memref<?x7xf32>, %y: memref<?x7xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : memref<?x7xf32>) outs(%y : memref<?x7xf32>) {
  ^bb0(%a: f32, %out: f32):
    %zero = arith.constant 0.0 : f32
    %0 = arith.cmpf olt, %a, %zero : f32
    %1 = arith.select %0, %zero, %a : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// What fills vectors, or is long, is left to LLVM.
// CHECK-LABEL: func.func @no_whole_vectors
// CHECK-NOT: vector.
func.func @no_whole_vectors(%x: memref<?x16xf32>, %y: memref<?x16xf32>, %z: memref<?x100xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : memref<?x16xf32>) outs(%y : memref<?x16xf32>) {
  ^bb0(%a: f32, %out: f32):
    %0 = arith.addf %a, %a : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%z : memref<?x100xf32>) {
  ^bb0(%out: f32):
    %0 = arith.addf %out, %out : f32
    linalg.yield %0 : f32
  }
  return
}

// CHECK-LABEL: func.func @no_unknown_rows
// CHECK-NOT: vector.
func.func @no_unknown_rows(%x: memref<4x?xf32>) {
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%x : memref<4x?xf32>) {
  ^bb0(%out: f32):
    %0 = arith.addf %out, %out : f32
    linalg.yield %0 : f32
  }
  return
}

// CHECK-LABEL: func.func @no_other_arithmetic
// CHECK-NOT: vector.
func.func @no_other_arithmetic(%x: memref<4x7xf32>, %y: memref<4x7xf64>) {
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%x : memref<4x7xf32>) {
  ^bb0(%out: f32):
    %0 = math.exp %out : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%y : memref<4x7xf64>) {
  ^bb0(%out: f64):
    %0 = arith.addf %out, %out : f64
    linalg.yield %0 : f64
  }
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#turned = affine_map<(i, j) -> (j, i)>
#sum = affine_map<(i, j) -> (i)>

// CHECK-LABEL: func.func @no_turned_operand
// CHECK-NOT: vector.
func.func @no_turned_operand(%x: memref<7x7xf32>, %y: memref<7x7xf32>) {
  linalg.generic {indexing_maps = [#turned, #id], iterator_types = ["parallel", "parallel"]} ins(%x : memref<7x7xf32>) outs(%y : memref<7x7xf32>) {
  ^bb0(%a: f32, %out: f32):
    linalg.yield %a : f32
  }
  return
}

// CHECK-LABEL: func.func @no_summed_row
// CHECK-NOT: vector.
func.func @no_summed_row(%x: memref<7x7xf32>, %y: memref<7xf32>) {
  linalg.generic {indexing_maps = [#id, #sum], iterator_types = ["parallel", "reduction"]} ins(%x : memref<7x7xf32>) outs(%y : memref<7xf32>) {
  ^bb0(%a: f32, %out: f32):
    %0 = arith.addf %a, %out : f32
    linalg.yield %0 : f32
  }
  return
}
