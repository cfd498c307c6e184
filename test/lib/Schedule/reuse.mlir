// RUN: tenon-opt %s --convert-infer-to-linalg --kernels-cpu | FileCheck %s
// RUN: tenon-opt %s --convert-infer-to-linalg --tenon-gpu-kernels | FileCheck %s --check-prefix=GPU

// The op reads what it overwrites: one buffer, and no copy.
// CHECK-LABEL: func.func private @add_in_0
// CHECK-SAME: (%[[X:.*]]: memref<512x512xf32> {plan.reused}, %[[Y:.*]]: memref<512xf32>, %[[OUT:.*]]: memref<512x512xf32>)
// CHECK-NOT: plan.launch
// CHECK: plan.launch {{.*}} buffers(%[[X]], %[[Y]] : memref<512x512xf32>, memref<512xf32>){{.*}}writes = array<i1: true, false>
// CHECK-NEXT: return
// GPU-LABEL: func.func private @add_in_0
// GPU-SAME: (%[[X:.*]]: memref<512x512xf32> {plan.reused}, %[[Y:.*]]: memref<512xf32>, %[[OUT:.*]]: memref<512x512xf32>)
// GPU-NOT: plan.launch
// GPU: plan.launch {{.*}} buffers(%[[X]], %[[Y]] : memref<512x512xf32>, memref<512xf32>){{.*}}writes = array<i1: true, false>
// GPU-NEXT: return
func.func private @add_in_0(%x: tensor<512x512xf32> {plan.reused}, %y: tensor<512xf32>) -> tensor<512x512xf32> {
  %0 = infer.add %x, %y : (tensor<512x512xf32>, tensor<512xf32>) -> tensor<512x512xf32>
  return %0 : tensor<512x512xf32>
}

// Read along another dim than it is written along: it is not marked any more.
// CHECK-LABEL: func.func private @turned
// CHECK-SAME: (%[[X:.*]]: memref<64x64xf32>, %[[OUT:.*]]: memref<64x64xf32>)
// CHECK: plan.launch {{.*}} buffers(%[[X]], %[[OUT]] :
func.func private @turned(%x: tensor<64x64xf32> {plan.reused}) -> tensor<64x64xf32> {
  %0 = infer.transpose %x {perm = array<i64: 1, 0>} : (tensor<64x64xf32>) -> tensor<64x64xf32>
  return %0 : tensor<64x64xf32>
}
