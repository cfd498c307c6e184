// RUN: tenon-opt %s --split-input-file | FileCheck %s

func.func private @relu_0(tensor<?x8xf32>, index) -> tensor<?x8xf32>

// CHECK-LABEL: func.func @dispatch
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32>, %[[N:.*]]: index)
func.func @dispatch(%x: tensor<?x8xf32>, %n: index) -> tensor<?x8xf32> {
  // CHECK: plan.dispatch @relu_0(%[[X]], %[[N]] : tensor<?x8xf32>, index) dims(%[[N]]) : tensor<?x8xf32>
  %0 = plan.dispatch @relu_0(%x, %n : tensor<?x8xf32>, index) dims(%n) : tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

func.func private @kernel_0()

// CHECK-LABEL: func.func @host_program
// CHECK-SAME: (%[[BYTES:.*]]: index, %[[OK:.*]]: i1)
func.func @host_program(%bytes: index, %ok: i1) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: plan.guard %[[OK]], "expected at least one row"
  plan.guard %ok, "expected at least one row"
  // CHECK: %[[A:.*]] = plan.alloc %[[BYTES]]
  // CHECK: %[[B:.*]] = plan.alloc %[[BYTES]] {pool}
  %a = plan.alloc %bytes
  %b = plan.alloc %bytes {pool}
  // CHECK: %[[W:.*]] = plan.constant 3
  %w = plan.constant 3
  // CHECK: plan.view %[[W]][%{{.*}}] size %[[BYTES]]
  %v = plan.view %w[%c0] size %bytes
  // CHECK: plan.launch @kernel_0 grid(%{{.*}}, %{{.*}}, %{{.*}}) scratch(%{{.*}}) buffers(%{{.*}}, %[[B]] : !plan.buffer, !plan.buffer)
  // CHECK-SAME: scalars(%[[BYTES]]) {writes = array<i1: false, true>}
  plan.launch @kernel_0 grid(%c1, %c1, %c1) scratch(%c0) buffers(%v, %b : !plan.buffer, !plan.buffer) scalars(%bytes) {writes = array<i1: false, true>}
  // CHECK: plan.launch @kernel_0 {{.*}} maps [#plan.tensor_map<0, f16, box = [64, 128], swizzle = 128>](%{{.*}}, %{{.*}}, %{{.*}}) {writes
  plan.launch @kernel_0 grid(%c1, %c1, %c1) scratch(%c0) buffers(%v, %b : !plan.buffer, !plan.buffer)
      maps [#plan.tensor_map<0, f16, box = [64, 128], swizzle = 128>](%bytes, %bytes, %bytes) {writes = array<i1: false, true>}
  // CHECK: maps [#plan.tensor_map<1, f16, box = [64, 128], swizzle = 128 step = [1, 2, 2, 1] lower = [-1, -1] upper = [-1, -1]>](
  plan.launch @kernel_0 grid(%c1, %c1, %c1) scratch(%c0) buffers(%v, %b : !plan.buffer, !plan.buffer)
      maps [#plan.tensor_map<1, f16, box = [64, 128], swizzle = 128 step = [1, 2, 2, 1] lower = [-1, -1] upper = [-1, -1]>](
      %bytes, %bytes, %bytes, %bytes, %bytes, %bytes, %bytes) {writes = array<i1: false, true>}
  // CHECK: plan.copy %[[B]] to %[[A]] size %[[BYTES]]
  plan.copy %b to %a size %bytes
  // CHECK: plan.write_scalars %[[BYTES]] to %[[A]] as i64
  plan.write_scalars %bytes to %a as i64
  // CHECK: plan.read_scalar %[[A]][%{{.*}}] as i64 {reason = "NonZero_12"}
  %n = plan.read_scalar %a[%c0] as i64 {reason = "NonZero_12"}
  return
}
