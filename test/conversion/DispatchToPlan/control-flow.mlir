// RUN: tenon-opt %s --convert-dispatch-to-plan --split-input-file --verify-diagnostics | FileCheck %s

// A branch yields the buffer that it has; the result that leaves the model is copied.
// CHECK-LABEL: func.func @main
// CHECK: %[[R:.*]] = scf.if %{{.*}} -> (!plan.buffer) {
// CHECK:   scf.yield %[[X:.*]] : !plan.buffer
// CHECK: } else {
// CHECK:   %[[W:.*]] = plan.constant 0
// CHECK:   scf.yield %[[W]] : !plan.buffer
// CHECK: }
// CHECK: %[[O:.*]] = plan.output_buffer 0
// CHECK: plan.copy %[[R]] to %[[O]]
func.func @main(%c: tensor<i1>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %p = tensor.extract %c[] : tensor<i1>
  %r = scf.if %p -> tensor<4xf32> {
    scf.yield %x : tensor<4xf32>
  } else {
    %w = infer.constant dense<1.0> : tensor<4xf32>
    scf.yield %w : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}

// -----

// Where both sides only name a tensor the branch has become a choice of values.
// CHECK-LABEL: func.func @main
// CHECK: %[[R:.*]] = scf.if %{{.*}} -> (!plan.buffer) {
// CHECK:   scf.yield %arg1 : !plan.buffer
// CHECK: } else {
// CHECK:   scf.yield %arg2 : !plan.buffer
func.func @main(%c: tensor<i1>, %x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %p = tensor.extract %c[] : tensor<i1>
  %r = arith.select %p, %x, %y : tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

// A loop that swaps two carried tensors saves the first before it is overwritten; scalars stay carried values.
// CHECK-LABEL: func.func @main
// CHECK: %[[A:.*]] = plan.alloc
// CHECK: %[[B:.*]] = plan.alloc
// CHECK: plan.copy %{{.*}} to %[[A]]
// CHECK: plan.copy %{{.*}} to %[[B]]
// CHECK: scf.while (%[[I:.*]] = %{{.*}}) : (index) -> index {
// CHECK: } do {
// CHECK:   %[[SA:.*]] = plan.alloc
// CHECK:   plan.copy %[[B]] to %[[SA]]
// CHECK:   %[[SB:.*]] = plan.alloc
// CHECK:   plan.copy %[[A]] to %[[SB]]
// CHECK:   plan.copy %[[SA]] to %[[A]]
// CHECK:   plan.copy %[[SB]] to %[[B]]
// CHECK: }
// CHECK: %[[O:.*]] = plan.output_buffer 0
// CHECK: plan.copy %[[A]] to %[[O]]
func.func @main(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %r:3 = scf.while (%i = %c0, %a = %x, %b = %y) : (index, tensor<4xf32>, tensor<4xf32>) -> (index, tensor<4xf32>, tensor<4xf32>) {
    %go = arith.cmpi slt, %i, %c3 : index
    scf.condition(%go) %i, %a, %b : index, tensor<4xf32>, tensor<4xf32>
  } do {
  ^bb0(%i: index, %a: tensor<4xf32>, %b: tensor<4xf32>):
    %next = arith.addi %i, %c1 : index
    scf.yield %next, %b, %a : index, tensor<4xf32>, tensor<4xf32>
  }
  return %r#1 : tensor<4xf32>
}

// -----

// A tensor that may have another size in each round is carried as a buffer and its size; what is not the pool's is copied there.
// CHECK-LABEL: func.func @main
// CHECK: %[[POOL:.*]] = plan.alloc %{{.*}} {pool}
// CHECK: plan.copy %arg0 to %[[POOL]]
// CHECK: scf.while (%[[A:.*]] = %[[POOL]], %[[N:.*]] = %{{.*}}) : (!plan.buffer, index) -> (!plan.buffer, index) {
// CHECK:   scf.condition(%{{.*}}) %[[A]], %[[N]] : !plan.buffer, index
// CHECK: } do {
// CHECK:   %[[NEXT:.*]] = plan.alloc %{{.*}} {pool}
// CHECK:   plan.copy %arg1 to %[[NEXT]]
// CHECK:   scf.yield %[[NEXT]], %{{.*}} : !plan.buffer, index
func.func @main(%x: tensor<?xf32>, %y: tensor<?xf32>, %c: tensor<i1>) -> tensor<?xf32> {
  %r = scf.while (%a = %x) : (tensor<?xf32>) -> tensor<?xf32> {
    %p = tensor.extract %c[] : tensor<i1>
    scf.condition(%p) %a : tensor<?xf32>
  } do {
  ^bb0(%a: tensor<?xf32>):
    scf.yield %y : tensor<?xf32>
  }
  return %r : tensor<?xf32>
}

// -----

// A row is filled in where the carried tensor is; its size is checked where it is open.
// CHECK-LABEL: func.func @main
// CHECK: scf.while
// CHECK: ^bb0(%[[I:.*]]: index, %[[ROWS:.*]]: !plan.buffer, %[[COUNT:.*]]: index, %[[WIDTH:.*]]: index):
// CHECK:   %[[SAME:.*]] = arith.cmpi eq, %{{.*}}, %[[WIDTH]]
// CHECK:   plan.guard %[[SAME]], "expected values of one shape in every round of a loop"
// CHECK:   %[[ROW:.*]] = plan.view %[[ROWS]]
// CHECK:   plan.copy %arg0 to %[[ROW]]
// CHECK:   scf.yield %{{.*}}, %[[ROWS]], %[[COUNT]], %[[WIDTH]]
func.func @main(%x: tensor<?xf32>) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %w = tensor.dim %x, %c0 : tensor<?xf32>
  %e = tensor.empty(%c3, %w) : tensor<?x?xf32>
  %r:2 = scf.while (%i = %c0, %a = %e) : (index, tensor<?x?xf32>) -> (index, tensor<?x?xf32>) {
    %go = arith.cmpi slt, %i, %c3 : index
    scf.condition(%go) %i, %a : index, tensor<?x?xf32>
  } do {
  ^bb0(%i: index, %a: tensor<?x?xf32>):
    %next = arith.addi %i, %c1 : index
    %n = tensor.insert_slice %x into %a[%i, 0] [1, %w] [1, 1] : tensor<?xf32> into tensor<?x?xf32>
    scf.yield %next, %n : index, tensor<?x?xf32>
  }
  return %r#1 : tensor<?x?xf32>
}

// -----

func.func @main(%x: tensor<2x2xf32>, %y: tensor<4x4xf32>) -> tensor<4x4xf32> {
  // expected-error @below {{expected a whole row to be filled in}}
  %n = tensor.insert_slice %x into %y[1, 1] [2, 2] [1, 1] : tensor<2x2xf32> into tensor<4x4xf32>
  return %n : tensor<4x4xf32>
}

// -----

func.func @main(%x: tensor<4xf32>) -> tensor<2xf32> {
  // expected-error @below {{expected only dispatches, views and host arithmetic between kernels, got tensor.extract_slice}}
  %e = tensor.extract_slice %x[1] [2] [1] : tensor<4xf32> to tensor<2xf32>
  return %e : tensor<2xf32>
}

// -----

// Memory that a loop fills in from nothing: no copy of what nobody wrote.
// CHECK: func.func @main(%[[X:.*]]: !plan.buffer) {
// CHECK-NOT: plan.copy
// CHECK: scf.while
// CHECK: plan.copy %[[X]] to
// CHECK: plan.copy
// CHECK-NOT: plan.copy
// CHECK: return
module {
  func.func @main(%x: tensor<1x7xf32>) -> tensor<3x7xf32> {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c3 = arith.constant 3 : index
    %e = tensor.empty() : tensor<3x7xf32>
    %r:2 = scf.while (%i = %c0, %rows = %e) : (index, tensor<3x7xf32>) -> (index, tensor<3x7xf32>) {
      %go = arith.cmpi slt, %i, %c3 : index
      scf.condition(%go) %i, %rows : index, tensor<3x7xf32>
    } do {
    ^bb0(%i: index, %rows: tensor<3x7xf32>):
      %filled = tensor.insert_slice %x into %rows[%i, 0] [1, 7] [1, 1] : tensor<1x7xf32> into tensor<3x7xf32>
      %next = arith.addi %i, %c1 : index
      scf.yield %next, %filled : index, tensor<3x7xf32>
    }
    return %r#1 : tensor<3x7xf32>
  }
}

// -----

// The same where the loop does not know the size.
// CHECK: func.func @main(%[[X:.*]]: !plan.buffer) {
// CHECK-NOT: plan.copy
// CHECK: scf.while
// CHECK: plan.copy %[[X]] to
module {
  func.func @main(%x: tensor<1x7xf32>) -> tensor<?x7xf32> {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c3 = arith.constant 3 : index
    %e = tensor.empty() : tensor<3x7xf32>
    %open = tensor.cast %e : tensor<3x7xf32> to tensor<?x7xf32>
    %r:2 = scf.while (%i = %c0, %rows = %open) : (index, tensor<?x7xf32>) -> (index, tensor<?x7xf32>) {
      %go = arith.cmpi slt, %i, %c3 : index
      scf.condition(%go) %i, %rows : index, tensor<?x7xf32>
    } do {
    ^bb0(%i: index, %rows: tensor<?x7xf32>):
      %filled = tensor.insert_slice %x into %rows[%i, 0] [1, 7] [1, 1] : tensor<1x7xf32> into tensor<?x7xf32>
      %next = arith.addi %i, %c1 : index
      scf.yield %next, %filled : index, tensor<?x7xf32>
    }
    return %r#1 : tensor<?x7xf32>
  }
}
