// RUN: tenon-opt %s --split-input-file --pass-pipeline="builtin.module(builtin.module(cuda-add-kernel-entries))" | FileCheck %s

// Parameters: buffers, workgroups, scratch, its stride. Small static buffers are indexed with 32 bits. What other threads may write is
// not noalias: loads must not move across barriers.
// CHECK-LABEL: func.func @copy(
// CHECK-SAME: %[[A:[a-z0-9]*]]: !llvm.ptr<1> {llvm.align = 64 : i64, llvm.noalias},
// CHECK-SAME: %[[B:[a-z0-9]*]]: !llvm.ptr<1> {llvm.align = 64 : i64},
// CHECK-SAME: %[[WORKGROUPS:[a-z0-9]*]]: i64, %{{.*}}: !llvm.ptr, %{{.*}}: i64)
// CHECK-SAME: cuda.index_bits = 32 : i64, cuda.scratch = "any"
// CHECK: %[[BLOCK:.*]] = nvvm.read.ptx.sreg.ctaid.x : i32
// CHECK: %[[FIRST:.*]] = arith.extui %[[BLOCK]] : i32 to i64
// CHECK: llvm.addrspacecast %[[A]] : !llvm.ptr<1> to !llvm.ptr
// CHECK: builtin.unrealized_conversion_cast %{{.*}} : !llvm.struct<(ptr, ptr, i32, array<1 x i32>, array<1 x i32>)> to memref<1024xf32>
// CHECK: %[[BEGIN:.*]] = arith.index_castui %[[FIRST]] : i64 to index
// CHECK: scf.while (%[[X:.*]] = %[[BEGIN]])
// CHECK: memref.load %{{.*}}[%[[X]]]
// CHECK: %[[STEP:.*]] = arith.extui %{{.*}} : i32 to i64
// CHECK: %[[OWN:.*]] = arith.index_castui %[[X]] : index to i64
// CHECK: %[[SUM:.*]] = arith.addi %[[OWN]], %[[STEP]]
// CHECK: %[[MORE:.*]] = arith.cmpi ult, %[[SUM]], %[[WORKGROUPS]]
// CHECK: %[[NEXT:.*]] = arith.index_castui %[[SUM]] : i64 to index
// CHECK: scf.condition(%[[MORE]]) %[[NEXT]]
// Threads that share nothing need not wait for each other between two workgroups.
// CHECK-NOT: gpu.barrier
module {
  module @kernels {
    func.func @copy(%a: memref<1024xf32>, %b: memref<1024xf32>, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
        attributes {gpu.known_block_size = array<i32: 128, 1, 1>} {
      %v = memref.load %a[%x] : memref<1024xf32>
      memref.store %v, %b[%x] : memref<1024xf32>
      return
    }
  }
}

// -----

// Dynamic dims are the first scalars, in order; a buffer of unknown size is indexed with 64 bits.
// CHECK-LABEL: func.func @dynamic(
// CHECK-SAME: %{{[a-z0-9]*}}: !llvm.ptr<1> {llvm.align = 64 : i64}, %[[N:[a-z0-9]*]]: i64, %[[M:[a-z0-9]*]]: i64, %[[K:[a-z0-9]*]]: i64, %{{[a-z0-9]*}}: i64, %{{.*}}: !llvm.ptr, %{{.*}}: i64)
// CHECK-SAME: cuda.index_bits = 64
// CHECK: llvm.mul %{{.*}}, %[[M]] : i64
// CHECK: llvm.insertvalue %[[N]], %{{.*}}[3, 0]
// CHECK: llvm.insertvalue %[[M]], %{{.*}}[3, 1]
// CHECK: arith.index_cast %[[K]] : i64 to index
module {
  module @kernels {
    func.func @dynamic(%a: memref<?x?xf32>, %n: index, %m: index, %k: index, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
        attributes {gpu.known_block_size = array<i32: 32, 1, 1>} {
      %c = arith.constant 1.0 : f32
      memref.store %c, %a[%x, %k] : memref<?x?xf32>
      return
    }
  }
}

// -----

// Shared scratch is the launch's dynamic shared memory; the next workgroup waits until this one has read it.
// CHECK: llvm.mlir.global external @shared_scratch() {addr_space = 3 : i32, alignment = 1024 : i64} : !llvm.array<0 x i8>
// CHECK-LABEL: func.func @shared(
// CHECK-SAME: cuda.scratch = "shared"
// CHECK: llvm.mlir.addressof @shared_scratch : !llvm.ptr<3>
// CHECK: unrealized_conversion_cast %{{.*}} : !llvm.struct<(ptr<3>, ptr<3>, i32, array<1 x i32>, array<1 x i32>)>
// CHECK: scf.condition
// CHECK: gpu.barrier
module {
  module @kernels {
    func.func @shared(%a: memref<32xf32>, %x: index, %y: index, %z: index, %scratch: memref<?xi8, #gpu.address_space<workgroup>>)
        attributes {gpu.known_block_size = array<i32: 32, 1, 1>} {
      %c0 = arith.constant 0 : index
      %t = memref.view %scratch[%c0][] : memref<?xi8, #gpu.address_space<workgroup>> to memref<32xf32, #gpu.address_space<workgroup>>
      %v = memref.load %t[%x] : memref<32xf32, #gpu.address_space<workgroup>>
      memref.store %v, %a[%x] : memref<32xf32>
      return
    }
  }
}

// -----

// Generic scratch is shared memory if the parameter is null, else the block's part of it.
// CHECK-LABEL: func.func @any(
// CHECK-SAME: %[[SCRATCH:[a-z0-9]*]]: !llvm.ptr, %[[STRIDE:.*]]: i64)
// CHECK: %[[BLOCK:.*]] = arith.extui
// CHECK: %[[DYNAMIC:.*]] = llvm.mlir.addressof @shared_scratch
// CHECK: %[[NULL:.*]] = llvm.icmp "eq" %[[SCRATCH]]
// CHECK: %[[OFFSET:.*]] = llvm.mul %[[BLOCK]], %[[STRIDE]]
// CHECK: %[[PART:.*]] = llvm.getelementptr %[[SCRATCH]][%[[OFFSET]]]
// CHECK: %[[SHARED:.*]] = llvm.addrspacecast %[[DYNAMIC]]
// CHECK: llvm.select %[[NULL]], %[[SHARED]], %[[PART]]
module {
  module @kernels {
    func.func @any(%a: memref<32xf32>, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
        attributes {gpu.known_block_size = array<i32: 32, 1, 1>} {
      %c0 = arith.constant 0 : index
      %t = memref.view %scratch[%c0][] : memref<?xi8> to memref<32xf32>
      %v = memref.load %t[%x] : memref<32xf32>
      memref.store %v, %a[%x] : memref<32xf32>
      return
    }
  }
}

// -----

// Reads through views count as reads, writes through views as writes.
// CHECK-LABEL: func.func @views(
// CHECK-SAME: !llvm.ptr<1> {llvm.align = 64 : i64, llvm.noalias}, %{{[a-z0-9]*}}: !llvm.ptr<1> {llvm.align = 64 : i64}, %{{[a-z0-9]*}}: i64
module {
  module @kernels {
    func.func @views(%a: memref<4x8xf32>, %b: memref<4x8xf32>, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
        attributes {gpu.known_block_size = array<i32: 32, 1, 1>} {
      %from = memref.collapse_shape %a [[0, 1]] : memref<4x8xf32> into memref<32xf32>
      %to = memref.subview %b[%x, 0] [1, 8] [1, 1] : memref<4x8xf32> to memref<8xf32, strided<[1], offset: ?>>
      %v = vector.load %from[%x] : memref<32xf32>, vector<4xf32>
      vector.store %v, %to[%x] : memref<8xf32, strided<[1], offset: ?>>, vector<4xf32>
      return
    }
  }
}
