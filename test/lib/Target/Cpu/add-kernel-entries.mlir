// RUN: tenon-opt %s --cpu-add-kernel-entries --split-input-file --verify-diagnostics | FileCheck %s

// The entry takes the tables of buffers and scalars, the workgroup's ids and its scratch, and calls the body with descriptors.
// CHECK-LABEL: llvm.func internal @f.body
// CHECK-SAME: (%{{.*}}: !llvm.ptr {llvm.align = 64 : i64, llvm.noalias}
// CHECK-LABEL: llvm.func @f(
// CHECK-SAME: %[[BUFFERS:.*]]: !llvm.ptr, %[[SCALARS:.*]]: !llvm.ptr, %[[X:.*]]: i64, %[[Y:.*]]: i64, %[[Z:.*]]: i64, %[[SCRATCH:.*]]: !llvm.ptr)
// CHECK: %[[AT:.*]] = llvm.getelementptr %[[SCALARS]][0]
// CHECK: %[[N:.*]] = llvm.load %[[AT]] invariant : !llvm.ptr -> i64
// CHECK: %[[SLOT:.*]] = llvm.getelementptr %[[BUFFERS]][0]
// CHECK: %[[A:.*]] = llvm.load %[[SLOT]] invariant : !llvm.ptr -> !llvm.ptr
// CHECK: %[[PART:.*]] = llvm.getelementptr %[[SCRATCH]][%{{.*}}] : (!llvm.ptr, i64) -> !llvm.ptr, i8
// CHECK: llvm.call @f.body(%[[A]], %[[A]], %{{.*}}, %[[N]], %{{.*}}, %[[N]], %[[X]], %[[Y]], %[[Z]], %[[SCRATCH]], %[[SCRATCH]], {{.*}}, %[[PART]], %[[PART]], {{.*}})
llvm.func internal @f.body(%a: !llvm.ptr, %b: !llvm.ptr, %o: i64, %n: i64, %s: i64, %m: i64, %x: i64, %y: i64, %z: i64,
                           %p: !llvm.ptr, %q: !llvm.ptr, %po: i64, %pn: i64, %ps: i64,
                           %t: !llvm.ptr, %u: !llvm.ptr, %to: i64, %tn: i64, %ts: i64)
    attributes {cpu.kernel_type = (memref<?xf32>, index, index, index, index, memref<?xi8>) -> (), cpu.scratch_offsets = array<i64: 64>} {
  llvm.return
}

// CHECK-LABEL: llvm.func @no_kernel()
// CHECK-NOT: llvm.func
llvm.func @no_kernel() {
  llvm.return
}

// -----

// expected-error @+1 {{expected a body of 8 arguments, got 1}}
llvm.func internal @g.body(%x: i64)
    attributes {cpu.kernel_type = (index, index, index, memref<?xi8>) -> (), cpu.scratch_offsets = array<i64>} {
  llvm.return
}
