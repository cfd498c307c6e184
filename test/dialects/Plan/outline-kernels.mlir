// RUN: tenon-opt %s --plan-outline-kernels --split-input-file | FileCheck %s
// RUN: tenon-opt %s --plan-outline-kernels=flat-grid --split-input-file | FileCheck %s --check-prefix=FLAT

// Equal loops share a kernel; a dynamic buffer's dims come first among the scalars.
// CHECK-LABEL: func.func private @one(
// CHECK-SAME: %[[X:.*]]: memref<?xf32>, %[[N:.*]]: index
// CHECK: %[[DIM:.*]] = memref.dim %[[X]]
// CHECK: plan.launch @kernel_0 grid(%{{.*}}, %{{.*}}, %{{.*}}) scratch(%{{.*}}) buffers(%[[X]] : memref<?xf32>) scalars(%[[DIM]], %[[N]]) {writes = array<i1: true>}
func.func private @one(%x: memref<?xf32>, %n: index) {
  %c = arith.constant 1.0 : f32
  scf.forall (%i) = (0) to (%n) step (16) {
    memref.store %c, %x[%i] : memref<?xf32>
  }
  return
}
// CHECK-LABEL: func.func private @two(
// CHECK: plan.launch @kernel_0
func.func private @two(%x: memref<?xf32>, %n: index) {
  %c = arith.constant 1.0 : f32
  scf.forall (%i) = (0) to (%n) step (16) {
    memref.store %c, %x[%i] : memref<?xf32>
  }
  return
}
// CHECK: module @kernels
// CHECK: func.func @kernel_0(%{{.*}}: memref<?xf32>, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: memref<?xi8>)
// CHECK-NOT: @kernel_1

// -----

// Memory between launches is the host's; memory inside is scratch, as large as it can become.
// CHECK-LABEL: func.func private @temporaries(
// CHECK: %[[SCRATCH:.*]] = arith.constant 64 : index
// CHECK: plan.alloc
// CHECK: plan.launch @kernel_0 {{.*}} scratch(%[[SCRATCH]])
// CHECK: plan.launch @kernel_1
func.func private @temporaries(%x: memref<100xf32>, %out: memref<100xf32>) {
  %t = memref.alloc() : memref<100xf32>
  scf.forall (%i) = (0) to (100) step (16) {
    %rest = affine.min affine_map<(d0) -> (16, -d0 + 100)>(%i)
    %s = memref.alloc(%rest) : memref<?xf32>
    %c0 = arith.constant 0 : index
    %v = memref.load %x[%i] : memref<100xf32>
    memref.store %v, %s[%c0] : memref<?xf32>
    %w = memref.load %s[%c0] : memref<?xf32>
    memref.store %w, %t[%i] : memref<100xf32>
  }
  scf.forall (%i) in (100) {
    %v = memref.load %t[%i] : memref<100xf32>
    memref.store %v, %out[%i] : memref<100xf32>
  }
  return
}
// CHECK: func.func @kernel_0
// CHECK: memref.view

// -----

// The size of a temporary by several steps on what the host has: the host takes the same steps.
// CHECK-LABEL: func.func private @computed_size(
// CHECK: %[[LEAST:.*]] = arith.maxsi %arg1, %c1
// CHECK: %[[SIZE:.*]] = arith.muli %[[LEAST]], %arg1
// CHECK: %[[BYTES:.*]] = arith.muli %[[SIZE]], %c4
// CHECK: arith.ceildivsi %[[BYTES]], %c64
// CHECK: plan.launch @kernel_0
func.func private @computed_size(%out: memref<100xf32>, %n: index) {
  scf.forall (%i) in (100) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %least = arith.maxsi %n, %c1 : index
    %size = arith.muli %least, %n : index
    %s = memref.alloc(%size) : memref<?xf32>
    %v = memref.load %s[%c0] : memref<?xf32>
    memref.store %v, %out[%i] : memref<100xf32>
  }
  return
}

// -----

