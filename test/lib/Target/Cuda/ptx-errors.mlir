// RUN: tenon-opt %s --split-input-file --verify-diagnostics --pass-pipeline="builtin.module(builtin.module(cuda-generate-ptx))"
// RUN: not tenon-opt %s --split-input-file --pass-pipeline="builtin.module(builtin.module(cuda-generate-ptx{archs=sm_75}))" 2>&1 | FileCheck %s --check-prefix=ARCH
// RUN: not tenon-opt %s --split-input-file --pass-pipeline="builtin.module(builtin.module(cuda-generate-ptx{ptxas=/nonexistent/ptxas}))" 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not tenon-opt %s --split-input-file --pass-pipeline="builtin.module(builtin.module(cuda-generate-ptx{ptxas=default}))" 2>&1 | FileCheck %s --check-prefix=PTXAS

// ARCH: error: expected a GPU architecture among sm_120a, sm_120, sm_100a, sm_100, sm_90a, sm_90, sm_89, sm_86, sm_80, compute_120, compute_100, compute_90, compute_89, compute_86, compute_80, got 'sm_75'
// Once the code generator has succeeded:
// MISSING: error: expected a program that can be run as ptxas, got '/nonexistent/ptxas'
module {
  // expected-error@+1 {{undefined symbol 'missing' in a kernel}}
  module @kernels {
    llvm.func @missing()
    llvm.func @undefined() attributes {nvvm.kernel, gpu.known_block_size = array<i32: 32, 1, 1>, cuda.scratch = "any"} {
      llvm.call @missing() : () -> ()
      llvm.return
    }
  }
}

// -----

// The assembler's complaint comes with the kernel that it is about.
// PTXAS: error: ptxas failed for sm_90a: Unknown modifier '.soon' (kernel 'wrong')
module {
  module @kernels {
    llvm.func @right() attributes {nvvm.kernel, gpu.known_block_size = array<i32: 32, 1, 1>, cuda.scratch = "any"} {
      llvm.return
    }
    llvm.func @wrong() attributes {nvvm.kernel, gpu.known_block_size = array<i32: 32, 1, 1>, cuda.scratch = "any"} {
      llvm.inline_asm has_side_effects "bar.soon 0;", "" : () -> ()
      llvm.return
    }
  }
}
