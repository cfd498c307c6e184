// A table of measured schedules comes before the cost model: the boxes of A and B, the threads and the cluster are those of its entries.
// RUN: split-file %s %t
// RUN: tenon-opt %t/products.mlir --pass-pipeline="builtin.module(schedule-tile-products{table=%t/t.jsonl})" | FileCheck %t/products.mlir
// RUN: tenon-opt %t/products.mlir --schedule-tile-products | FileCheck %t/products.mlir --check-prefix=MODEL
// RUN: not tenon-opt %t/refused.mlir --pass-pipeline="builtin.module(schedule-tile-products{table=%t/t.jsonl})" 2>&1 | FileCheck %t/refused.mlir
// RUN: not tenon-opt %t/large.mlir --pass-pipeline="builtin.module(schedule-tile-products{table=%t/t.jsonl})" 2>&1 | FileCheck %t/large.mlir
// RUN: not tenon-opt %t/products.mlir --pass-pipeline="builtin.module(schedule-tile-products{table=%t/none.jsonl})" 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not tenon-opt %t/products.mlir --pass-pipeline="builtin.module(schedule-tile-products{table=%t/refused.mlir})" 2>&1 | FileCheck %s --check-prefix=OTHER

// NONE: cannot read '{{.*}}none.jsonl': No such file or directory
// OTHER: refused.mlir:1: expected a table of tuned schedules

//--- t.jsonl
{"format":"tenon-tuned","version":1}
{"op":"product","arch":"sm_90a","product":{"element":"f16","output":"f16","layout":"nn","m":64,"n":256,"k":64},"schedule":{"kind":"large","consumers":2,"blocks":1,"tile_n":192,"stages":3,"cluster":1,"group":8,"ping_pong":false,"cluster_along_n":false,"stream_c":false}}
{"op":"product","arch":"sm_90a","product":{"element":"f16","output":"f16","layout":"nn","m":300,"n":704,"k":64},"schedule":{"kind":"large","consumers":1,"blocks":1,"tile_n":128,"stages":4,"cluster":2,"group":8,"ping_pong":false,"cluster_along_n":true,"stream_c":false}}
{"op":"product","arch":"sm_90a","product":{"element":"f16","output":"f16","layout":"nn","m":[100,200],"n":704,"k":64},"schedule":{"kind":"small","consumers":2,"tile_m":64,"stages":4,"split":2}}
{"op":"product","arch":"sm_90a","product":{"element":"f16","output":"f16","layout":"nn","m":120,"n":704,"k":64},"schedule":{"kind":"small","consumers":1,"tile_m":128,"stages":4,"split":1}}
{"op":"product","arch":"sm_90a","product":{"element":"f16","output":"f32","layout":"nt","m":128,"n":131,"k":64,"operands":["row f32"]},"schedule":{"kind":"large","consumers":1,"blocks":1,"tile_n":64,"stages":4,"cluster":1,"group":16,"ping_pong":false,"cluster_along_n":false,"stream_c":true}}
{"op":"product","arch":"sm_90a","product":{"element":"f16","output":"f16","layout":"nn","m":32,"n":64,"k":64},"schedule":{"kind":"large","consumers":1,"blocks":1,"tile_n":32,"stages":4,"cluster":1,"group":16,"ping_pong":false,"cluster_along_n":false,"stream_c":false}}
{"op":"product","arch":"sm_90a","product":{"element":"f16","output":"f16","layout":"nn","m":32,"n":128,"k":64},"schedule":{"kind":"small","consumers":4,"tile_m":96,"stages":3,"split":2}}
{"op":"product","arch":"sm_90a","product":{"element":"f16","output":"f16","layout":"nt","m":2048,"n":1001,"k":1001},"schedule":{"kind":"large","consumers":2,"blocks":1,"tile_n":256,"stages":3,"cluster":1,"group":8,"ping_pong":false,"cluster_along_n":false,"stream_c":false}}

