// RUN: tenon-opt %s --cpu-expand-arith | FileCheck %s

// No instruction of x86-64 divides towards one side; for vectors LLVM has no expansion of its own.
// CHECK-LABEL: func.func @rounding_divisions
// CHECK-NOT: arith.{{ceil|floor}}div
// CHECK: return
func.func @rounding_divisions(%a: i64, %b: vector<8xi32>) -> (i64, i64, i64, vector<8xi32>) {
  %c8 = arith.constant 8 : i64
  %0 = arith.ceildivsi %a, %c8 : i64
  %1 = arith.floordivsi %a, %c8 : i64
  %2 = arith.ceildivui %a, %c8 : i64
  %3 = arith.floordivsi %b, %b : vector<8xi32>
  return %0, %1, %2, %3 : i64, i64, i64, vector<8xi32>
}

// CHECK-LABEL: func.func @no_plain_arithmetic
// CHECK: arith.divsi
// CHECK-NEXT: arith.maximumf
// CHECK-NEXT: return
func.func @no_plain_arithmetic(%a: i64, %b: i64, %c: f32, %d: f32) -> (i64, f32) {
  %0 = arith.divsi %a, %b : i64
  %1 = arith.maximumf %c, %d : f32
  return %0, %1 : i64, f32
}
