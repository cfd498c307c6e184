// RUN: tenon-opt %s --convert-dispatch-to-plan --split-input-file --verify-diagnostics | FileCheck %s

// Both versions make the output in the caller's memory, whose size is known before the branch.
// CHECK-LABEL: func.func @main(%arg0: !plan.buffer, %arg1: !plan.buffer)
// CHECK: %[[A:.*]] = plan.input_dim 0[0]
// CHECK: %[[B:.*]] = plan.input_dim 1[0]
// CHECK: %[[EQUAL:.*]] = arith.cmpi eq, %[[A]], %[[B]]
// CHECK: %[[HOLDS:.*]] = arith.andi %{{.*}}, %[[EQUAL]]
// CHECK: %[[DIM:.*]] = arith.select %[[HOLDS]], %[[A]], %{{.*}} : index
// CHECK: %[[OUT:.*]] = plan.output_buffer 0 size %{{.*}}
// CHECK: scf.if %[[HOLDS]] {
// CHECK:   plan.launch @fast {{.*}} buffers(%arg0, %arg1, %[[OUT]]
// CHECK: } else {
// CHECK:   plan.guard
// CHECK:   plan.launch @slow {{.*}} buffers(%arg0, %arg1, %[[OUT]]
// CHECK: }
// CHECK: plan.output 0, %[[OUT]] dims(%[[DIM]])
// CHECK-NOT: @main_general
module {
  module @kernels {
    func.func @fast() {
      return
    }
    func.func @slow() {
      return
    }
  }
  func.func @main(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> attributes {infer.general = @main_general} {
    %c0 = arith.constant 0 : index
    %a = tensor.dim %x, %c0 : tensor<?xf32>
    %b = tensor.dim %y, %c0 : tensor<?xf32>
    %equal = arith.cmpi eq, %a, %b : index
    cf.assert %equal, "expected equal dimensions" {infer.version}
    %0 = plan.dispatch @dispatch_0(%x, %y : tensor<?xf32>, tensor<?xf32>) dims(%a) : tensor<?xf32>
    return %0 : tensor<?xf32>
  }
  func.func @main_general(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %a = tensor.dim %x, %c0 : tensor<?xf32>
    %b = tensor.dim %y, %c0 : tensor<?xf32>
    %one = arith.cmpi eq, %a, %c1 : index
    cf.assert %one, "expected dimensions that broadcast"
    %d = arith.select %one, %b, %a : index
    %0 = plan.dispatch @dispatch_1(%x, %y : tensor<?xf32>, tensor<?xf32>) dims(%d) : tensor<?xf32>
    return %0 : tensor<?xf32>
  }
  func.func private @dispatch_0(%x: memref<?xf32>, %y: memref<?xf32>, %z: memref<?xf32>) {
    %c1 = arith.constant 1 : index
    plan.launch @fast grid(%c1, %c1, %c1) scratch(%c1) buffers(%x, %y, %z : memref<?xf32>, memref<?xf32>, memref<?xf32>) {writes = array<i1: false, false, true>}
    return
  }
  func.func private @dispatch_1(%x: memref<?xf32>, %y: memref<?xf32>, %z: memref<?xf32>) {
    %c1 = arith.constant 1 : index
    plan.launch @slow grid(%c1, %c1, %c1) scratch(%c1) buffers(%x, %y, %z : memref<?xf32>, memref<?xf32>, memref<?xf32>) {writes = array<i1: false, false, true>}
    return
  }
}

// -----

// A size that only the run tells leaves the branch with its memory; a value that is an input is copied there.
// CHECK-LABEL: func.func @main
// CHECK: %[[R:.*]]:2 = scf.if %{{.*}} -> (!plan.buffer, index) {
// CHECK:   %[[P:.*]] = plan.alloc %{{.*}} {pool}
// CHECK:   plan.copy %arg0 to %[[P]]
// CHECK:   scf.yield %[[P]], %{{.*}}
// CHECK: } else {
// CHECK:   scf.yield
// CHECK: }
// CHECK: plan.output 0, %[[R]]#0 dims(%[[R]]#1)
func.func @main(%x: tensor<?xf32>, %s: tensor<1xi64>) -> tensor<?xf32> attributes {infer.general = @main_general} {
  %c0 = arith.constant 0 : index
  %a = tensor.dim %x, %c0 : tensor<?xf32>
  %equal = arith.cmpi eq, %a, %c0 : index
  cf.assert %equal, "expected equal dimensions" {infer.version}
  return %x : tensor<?xf32>
}
func.func @main_general(%x: tensor<?xf32>, %s: tensor<1xi64>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %e = tensor.extract %s[%c0] : tensor<1xi64>
  %n = arith.index_cast %e : i64 to index
  %v = plan.reshape %x dims(%n) : tensor<?xf32> to tensor<?xf32>
  return %v : tensor<?xf32>
}

// -----

func.func @main(%x: tensor<1xi64>) -> tensor<1xi64> attributes {infer.general = @main_general} {
  %c0 = arith.constant 0 : index
  // The host would have to read it.
  // expected-error @below {{expected versions that the inputs' dims choose between}}
  %e = tensor.extract %x[%c0] : tensor<1xi64>
  %n = arith.index_cast %e : i64 to index
  %equal = arith.cmpi eq, %n, %c0 : index
  cf.assert %equal, "expected equal dimensions" {infer.version}
  return %x : tensor<1xi64>
}
func.func @main_general(%x: tensor<1xi64>) -> tensor<1xi64> {
  return %x : tensor<1xi64>
}