//--- products.mlir
// CHECK-LABEL: func.func private @exact
// MODEL-LABEL: func.func private @exact
func.func private @exact(%a: tensor<64x64xf16>, %w: tensor<64x256xf16>) -> tensor<64x256xf16> {
  // CHECK: plan.launch @product_0 {{.*}} maps [#plan.tensor_map<0, f16, box = [64, 128], swizzle = 128>, #plan.tensor_map<1, f16, box = [64, 64], swizzle = 128>,
  // MODEL: plan.launch @product_0 {{.*}} maps [#plan.tensor_map<1, f16, box = [64, 64], swizzle = 128>, #plan.tensor_map<0, f16, box = [64, 64], swizzle = 128>]
  %p = infer.mat_mul %a, %w : (tensor<64x64xf16>, tensor<64x256xf16>) -> tensor<64x256xf16>
  return %p : tensor<64x256xf16>
}

// Two tiles along N are one cluster: 5 times 6 tiles, of which 5 are past the end of N.
// CHECK-LABEL: func.func private @cluster
func.func private @cluster(%a: tensor<300x64xf16>, %w: tensor<64x704xf16>) -> tensor<300x704xf16> {
  // CHECK: plan.launch @product_1 grid(%c30{{(_[0-9]+)?}},
  %p = infer.mat_mul %a, %w : (tensor<300x64xf16>, tensor<64x704xf16>) -> tensor<300x704xf16>
  return %p : tensor<300x704xf16>
}

// A range serves what no entry has exactly.
// CHECK-LABEL: func.func private @in_range
func.func private @in_range(%a: tensor<130x64xf16>, %w: tensor<64x704xf16>) -> tensor<130x704xf16> {
  // CHECK: plan.launch @product_2 {{.*}} maps [#plan.tensor_map<1, f16, box = [64, 64], swizzle = 128>, #plan.tensor_map<0, f16, box = [64, 64], swizzle = 128>]
  %p = infer.mat_mul %a, %w : (tensor<130x64xf16>, tensor<64x704xf16>) -> tensor<130x704xf16>
  return %p : tensor<130x704xf16>
}

// CHECK-LABEL: func.func private @exact_in_range
func.func private @exact_in_range(%a: tensor<120x64xf16>, %w: tensor<64x704xf16>) -> tensor<120x704xf16> {
  // CHECK: plan.launch @product_3 {{.*}} maps [#plan.tensor_map<1, f16, box = [64, 64], swizzle = 128>, #plan.tensor_map<0, f16, box = [64, 128], swizzle = 128>]
  %p = infer.mat_mul %a, %w : (tensor<120x64xf16>, tensor<64x704xf16>) -> tensor<120x704xf16>
  return %p : tensor<120x704xf16>
}

// The host takes the range's kernel for the M that it was measured for, and asks the model for the others.
// CHECK-LABEL: func.func private @open
func.func private @open(%a: tensor<?x64xf16>, %w: tensor<64x704xf16>, %n: index) -> tensor<?x704xf16> {
  infer.bind_shape %a, [%n], affine_map<()[s0] -> (s0, 64)> : tensor<?x64xf16>
  // CHECK: %[[M:.*]] = memref.dim
  // CHECK: %[[SMALL:.*]] = arith.select %{{.*}}, %c0{{.*}}, %{{.*}} : index
  // CHECK: arith.cmpi sge, %[[M]], %c100
  // CHECK: arith.cmpi sle, %[[M]], %c200
  // CHECK: %[[IN:.*]] = arith.andi
  // CHECK: arith.select %[[IN]], %c{{.*}}, %[[SMALL]]
  // CHECK: plan.launch @product_2
  %p = infer.mat_mul %a, %w : (tensor<?x64xf16>, tensor<64x704xf16>) -> tensor<?x704xf16>
  infer.bind_shape %p, [%n], affine_map<()[s0] -> (s0, 704)> : tensor<?x704xf16>
  return %p : tensor<?x704xf16>
}

