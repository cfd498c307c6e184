// RUN: tenon-opt %s --pass-pipeline="builtin.module(builtin.module(lower-kernels-to-nvvm,cuda-generate-ptx{archs=sm_90a}))" | sed "s/\\\\0A/\n/g; s/\\\\09/ /g" | FileCheck %s

// What is never written is read through the read-only cache; 16 bytes at a time where alignment follows from the index.
// CHECK: .extern .shared .align 1024 .b8 shared_scratch[];
// CHECK-LABEL: .visible .entry vectors(
// CHECK: .param .u64 .ptr .global .align 64 vectors_param_0,
// CHECK: .reqntid 128
// CHECK: .minnctapersm 2
// CHECK: ld.global.nc.v4.b32
// CHECK: add.rn.f32
// CHECK: st.global.v4.b32
// CHECK-NOT: bar.sync
// CHECK: ret;

// CHECK-LABEL: .visible .entry shuffles(
// CHECK: shfl.sync.bfly.b32
// CHECK: st.shared.b32
// CHECK: bar.sync 0;
// CHECK: ld.shared.b32

// CHECK-LABEL: .visible .entry wide_shuffles(
// CHECK-COUNT-2: shfl.sync.down.b32
// CHECK: add.rn.f64
// CHECK-COUNT-2: shfl.sync.idx.b32

// CHECK-LABEL: .visible .entry math(
// CHECK: sqrt.rn.f32
// CHECK: max.NaN.f32
// CHECK: cvt.rni.f32.f32
// CHECK: cvt.rmi.f32.f32
// CHECK-NOT: call

// CHECK-LABEL: .visible .entry halves(
// CHECK: ld.global.nc.v4.b32
// CHECK: mul.rn.bf16x2
// CHECK: st.global.v4.b32
module {
  module @kernels {
    func.func @vectors(%a: memref<4096xf32>, %b: memref<4096xf32>, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
        attributes {gpu.known_block_size = array<i32: 128, 1, 1>, cuda.min_blocks = 2 : i32} {
      %c512 = arith.constant 512 : index
      %c4 = arith.constant 4 : index
      %t = gpu.thread_id x
      %first = arith.muli %x, %c512 : index
      %offset = arith.muli %t, %c4 : index
      %i = arith.addi %first, %offset : index
      %v = vector.load %a[%i] : memref<4096xf32>, vector<4xf32>
      %w = arith.addf %v, %v : vector<4xf32>
      vector.store %w, %b[%i] : memref<4096xf32>, vector<4xf32>
      return
    }

    func.func @shuffles(%a: memref<128xf32>, %b: memref<128xf32>, %x: index, %y: index, %z: index,
                        %scratch: memref<?xi8, #gpu.address_space<workgroup>>) attributes {gpu.known_block_size = array<i32: 128, 1, 1>} {
      %c0 = arith.constant 0 : index
      %c16 = arith.constant 16 : i32
      %c32 = arith.constant 32 : i32
      %part = memref.view %scratch[%c0][] : memref<?xi8, #gpu.address_space<workgroup>> to memref<128xf32, #gpu.address_space<workgroup>>
      %t = gpu.thread_id x
      %lane = gpu.lane_id
      %v = memref.load %a[%t] : memref<128xf32>
      %other, %valid = gpu.shuffle xor %v, %c16, %c32 : f32
      %w = arith.addf %v, %other : f32
      memref.store %w, %part[%t] : memref<128xf32, #gpu.address_space<workgroup>>
      gpu.barrier
      %u = memref.load %part[%lane] : memref<128xf32, #gpu.address_space<workgroup>>
      memref.store %u, %b[%t] : memref<128xf32>
      return
    }

    func.func @wide_shuffles(%a: memref<128xf64>, %b: memref<128xi64>, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
        attributes {gpu.known_block_size = array<i32: 128, 1, 1>} {
      %c1 = arith.constant 1 : i32
      %c32 = arith.constant 32 : i32
      %t = gpu.thread_id x
      %v = memref.load %a[%t] : memref<128xf64>
      %other, %valid = gpu.shuffle down %v, %c1, %c32 : f64
      %w = arith.addf %v, %other : f64
      %bits = arith.bitcast %w : f64 to i64
      %first, %valid2 = gpu.shuffle idx %bits, %c1, %c32 : i64
      memref.store %first, %b[%t] : memref<128xi64>
      return
    }

    func.func @math(%a: memref<128xf32>, %b: memref<128xf32>, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
        attributes {gpu.known_block_size = array<i32: 128, 1, 1>} {
      %t = gpu.thread_id x
      %c0 = arith.constant 0.0 : f32
      %v = memref.load %a[%t] : memref<128xf32>
      %root = math.sqrt %v : f32
      %positive = arith.maximumf %root, %c0 : f32
      %even = math.roundeven %positive : f32
      %half = arith.mulf %even, %v : f32
      %floor = math.floor %half : f32
      %e = math.exp %floor : f32
      memref.store %e, %b[%t] : memref<128xf32>
      return
    }

    func.func @halves(%a: memref<1024xbf16>, %b: memref<1024xbf16>, %x: index, %y: index, %z: index, %scratch: memref<?xi8>)
        attributes {gpu.known_block_size = array<i32: 128, 1, 1>} {
      %c8 = arith.constant 8 : index
      %t = gpu.thread_id x
      %i = arith.muli %t, %c8 : index
      %v = vector.load %a[%i] : memref<1024xbf16>, vector<8xbf16>
      %w = arith.mulf %v, %v : vector<8xbf16>
      vector.store %w, %b[%i] : memref<1024xbf16>, vector<8xbf16>
      return
    }
  }
}
