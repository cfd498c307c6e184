// RUN: tenon-opt %s --tenon-gpu-kernels --split-input-file | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#column = affine_map<(i, j) -> (j)>
// Rows of any length have a kernel, and rows of whole vectors another one; the host gives all workgroups to one of them. Vectors of halves
// have eight elements; sizes and scalars are looked at, so that 32 bits are enough.
// CHECK-LABEL: func.func private @bias
// CHECK-DAG: %[[N:.*]] = memref.dim %arg0, %c1
// CHECK-DAG: %[[LENGTH:.*]] = memref.dim %arg1, %c0
// CHECK-DAG: %[[WRITTEN:.*]] = memref.dim %arg2, %c1
// CHECK: %[[R0:.*]] = arith.remsi %[[N]], %[[EIGHT:c8.*]] : index
// CHECK: %[[R1:.*]] = arith.remsi %[[LENGTH]], %[[EIGHT]] : index
// CHECK: %[[R01:.*]] = arith.addi %[[R0]], %[[R1]]
// CHECK: %[[R2:.*]] = arith.remsi %[[WRITTEN]], %[[EIGHT]] : index
// CHECK: %[[REST:.*]] = arith.addi %[[R01]], %[[R2]]
// CHECK: %[[WHOLE:.*]] = arith.cmpi eq, %[[REST]], %{{.*}}
// CHECK: %[[G0:.*]] = arith.select %[[WHOLE]], %[[GRID:.*]], %{{.*}}
// CHECK: %[[FITS:.*]] = arith.cmpi sle, %{{.*}}, %c2130706432
// CHECK: %[[NONE:.*]] = arith.cmpi eq
// CHECK: %[[G1:.*]] = arith.select %[[FITS]], %[[G0]], %{{.*}}
// CHECK: %[[VECTORS:.*]] = arith.select %[[NONE]], %[[G1]], %{{.*}}
// CHECK: %[[OTHERS:.*]] = arith.subi %[[GRID]], %[[VECTORS]]
// CHECK: plan.launch @kernel_0 grid(%[[OTHERS]],
// CHECK: plan.launch @kernel_0_vectors grid(%[[VECTORS]],
// CHECK: func.func @kernel_0(
// CHECK-NOT: plan.small_buffers
// CHECK-NOT: vector.load
// CHECK: func.func @kernel_0_vectors({{.*}} attributes {{.*}}plan.small_buffers
// CHECK: vector.load {{.*}} {alignment = 16 : i64} : {{.*}}vector<8xf16>
// CHECK: vector.load {{.*}} {alignment = 16 : i64} : {{.*}}vector<8xf16>
// CHECK: vector.store {{.*}} {alignment = 16 : i64} : {{.*}}vector<8xf16>
func.func private @bias(%x: tensor<?x?xf16>, %b: tensor<?xf16>) -> tensor<?x?xf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = tensor.dim %x, %c0 : tensor<?x?xf16>
  %n = tensor.dim %x, %c1 : tensor<?x?xf16>
  %e = tensor.empty(%m, %n) : tensor<?x?xf16>
  %r = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %b : tensor<?x?xf16>, tensor<?xf16>) outs(%e : tensor<?x?xf16>) {
  ^bb0(%a: f16, %c: f16, %o: f16):
    %s = arith.addf %a, %c : f16
    linalg.yield %s : f16
  } -> tensor<?x?xf16>
  return %r : tensor<?x?xf16>
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
// The sums of rows are a row program; elements of four bytes make vectors of four.
// CHECK-LABEL: func.func private @sums
// CHECK: arith.remsi %{{.*}}, %c4
// CHECK: plan.launch @kernel_0_vectors
// CHECK: func.func @kernel_0_vectors(
// CHECK: vector.load {{.*}}vector<4xf32>
// CHECK: gpu.shuffle
func.func private @sums(%x: tensor<64x?xf32>) -> tensor<64xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<64xf32>) -> tensor<64xf32>
  %s = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<64x?xf32>) outs(%f : tensor<64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %a, %o : f32
    linalg.yield %r : f32
  } -> tensor<64xf32>
  return %s : tensor<64xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>