// Another M, and another epilogue, are other products.
// CHECK-LABEL: func.func private @not_in_the_table
// MODEL-LABEL: func.func private @not_in_the_table
func.func private @not_in_the_table(%a: tensor<64x64xf16>, %w: tensor<64x256xf16>, %b: tensor<256xf16>) -> tensor<64x256xf16> {
  // CHECK: plan.launch {{.*}} maps [#plan.tensor_map<1, f16, box = [64, 64], swizzle = 128>, #plan.tensor_map<0, f16, box = [64, 64], swizzle = 128>]
  // MODEL: plan.launch {{.*}} maps [#plan.tensor_map<1, f16, box = [64, 64], swizzle = 128>, #plan.tensor_map<0, f16, box = [64, 64], swizzle = 128>]
  %p = infer.mat_mul %a, %w : (tensor<64x64xf16>, tensor<64x256xf16>) -> tensor<64x256xf16>
  %y = infer.add %p, %b : (tensor<64x256xf16>, tensor<256xf16>) -> tensor<64x256xf16>
  return %y : tensor<64x256xf16>
}

// How rows of C are stored is no choice: these are no multiple of 16 bytes, and have no map.
// CHECK-LABEL: func.func private @odd_columns
func.func private @odd_columns(%a: tensor<128x64xf16>, %w: tensor<131x64xf16>, %b: tensor<131xf32>) -> tensor<128x131xf32> {
  // CHECK: plan.launch {{.*}} maps [#plan.tensor_map<0, f16, box = [64, 64], swizzle = 128>, #plan.tensor_map<1, f16, box = [64, 64], swizzle = 128>]
  %p = infer.gemm %a, %w {trans_b = true} : (tensor<128x64xf16>, tensor<131x64xf16>) -> tensor<128x131xf16>
  %f = infer.cast %p {to = f32} : (tensor<128x131xf16>) -> tensor<128x131xf32>
  %y = infer.add %f, %b : (tensor<128x131xf32>, tensor<131xf32>) -> tensor<128x131xf32>
  return %y : tensor<128x131xf32>
}

// What a schedule was measured with is the same without it: copies of ragged operands, where the model wants them.
// CHECK-LABEL: func.func private @padded
func.func private @padded(%a: tensor<2048x1001xf16>, %w: tensor<1001x1001xf16>) -> tensor<2048x1001xf16> {
  // CHECK: plan.launch @pad_rows_of_two
  // CHECK: plan.launch @product_{{.*}} maps [#plan.tensor_map<0, f16, box = [64, 128], swizzle = 128>, #plan.tensor_map<1, f16, box = [64, 256], swizzle = 128>]
  %p = infer.gemm %a, %w {trans_b = true} : (tensor<2048x1001xf16>, tensor<1001x1001xf16>) -> tensor<2048x1001xf16>
  return %p : tensor<2048x1001xf16>
}

// CHECK: tile.kernel @product_1({{.*}}cluster = 2

//--- refused.mlir
// An entry that does not fit is an error that names its line.
// CHECK: error: t.jsonl:7: the schedule does not fit: expected a multiple of 64 columns for a transposed B, got 32
func.func private @no_fit(%a: tensor<32x64xf16>, %w: tensor<64x64xf16>) -> tensor<32x64xf16> {
  %p = infer.mat_mul %a, %w : (tensor<32x64xf16>, tensor<64x64xf16>) -> tensor<32x64xf16>
  return %p : tensor<32x64xf16>
}

//--- large.mlir
// CHECK: error: t.jsonl:8: the schedule does not fit: expected at most 2 stages of its tiles, got 3
func.func private @no_room(%a: tensor<32x64xf16>, %w: tensor<64x128xf16>) -> tensor<32x128xf16> {
  %p = infer.mat_mul %a, %w : (tensor<32x64xf16>, tensor<64x128xf16>) -> tensor<32x128xf16>
  return %p : tensor<32x128xf16>
}
