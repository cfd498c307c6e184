// RUN: tenon-opt %s --convert-dispatch-to-plan --split-input-file | FileCheck %s

// A chain: the temporary is allocated, the last result is made in the output's memory, the view costs nothing.
// CHECK: module attributes {plan.constants = [dense<1.000000e+00> : tensor<8xf32>]}
// CHECK: func.func @main(%[[X:.*]]: !plan.buffer) {
// CHECK-DAG: %[[C32:.*]] = arith.constant 32 : index
// CHECK-DAG: %[[C2:.*]] = arith.constant 2 : index
// CHECK-DAG: %[[C4:.*]] = arith.constant 4 : index
// CHECK: %[[W:.*]] = plan.constant 0
// CHECK: %[[T:.*]] = plan.alloc %[[C32]]
// CHECK: plan.launch @add {{.*}} buffers(%[[X]], %[[W]], %[[T]] : !plan.buffer, !plan.buffer, !plan.buffer) {writes = array<i1: false, false, true>}
// CHECK: %[[Y:.*]] = plan.output_buffer 0 size %[[C32]]
// CHECK: plan.launch @add {{.*}} buffers(%[[T]], %[[W]], %[[Y]] : !plan.buffer, !plan.buffer, !plan.buffer)
// CHECK: plan.output 0, %[[Y]] dims(%[[C2]], %[[C4]])
// CHECK-NOT: @dispatch_0
module {
  module @kernels {
    func.func @add() {
      return
    }
  }
  func.func @main(%x: tensor<8xf32> {infer.name = "x"}) -> (tensor<2x4xf32> {infer.name = "y"}) {
    %w = infer.constant dense<1.0> : tensor<8xf32>
    %0 = plan.dispatch @dispatch_0(%x, %w : tensor<8xf32>, tensor<8xf32>) : tensor<8xf32>
    %1 = plan.dispatch @dispatch_0(%0, %w : tensor<8xf32>, tensor<8xf32>) : tensor<8xf32>
    %2 = plan.reshape %1 : tensor<8xf32> to tensor<2x4xf32>
    return %2 : tensor<2x4xf32>
  }
  func.func private @dispatch_0(%x: memref<8xf32>, %w: memref<8xf32>, %y: memref<8xf32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    plan.launch @add grid(%c1, %c1, %c1) scratch(%c0) buffers(%x, %w, %y : memref<8xf32>, memref<8xf32>, memref<8xf32>) {writes = array<i1: false, false, true>}
    return
  }
}

// -----

// An input that is an output, a constant that is one, and one tensor as two outputs.
// CHECK: func.func @main(%[[X:.*]]: !plan.buffer) {
// CHECK: %[[W:.*]] = plan.constant 0
// CHECK: %[[O0:.*]] = plan.output_buffer 0
// CHECK: plan.copy %[[X]] to %[[O0]]
// CHECK: %[[O1:.*]] = plan.output_buffer 1
// CHECK: plan.copy %[[W]] to %[[O1]]
// CHECK: %[[O2:.*]] = plan.output_buffer 2
// CHECK: plan.copy %[[W]] to %[[O2]]
module {
  func.func @main(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<8xf32>, tensor<8xf32>) {
    %w = infer.constant dense<1.0> : tensor<8xf32>
    return %x, %w, %w : tensor<4xf32>, tensor<8xf32>, tensor<8xf32>
  }
}

// -----

