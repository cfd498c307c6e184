// RUN: tenon-opt %s --lower-tile-to-llvm | FileCheck %s

// Register i of a 64x16 fragment: columns 0 and 1 of row r, then of row r + 8, then columns 8 and 9. A column has one register for each of the two
// rows, a row two for each 8 columns.
// CHECK-LABEL: llvm.func @map
// CHECK-SAME: (%[[X:.*]]: f32, %[[C:.*]]: f32, %[[R:.*]]: f32)
// CHECK-COUNT-8: llvm.fmul
// CHECK-NOT: llvm.fmul
tile.kernel @map(%x: f32, %c: f32, %r: f32) {
  %0 = tile.splat %x : f32 -> !tile.fragment<64x16xf32>
  %1 = tile.splat %c : f32 -> !tile.fragment<64x1xf32>
  %2 = tile.splat %r : f32 -> !tile.fragment<1x16xf32>
  %3 = tile.map %0, %1, %2 : !tile.fragment<64x16xf32>, !tile.fragment<64x1xf32>, !tile.fragment<1x16xf32> -> !tile.fragment<64x16xf32> {
  ^bb0(%a: f32, %b: f32, %d: f32):
    // Volatile, so that nothing folds the eight into one.
    %v = llvm.inline_asm has_side_effects "mov.f32 $0, $1;", "=f,f" %a : (f32) -> f32
    %m = arith.mulf %v, %b : f32
    %s = arith.addf %m, %d : f32
    tile.yield %s : f32
  }
  %4 = tile.convert %3 : !tile.fragment<64x16xf32> to !tile.fragment<64x16xf16>
  tile.return
}

// Lanes that share a row differ in bits 0 and 1.
// CHECK-LABEL: llvm.func @reduce
// CHECK-DAG: %[[ONE:.*]] = llvm.mlir.constant(1 : i32)
// CHECK-DAG: %[[TWO:.*]] = llvm.mlir.constant(2 : i32)
// CHECK: llvm.intr.maxnum
// CHECK: nvvm.shfl.sync bfly %{{.*}}, %{{.*}}, %[[ONE]]
// CHECK: llvm.intr.maxnum
// CHECK: nvvm.shfl.sync bfly %{{.*}}, %{{.*}}, %[[TWO]]
tile.kernel @reduce(%p: !llvm.ptr<1>, %i: i32) {
  %0 = tile.read %p[%i, %i] stride(%i) limits(%i, %i) as f32 : !tile.fragment<64x8xf32>
  %1 = tile.reduce maximum %0 : !tile.fragment<64x8xf32> -> !tile.fragment<64x1xf32>
  tile.write %1 to %p[%i, %i] stride(%i) limits(%i, %i) as f32 : !tile.fragment<64x1xf32>
  tile.return
}

// CHECK-LABEL: llvm.func @partial
// CHECK-COUNT-2: llvm.fadd
// CHECK-NOT: nvvm.shfl.sync
tile.kernel @partial(%p: !llvm.ptr<1>, %i: i32) {
  %0 = tile.read %p[%i, %i] stride(%i) limits(%i, %i) as f32 : !tile.fragment<64x8xf32>
  %1 = tile.reduce add partial %0 : !tile.fragment<64x8xf32> -> !tile.fragment<64x1xf32>
  tile.write %1 to %p[%i, %i] stride(%i) limits(%i, %i) as f32 : !tile.fragment<64x1xf32>
  tile.return
}

// Row 16 * warp + lane / 4, and 8 more.
// CHECK-LABEL: llvm.func @iota
// CHECK-DAG: %[[FOUR:.*]] = llvm.mlir.constant(4 : i32)
// CHECK-DAG: %[[EIGHT:.*]] = llvm.mlir.constant(8 : i32)
// CHECK-DAG: %[[SIXTEEN:.*]] = llvm.mlir.constant(16 : i32)
// CHECK: llvm.udiv %{{.*}}, %[[FOUR]]
// CHECK: llvm.mul %{{.*}}, %[[SIXTEEN]]
// CHECK: llvm.add %{{.*}}, %[[EIGHT]]
tile.kernel @iota(%p: !llvm.ptr<1>, %i: i32) {
  %0 = tile.iota : !tile.fragment<64x1xi32>
  tile.write %0 to %p[%i, %i] stride(%i) limits(%i, %i) as i32 : !tile.fragment<64x1xi32>
  tile.return
}

// The first operand goes to the upper half: the right one of two neighbours.
// CHECK-LABEL: llvm.func @convert
// CHECK: llvm.inline_asm has_side_effects "cvt.rn.bf16x2.f32 $0, $1, $2;", "=r,f,f"
// CHECK: llvm.bitcast %{{.*}} : i32 to vector<2xbf16>
tile.kernel @convert(%p: !llvm.ptr<1>, %i: i32) {
  %0 = tile.read %p[%i, %i] stride(%i) limits(%i, %i) as f32 : !tile.fragment<64x16xf32>
  %1 = tile.columns %0[8] : !tile.fragment<64x16xf32> -> !tile.fragment<64x8xf32>
  %2 = tile.convert %1 : !tile.fragment<64x8xf32> to !tile.fragment<64x8xbf16>
  %3 = tile.convert %2 : !tile.fragment<64x8xbf16> to !tile.fragment<64x8xf32>
  tile.write %3 to %p[%i, %i] stride(%i) limits(%i, %i) as f32 : !tile.fragment<64x8xf32>
  tile.return
}

// CHECK-LABEL: llvm.func @exp2
// CHECK: "ex2.approx.ftz.f32 $0, $1;"
// CHECK: llvm.intr.exp2
tile.kernel @exp2(%x: f32, %p: !llvm.ptr<1>) {
  %0 = math.exp2 %x fastmath<afn> : f32
  %1 = math.exp2 %0 : f32
  llvm.store %1, %p : f32, !llvm.ptr<1>
  tile.return
}

// CHECK-LABEL: llvm.func @divide
// CHECK: "rcp.approx.ftz.f32 $0, $1;"
// CHECK: llvm.fmul
// CHECK: llvm.fdiv
tile.kernel @divide(%x: f32, %p: !llvm.ptr<1>) {
  %0 = arith.divf %x, %x fastmath<arcp,afn> : f32
  %1 = arith.divf %0, %x : f32
  llvm.store %1, %p : f32, !llvm.ptr<1>
  tile.return
}
