// RUN: tenon-opt %s --lower-tile-to-llvm | FileCheck %s
// RUN: tenon-opt %s --lower-tile-to-llvm --cuda-generate-ptx | FileCheck %s --check-prefix=PTX

// Register i of a 64x16 fragment: columns 0 and 1 of row r, then of row r + 8, then columns 8 and 9. A column has one register for each of the two
// rows, a row two for each 8 columns.
// CHECK-LABEL: llvm.func @map
// CHECK-SAME: (%[[X:.*]]: f32, %[[C:.*]]: f32, %[[R:.*]]: f32)
// CHECK-COUNT-8: llvm.fmul
// CHECK-NOT: llvm.fmul
// PTX: .entry map(
// PTX-COUNT-8: mul.rn.f32 {{([^;]*;){1,2}[^;]*}}add.rn.f32
// PTX-NOT: {{mul|add}}.rn.f32
// PTX-COUNT-4: cvt.rn.f16x2.f32
// PTX-NOT: cvt.
// PTX: ret;
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
// PTX: .entry reduce(
// PTX: max.f32 {{[^%]*}}[[OWN:%r[0-9]+]], %r{{[0-9]+}}, %r{{[0-9]+}};
// PTX-SAME: shfl.sync.bfly.b32 {{[^%]*}}[[OTHER:%r[0-9]+]], [[OWN]], 1, 31, -1;
// PTX-SAME: max.f32 {{[^%]*}}[[PAIR:%r[0-9]+]], [[OWN]], [[OTHER]];
// PTX-SAME: shfl.sync.bfly.b32 {{[^%]*}}[[OTHERS:%r[0-9]+]], [[PAIR]], 2, 31, -1;
// PTX-SAME: max.f32 {{[^%]*}}[[ROW:%r[0-9]+]], [[PAIR]], [[OTHERS]];
// PTX-SAME: st.global.b32 [%rd{{[0-9]+}}], [[ROW]];
tile.kernel @reduce(%p: !llvm.ptr<1>, %i: i32) {
  %0 = tile.read %p[%i, %i] stride(%i) limits(%i, %i) as f32 : !tile.fragment<64x8xf32>
  %1 = tile.reduce maximum %0 : !tile.fragment<64x8xf32> -> !tile.fragment<64x1xf32>
  tile.write %1 to %p[%i, %i] stride(%i) limits(%i, %i) as f32 : !tile.fragment<64x1xf32>
  tile.return
}

// CHECK-LABEL: llvm.func @partial
// CHECK-COUNT-2: llvm.fadd
// CHECK-NOT: nvvm.shfl.sync
// PTX: .entry partial(
// PTX-COUNT-2: add.rn.f32
// PTX-NOT: shfl.sync
// PTX: ret;
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
// PTX: .entry iota(
// PTX: mov.u32 {{[^%]*}}[[THREAD:%r[0-9]+]], %tid.x;
// PTX-SAME: bfe.u32 {{[^%]*}}[[INSIDE:%r[0-9]+]], [[THREAD]], 2, 3;
// PTX-SAME: shr.u32 {{[^%]*}}[[HALF:%r[0-9]+]], [[THREAD]], 1;
// PTX-SAME: and.b32 {{[^%]*}}[[WARP:%r[0-9]+]], [[HALF]], 48;
// PTX-SAME: or.b32 {{[^%]*}}[[ROW:%r[0-9]+]], [[INSIDE]], [[WARP]];
// PTX-SAME: or.b32 {{[^%]*}}[[NEXT:%r[0-9]+]], [[ROW]], 8;
// PTX-SAME: st.global.b32 [%rd{{[0-9]+}}], [[ROW]];
// PTX-SAME: st.global.b32 [%rd{{[0-9]+}}], [[NEXT]];
tile.kernel @iota(%p: !llvm.ptr<1>, %i: i32) {
  %0 = tile.iota : !tile.fragment<64x1xi32>
  tile.write %0 to %p[%i, %i] stride(%i) limits(%i, %i) as i32 : !tile.fragment<64x1xi32>
  tile.return
}

