// RUN: tenon-opt %s --schedule-gpu --split-input-file | FileCheck %s
// RUN: tenon-opt %s --tenon-gpu-kernels --split-input-file | FileCheck %s --check-prefix=KERNEL

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

// As many rows as the block has elements for, with their sum. The grid is flat.
// CHECK-LABEL: func.func private @rows
// CHECK: scf.forall (%{{.*}}) = (0) to (65536) step (8)
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "reduction"]
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel"]
// KERNEL-LABEL: func.func private @rows
// KERNEL: plan.launch @kernel_0 grid(%{{.*}}, %c1, %c1)
// KERNEL: func.func @kernel_0(%{{.*}}, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: memref<?xi8, #gpu.address_space<workgroup>>) attributes {gpu.known_block_size
func.func private @rows(%x: tensor<65536x1024xf32>) -> tensor<65536x1024xf32> {
  %zero = arith.constant 0.0 : f32
  %e1 = tensor.empty() : tensor<65536xf32>
  %e2 = tensor.empty() : tensor<65536x1024xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e1 : tensor<65536xf32>) -> tensor<65536xf32>
  %s = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<65536x1024xf32>) outs(%f : tensor<65536xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %a, %o : f32
    linalg.yield %r : f32
  } -> tensor<65536xf32>
  %r = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %s : tensor<65536x1024xf32>, tensor<65536xf32>) outs(%e2 : tensor<65536x1024xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %t = arith.divf %a, %b : f32
    linalg.yield %t : f32
  } -> tensor<65536x1024xf32>
  return %r : tensor<65536x1024xf32>
}

// -----

// A host program is left alone.
// CHECK-LABEL: func.func private @host
// CHECK-NEXT: return
func.func private @host(%x: tensor<64xf32>) -> tensor<64xf32> {
  return %x : tensor<64xf32>
}

// -----

// Sums of rows of odd length: one a thread, 64 in a block, which reads 128 bytes of each row.
// CHECK-LABEL: func.func private @odd_columns
// CHECK: scf.forall (%{{.*}}) = (0) to (50257) step (64)
func.func private @odd_columns(%x: tensor<1024x50257xf16>) -> tensor<50257xf16> {
  %zero = arith.constant 0.0 : f16
  %e = tensor.empty() : tensor<50257xf16>
  %f = linalg.fill ins(%zero : f16) outs(%e : tensor<50257xf16>) -> tensor<50257xf16>
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>], iterator_types = ["reduction", "parallel"]} ins(%x : tensor<1024x50257xf16>) outs(%f : tensor<50257xf16>) {
  ^bb0(%a: f16, %o: f16):
    %r = arith.addf %a, %o : f16
    linalg.yield %r : f16
  } -> tensor<50257xf16>
  return %s : tensor<50257xf16>
}
