// RUN: tenon-opt %s --plan-form-views --remarks-filter=memory --remark-policy=all --split-input-file -o /dev/null 2>&1 | FileCheck %s

// CHECK: :[[#@LINE+5]]:{{.*}}NotView {{.*}}Op=infer.slice{{.*}}Reason="a step is not 1"
func.func @no_step_of_two(%x: tensor<8x16xf32>) -> tensor<4x16xf32> {
  %s = infer.constant dense<0> : tensor<1xi64>
  %e = infer.constant dense<8> : tensor<1xi64>
  %t = infer.constant dense<2> : tensor<1xi64>
  %y = infer.slice %x, %s, %e, %t {axes = array<i64: 0>} : (tensor<8x16xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<4x16xf32>
  return %y : tensor<4x16xf32>
}

// -----

// CHECK: :[[#@LINE+4]]:{{.*}}NotView {{.*}}Op=infer.slice{{.*}}Reason="the elements are not consecutive in memory"
func.func @no_slice_of_columns(%x: tensor<8x32xf32>) -> tensor<8x16xf32> {
  %s = infer.constant dense<16> : tensor<1xi64>
  %e = infer.constant dense<32> : tensor<1xi64>
  %y = infer.slice %x, %s, %e {axes = array<i64: 1>} : (tensor<8x32xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<8x16xf32>
  return %y : tensor<8x16xf32>
}

// -----

// CHECK: :[[#@LINE+4]]:{{.*}}NotView {{.*}}Op=infer.slice{{.*}}Reason="a part would begin at an address that is not aligned"
func.func @no_slice_off_alignment(%x: tensor<8x3xf32>) -> tensor<7x3xf32> {
  %s = infer.constant dense<1> : tensor<1xi64>
  %e = infer.constant dense<8> : tensor<1xi64>
  %y = infer.slice %x, %s, %e {axes = array<i64: 0>} : (tensor<8x3xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<7x3xf32>
  return %y : tensor<7x3xf32>
}

// -----

// CHECK: :[[#@LINE+2]]:{{.*}}NotView {{.*}}Op=infer.slice{{.*}}Reason="the host does not know the place of a part"
func.func @no_slice_from_the_device(%x: tensor<8x16xf32>, %s: tensor<1xi64>, %e: tensor<1xi64>) -> tensor<?x16xf32> {
  %y = infer.slice %x, %s, %e {axes = array<i64: 0>} : (tensor<8x16xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}

// -----

// CHECK: :[[#@LINE+2]]:{{.*}}NotView {{.*}}Op=infer.split{{.*}}Reason="the elements are not consecutive in memory"
func.func @no_split_of_columns(%x: tensor<2x32xf32>) -> (tensor<2x16xf32>, tensor<2x16xf32>) {
  %y:2 = infer.split %x {axis = 1 : i64, num_outputs = 2 : i64} : (tensor<2x32xf32>) -> (tensor<2x16xf32>, tensor<2x16xf32>)
  return %y#0, %y#1 : tensor<2x16xf32>, tensor<2x16xf32>
}

// -----

// CHECK: :[[#@LINE+2]]:{{.*}}NotView {{.*}}Op=infer.split{{.*}}Reason="a part would begin at an address that is not aligned"
func.func @no_split_off_alignment(%x: tensor<5xf32>) -> (tensor<2xf32>, tensor<3xf32>) {
  %y:2 = infer.split %x {axis = 0 : i64, num_outputs = 2 : i64, sizes = array<i64: 2, 3>} : (tensor<5xf32>) -> (tensor<2xf32>, tensor<3xf32>)
  return %y#0, %y#1 : tensor<2xf32>, tensor<3xf32>
}

// -----

// CHECK: :[[#@LINE+3]]:{{.*}}NotView {{.*}}Op=infer.split{{.*}}Reason="the host does not know the place of a part"
func.func @no_split_of_unknown_rows(%x: tensor<8x16xf32>, %s: tensor<1xi64>, %e: tensor<1xi64>) -> (tensor<4x?xf32>, tensor<4x?xf32>) {
  %d = infer.slice %x, %s, %e {axes = array<i64: 1>} : (tensor<8x16xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<8x?xf32>
  %y:2 = infer.split %d {axis = 0 : i64, num_outputs = 2 : i64} : (tensor<8x?xf32>) -> (tensor<4x?xf32>, tensor<4x?xf32>)
  return %y#0, %y#1 : tensor<4x?xf32>, tensor<4x?xf32>
}

// -----

// CHECK: :[[#@LINE+4]]:{{.*}}NotView {{.*}}Op=infer.concat{{.*}}Reason="the elements are not consecutive in memory"
func.func @no_concat_of_columns(%x: tensor<2x16xf32>) -> tensor<2x32xf32> {
  %a = infer.relu %x : (tensor<2x16xf32>) -> tensor<2x16xf32>
  %b = infer.exp %x : (tensor<2x16xf32>) -> tensor<2x16xf32>
  %y = infer.concat %a, %b {axis = 1 : i64} : (tensor<2x16xf32>, tensor<2x16xf32>) -> tensor<2x32xf32>
  return %y : tensor<2x32xf32>
}

// -----

// CHECK: :[[#@LINE+3]]:{{.*}}NotView {{.*}}Op=infer.concat{{.*}}Reason="more parts would be copied than computed in place"
func.func @no_concat_of_inputs(%x: tensor<16xf32>, %y: tensor<16xf32>) -> tensor<48xf32> {
  %a = infer.relu %x : (tensor<16xf32>) -> tensor<16xf32>
  %0 = infer.concat %x, %y, %a {axis = 0 : i64} : (tensor<16xf32>, tensor<16xf32>, tensor<16xf32>) -> tensor<48xf32>
  return %0 : tensor<48xf32>
}

// -----

// CHECK: :[[#@LINE+3]]:{{.*}}NotView {{.*}}Op=infer.concat{{.*}}Reason="the host does not know the place of a part"
func.func @no_concat_of_unknown_length(%x: tensor<8x16xf32>, %s: tensor<1xi64>, %e: tensor<1xi64>) -> tensor<?x16xf32> {
  %y = infer.slice %x, %s, %e {axes = array<i64: 0>} : (tensor<8x16xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x16xf32>
  %z = infer.concat %x, %y {axis = 0 : i64} : (tensor<8x16xf32>, tensor<?x16xf32>) -> tensor<?x16xf32>
  return %z : tensor<?x16xf32>
}

// -----

// CHECK: :[[#@LINE+8]]:{{.*}}NotView {{.*}}Op=infer.concat{{.*}}Reason="its size is not known when the first part is computed"
func.func @no_concat_of_later_length(%x: tensor<16xi64>) -> tensor<1x?xi64> {
  %0 = infer.unsqueeze %x {axes = array<i64: 0>} : (tensor<16xi64>) -> tensor<1x16xi64>
  %a = infer.neg %0 : (tensor<1x16xi64>) -> tensor<1x16xi64>
  %count = infer.non_zero_count %a : (tensor<1x16xi64>) -> tensor<i64>
  %v = tensor.extract %count[] : tensor<i64>
  %n = arith.index_cast %v : i64 to index
  %b = infer.non_zero_fill %x, %n : (tensor<16xi64>, index) -> tensor<1x?xi64>
  %y = infer.concat %a, %b {axis = 1 : i64} : (tensor<1x16xi64>, tensor<1x?xi64>) -> tensor<1x?xi64>
  return %y : tensor<1x?xi64>
}
