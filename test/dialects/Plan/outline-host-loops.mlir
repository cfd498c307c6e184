// RUN: tenon-opt %s --plan-outline-kernels --split-input-file | FileCheck %s

// A loop around loops over workgroups stays on the host; other device ops of a step are launches too.
// CHECK-LABEL: func.func private @steps(
// CHECK: scf.for %[[STEP:.*]] = {{.*}} iter_args(%[[WIDTH:.*]] = %{{.*}}) -> (index) {
// CHECK: plan.launch @kernel_0 grid(%c8{{.*}} scalars(%[[WIDTH]])
// CHECK: %[[NEXT:.*]] = arith.addi %[[WIDTH]], %[[WIDTH]]
// CHECK: plan.launch @kernel_1 grid(%c1{{.*}} scalars(%[[STEP]])
// CHECK: scf.yield %[[NEXT]]
// CHECK: plan.launch @kernel_2
func.func private @steps(%x: memref<8xindex>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %w = scf.for %s = %c0 to %n step %c1 iter_args(%width = %c1) -> (index) {
    scf.forall (%i) in (8) {
      memref.store %width, %x[%i] : memref<8xindex>
    }
    %next = arith.addi %width, %width : index
    memref.store %s, %x[%c0] : memref<8xindex>
    scf.yield %next : index
  }
  memref.store %w, %x[%c1] : memref<8xindex>
  return
}

// -----

// One of its values reaches a launch: all is one kernel, the loops over workgroups in steps too.
// CHECK-LABEL: func.func private @escape_from_a_step(
// CHECK-COUNT-1: plan.launch @kernel_0 grid(%c1{{.*}}
// CHECK-NOT: plan.launch
func.func private @escape_from_a_step(%x: memref<8xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %s = %c0 to %n step %c1 {
    %v = memref.load %x[%s] : memref<8xf32>
    scf.forall (%i) in (8) {
      memref.store %v, %x[%i] : memref<8xf32>
    }
  }
  return
}

// -----

// A loop that carries memory is device code, and so is what it holds.
// CHECK-LABEL: func.func private @carried_memory(
// CHECK-NOT: scf.for
// CHECK: plan.launch @kernel_0 grid(%c1{{.*}}
// CHECK-NOT: plan.launch
// CHECK: func.func @kernel_0
// CHECK: scf.for
// CHECK: scf.for
func.func private @carried_memory(%x: memref<8xf32>, %y: memref<8xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = arith.constant 1.0 : f32
  %r:2 = scf.for %s = %c0 to %n step %c1 iter_args(%a = %x, %b = %y) -> (memref<8xf32>, memref<8xf32>) {
    scf.forall (%i) in (8) {
      memref.store %v, %a[%i] : memref<8xf32>
    }
    scf.yield %b, %a : memref<8xf32>, memref<8xf32>
  }
  return
}
