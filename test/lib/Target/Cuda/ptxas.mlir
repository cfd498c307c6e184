// Kernels of every kind assemble for every generation, with what they take in the report.
// RUN: tenon-opt %s --pass-pipeline="builtin.module(builtin.module(lower-kernels-to-nvvm,cuda-generate-ptx{archs=sm_80,sm_90a,sm_120,compute_80 ptxas=default}))" | FileCheck %s

// CHECK: cuda.ptx = {compute_80 = "{{.*}}.target sm_80{{.*}}", sm_120 = "{{.*}}.target sm_120{{.*}}", sm_80 = "{{.*}}", sm_90a = "{{.*}}.target sm_90a
// CHECK: cuda.resources = {compute_80 = {}, sm_120 = {conversions = {registers = {{[1-9][0-9]*}} : i64, shared_bytes = 0 : i64, spill_bytes = 0 : i64, stack_bytes = 0 : i64},
// CHECK-SAME: masked = {
// CHECK-SAME: sm_80 = {conversions = {
// CHECK-SAME: sm_90a = {conversions = {
module {
  module @kernels {
    // Through every float type, float8 included, and integers of all widths.
    func.func @conversions(%f: memref<128xf32>, %h: memref<128xf16>, %b: memref<128xbf16>, %d: memref<128xf64>, %q: memref<128xf8E4M3FN>,
                           %r: memref<128xf8E5M2>, %i: memref<128xi8>, %s: memref<128xi16>, %l: memref<128xi64>,
                           %x: index, %y: index, %z: index, %scratch: memref<?xi8>) attributes {gpu.known_block_size = array<i32: 128, 1, 1>} {
      %t = gpu.thread_id x
      %0 = memref.load %d[%t] : memref<128xf64>
      %1 = arith.truncf %0 : f64 to bf16
      %2 = memref.load %b[%t] : memref<128xbf16>
      %3 = arith.addf %1, %2 : bf16
      memref.store %3, %b[%t] : memref<128xbf16>
      %4 = arith.extf %3 : bf16 to f32
      %5 = arith.truncf %4 : f32 to f16
      memref.store %5, %h[%t] : memref<128xf16>
      %6 = arith.truncf %4 : f32 to f8E4M3FN
      memref.store %6, %q[%t] : memref<128xf8E4M3FN>
      %7 = memref.load %r[%t] : memref<128xf8E5M2>
      %8 = arith.extf %7 : f8E5M2 to f32
      memref.store %8, %f[%t] : memref<128xf32>
      %9 = arith.fptosi %2 : bf16 to i8
      memref.store %9, %i[%t] : memref<128xi8>
      %10 = memref.load %s[%t] : memref<128xi16>
      %11 = arith.sitofp %10 : i16 to bf16
      %12 = arith.extf %11 : bf16 to f64
      memref.store %12, %d[%t] : memref<128xf64>
      %13 = arith.fptoui %12 : f64 to i64
      %14 = arith.uitofp %13 : i64 to f16
      memref.store %14, %h[%t] : memref<128xf16>
      %15 = arith.floordivsi %13, %13 : i64
      memref.store %15, %l[%t] : memref<128xi64>
      return
    }

    // Transfers at the edge of a buffer, a two-dimensional one, bool as bytes.
    func.func @masked(%a: memref<?x?xf32>, %m: memref<?xi8>, %n0: index, %n1: index, %n2: index, %x: index, %y: index, %z: index,
                      %scratch: memref<?xi8>) attributes {gpu.known_block_size = array<i32: 64, 1, 1>} {
      %t = gpu.thread_id x
      %c0 = arith.constant 0.0 : f32
      %c0_i8 = arith.constant 0 : i8
      %v = vector.transfer_read %a[%x, %t], %c0 : memref<?x?xf32>, vector<2x4xf32>
      %w = math.tanh %v : vector<2x4xf32>
      vector.transfer_write %w, %a[%x, %t] : vector<2x4xf32>, memref<?x?xf32>
      %b = memref.load %m[%t] : memref<?xi8>
      %p = arith.cmpi ne, %b, %c0_i8 : i8
      scf.if %p {
        %sum = vector.multi_reduction <add>, %w, %c0 [0, 1] : vector<2x4xf32> to f32
        memref.store %sum, %a[%x, %t] : memref<?x?xf32>
      }
      return
    }
  }
}
