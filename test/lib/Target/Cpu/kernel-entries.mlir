// RUN: tenon-opt %s --pass-pipeline="builtin.module(builtin.module(lower-kernels-to-llvm))" | FileCheck %s

module {
  module @kernels {
    // The body's buffers and the parts of its scratch do not alias.
    // CHECK: llvm.func internal @copy.body(%{{.*}}: !llvm.ptr {llvm.align = 64 : i64, llvm.noalias}
    // The runtime's entry: tables of buffers and scalars, workgroup id, scratch.
    // CHECK: llvm.func @copy(%[[BUFFERS:.*]]: !llvm.ptr, %[[SCALARS:.*]]: !llvm.ptr, %{{.*}}: i64, %{{.*}}: i64, %{{.*}}: i64, %[[SCRATCH:.*]]: !llvm.ptr)
    // CHECK: llvm.getelementptr %[[SCALARS]][0]
    // CHECK: llvm.getelementptr %[[BUFFERS]][0]
    // CHECK: llvm.getelementptr %[[SCRATCH]]
    // CHECK: llvm.call @copy.body
    func.func @copy(%a: memref<?xf32>, %n: index, %x: index, %y: index, %z: index, %scratch: memref<?xi8>) {
      %c64 = arith.constant 64 : index
      %t = memref.view %scratch[%c64][] : memref<?xi8> to memref<16xf32>
      %v = memref.load %a[%x] : memref<?xf32>
      memref.store %v, %t[%y] : memref<16xf32>
      return
    }
  }
}