// Other ops that touch memory run as one workgroup; more than three loops share x.
// CHECK-LABEL: func.func private @serial(
// CHECK: plan.launch @kernel_0
// CHECK: plan.launch @kernel_1 grid(%c120,
func.func private @serial(%x: memref<2x3x4x5xf32>) {
  %c0 = arith.constant 0 : index
  %v = memref.load %x[%c0, %c0, %c0, %c0] : memref<2x3x4x5xf32>
  memref.store %v, %x[%c0, %c0, %c0, %c0] : memref<2x3x4x5xf32>
  %c = arith.constant 1.0 : f32
  scf.forall (%i, %j, %k, %l) in (2, 3, 4, 5) {
    memref.store %c, %x[%i, %j, %k, %l] : memref<2x3x4x5xf32>
  }
  return
}

// -----

// A value read from memory that a loop needs: the whole function is one kernel.
// CHECK-LABEL: func.func private @merged(
// CHECK: plan.launch @kernel_0
// CHECK-NOT: plan.launch
// CHECK: func.func @kernel_0
// CHECK: memref.load
// CHECK: scf.for
func.func private @merged(%x: memref<8xf32>, %out: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %v = memref.load %x[%c0] : memref<8xf32>
  scf.forall (%i) in (8) {
    memref.store %v, %out[%i] : memref<8xf32>
  }
  return
}

// -----

// A grid of one dim: the kernel computes both indices from x.
// CHECK-LABEL: func.func private @two_loops(
// CHECK: plan.launch @kernel_0 grid(%c7{{.*}}, %c3{{.*}}, %c1
// FLAT-LABEL: func.func private @two_loops(
// FLAT: plan.launch @kernel_0 grid(%{{.*}}, %[[ONE:.*]], %[[ONE]])
// FLAT: func.func @kernel_0(%{{.*}}: memref<3x7xf32>, %[[X:.*]]: index, %{{.*}}: index, %{{.*}}: index
// FLAT: arith.remui %[[X]]
// FLAT: arith.divui %[[X]]
// FLAT-NOT: arith.remui
func.func private @two_loops(%x: memref<3x7xf32>) {
  %c = arith.constant 1.0 : f32
  scf.forall (%i, %j) in (3, 7) {
    memref.store %c, %x[%i, %j] : memref<3x7xf32>
  }
  return
}

// -----

// A product of two sizes has no affine bound: the host computes it too.
// CHECK-LABEL: func.func private @product_of_sizes(
// CHECK: %[[ROWS:.*]] = arith.muli %arg1, %arg2
// CHECK: %[[BYTES:.*]] = arith.muli %[[ROWS]], %{{.*}}
// CHECK: plan.launch @kernel_0 {{.*}} scratch(%{{.*}})
func.func private @product_of_sizes(%x: memref<4xf32>, %m: index, %n: index) {
  %c0 = arith.constant 0 : index
  scf.forall (%i) in (4) {
    %rows = arith.muli %m, %n : index
    %s = memref.alloc(%rows) : memref<?xf32>
    %v = memref.load %x[%i] : memref<4xf32>
    memref.store %v, %s[%c0] : memref<?xf32>
    %w = memref.load %s[%c0] : memref<?xf32>
    memref.store %w, %x[%i] : memref<4xf32>
  }
  return
}

// -----

// Tiles of a size that only the host knows: a temporary is as large as a tile, or as the whole if that is smaller.
// CHECK-LABEL: func.func private @tiles_of_run_time_size(
// CHECK-SAME: %{{.*}}: memref<?xf32>, %[[N:.*]]: index, %[[T:.*]]: index
// CHECK: %[[LENGTH:.*]] = arith.minsi %[[T]], %[[N]]
// CHECK: arith.muli %[[LENGTH]], %{{.*}}
// CHECK: plan.launch @kernel_0
func.func private @tiles_of_run_time_size(%x: memref<?xf32>, %n: index, %t: index) {
  %c0 = arith.constant 0 : index
  scf.forall (%i) = (0) to (%n) step (%t) {
    %length = affine.min affine_map<(i)[n, t] -> (n - i, t)>(%i)[%n, %t]
    %s = memref.alloc(%length) : memref<?xf32>
    %v = memref.load %x[%i] : memref<?xf32>
    memref.store %v, %s[%c0] : memref<?xf32>
    %w = memref.load %s[%c0] : memref<?xf32>
    memref.store %w, %x[%i] : memref<?xf32>
  }
  return
}
