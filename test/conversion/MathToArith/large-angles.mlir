// RUN: tenon-opt %s --convert-math-to-arith --split-input-file | FileCheck %s

// Large angles of any lane take a branch: blocks in a function.
// CHECK-LABEL: func.func @in_function
// CHECK: %[[LARGE:.*]] = arith.cmpf oge, %{{.*}}, %{{.*}} : vector<4xf32>
// CHECK: %[[ANY:.*]] = vector.reduction <or>, %[[LARGE]] : vector<4xi1> into i1
// CHECK: cf.cond_br %[[ANY]]
// CHECK: arith.mului_extended
// CHECK: arith.select %[[LARGE]]
// CHECK-NOT: scf.if
func.func @in_function(%x: vector<4xf32>) -> vector<4xf32> {
  %y = math.sin %x : vector<4xf32>
  return %y : vector<4xf32>
}

// -----

// An op in a loop.
// CHECK-LABEL: func.func @in_loop
// CHECK: scf.for
// CHECK: %[[LARGE:.*]] = arith.cmpf oge, %{{.*}}, %{{.*}} : f64
// CHECK: scf.if %[[LARGE]] -> (f64, i64) {
// CHECK-NOT: cf.cond_br
func.func @in_loop(%x: memref<8xf64>, %a: index, %b: index) {
  scf.for %i = %a to %b step %b {
    %v = memref.load %x[%i] : memref<8xf64>
    %y = math.cos %v : f64
    memref.store %y, %x[%i] : memref<8xf64>
  }
  return
}

// -----

// Vectors of several dims are one to the branch.
// CHECK-LABEL: func.func @two_dims
// CHECK: %[[FLAT:.*]] = vector.shape_cast %{{.*}} : vector<2x4xi1> to vector<8xi1>
// CHECK: vector.reduction <or>, %[[FLAT]]
func.func @two_dims(%x: vector<2x4xf64>) -> vector<2x4xf64> {
  %y = math.tan %x : vector<2x4xf64>
  return %y : vector<2x4xf64>
}
