// RUN: tenon-opt %s --plan-outline-kernels --split-input-file --verify-diagnostics

func.func private @no_bound(%x: memref<4xindex>) {
  %c0 = arith.constant 0 : index
  scf.forall (%i) in (4) {
    %rows = memref.load %x[%i] : memref<4xindex>
    // expected-error @below {{expected a temporary whose size the host can bound}}
    %s = memref.alloc(%rows) : memref<?xindex>
    memref.store %rows, %s[%c0] : memref<?xindex>
    %w = memref.load %s[%c0] : memref<?xindex>
    memref.store %w, %x[%i] : memref<4xindex>
  }
  return
}
