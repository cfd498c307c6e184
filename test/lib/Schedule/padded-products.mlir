// Large products whose rows the copy engine cannot move: copies of them that it can, and then the product.
// RUN: tenon-opt %s --schedule-tile-products | FileCheck %s
// RUN: tenon-opt %s --schedule-tile-products --lower-tile-to-llvm | FileCheck %s --check-prefix=LLVM

// Rows of 1022 bytes get 1024, whole lines of memory. Both operands are copied by one launch, the first 256 workgroups of which are A's.
// CHECK-LABEL: func.func private @both(
// CHECK-SAME: %[[A:.*]]: memref<4095x511xf16>, %[[B:.*]]: memref<4097x511xf16>, %[[C:.*]]: memref<4095x4097xf16>)
func.func private @both(%a: tensor<4095x511xf16>, %b: tensor<4097x511xf16>) -> tensor<4095x4097xf16> {
  // CHECK-NOT: arith.select
  // CHECK: %[[PADDED_A:.*]] = plan.alloc %c4193280
  // CHECK: %[[PADDED_B:.*]] = plan.alloc %c4195328
  // CHECK: plan.launch @[[$TWO:pad_rows_of_two]] grid(%c513, {{.*}}) scratch(%c0{{.*}}) buffers(%[[A]], %[[PADDED_A]], %[[B]], %[[PADDED_B]] :
  // CHECK-SAME: scalars(%c4095{{.*}}, %c1022{{.*}}, %c4097{{.*}}, %c1022{{.*}}, %c256{{.*}}) {writes = array<i1: false, true, false, true>}
  // CHECK: plan.launch @[[$PRODUCT:.*]] grid({{.*}} buffers(%[[PADDED_A]], %[[PADDED_B]], %[[C]] : {{.*}} maps [#plan.tensor_map<0, {{[^#]*}}#plan.tensor_map<1, {{[^#]*}}]
  // CHECK-SAME: (%c511{{.*}}, %c4095{{.*}}, %c1024{{.*}}, %c511{{.*}}, %c4097{{.*}}, %c1024{{.*}})
  // CHECK-NEXT: return
  %y = infer.gemm %a, %b {trans_b = true} : (tensor<4095x511xf16>, tensor<4097x511xf16>) -> tensor<4095x4097xf16>
  return %y : tensor<4095x4097xf16>
}

// A is taken from where it is.
// CHECK-LABEL: func.func private @one_of_both(
// CHECK-SAME: %[[A:.*]]: memref<4096x512xf16>, %[[B:.*]]: memref<512x4097xf16>, %[[C:.*]]: memref<4096x4097xf16>)
func.func private @one_of_both(%a: tensor<4096x512xf16>, %b: tensor<512x4097xf16>) -> tensor<4096x4097xf16> {
  // CHECK: %[[PADDED:.*]] = plan.alloc %c4259840
  // CHECK: plan.launch @[[$ONE:pad_rows]] grid(%c260, {{.*}} buffers(%[[B]], %[[PADDED]] : {{[^)]*}}) scalars(%c512{{.*}}, %c8194{{.*}})
  // CHECK: plan.launch @{{.*}} buffers(%[[A]], %[[PADDED]], %[[C]] :
  // CHECK-NEXT: return
  %y = infer.mat_mul %a, %b : (tensor<4096x512xf16>, tensor<512x4097xf16>) -> tensor<4096x4097xf16>
  return %y : tensor<4096x4097xf16>
}

// Of a batch each matrix follows the one before; operands of other types have the same kernel.
// CHECK-LABEL: func.func private @batch(
func.func private @batch(%a: tensor<16x1024x1024xbf16>, %b: tensor<16x1024x1025xbf16>) -> tensor<16x1024x1025xbf16> {
  // CHECK: plan.alloc %c35651584
  // CHECK: plan.launch @[[$ONE]] {{.*}} scalars(%c16384{{.*}}, %c2050{{.*}})
  // CHECK: plan.launch @{{.*}} #plan.tensor_map<1, {{[^#]*}}]({{.*}}, %c1025{{.*}}, %c1024{{.*}}, %c16{{.*}}, %c2176{{.*}}, %c2228224{{.*}})
  // CHECK-NEXT: return
  %y = infer.mat_mul %a, %b : (tensor<16x1024x1024xbf16>, tensor<16x1024x1025xbf16>) -> tensor<16x1024x1025xbf16>
  return %y : tensor<16x1024x1025xbf16>
}

// Few rows: the schedule that is made for them reads the copies.
// CHECK-LABEL: func.func private @few_rows(
func.func private @few_rows(%a: tensor<16x4095xf16>, %b: tensor<4096x4095xf16>) -> tensor<16x4096xf16> {
  // CHECK: plan.launch @[[$TWO]]
  // CHECK: plan.launch @{{.*}} maps [#plan.tensor_map<1, f16, box = [64, 64], swizzle = 128>, #plan.tensor_map<0, f16, box = [64, 16], swizzle = 128>]
  // CHECK-SAME: (%c4095{{.*}}, %c4096{{.*}}, %c8192{{.*}}, %c4095{{.*}}, %c16{{.*}}, %c8192{{.*}})
  // CHECK-NEXT: return
  %y = infer.gemm %a, %b {trans_b = true} : (tensor<16x4095xf16>, tensor<4096x4095xf16>) -> tensor<16x4096xf16>
  return %y : tensor<16x4096xf16>
}

