// RUN: tenon-opt %s --split-input-file --verify-diagnostics --pass-pipeline="builtin.module(builtin.module(cuda-add-kernel-entries))"

module {
  module @kernels {
    // expected-error@+1 {{expected a kernel that takes workgroup ids and scratch and returns nothing}}
    func.func @no_scratch(%a: memref<8xf32>, %x: index) attributes {gpu.known_block_size = array<i32: 32, 1, 1>} {
      return
    }
  }
}

// -----

module {
  module @kernels {
    // expected-error@+1 {{expected gpu.known_block_size of a multiple of 32 threads, at most 1024, in one dim}}
    func.func @no_threads(%a: memref<8xf32>, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
        attributes {gpu.known_block_size = array<i32: 33, 1, 1>} {
      return
    }
  }
}

// -----

module {
  module @kernels {
    // expected-error@+1 {{expected memref arguments of identity layout and index arguments, got 'memref<8xf32, strided<[2]>>'}}
    func.func @no_strides(%a: memref<8xf32, strided<[2]>>, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
        attributes {gpu.known_block_size = array<i32: 32, 1, 1>} {
      return
    }
  }
}

// -----

module {
  module @kernels {
    // expected-error@+1 {{expected an index argument for each of 2 dynamic dims, got 1}}
    func.func @no_dims(%a: memref<?x?xf32>, %n: index, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
        attributes {gpu.known_block_size = array<i32: 32, 1, 1>} {
      return
    }
  }
}

// -----

module {
  module @kernels {
    // expected-error@+1 {{expected scratch in generic or workgroup memory, got 'memref<?xi8, 5>'}}
    func.func @no_space(%a: memref<8xf32>, %x: index, %y: index, %z: index, %scratch: memref<?xi8, 5>)
        attributes {gpu.known_block_size = array<i32: 32, 1, 1>} {
      return
    }
  }
}

// -----

module {
  module @kernels {
    // expected-error@+1 {{expected a kernel of structured control flow}}
    func.func @no_blocks(%a: memref<8xf32>, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
        attributes {gpu.known_block_size = array<i32: 32, 1, 1>} {
      cf.br ^end
    ^end:
      return
    }
  }
}
