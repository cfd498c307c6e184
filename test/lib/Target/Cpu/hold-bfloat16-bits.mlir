// RUN: tenon-opt %s --cpu-hold-bfloat16-bits | FileCheck %s

// CHECK-NOT: bf16
// CHECK-LABEL: llvm.func @joined
// CHECK: %[[ONE:.*]] = llvm.mlir.constant(16256 : i16) : i16
// CHECK: llvm.load %{{.*}} : !llvm.ptr -> i16
// CHECK: ^bb2(%{{.*}}: i16):
// CHECK: llvm.store %{{.*}} : i16, !llvm.ptr
llvm.func @joined(%from: !llvm.ptr, %to: !llvm.ptr, %c: i1) {
  %one = llvm.mlir.constant(1.0 : bf16) : bf16
  llvm.cond_br %c, ^bb1, ^bb2(%one : bf16)
^bb1:
  %at = llvm.getelementptr %from[1] : (!llvm.ptr) -> !llvm.ptr, bf16
  %x = llvm.load %at : !llvm.ptr -> bf16
  llvm.br ^bb2(%x : bf16)
^bb2(%y: bf16):
  llvm.store %y, %to : bf16, !llvm.ptr
  llvm.return
}

// CHECK-LABEL: llvm.func @vectors
// CHECK: llvm.mlir.constant(dense<-128> : vector<4xi16>) : vector<4xi16>
// CHECK: llvm.mlir.constant(dense<[16256, 0]> : vector<2xi16>) : vector<2xi16>
llvm.func @vectors(%to: !llvm.ptr) {
  %low = llvm.mlir.constant(dense<0xFF80> : vector<4xbf16>) : vector<4xbf16>
  %two = llvm.mlir.constant(dense<[1.0, 0.0]> : vector<2xbf16>) : vector<2xbf16>
  llvm.store %low, %to : vector<4xbf16>, !llvm.ptr
  llvm.store %two, %to : vector<2xbf16>, !llvm.ptr
  llvm.return
}

// The bits that `cpu-expand-arith` computes with are what is stored.
// CHECK-LABEL: llvm.func @bits
// CHECK: llvm.bitcast %{{.*}} : i16 to i16
llvm.func @bits(%x: i16, %to: !llvm.ptr) {
  %y = llvm.bitcast %x : i16 to bf16
  llvm.store %y, %to : bf16, !llvm.ptr
  llvm.return
}