// The first operand goes to the upper half: the right one of two neighbours. Columns from 8 on are what the fifth load and those after it have
// read: no instruction takes them out of the fragment.
// CHECK-LABEL: llvm.func @convert
// CHECK: llvm.inline_asm has_side_effects "cvt.rn.bf16x2.f32 $0, $1, $2;", "=r,f,f"
// CHECK: llvm.bitcast %{{.*}} : i32 to vector<2xbf16>
// PTX: .entry convert(
// PTX-COUNT-4: ld.global.b32
// PTX: ld.global.b32 [[LEFT:%r[0-9]+]],
// PTX: ld.global.b32 [[RIGHT:%r[0-9]+]],
// PTX: cvt.rn.bf16x2.f32 [[BOTH:%r[0-9]+]], [[RIGHT]], [[LEFT]];
// PTX: mov.b32 {{[^%]*}}{[[LOW:%rs[0-9]+]], [[HIGH:%rs[0-9]+]]}, [[BOTH]];
// PTX-SAME: cvt.f32.bf16 {{[^%]*}}[[FIRST:%r[0-9]+]], [[LOW]];
// PTX-SAME: cvt.f32.bf16 {{[^%]*}}[[SECOND:%r[0-9]+]], [[HIGH]];
// PTX: st.global.b32 [%rd{{[0-9]+}}], [[FIRST]];
// PTX: st.global.b32 [%rd{{[0-9]+}}], [[SECOND]];
tile.kernel @convert(%p: !llvm.ptr<1>, %i: i32) {
  %0 = tile.read %p[%i, %i] stride(%i) limits(%i, %i) as f32 : !tile.fragment<64x16xf32>
  %1 = tile.columns %0[8] : !tile.fragment<64x16xf32> -> !tile.fragment<64x8xf32>
  %2 = tile.convert %1 : !tile.fragment<64x8xf32> to !tile.fragment<64x8xbf16>
  %3 = tile.convert %2 : !tile.fragment<64x8xbf16> to !tile.fragment<64x8xf32>
  tile.write %3 to %p[%i, %i] stride(%i) limits(%i, %i) as f32 : !tile.fragment<64x8xf32>
  tile.return
}

// PTX: .entry half(
// PTX: ld.global.b32 [[BOTH:%r[0-9]+]],
// PTX: mov.b32 {{[^%]*}}{[[LOW:%rs[0-9]+]], [[HIGH:%rs[0-9]+]]}, [[BOTH]];
// PTX: cvt.f32.f16 {{[^%]*}}%r{{[0-9]+}}, [[LOW]];
// PTX: cvt.f32.f16 {{[^%]*}}%r{{[0-9]+}}, [[HIGH]];
tile.kernel @half(%p: !llvm.ptr<1>, %i: i32) {
  %0 = tile.read %p[%i, %i] stride(%i) limits(%i, %i) as f16 : !tile.fragment<64x8xf16>
  %1 = tile.convert %0 : !tile.fragment<64x8xf16> to !tile.fragment<64x8xf32>
  tile.write %1 to %p[%i, %i] stride(%i) limits(%i, %i) as f32 : !tile.fragment<64x8xf32>
  tile.return
}

// CHECK-LABEL: llvm.func @exp2
// CHECK: "ex2.approx.ftz.f32 $0, $1;"
// CHECK: llvm.intr.exp2
// PTX: .entry exp2(
// PTX: ex2.approx.ftz.f32
// PTX: ex2.approx.f32
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
// PTX: .entry divide(
// PTX: rcp.approx.ftz.f32
// PTX: mul.rn.f32
// PTX: div.rn.f32
tile.kernel @divide(%x: f32, %p: !llvm.ptr<1>) {
  %0 = arith.divf %x, %x fastmath<arcp,afn> : f32
  %1 = arith.divf %0, %x : f32
  llvm.store %1, %p : f32, !llvm.ptr<1>
  tile.return
}
