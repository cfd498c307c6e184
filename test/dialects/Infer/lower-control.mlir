// RUN: tenon-opt %s --infer-lower-control --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK-SAME: (%[[C:.*]]: tensor<1xi1>, %[[A:.*]]: tensor<2xf32>, %[[B:.*]]: tensor<3xf32>)
// CHECK: %[[P:.*]] = tensor.extract %[[C]][%{{.*}}] : tensor<1xi1>
// CHECK: scf.if %[[P]] -> (tensor<?xf32>) {
// CHECK: %[[X:.*]] = tensor.cast %[[A]] : tensor<2xf32> to tensor<?xf32>
// CHECK: scf.yield %[[X]]
// CHECK: } else {
// CHECK: %[[Y:.*]] = tensor.cast %[[B]] : tensor<3xf32> to tensor<?xf32>
// CHECK: scf.yield %[[Y]]
func.func @main(%c: tensor<1xi1>, %a: tensor<2xf32>, %b: tensor<3xf32>) -> tensor<?xf32> {
  %y = infer.if %c {
    infer.yield %a : tensor<2xf32>
  } else {
    infer.yield %b : tensor<3xf32>
  } : (tensor<1xi1>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// Rounds that only a count limits: what each of them gives goes to its row of a tensor that is there before the first.
// CHECK-LABEL: func.func @counted
// CHECK: %[[LIMIT:.*]] = tensor.extract %arg0[] : tensor<i64>
// CHECK: %[[MOST:.*]] = arith.maxsi %[[LIMIT]]
// CHECK: %[[SELECTED:.*]] = arith.select %{{.*}}, %[[MOST]]
// CHECK: %[[ROUNDS:.*]] = arith.index_cast %[[SELECTED]] : i64 to index
// CHECK: %[[ROWS:.*]] = tensor.empty(%[[ROUNDS]]) : tensor<?x4xf32>
// CHECK: %[[LOOP:.*]]:4 = scf.while (%[[I:.*]] = %{{.*}}, %[[GO:.*]] = %{{.*}}, %{{.*}} = %arg1, %{{.*}} = %[[ROWS]])
// CHECK:   %[[BELOW:.*]] = arith.cmpi slt, %[[I]], %[[LIMIT]]
// CHECK:   arith.andi %[[GO]], %[[BELOW]]
// CHECK: ^bb0(%[[ROUND:.*]]: i64, %{{.*}}: i1, %[[V:.*]]: tensor<4xf32>, %[[OLD:.*]]: tensor<?x4xf32>):
// CHECK:   %[[NEXT:.*]] = infer.add %[[V]], %[[V]]
// CHECK:   %[[PLACE:.*]] = arith.index_cast %[[ROUND]]
// CHECK:   %[[NEW:.*]] = tensor.insert_slice %[[V]] into %[[OLD]][%[[PLACE]], 0] [1, 4] [1, 1]
// CHECK:   scf.yield %{{.*}}, %{{.*}}, %[[NEXT]], %[[NEW]]
// CHECK: return %[[LOOP]]#2, %[[LOOP]]#3
func.func @counted(%n: tensor<i64>, %a: tensor<4xf32>) -> (tensor<4xf32>, tensor<?x4xf32>) {
  %y, %s = infer.loop trip(%n) init(%a) {
  ^bb0(%i: tensor<i64>, %c: tensor<i1>, %v: tensor<4xf32>):
    %w = infer.add %v, %v : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    infer.yield %c, %w, %v : tensor<i1>, tensor<4xf32>, tensor<4xf32>
  } : (tensor<i64>, tensor<4xf32>) -> (tensor<4xf32>, tensor<?x4xf32>)
  return %y, %s : tensor<4xf32>, tensor<?x4xf32>
}

// -----

// A condition that is computed: nobody knows how many rounds there will be, and the stack grows.
// CHECK-LABEL: func.func @until
// CHECK: %[[ROWS:.*]] = tensor.empty(%{{.*}}) : tensor<?xf32>
// CHECK: scf.while
// CHECK: ^bb0(%{{.*}}: i64, %{{.*}}: i1, %[[V:.*]]: tensor<f32>, %[[OLD:.*]]: tensor<?xf32>):
// CHECK:   %[[C:.*]] = tensor.extract
// CHECK:   %[[ROW:.*]] = infer.unsqueeze %[[V]]
// CHECK:   %[[NEW:.*]] = infer.concat %[[OLD]], %[[ROW]]
// CHECK:   scf.yield %{{.*}}, %[[C]], %{{.*}}, %[[NEW]]
func.func @until(%a: tensor<f32>, %b: tensor<f32>) -> (tensor<f32>, tensor<?xf32>) {
  %y, %s = infer.loop init(%a) {
  ^bb0(%i: tensor<i64>, %c: tensor<i1>, %v: tensor<f32>):
    %w = infer.add %v, %v : (tensor<f32>, tensor<f32>) -> tensor<f32>
    %go = infer.less %w, %b : (tensor<f32>, tensor<f32>) -> tensor<i1>
    infer.yield %go, %w, %v : tensor<i1>, tensor<f32>, tensor<f32>
  } : (tensor<f32>) -> (tensor<f32>, tensor<?xf32>)
  return %y, %s : tensor<f32>, tensor<?xf32>
}

// -----

// A slice is gathered by the number of the round, from the end if the scan goes backward; open dims of states are guarded; rows along
// another axis are transposed behind the loop.
// CHECK-LABEL: func.func @scan
// CHECK: scf.while
// CHECK: %[[LAST:.*]] = arith.subi
// CHECK: %[[FROM:.*]] = arith.subi %[[LAST]]
// CHECK: %[[AT:.*]] = tensor.from_elements %[[FROM]] : tensor<i64>
// CHECK: %[[E:.*]] = infer.gather %arg1, %[[AT]] {axis = 1 : i64}
// CHECK: infer.add %{{.*}}, %[[E]]
// CHECK: cf.assert %{{.*}}, "expected states of a scan to keep their shape"
// CHECK: infer.transpose %{{.*}} {perm = array<i64: 1, 0>}
func.func @scan(%s: tensor<?xf32>, %x: tensor<?x7xf32>) -> (tensor<?xf32>, tensor<?x7xf32>) {
  %n = infer.symbolic_dim "n" [0, 100]
  infer.bind_shape %s, [%n], affine_map<()[s0] -> (s0)> : tensor<?xf32>
  infer.bind_shape %x, [%n], affine_map<()[s0] -> (s0, 7)> : tensor<?x7xf32>
  %l, %y = infer.scan %s, %x {
  ^bb0(%v: tensor<?xf32>, %e: tensor<?xf32>):
    %w = infer.add %v, %e : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
    infer.yield %w, %e : tensor<?xf32>, tensor<?xf32>
  } {num_scan_inputs = 1 : i64, scan_input_axes = array<i64: 1>, scan_input_directions = array<i64: 1>, scan_output_axes = array<i64: 1>}
    : (tensor<?xf32>, tensor<?x7xf32>) -> (tensor<?xf32>, tensor<?x7xf32>)
  return %l, %y : tensor<?xf32>, tensor<?x7xf32>
}

// -----

// The rows of an inner stack have dims that are known before the outer loop.
// CHECK-LABEL: func.func @nested
// CHECK: %[[N:.*]] = tensor.dim %arg0, %{{.*}} : tensor<?xf32>
// CHECK: %[[ROWS:.*]] = tensor.empty(%{{.*}}, %[[N]]) : tensor<?x3x?xf32>
func.func @nested(%a: tensor<?xf32>, %x: tensor<2x3xf32>) -> tensor<2x3x?xf32> {
  %y = infer.scan %x {
  ^bb0(%r: tensor<3xf32>):
    %z = infer.scan %r {
    ^bb0(%e: tensor<f32>):
      %w = infer.add %a, %e : (tensor<?xf32>, tensor<f32>) -> tensor<?xf32>
      infer.yield %w : tensor<?xf32>
    } {num_scan_inputs = 1 : i64} : (tensor<3xf32>) -> tensor<3x?xf32>
    infer.yield %z : tensor<3x?xf32>
  } {num_scan_inputs = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3x?xf32>
  return %y : tensor<2x3x?xf32>
}

// -----

func.func @no_stack_of_unknown_size(%n: tensor<i64>, %a: tensor<?xf32>) -> (tensor<?xf32>, tensor<?x?xf32>) {
  // expected-error @below {{expected dimension 0 of a value that a loop stacks to be known before the loop}}
  %y, %s = infer.loop trip(%n) init(%a) {
  ^bb0(%i: tensor<i64>, %c: tensor<i1>, %v: tensor<?xf32>):
    %w = infer.concat %v, %v {axis = 0 : i64} : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
    infer.yield %c, %w, %w : tensor<i1>, tensor<?xf32>, tensor<?xf32>
  } : (tensor<i64>, tensor<?xf32>) -> (tensor<?xf32>, tensor<?x?xf32>)
  return %y, %s : tensor<?xf32>, tensor<?x?xf32>
}
