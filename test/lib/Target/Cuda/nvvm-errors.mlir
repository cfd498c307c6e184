// RUN: tenon-opt %s --split-input-file --verify-diagnostics --pass-pipeline="builtin.module(builtin.module(cuda-lower-to-nvvm))"

module {
  module @kernels {
    // expected-error@+1 {{expected cuda.index_bits of 32 or 64}}
    func.func @no_width(%p: !llvm.ptr<1>) {
      return
    }
  }
}

// -----

module {
  module @kernels {
    func.func @no_conversion(%p: !llvm.ptr<1>) attributes {cuda.index_bits = 64 : i64} {
      %c = arith.constant 0.0 : f32
      %e = memref.alloca() : memref<4xf32>
      // expected-error@+1 {{failed to legalize operation 'linalg.fill'}}
      linalg.fill ins(%c : f32) outs(%e : memref<4xf32>)
      return
    }
  }
}