// A launch more is not worth it.
// CHECK-LABEL: func.func private @no_small(
func.func private @no_small(%a: tensor<750x33xf16>, %b: tensor<33x651xf16>) -> tensor<750x651xf16> {
  // CHECK-NOT: @pad_rows
  // CHECK: plan.launch
  // CHECK-NEXT: return
  %y = infer.mat_mul %a, %b : (tensor<750x33xf16>, tensor<33x651xf16>) -> tensor<750x651xf16>
  return %y : tensor<750x651xf16>
}

// Nor are threads that read for the tensor cores where there is little to multiply: the generic schedule takes it.
// CHECK-LABEL: func.func private @generic(
func.func private @generic(%a: tensor<33x129xf16>, %b: tensor<129x65xf16>) -> tensor<33x65xf16> {
  // CHECK: infer.mat_mul
  %y = infer.mat_mul %a, %b : (tensor<33x129xf16>, tensor<129x65xf16>) -> tensor<33x65xf16>
  return %y : tensor<33x65xf16>
}

// Nothing to copy, and no map can be made of it.
// CHECK-LABEL: func.func private @no_rows(
func.func private @no_rows(%a: tensor<0x511xf16>, %b: tensor<4097x511xf16>) -> tensor<0x4097xf16> {
  // CHECK-NOT: @pad_rows
  // CHECK: plan.launch
  // CHECK-NEXT: return
  %y = infer.gemm %a, %b {trans_b = true} : (tensor<0x511xf16>, tensor<4097x511xf16>) -> tensor<0x4097xf16>
  return %y : tensor<0x4097xf16>
}

// Only the run knows N and K. All that pad share one launch, which is dropped with its memory unless one of them is chosen: by the cycles of
// the copy, 2560 of a launch and what is moved, and of the product, at a quarter more.
// CHECK-LABEL: func.func private @unknown(
// CHECK-SAME: %[[A:.*]]: memref<4096x?xf16>, %[[B:.*]]: memref<?x?xf16>, {{.*}}, %[[C:.*]]: memref<4096x?xf16>)
func.func private @unknown(%a: tensor<4096x?xf16>, %b: tensor<?x?xf16>, %n: index, %k: index) -> tensor<4096x?xf16> {
  infer.bind_shape %a, [%k], affine_map<()[s0] -> (4096, s0)> : tensor<4096x?xf16>
  infer.bind_shape %b, [%n, %k], affine_map<()[s0, s1] -> (s0, s1)> : tensor<?x?xf16>
  // CHECK: %[[K:.*]] = memref.dim %[[B]], %c1
  // CHECK: %[[IS_ANY:.*]] = arith.cmpi sgt, %[[K]], %c0
  // CHECK: arith.addi %{{.*}}, %c2560
  // CHECK: %[[PRICE:.*]] = arith.muli %{{.*}}, %c125
  // CHECK: %[[CYCLES:.*]] = arith.ceildivsi %[[PRICE]], %c100
  // CHECK: arith.select %{{.*}}, %[[CYCLES]], %c9223372036854775807
  // CHECK: %[[IS_PADDED:.*]] = arith.ori
  // CHECK: %[[BYTES_A:.*]] = arith.select %[[IS_PADDED]], %{{.*}}, %c0
  // CHECK: %[[PADDED_A:.*]] = plan.alloc %[[BYTES_A]]
  // CHECK: %[[PADDED_B:.*]] = plan.alloc
  // CHECK: %[[GRID:.*]] = arith.select %[[IS_PADDED]], %{{.*}}, %c0
  // CHECK: plan.launch @[[$TWO]] grid(%[[GRID]], {{.*}} buffers(%[[A]], %[[PADDED_A]], %[[B]], %[[PADDED_B]] :
  // CHECK: plan.launch @product_{{.*}} buffers(%[[A]], %[[B]], %[[C]] : {{.*}} maps []()
  // CHECK: plan.launch @product_{{.*}} buffers(%[[PADDED_A]], %[[PADDED_B]], %[[C]] : {{.*}} maps [#plan.tensor_map<0, {{[^#]*}}#plan.tensor_map<1, {{[^#]*}}](
  // CHECK-NOT: @pad_rows
  // CHECK: return
  %y = infer.gemm %a, %b {trans_b = true} : (tensor<4096x?xf16>, tensor<?x?xf16>) -> tensor<4096x?xf16>
  return %y : tensor<4096x?xf16>
}

// CHECK: tile.kernel @[[$PRODUCT]]({{.*}}: !tile.descriptor<128x64xf16, {{.*}}: !tile.descriptor<128x64xf16
// CHECK: tile.kernel @[[$TWO]](
// CHECK-COUNT-1: tile.kernel @[[$ONE]](
// CHECK-NOT: tile.kernel @pad_rows

// Two loads of whole units for one store, or bytes at the end of the matrix.
// LLVM-LABEL: llvm.func @pad_rows(
// LLVM: nvvm.griddepcontrol launch_dependents
// LLVM: llvm.load {{.*}} {alignment = 16 : i64} : !llvm.ptr<1> -> vector<4xi32>
// LLVM: llvm.load {{.*}} {alignment = 16 : i64} : !llvm.ptr<1> -> vector<4xi32>
// LLVM-COUNT-4: llvm.intr.fshr
// LLVM: llvm.store {{.*}} {alignment = 16 : i64} : vector<4xi32>, !llvm.ptr<1>
// LLVM: llvm.load {{.*}} -> i8
// LLVM: llvm.store {{.*}} : i8
