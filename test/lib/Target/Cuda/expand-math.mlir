// RUN: tenon-opt %s --split-input-file --pass-pipeline="builtin.module(builtin.module(cuda-expand-math))" | FileCheck %s

module {
  module @kernels {
    // CHECK-LABEL: func.func @exp(
    // CHECK: %[[SHARE:.*]] = llvm.call_intrinsic "llvm.nvvm.fma.rn.sat.f"(%arg0,
    // CHECK: %[[SHIFTED:.*]] = math.fma %[[SHARE]]
    // CHECK: llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz"
    // CHECK: arith.shli
    // CHECK: arith.mulf
    // CHECK-NOT: math.exp
    func.func @exp(%x: f32) -> f32 {
      %y = math.exp %x : f32
      return %y : f32
    }

    // Shorter floats go through f32, vectors lane by lane.
    // CHECK-LABEL: func.func @erf(
    // CHECK: arith.extf %arg0 : vector<2xf16> to vector<2xf32>
    // CHECK: vector.to_elements
    // CHECK-COUNT-2: llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz"
    // CHECK: vector.from_elements
    // CHECK: math.copysign
    // CHECK: arith.truncf
    func.func @erf(%x: vector<2xf16>) -> vector<2xf16> {
      %y = math.erf %x : vector<2xf16>
      return %y : vector<2xf16>
    }

    // CHECK-LABEL: func.func @tanh(
    // CHECK: llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz"
    // CHECK: llvm.call_intrinsic "llvm.nvvm.rcp.approx.ftz.f"
    // CHECK: arith.select
    func.func @tanh(%x: f32) -> f32 {
      %y = math.tanh %x : f32
      return %y : f32
    }

    // x / (exp(-x) + 1)
    // CHECK-LABEL: func.func @swish(
    // CHECK: %[[R:.*]] = llvm.call_intrinsic "llvm.nvvm.rcp.approx.ftz.f"
    // CHECK: arith.mulf %arg0, %[[R]]
    // CHECK-NOT: arith.divf
    func.func @swish(%x: f32) -> f32 {
      %one = arith.constant 1.0 : f32
      %n = arith.negf %x : f32
      %e = math.exp %n : f32
      %d = arith.addf %e, %one : f32
      %y = arith.divf %x, %d : f32
      return %y : f32
    }

    // CHECK-LABEL: func.func @one_plus_tanh(
    // CHECK: arith.constant -2.885390e+00 : f32
    // CHECK: llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz"
    // CHECK: llvm.call_intrinsic "llvm.nvvm.rcp.approx.ftz.f"
    // CHECK-NOT: arith.select
    // CHECK: return
    func.func @one_plus_tanh(%x: f32) -> f32 {
      %one = arith.constant 1.0 : f32
      %t = math.tanh %x : f32
      %y = arith.addf %t, %one : f32
      return %y : f32
    }

    // CHECK-LABEL: func.func @one_plus_erf(
    // CHECK: llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz"
    // CHECK: %[[NEGATIVE:.*]] = arith.cmpf olt, %arg0
    // CHECK: arith.select %[[NEGATIVE]]
    // CHECK-NOT: math.copysign
    func.func @one_plus_erf(%x: f32) -> f32 {
      %one = arith.constant 1.0 : f32
      %e = math.erf %x : f32
      %y = arith.addf %e, %one : f32
      return %y : f32
    }

    // Quotients may be meant exactly, and doubles have no approximations.
    // CHECK-LABEL: func.func @no_quotient(
    // CHECK: arith.divf
    // CHECK: math.exp %{{.*}} : f64
    func.func @no_quotient(%x: f32, %y: f32, %z: f64) -> (f32, f64) {
      %small = arith.constant 1.0e-3 : f32
      %e = math.exp %x : f32
      %d = arith.addf %e, %small : f32
      %q = arith.divf %y, %d : f32
      %w = math.exp %z : f64
      return %q, %w : f32, f64
    }
  }
}
