// RUN: tenon-opt %s --convert-dispatch-to-plan --canonicalize --split-input-file | FileCheck %s

// The second dispatch writes where the first one did.
// CHECK: func.func @main(%[[X:.*]]: !plan.buffer) {
// CHECK: %[[A:.*]] = plan.alloc
// CHECK: plan.launch @make {{.*}} buffers(%[[X]], %[[A]] :
// CHECK-NEXT: plan.launch @neg {{.*}} buffers(%[[A]] : !plan.buffer) {writes = array<i1: true>}
// CHECK: plan.launch @make {{.*}} buffers(%[[A]], %{{.*}} :
module {
  module @kernels {
    func.func @make() {
      return
    }
    func.func @neg() {
      return
    }
  }
  func.func @main(%x: tensor<8xf32>) -> tensor<8xf32> {
    %a = plan.dispatch @make(%x : tensor<8xf32>) : tensor<8xf32>
    %b = plan.dispatch @neg_in_0(%a : tensor<8xf32>) : tensor<8xf32>
    %c = plan.dispatch @make(%b : tensor<8xf32>) : tensor<8xf32>
    return %c : tensor<8xf32>
  }
  func.func private @make(%x: memref<8xf32>, %y: memref<8xf32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    plan.launch @make grid(%c1, %c1, %c1) scratch(%c0) buffers(%x, %y : memref<8xf32>, memref<8xf32>) {writes = array<i1: false, true>}
    return
  }
  func.func private @neg_in_0(%x: memref<8xf32> {plan.reused}, %y: memref<8xf32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    plan.launch @neg grid(%c1, %c1, %c1) scratch(%c0) buffers(%x : memref<8xf32>) {writes = array<i1: true>}
    return
  }
}

// -----

// The operand has turned out to be needed later, and the result is the program's: a copy of the operand is overwritten.
// CHECK: func.func @main(%[[X:.*]]: !plan.buffer) {
// CHECK: %[[OUT:.*]] = plan.output_buffer 0
// CHECK: plan.copy %[[X]] to %[[OUT]]
// CHECK: plan.launch @neg {{.*}} buffers(%[[OUT]] :
module {
  module @kernels {
    func.func @neg() {
      return
    }
  }
  func.func @main(%x: tensor<8xf32>) -> tensor<8xf32> {
    %b = plan.dispatch @neg_in_0(%x : tensor<8xf32>) : tensor<8xf32>
    return %b : tensor<8xf32>
  }
  func.func private @neg_in_0(%x: memref<8xf32> {plan.reused}, %y: memref<8xf32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    plan.launch @neg grid(%c1, %c1, %c1) scratch(%c0) buffers(%x : memref<8xf32>) {writes = array<i1: true>}
    return
  }
}