// Dims of the inputs: the first use of a symbol defines it, others are checked; memory whose size depends on them is planned, memory whose size
// was read back comes from the pool.
// CHECK: func.func @main(%[[X:.*]]: !plan.buffer, %[[I:.*]]: !plan.buffer) {
// CHECK: %[[N:.*]] = plan.input_dim 0[0]
// CHECK: %[[M:.*]] = plan.input_dim 1[0]
// CHECK: plan.symbol "batch"[1, 9223372036854775807] = %[[N]]
// CHECK: %[[SUM:.*]] = arith.addi %[[N]]
// CHECK: %[[OK:.*]] = arith.cmpi eq, %[[M]], %[[SUM]]
// CHECK: plan.guard %[[OK]], "dimension 0 of input 'i' does not agree with the other inputs"
// CHECK: %[[BYTES:.*]] = arith.muli %{{.*}}, %[[N]]
// CHECK: %[[T:.*]] = plan.alloc %[[BYTES]]{{$}}
// CHECK: plan.launch @fill {{.*}} buffers(%[[X]], %[[T]] {{.*}} scalars(%[[N]])
// CHECK: %[[K:.*]] = plan.read_scalar %[[I]][%{{.*}}] as i64
// CHECK: %[[WIDE:.*]] = arith.index_cast %[[K]] : index to i64
// CHECK: %[[SIZE:.*]] = arith.index_cast %[[WIDE]] : i64 to index
// CHECK: %[[POOL:.*]] = plan.alloc %{{.*}} {pool}
// CHECK: plan.launch @fill {{.*}} buffers(%[[T]], %[[POOL]] {{.*}} scalars(%[[SIZE]])
// CHECK: plan.output 0, %[[POOL]] dims(%[[SIZE]])
module {
  module @kernels {
    func.func @fill() {
      return
    }
  }
  func.func @main(%x: tensor<?xf32> {infer.name = "x"}, %i: tensor<?xi64> {infer.name = "i"}) -> tensor<?xf32> {
    %c0 = arith.constant 0 : index
    %n = infer.symbolic_dim "batch"[1, 9223372036854775807]
    infer.bind_shape %x, [%n], affine_map<()[s0] -> (s0)> : tensor<?xf32>
    infer.bind_shape %i, [%n], affine_map<()[s0] -> (s0 + 1)> : tensor<?xi64>
    %0 = plan.dispatch @dispatch_0(%x, %n : tensor<?xf32>, index) dims(%n) : tensor<?xf32>
    %e = tensor.extract %i[%c0] : tensor<?xi64>
    %k = arith.index_cast %e : i64 to index
    %1 = plan.dispatch @dispatch_0(%0, %k : tensor<?xf32>, index) dims(%k) : tensor<?xf32>
    return %1 : tensor<?xf32>
  }
  func.func private @dispatch_0(%x: memref<?xf32>, %n: index, %y: memref<?xf32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    plan.launch @fill grid(%c1, %c1, %c1) scratch(%c0) buffers(%x, %y : memref<?xf32>, memref<?xf32>) scalars(%n) {writes = array<i1: false, true>}
    return
  }
}

// -----

// A small constant that bufferization left in a dispatch is one of the engine's.
// CHECK: module attributes {plan.constants = [dense<[1, 2, 3]> : tensor<3xi64>]}
// CHECK-NOT: memref.global
// CHECK: %[[C:.*]] = plan.constant 0
// CHECK: plan.launch @add {{.*}} buffers(%[[C]], %{{.*}} : !plan.buffer, !plan.buffer)
module {
  module @kernels {
    func.func @add() {
      return
    }
  }
  memref.global "private" constant @three : memref<3xi64> = dense<[1, 2, 3]>
  func.func @main() -> (tensor<3xi64> {infer.name = "y"}) {
    %0 = plan.dispatch @dispatch_0() : tensor<3xi64>
    return %0 : tensor<3xi64>
  }
  func.func private @dispatch_0(%y: memref<3xi64>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c = memref.get_global @three : memref<3xi64>
    plan.launch @add grid(%c1, %c1, %c1) scratch(%c0) buffers(%c, %y : memref<3xi64>, memref<3xi64>) {writes = array<i1: false, true>}
    return
  }
}

// -----

// The largest number is a number like others.
// CHECK: func.func @main
// CHECK: %[[MOST:.*]] = arith.constant 9223372036854775807 : index
// CHECK: plan.launch @fill {{.*}} scalars(%[[MOST]])
module {
  module @kernels {
    func.func @fill() {
      return
    }
  }
  func.func @main() -> (tensor<8xf32> {infer.name = "y"}) {
    %0 = plan.dispatch @dispatch_0() : tensor<8xf32>
    return %0 : tensor<8xf32>
  }
  func.func private @dispatch_0(%y: memref<8xf32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %most = arith.constant 9223372036854775807 : index
    plan.launch @fill grid(%c1, %c1, %c1) scratch(%c0) buffers(%y : memref<8xf32>) scalars(%most) {writes = array<i1: true>}
    return
  }
}
