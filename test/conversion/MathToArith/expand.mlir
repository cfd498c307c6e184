// RUN: tenon-opt %s --convert-math-to-arith | FileCheck %s
// Values are tested by test/python/test_math_library.py.

// CHECK-LABEL: func @no_math_is_left
// CHECK-NOT: math.{{exp|log|erf|tanh|sin|powf}}
func.func @no_math_is_left(%x: f32, %y: f32) -> (f32, f32, f32, f32, f32, f32) {
  // CHECK: math.fma
  %0 = math.exp %x : f32
  %1 = math.log %x : f32
  %2 = math.erf %x : f32
  %3 = math.tanh %x : f32
  %4 = math.sin %x : f32
  %5 = math.powf %x, %y : f32
  // CHECK: return
  return %0, %1, %2, %3, %4, %5 : f32, f32, f32, f32, f32, f32
}

// CHECK-LABEL: func @vector
func.func @vector(%x: vector<8xf32>) -> vector<8xf32> {
  // CHECK-NOT: math.exp
  // CHECK: math.fma %{{.*}} : vector<8xf32>
  %0 = math.exp %x : vector<8xf32>
  return %0 : vector<8xf32>
}

// CHECK-LABEL: func @short_float
func.func @short_float(%x: bf16) -> bf16 {
  // CHECK: arith.extf %{{.*}} : bf16 to f32
  // CHECK: arith.truncf %{{.*}} : f32 to bf16
  %0 = math.exp %x : bf16
  return %0 : bf16
}

// CHECK-LABEL: func @power_of_two
func.func @power_of_two(%x: f32) -> f32 {
  %c = arith.constant 2.0 : f32
  // CHECK: arith.mulf %arg0, %arg0 : f32
  // CHECK-NEXT: return
  %0 = math.powf %x, %c : f32
  return %0 : f32
}

// What one instruction does stays.
// CHECK-LABEL: func @kept
func.func @kept(%x: f32) -> f32 {
  // CHECK: math.sqrt
  %0 = math.sqrt %x : f32
  // CHECK: math.floor
  %1 = math.floor %0 : f32
  return %1 : f32
}

// CHECK-LABEL: func @float8
func.func @float8(%x: f8E4M3FN) -> f8E5M2 {
  // CHECK-NOT: arith.extf
  // CHECK-NOT: arith.truncf
  %0 = arith.extf %x : f8E4M3FN to f32
  %1 = arith.truncf %0 : f32 to f8E5M2
  // CHECK: return
  return %1 : f8E5M2
}
