// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-small-gemm{split=4 tile-m=64 stages=5 epilogue=bias})" | FileCheck %s
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-small-gemm{tile-m=8})" | FileCheck %s --check-prefix=WHOLE
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-small-gemm{transpose-b=true epilogue=bias+residual})" | FileCheck %s --check-prefix=TURNED
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-small-gemm{output=i8 epilogue=quantise})" | FileCheck %s --check-prefix=BYTES
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-small-gemm{ahead=8 release=6})" | FileCheck %s --check-prefix=AHEAD

// Weights are the operand of 64 rows, and are asked for before the wait for the kernel before.
// CHECK: tile.kernel @gemm(%[[B:.*]]: !tile.descriptor<64x64xf16, swizzle = 128>, %[[A:.*]]: !tile.descriptor<64x64xf16, swizzle = 128>, %{{.*}}: !llvm.ptr<1>
// CHECK-SAME: cluster = 4
// CHECK: tile.expect %[[LANDED:[0-9]+]][%{{[^ ]*}}], 16384
// CHECK: tile.load %[[B]][
// CHECK: tile.prefetch %[[A]]
// CHECK: tile.wait_dependency
// CHECK: tile.load %[[A]][
// CHECK: tile.mma
// CHECK-COUNT-4: tile.send_registers {{.*}} signals %[[LANDED]][{{.*}} <64x16xf32>
// CHECK: tile.wait %[[LANDED]]
// CHECK-COUNT-4: tile.read_registers {{.*}} -> <64x16xf32>
// CHECK: tile.read {{.*}} as f16 : <64x1xf32>
// CHECK: tile.write {{.*}} as f16 transposed
// CHECK-NOT: tile.sync cluster

// Weights beyond the ring go to the L2 cache before the wait. The next kernel may start six steps before the last, or when all are asked for.
// AHEAD: arith.constant 16 : i32
// AHEAD: tile.prefetch_tile {{.*}} {keep = #tile<keep shortly>}
// AHEAD: tile.wait_dependency
// AHEAD: %[[SIX:.*]] = arith.constant 6 : i32
// AHEAD: %[[LAST:.*]] = arith.subi %{{.*}}, %[[SIX]]
// AHEAD: scf.for %[[COUNT:[^ ]*]] =
// AHEAD: arith.cmpi eq, %[[COUNT]], %[[LAST]]
// AHEAD: tile.launch_dependents
// AHEAD: tile.load
// AHEAD: tile.load
// AHEAD: tile.launch_dependents

// BYTES: tile.read {{.*}} as f32 : <1x1xf32>
// BYTES: tile.write {{.*}} as i8 transposed : <64x16xi32>

// WHOLE: tile.mma
// WHOLE-NOT: tile.send_registers
// WHOLE: tile.write {{.*}} as f16 transposed : <64x8xf32>

// Weights stored [K, N] are a transposed operand; a residual is read as C is written. Operands wait for the kernel before.
// TURNED: tile.load %{{.*}}[%[[N:.*]], %[[K:.*]]] to
// TURNED: tile.wait_dependency
// TURNED: tile.wait_dependency
// TURNED: tile.mma {{.*}} {transpose_a}
// TURNED: tile.read {{.*}} : <64x1xf32>
// TURNED: tile.read {{.*}} as f16 transposed : <64x16xf32>
module {
}
