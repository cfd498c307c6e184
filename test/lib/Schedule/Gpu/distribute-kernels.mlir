// RUN: tenon-opt %s --gpu-distribute-kernels=threads=128 --split-input-file | FileCheck %s

// Iterations are dealt to threads, neighbours to neighbours; the last dim is the fastest.
// CHECK-LABEL: func.func @elementwise
// CHECK-NOT: cuda.min_blocks
// CHECK-SAME: gpu.known_block_size = array<i32: 128, 1, 1>
// CHECK: %[[THREAD:.*]] = gpu.thread_id x
// CHECK-NOT: gpu.barrier
// CHECK: scf.for %[[I:.*]] = %[[THREAD]] to %{{.*}} step %c128
// CHECK: %[[J:.*]] = arith.remui %[[I]], %c7
// CHECK: %[[ROW:.*]] = arith.divui %[[I]], %c7
// CHECK: memref.load %arg0[%[[ROW]], %[[J]]]
// CHECK: math.absf
// CHECK: memref.store %{{.*}}, %arg1[%[[ROW]], %[[J]]]
#id = affine_map<(i, j) -> (i, j)>
module {
module @kernels {
  func.func @elementwise(%x: memref<5x7xf32>, %y: memref<5x7xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : memref<5x7xf32>) outs(%y : memref<5x7xf32>) {
    ^bb0(%a: f32, %o: f32):
      %r = math.absf %a : f32
      linalg.yield %r : f32
    }
    return
  }
}
}

// -----

// The third op reads what the second writes, and neither touches what the first writes.
// CHECK-LABEL: func.func @dependences
// CHECK: scf.for
// CHECK-NOT: gpu.barrier
// CHECK: scf.for
// CHECK: gpu.barrier
// CHECK: scf.for
// CHECK-NOT: gpu.barrier
module {
module @kernels {
  func.func @dependences(%a: memref<64xf32>, %b: memref<64xf32>, %c: memref<64xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    %zero = arith.constant 0.0 : f32
    linalg.fill ins(%zero : f32) outs(%a : memref<64xf32>)
    linalg.fill ins(%zero : f32) outs(%b : memref<64xf32>)
    linalg.copy ins(%b : memref<64xf32>) outs(%c : memref<64xf32>)
    return
  }
}
}

// -----

// A round of a loop waits for the one before.
// CHECK-LABEL: func.func @loop
// CHECK: scf.for %{{.*}} = %c0 to %c9
// CHECK: gpu.barrier
// CHECK: scf.for
// CHECK: gpu.barrier
// CHECK: scf.for
module {
module @kernels {
  func.func @loop(%a: memref<64xf32>, %b: memref<64xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c9 = arith.constant 9 : index
    scf.for %t = %c0 to %c9 step %c1 {
      linalg.copy ins(%a : memref<64xf32>) outs(%b : memref<64xf32>)
      linalg.copy ins(%b : memref<64xf32>) outs(%a : memref<64xf32>)
    }
    return
  }
}
}

// -----

// A serial loop is run by the first thread, which hands its result over. All threads read memory and take the branch.
// CHECK-LABEL: func.func @serial
// CHECK: %[[SLOT:.*]] = memref.view %arg4[%c0][] : memref<?xi8, #gpu.address_space<workgroup>> to memref<1xi64, #gpu.address_space<workgroup>>
// CHECK: %[[FIRST:.*]] = arith.cmpi eq, %{{.*}}, %{{.*}} : index
// CHECK: scf.if %[[FIRST]] {
// CHECK:   %[[RESULT:.*]] = scf.for
// CHECK:     memref.store
// CHECK:   memref.store %{{.*}}, %[[SLOT]]
// CHECK: }
// CHECK: gpu.barrier
// CHECK: %[[SHARED:.*]] = memref.load %[[SLOT]]
// CHECK: %[[N:.*]] = arith.index_cast %[[SHARED]]
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %[[N]]
// CHECK:   gpu.barrier
// CHECK:   scf.for
// CHECK-LABEL: func.func private @dispatch
// CHECK: plan.launch @serial grid({{.*}}) scratch(%c64{{.*}})
module @kernels {
  func.func @serial(%a: memref<64xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %zero = arith.constant 0.0 : f32
    %n = scf.for %i = %c0 to %c64 step %c1 iter_args(%k = %c0) -> index {
      memref.store %zero, %a[%i] : memref<64xf32>
      %next = arith.addi %k, %i : index
      scf.yield %next : index
    }
    scf.for %t = %c0 to %n step %c1 {
      linalg.fill ins(%zero : f32) outs(%a : memref<64xf32>)
    }
    return
  }
}
func.func private @dispatch(%a: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  plan.launch @serial grid(%c1, %c1, %c1) scratch(%c0) buffers(%a : memref<64xf32>) {writes = array<i1: true>}
  return
}

// -----

// What is exchanged lies before what outlining put into the scratch; a size that the host computes stays generic.
// CHECK-LABEL: func.func @dynamic_scratch
// CHECK: memref.view %arg3[%c0{{.*}}][] : memref<?xi8> to memref<1xi8>
// CHECK: memref.view %arg3[%c64{{.*}}][%arg0] : memref<?xi8> to memref<?xf32>
module @kernels {
  func.func @dynamic_scratch(%gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %zero = arith.constant 0.0 : f32
    %true = arith.constant true
    %t = memref.view %scratch[%c0][%gx] : memref<?xi8> to memref<?xf32>
    %flag = scf.if %true -> i8 {
      memref.store %zero, %t[%c0] : memref<?xf32>
      %one = arith.constant 1 : i8
      scf.yield %one : i8
    } else {
      %none = arith.constant 0 : i8
      scf.yield %none : i8
    }
    %n = arith.index_castui %flag : i8 to index
    memref.store %zero, %t[%n] : memref<?xf32>
    return
  }
}
func.func private @dispatch(%bytes: index) {
  %c1 = arith.constant 1 : index
  // CHECK: arith.addi
  plan.launch @dynamic_scratch grid(%c1, %c1, %c1) scratch(%bytes) buffers() {writes = array<i1>}
  return
}

// -----

// A body that branches may have more registers.
// CHECK-LABEL: func.func @branches
// CHECK-SAME: cuda.min_blocks = 2 : i32
#id = affine_map<(i) -> (i)>
module {
module @kernels {
  func.func @branches(%x: memref<7xf32>, %y: memref<9xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    %c7 = arith.constant 7 : index
    %zero = arith.constant 0.0 : f32
    linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%y : memref<9xf32>) {
    ^bb0(%o: f32):
      %i = linalg.index 0 : index
      %inside = arith.cmpi slt, %i, %c7 : index
      %v = scf.if %inside -> f32 {
        %a = memref.load %x[%i] : memref<7xf32>
        scf.yield %a : f32
      } else {
        scf.yield %zero : f32
      }
      linalg.yield %v : f32
    }
    return
  }
}
}