// Rows of a known length, and elements that no vector can hold together.
// CHECK-LABEL: func.func private @no_version_of_known_rows
// CHECK-NOT: _vectors
// CHECK-LABEL: func.func private @no_version_without_vectors
// CHECK-NOT: _vectors
func.func private @no_version_of_known_rows(%x: tensor<?x768xf16>) -> tensor<?x768xf16> {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x768xf16>
  %e = tensor.empty(%m) : tensor<?x768xf16>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<?x768xf16>) outs(%e : tensor<?x768xf16>) {
  ^bb0(%a: f16, %o: f16):
    %s = arith.negf %a : f16
    linalg.yield %s : f16
  } -> tensor<?x768xf16>
  return %r : tensor<?x768xf16>
}
func.func private @no_version_without_vectors(%x: tensor<?xf16>) -> tensor<?xf16> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?xf16>
  %e = tensor.empty(%n) : tensor<?xf16>
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = ["parallel"]} outs(%e : tensor<?xf16>) {
  ^bb0(%o: f16):
    %i = linalg.index 0 : index
    %j = arith.constant 0 : index
    %v = tensor.extract %x[%j] : tensor<?xf16>
    %k = arith.index_cast %i : index to i32
    %l = arith.sitofp %k : i32 to f16
    %s = scf.for %q = %j to %i step %n iter_args(%acc = %l) -> (f16) {
      %t = arith.addf %acc, %v : f16
      scf.yield %t : f16
    }
    linalg.yield %s : f16
  } -> tensor<?xf16>
  return %r : tensor<?xf16>
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
// A product on tensor cores, for each of its tiles: the second form has whole chunks for asynchronous copies.
// CHECK-LABEL: func.func private @product(
// CHECK: func.func @kernel_0(
// CHECK-NOT: nvgpu.device_async_copy
// CHECK: memref.load {{.*}} : memref<64x?xf16
// CHECK: func.func @kernel_0_vectors({{.*}} attributes {{.*}}plan.small_buffers
// CHECK-NOT: memref.load
// CHECK: nvgpu.device_async_copy {{.*}} {bypassL1}
// CHECK: vector.store {{.*}} : memref<64x?xf32{{.*}}, vector<2xf32>
func.func private @product(%x: tensor<64x64xf16>, %w: tensor<64x?xf16>) -> tensor<64x?xf32> {
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %n = tensor.dim %w, %c1 : tensor<64x?xf16>
  %e = tensor.empty(%n) : tensor<64x?xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<64x?xf32>) -> tensor<64x?xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<64x64xf16>, tensor<64x?xf16>) outs(%f : tensor<64x?xf32>) {
  ^bb0(%l: f16, %r: f16, %o: f32):
    %s = arith.extf %l : f16 to f32
    %v = arith.extf %r : f16 to f32
    %t = arith.mulf %s, %v : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<64x?xf32>
  return %p : tensor<64x?xf32>
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
// One of single threads has no second form.
// CHECK-LABEL: func.func private @no_version_of_thread_products(
// CHECK-NOT: _vectors
func.func private @no_version_of_thread_products(%x: tensor<64x64xf32>, %w: tensor<64x?xf32>) -> tensor<64x?xf32> {
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %n = tensor.dim %w, %c1 : tensor<64x?xf32>
  %e = tensor.empty(%n) : tensor<64x?xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<64x?xf32>) -> tensor<64x?xf32>
  %p = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w : tensor<64x64xf32>, tensor<64x?xf32>) outs(%f : tensor<64x?xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %t = arith.mulf %l, %r : f32
    %u = arith.addf %o, %t : f32
    linalg.yield %u : f32
  } -> tensor<64x?xf32>
  return %p : tensor<64x?xf32>
}
