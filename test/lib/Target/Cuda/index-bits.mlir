// RUN: tenon-opt %s --split-input-file --pass-pipeline="builtin.module(builtin.module(cuda-add-kernel-entries))" | FileCheck %s

// A tile at an uneven edge has a size that only the thread knows, and lies in its buffer all the same; so does what is made of such a tile.
// CHECK-LABEL: func.func @edge(
// CHECK-SAME: cuda.index_bits = 32
// Shared memory is small however it is looked at.
// CHECK-LABEL: func.func @edge_in_shared_memory(
// CHECK-SAME: cuda.index_bits = 32
module {
  module @kernels {
    func.func @edge(%a: memref<133x65xf32>, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
        attributes {gpu.known_block_size = array<i32: 32, 1, 1>} {
      %size = affine.min affine_map<(d0) -> (32, 133 - d0)>(%x)
      %whole = memref.cast %a : memref<133x65xf32> to memref<?x?xf32>
      %tile = memref.subview %whole[%x, 0] [%size, 65] [1, 1] : memref<?x?xf32> to memref<?x65xf32, strided<[?, 1], offset: ?>>
      %t = gpu.thread_id x
      %c = arith.constant 1.0 : f32
      memref.store %c, %tile[%y, %t] : memref<?x65xf32, strided<[?, 1], offset: ?>>
      return
    }
    func.func @edge_in_shared_memory(%a: memref<133xf32>, %x: index, %y: index, %z: index, %scratch: memref<?xi8, #gpu.address_space<workgroup>>)
        attributes {gpu.known_block_size = array<i32: 32, 1, 1>} {
      %c0 = arith.constant 0 : index
      %size = affine.min affine_map<(d0) -> (32, 133 - d0)>(%x)
      %tile = memref.view %scratch[%c0][%size] : memref<?xi8, #gpu.address_space<workgroup>> to memref<?xf32, #gpu.address_space<workgroup>>
      %v = memref.load %tile[%y] : memref<?xf32, #gpu.address_space<workgroup>>
      memref.store %v, %a[%x] : memref<133xf32>
      return
    }
  }
}

// -----

// What 32 bits may not hold needs 64: a host scalar, a large buffer, a large constant, numbers of type index. Variables move to the entry block.
// CHECK-LABEL: func.func @scalar(
// CHECK-SAME: cuda.index_bits = 64
// CHECK-LABEL: func.func @large(
// CHECK-SAME: cuda.index_bits = 64
// CHECK-LABEL: func.func @indices(
// CHECK-SAME: cuda.index_bits = 64
// CHECK-LABEL: func.func @constant(
// CHECK-SAME: cuda.index_bits = 64
// CHECK: memref.alloca() : memref<4xf32>
// CHECK: scf.while
module {
  module @kernels {
    func.func @scalar(%a: memref<8xf32>, %k: index, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
        attributes {gpu.known_block_size = array<i32: 32, 1, 1>} {
      return
    }
    func.func @large(%a: memref<65536x8192xf32>, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
        attributes {gpu.known_block_size = array<i32: 32, 1, 1>} {
      return
    }
    func.func @indices(%a: memref<8xindex>, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
        attributes {gpu.known_block_size = array<i32: 32, 1, 1>} {
      return
    }
    func.func @constant(%a: memref<8xi64>, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
        attributes {gpu.known_block_size = array<i32: 32, 1, 1>} {
      %v = memref.alloca() : memref<4xf32>
      %c = arith.constant 3000000000 : index
      %i = arith.index_cast %c : index to i64
      memref.store %i, %a[%x] : memref<8xi64>
      return
    }
  }
}

// -----

// The same view of a buffer of 2 GiB, of one that ends where a loop's last step would pass 2^31, and of scratch in global memory.
// CHECK-LABEL: func.func @edge_of_a_large_buffer(
// CHECK-SAME: cuda.index_bits = 64
// CHECK-LABEL: func.func @edge_near_the_limit(
// CHECK-SAME: cuda.index_bits = 64
// CHECK-LABEL: func.func @edge_in_scratch(
// CHECK-SAME: cuda.index_bits = 64
// CHECK-LABEL: func.func @view_of_indices(
// CHECK-SAME: cuda.index_bits = 64
// CHECK-LABEL: func.func @allocation(
// CHECK-SAME: cuda.index_bits = 64
module {
  module @kernels {
    func.func @edge_of_a_large_buffer(%a: memref<8192x65536xf32>, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
        attributes {gpu.known_block_size = array<i32: 32, 1, 1>} {
      %tile = memref.subview %a[%x, 0] [%y, 32] [1, 1] : memref<8192x65536xf32> to memref<?x32xf32, strided<[65536, 1], offset: ?>>
      return
    }
    func.func @edge_near_the_limit(%a: memref<2147483647xi8>, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
        attributes {gpu.known_block_size = array<i32: 32, 1, 1>} {
      %tile = memref.subview %a[%x] [%y] [1] : memref<2147483647xi8> to memref<?xi8, strided<[1], offset: ?>>
      return
    }
    func.func @edge_in_scratch(%a: memref<8xf32>, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
        attributes {gpu.known_block_size = array<i32: 32, 1, 1>} {
      %tile = memref.view %scratch[%x][%y] : memref<?xi8> to memref<?xf32>
      return
    }
    func.func @view_of_indices(%a: memref<64xi8>, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
        attributes {gpu.known_block_size = array<i32: 32, 1, 1>} {
      %numbers = memref.view %a[%x][] : memref<64xi8> to memref<8xindex>
      return
    }
    func.func @allocation(%a: memref<8xf32>, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
        attributes {gpu.known_block_size = array<i32: 32, 1, 1>} {
      %tile = memref.alloca(%x) : memref<?xf32>
      return
    }
  }
}

// -----

// Sizes and scalars that the host has looked at; not what the scratch holds.
// CHECK-LABEL: func.func @checked(
// CHECK-NOT: plan.small_buffers
// CHECK-SAME: cuda.index_bits = 32
// CHECK: llvm.trunc %{{.*}} : i64 to i32
// CHECK-LABEL: func.func @checked_but_for_scratch(
// CHECK-SAME: cuda.index_bits = 64
// CHECK-LABEL: func.func @unchecked(
// CHECK-SAME: cuda.index_bits = 64
module {
  module @kernels {
    func.func @checked(%a: memref<?xf32>, %n: index, %m: index, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
        attributes {gpu.known_block_size = array<i32: 32, 1, 1>, plan.small_buffers} {
      %tile = memref.subview %a[%x] [%m] [1] : memref<?xf32> to memref<?xf32, strided<[1], offset: ?>>
      return
    }
    func.func @checked_but_for_scratch(%a: memref<?xf32>, %n: index, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
        attributes {gpu.known_block_size = array<i32: 32, 1, 1>, plan.small_buffers} {
      %tile = memref.view %scratch[%x][%y] : memref<?xi8> to memref<?xf32>
      return
    }
    func.func @unchecked(%a: memref<?xf32>, %n: index, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
        attributes {gpu.known_block_size = array<i32: 32, 1, 1>} {
      return
    }
  }
}
