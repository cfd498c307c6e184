// RUN: tenon-opt %s --cpu-prepare-kernels --split-input-file --verify-diagnostics | FileCheck %s

// The body is private; each of its temporaries is an argument behind the others, at offset 0 of its own memory. What was there is kept for
// the entry: the type, and the offsets (a number, or ~i for index argument i).
// CHECK-LABEL: func.func private @fill.body
// CHECK-SAME: (%[[A:.*]]: memref<8xf32>, %[[N:.*]]: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: memref<?xi8>, %[[S:.*]]: memref<?xi8>, %[[T:.*]]: memref<?xi8>)
// CHECK-SAME: cpu.kernel_type = (memref<8xf32>, index, index, index, index, memref<?xi8>) -> ()
// CHECK-SAME: cpu.scratch_offsets = array<i64: -2, 64>
// CHECK-SAME: llvm.linkage = #llvm.linkage<internal>, passthrough = ["noinline"]
// CHECK-DAG: memref.view %[[S]][%{{.*}}][] : memref<?xi8> to memref<4xf32>
// CHECK-DAG: memref.view %[[T]][%{{.*}}][] : memref<?xi8> to memref<4xf32>
func.func @fill(%a: memref<8xf32>, %n: index, %x: index, %y: index, %z: index, %scratch: memref<?xi8>) {
  %c64 = arith.constant 64 : index
  %s = memref.view %scratch[%c64][] : memref<?xi8> to memref<4xf32>
  %t = memref.view %scratch[%n][] : memref<?xi8> to memref<4xf32>
  %v = memref.load %a[%x] : memref<8xf32>
  memref.store %v, %s[%x] : memref<4xf32>
  memref.store %v, %t[%x] : memref<4xf32>
  return
}

// Functions that kernels share stay as they are.
// CHECK-LABEL: func.func private @no_kernel(
// CHECK-NOT: cpu.kernel_type
func.func private @no_kernel(%a: f32) -> f32 {
  return %a : f32
}

// -----

// expected-error @+1 {{expected a kernel that takes workgroup ids and scratch and returns nothing}}
func.func @no_scratch(%a: memref<8xf32>, %x: index, %y: index, %z: index) {
  return
}

// -----

// expected-error @+1 {{expected memref arguments of identity layout and index arguments, got 'memref<8xf32, strided<[2]>>'}}
func.func @no_strides(%a: memref<8xf32, strided<[2]>>, %x: index, %y: index, %z: index, %scratch: memref<?xi8>) {
  return
}
