// RUN: tenon-opt %s --gpu-distribute-kernels --verify-diagnostics

module {
module @kernels {
  func.func @no_shared_memref(%a: memref<64xf32>, %b: memref<64xf32>, %gx: index, %gy: index, %gz: index, %scratch: memref<?xi8>) {
    %c0 = arith.constant 0 : index
    %zero = arith.constant 0.0 : f32
    %value = memref.load %a[%c0] : memref<64xf32>
    %chosen = arith.cmpf olt, %value, %zero : f32
    // expected-error @below {{expected values that threads can share, got one of type 'memref<64xf32>'}}
    %m = scf.if %chosen -> memref<64xf32> {
      memref.store %zero, %a[%c0] : memref<64xf32>
      scf.yield %a : memref<64xf32>
    } else {
      scf.yield %b : memref<64xf32>
    }
    linalg.fill ins(%zero : f32) outs(%m : memref<64xf32>)
    return
  }
}
}
