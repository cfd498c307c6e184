// RUN: tenon-opt %s | FileCheck %s

// CHECK-LABEL: func.func @main
func.func @main(%x: tensor<?x8xf32>, %size: index, %b: !plan.buffer) -> tensor<?x2x4xf32> {
  // CHECK: %[[N:.*]] = plan.input_dim 0[1]
  %n = plan.input_dim 0[1]
  // CHECK: plan.symbol "batch"[1, 64] = %[[N]]
  plan.symbol "batch"[1, 64] = %n
  // CHECK: plan.reshape %{{.*}} dims(%[[N]]) : tensor<?x8xf32> to tensor<?x2x4xf32>
  %r = plan.reshape %x dims(%n) : tensor<?x8xf32> to tensor<?x2x4xf32>
  // CHECK: plan.part %{{.*}}[%{{.*}}] dims(%[[N]]) : tensor<?x8xf32> to tensor<?x8xf32>
  %p = plan.part %x[%size] dims(%n) : tensor<?x8xf32> to tensor<?x8xf32>
  // CHECK: plan.join %{{.*}}, %{{.*}} at(%{{.*}}, %{{.*}}) dims(%[[N]]) {direct = array<i1: true, false>} : tensor<?x8xf32>, tensor<?x8xf32> to tensor<?x8xf32>
  %j = plan.join %x, %p at(%n, %size) dims(%n) {direct = array<i1: true, false>} : tensor<?x8xf32>, tensor<?x8xf32> to tensor<?x8xf32>
  // CHECK: %[[O:.*]] = plan.output_buffer 0 size %{{.*}}
  %o = plan.output_buffer 0 size %size
  // CHECK: plan.output 0, %[[O]] dims(%[[N]])
  plan.output 0, %o dims(%n)
  return %r : tensor<?x2x4xf32>
}
