// RUN: tenon-opt %s --convert-dispatch-to-plan --canonicalize --cse --split-input-file | FileCheck %s
// RUN: tenon-opt %s --convert-dispatch-to-plan --remarks-filter=memory --remark-policy=all --split-input-file -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// A part of an input that is read where it is, and one that is copied because it is an output.
// CHECK: func.func @main(%[[X:.*]]: !plan.buffer) {
// CHECK-DAG: %[[C64:.*]] = arith.constant 64 : index
// CHECK-DAG: %[[C128:.*]] = arith.constant 128 : index
// CHECK: %[[P:.*]] = plan.view %[[X]][%[[C64]]] size %[[C64]]
// CHECK: %[[Q:.*]] = plan.view %[[X]][%[[C128]]] size %[[C64]]
// CHECK: %[[O0:.*]] = plan.output_buffer 0 size %[[C64]]
// CHECK: plan.launch @relu {{.*}} buffers(%[[P]], %[[O0]] :
// CHECK: %[[O1:.*]] = plan.output_buffer 1 size %[[C64]]
// CHECK: plan.copy %[[Q]] to %[[O1]] size %[[C64]]
module {
  module @kernels {
    func.func @relu() {
      return
    }
  }
  func.func @main(%x: tensor<3x16xf32>) -> (tensor<1x16xf32>, tensor<1x16xf32>) {
    %c16 = arith.constant 16 : index
    %c32 = arith.constant 32 : index
    %p = plan.part %x[%c16] : tensor<3x16xf32> to tensor<1x16xf32>
    %q = plan.part %x[%c32] : tensor<3x16xf32> to tensor<1x16xf32>
    %0 = plan.dispatch @dispatch_0(%p : tensor<1x16xf32>) : tensor<1x16xf32>
    return %0, %q : tensor<1x16xf32>, tensor<1x16xf32>
  }
  func.func private @dispatch_0(%x: memref<1x16xf32>, %y: memref<1x16xf32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    plan.launch @relu grid(%c1, %c1, %c1) scratch(%c0) buffers(%x, %y : memref<1x16xf32>, memref<1x16xf32>) {writes = array<i1: false, true>}
    return
  }
}

// -----

// A join in a join that is an output: its parts are made in the caller's memory, seen through a reshape; the input is copied there.
// CHECK: func.func @main(%[[X:.*]]: !plan.buffer) {
// CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[C64:.*]] = arith.constant 64 : index
// CHECK: %[[OUT:.*]] = plan.output_buffer 0
// CHECK: %[[INNER:.*]] = plan.view %[[OUT]][%[[C64]]]
// CHECK: %[[A:.*]] = plan.view %[[INNER]][%[[C0]]] size %[[C64]]
// CHECK: plan.launch @relu {{.*}} buffers(%[[X]], %[[A]] :
// CHECK: %[[B:.*]] = plan.view %[[INNER]][%[[C64]]] size %[[C64]]
// CHECK: plan.launch @relu {{.*}} buffers(%[[A]], %[[B]] :
// CHECK: %[[C:.*]] = plan.view %[[OUT]][%[[C0]]] size %[[C64]]
// CHECK: plan.copy %[[X]] to %[[C]] size %[[C64]]
// CHECK: plan.output 0, %[[OUT]]
module {
  module @kernels {
    func.func @relu() {
      return
    }
  }
  func.func @main(%x: tensor<16xf32>) -> tensor<48xf32> {
    %c0 = arith.constant 0 : index
    %c16 = arith.constant 16 : index
    %a = plan.dispatch @dispatch_0(%x : tensor<16xf32>) : tensor<16xf32>
    %b = plan.dispatch @dispatch_0(%a : tensor<16xf32>) : tensor<16xf32>
    %inner = plan.join %a, %b at(%c0, %c16) {direct = array<i1: true, true>} : tensor<16xf32>, tensor<16xf32> to tensor<32xf32>
    %seen = plan.reshape %inner : tensor<32xf32> to tensor<32xf32>
    %outer = plan.join %x, %seen at(%c0, %c16) {direct = array<i1: false, true>} : tensor<16xf32>, tensor<32xf32> to tensor<48xf32>
    return %outer : tensor<48xf32>
  }
  func.func private @dispatch_0(%x: memref<16xf32>, %y: memref<16xf32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    plan.launch @relu grid(%c1, %c1, %c1) scratch(%c0) buffers(%x, %y : memref<16xf32>, memref<16xf32>) {writes = array<i1: false, true>}
    return
  }
}

// -----

// The size is read back after the part was made.
// REMARK: PartCopied {{.*}}Reason="the place is not known when the part is computed"
// CHECK: func.func @main(%[[X:.*]]: !plan.buffer, %[[T:.*]]: !plan.buffer) {
// CHECK: %[[A:.*]] = plan.alloc
// CHECK: plan.launch @relu {{.*}} buffers(%[[X]], %[[A]] :
// CHECK: plan.read_scalar %[[T]]
// CHECK: %[[WHOLE:.*]] = plan.alloc %{{.*}} {pool}
// CHECK: %[[PLACE:.*]] = plan.view %[[WHOLE]]
// CHECK: plan.copy %[[A]] to %[[PLACE]]
module {
  module @kernels {
    func.func @relu() {
      return
    }
  }
  func.func @main(%x: tensor<16xf32>, %t: tensor<i64>) -> tensor<?xf32> {
    %c0 = arith.constant 0 : index
    %a = plan.dispatch @dispatch_0(%x : tensor<16xf32>) : tensor<16xf32>
    %v = tensor.extract %t[] : tensor<i64>
    %n = arith.index_cast %v : i64 to index
    %y = plan.join %a at(%c0) dims(%n) {direct = array<i1: true>} : tensor<16xf32> to tensor<?xf32>
    return %y : tensor<?xf32>
  }
  func.func private @dispatch_0(%x: memref<16xf32>, %y: memref<16xf32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    plan.launch @relu grid(%c1, %c1, %c1) scratch(%c0) buffers(%x, %y : memref<16xf32>, memref<16xf32>) {writes = array<i1: false, true>}
    return
  }
}

// -----

// The halves of a carried tensor change places: both are saved before the memory that they are parts of is written.
// CHECK: scf.while
// CHECK: } do {
// CHECK-COUNT-2: plan.alloc
// CHECK: plan.copy
module {
  func.func @main(%x: tensor<16xf32>, %y: tensor<16xf32>, %n: tensor<i64>) -> (tensor<16xf32>, tensor<16xf32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %v = tensor.extract %n[] : tensor<i64>
    %end = arith.index_cast %v : i64 to index
    %r:3 = scf.while (%i = %c0, %a = %x, %b = %y) : (index, tensor<16xf32>, tensor<16xf32>) -> (index, tensor<16xf32>, tensor<16xf32>) {
      %go = arith.cmpi slt, %i, %end : index
      scf.condition(%go) %i, %a, %b : index, tensor<16xf32>, tensor<16xf32>
    } do {
    ^bb0(%i: index, %a: tensor<16xf32>, %b: tensor<16xf32>):
      %next = arith.addi %i, %c1 : index
      %p = plan.part %b[%c0] : tensor<16xf32> to tensor<16xf32>
      %q = plan.part %a[%c0] : tensor<16xf32> to tensor<16xf32>
      scf.yield %next, %p, %q : index, tensor<16xf32>, tensor<16xf32>
    }
    return %r#1, %r#2 : tensor<16xf32>, tensor<16xf32>
  }
}
