// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{name=plain tile-n=128 stages=6})" | FileCheck %s --check-prefix=PLAIN
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{name=shared cluster=2 transpose-b=true})" | FileCheck %s --check-prefix=SHARED
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{name=whole consumers=1 cluster=4 tile-n=144 stages=7})" | FileCheck %s --check-prefix=WHOLE
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{name=fused batched=true epilogue=bias+relu consumers=1 blocks=2 tile-n=64})" | FileCheck %s --check-prefix=FUSED
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{name=direct store-directly=true tile-n=64 epilogue=bias})" | FileCheck %s --check-prefix=DIRECT
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{name=stream stream-c=true})" | FileCheck %s --check-prefix=STREAM
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{name=turns ping-pong=true blocks=2 tile-n=128 stages=6})" | FileCheck %s --check-prefix=TURNS
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{name=copied epilogue=residual ping-pong=true blocks=2 tile-n=128 stages=5})" | FileCheck %s --check-prefix=COPIED
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{epilogue=residual})" | FileCheck %s --check-prefix=CROWDED
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{name=kept epilogue=bias+keep+relu})" | FileCheck %s --check-prefix=KEPT
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{name=bytes output=i8 epilogue=bias+quantise})" | FileCheck %s --check-prefix=BYTES
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{element=i8 output=i8 epilogue=quantise})" | FileCheck %s --check-prefix=INTEGERS
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{name=promoted element=f8E4M3FN tile-n=128 promote=4 epilogue=scale_rows+scale_columns})" | FileCheck %s --check-prefix=PROMOTED
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{name=read reads-a=true transpose-b=true batched=true tile-n=64})" | FileCheck %s --check-prefix=READ
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{name=written batched=true store-directly=true tile-n=64})" | FileCheck %s --check-prefix=WRITTEN

// PLAIN: tile.kernel @plain(%[[A:.*]]: !tile.descriptor<128x64xf16, swizzle = 128>, %[[B:.*]]: !tile.descriptor<128x64xf16, swizzle = 128>,
// PLAIN-SAME: %[[C:.*]]: !tile.descriptor<64x64xf16, swizzle = 128>, %{{.*}}: i32, %{{.*}}: i32, %{{.*}}: i32)
// PLAIN-SAME: threads = 384
// PLAIN: tile.launch_dependents
// PLAIN: tile.role "producer" warpgroups(1) registers(40)
// PLAIN: tile.prefetch %[[A]]
// PLAIN: tile.prefetch %{{.*}}
// PLAIN: tile.wait_dependency
// PLAIN: tile.wait %[[EMPTY:.*]][%[[I:.*]]] previous
// PLAIN: tile.expect %[[FULL:.*]][%[[I]]], 32768
// PLAIN: tile.load %[[A]][
// PLAIN: tile.load %[[B]][
// PLAIN: tile.role "consumer" warpgroups(2) registers(232)
// PLAIN: tile.mma {{.*}} accumulate %{{.*}} when %[[LATER:.*]] :
// PLAIN: tile.wait_mma 1
// PLAIN: tile.arrive
// PLAIN: tile.wait_mma 0 for
// PLAIN-COUNT-2: tile.store %{{.*}} to %[[C]][
// PLAIN-NOT: tile.store
// PLAIN: tile.wait_stores 0

// Half of the rows of B, which are along K here, for each CTA.
// SHARED: tile.kernel @shared({{.*}}, %[[B:.*]]: !tile.descriptor<32x64xf16, swizzle = 128>, %{{.*}}: !tile.descriptor<64x64xf16, swizzle = 128>,
// SHARED: tile.alloc_barriers : <4, arrivals = 4>
// SHARED: tile.load %[[B]][{{.*}} multicast
// SHARED: tile.drain
// SHARED: tile.mma {{.*}} {transpose_b}
// SHARED: tile.arrive {{.*}} cluster
// SHARED-NOT: tile.sync cluster
// SHARED: tile.return

// A quarter of 144 rows is no multiple of eight: four CTAs bring whole tiles in turn.
// WHOLE: tile.kernel @whole({{.*}}, %[[B:.*]]: !tile.descriptor<144x64xf16, swizzle = 128>, %{{.*}}: !tile.descriptor<64x16xf16, swizzle = 32>,
// WHOLE: tile.expect {{.*}}, 26624
// WHOLE: tile.load %[[B]][{{.*}}] to %{{[0-9]*}}[%[[USE:.*]]] signals {{.*}} multicast
// WHOLE: tile.return

// The bias is read for the whole tile before its products; two blocks of 64 rows share a consumer.
// FUSED: tile.kernel @fused(%{{.*}}: !tile.descriptor<128x64xf16, swizzle = 128, rank = 3>,
// FUSED: tile.read {{.*}} as f16 : <1x64xf16>
// FUSED-COUNT-2: tile.mma
// FUSED: tile.wait_mma 2
// FUSED-COUNT-2: tile.map
// FUSED: arith.addf
// FUSED: arith.maximumf

// Elements one by one: neither C nor the bias can count on an even N.
// DIRECT: tile.kernel @direct({{.*}}, {{.*}}, %[[C:.*]]: !llvm.ptr<1>,
// DIRECT: tile.read {{.*}} as f16 : <1x64xf32>
// DIRECT: tile.write {{.*}} to %[[C]][{{.*}} as f16 : <64x64xf32>
// DIRECT-NOT: tile.store

// Rows of A have any length: the producer's threads read the 128 rows of a step, and one of them asks for B when all have written.
// READ: tile.kernel @read(%[[A:.*]]: !llvm.ptr<1>, %[[B:.*]]: !tile.descriptor<64x64xf16, swizzle = 128, rank = 3>, {{.*}}: !tile.descriptor<64x64xf16,
// READ: tile.role "producer" warpgroups(1) {
// READ: tile.elect
// READ-NEXT: tile.prefetch %[[B]]
// READ: tile.wait_dependency
// READ: %[[MATRIX:.*]] = llvm.getelementptr %[[A]][
// READ: tile.read %[[MATRIX]][{{.*}} as f16 : <64x64xf32, #tile.layout
// READ: tile.read %[[MATRIX]][{{.*}} as f16 : <64x64xf32, #tile.layout
// READ-NOT: tile.elect
// READ: tile.wait %{{.*}} previous
// READ-COUNT-2: tile.write_shared
// READ: tile.fence
// READ-NEXT: tile.sync
// READ-NEXT: tile.elect
// READ-NEXT: tile.expect %{{.*}}, 8192
// READ-NEXT: tile.load %[[B]][
// READ: tile.role "consumer" warpgroups(2) {

// Each matrix of a batch has a place of its own.
// WRITTEN: tile.kernel @written({{.*}}, {{.*}}, %[[C:.*]]: !llvm.ptr<1>,
// WRITTEN: %[[MATRIX:.*]] = llvm.getelementptr %[[C]][
// WRITTEN: tile.write {{.*}} to %[[MATRIX]][

// A step is read by one of the two consumers, which begins its products when those of the tile before are on their way.
// TURNS: tile.kernel @turns(%{{.*}}: !tile.descriptor<128x64xf16, swizzle = 128>,
// TURNS: tile.alloc_barriers : <6>
// TURNS: %[[EMPTY:.*]] = tile.alloc_barriers turns : <6>
// TURNS: %[[TURN:.*]] = tile.alloc_barriers turns : <2>
// TURNS: tile.role "producer" warpgroups(1) registers(40)
// TURNS: tile.wait %[[EMPTY]][{{.*}}] previous
// TURNS: tile.role "consumer" warpgroups(2) registers(232)
// TURNS: scf.for %{{.*}} iter_args(%[[NUMBER:.*]] = %{{.*}})
// TURNS: tile.wait %[[TURN]][%{{.*}}] previous
// TURNS-COUNT-2: tile.mma
// TURNS: tile.arrive %[[TURN]][%[[NUMBER]]]
// TURNS: tile.wait_mma 0 for
// TURNS: tile.arrive %[[EMPTY]][
// TURNS-COUNT-4: tile.store

// A second result leaves as C does; each result is computed when it is stored.
// KEPT: tile.kernel @kept(%{{.*}}: {{.*}}, %{{.*}}: {{.*}}, %[[C:[^:]*]]: !tile.descriptor<64x64xf16, swizzle = 128>, {{.*}}, %[[KEPT:[^:]*]]: !tile.descriptor<64x64xf16, swizzle = 128>)
// KEPT: tile.map
// KEPT: tile.store {{.*}} to %[[KEPT]][
// KEPT: tile.map
// KEPT: arith.maximumf
// KEPT: tile.store {{.*}} to %[[C]][

// The copy engine brings the residual: two pieces before the products, each later one when the one before the last has been read.
// COPIED: tile.kernel @copied({{.*}}, %[[R:[^:]*]]: !tile.descriptor<64x64xf16, swizzle = 128>)
// COPIED: %[[RING:.*]] = tile.alloc : <64x64xf16, swizzle = 128, stages = 4>
// COPIED: %[[LANDED:.*]] = tile.alloc_barriers turns : <4>
// COPIED: tile.role "consumer"
// COPIED-COUNT-2: tile.load %[[R]][{{.*}}] to %[[RING]][{{.*}}] signals %[[LANDED]]
// COPIED: tile.mma
// COPIED: tile.wait %[[LANDED]][%[[USE:.*]]] :
// COPIED-NEXT: tile.read_shared %[[RING]][%[[USE]]]
// COPIED: tile.store
// COPIED: tile.load %[[R]]
// COPIED: tile.read_shared
// COPIED: tile.store
// COPIED: tile.load %[[R]]
// COPIED-NOT: tile.load
// Four stages of the widest tile leave no room.
// CROWDED-NOT: tile.read_shared
// CROWDED: tile.read {{.*}} : <64x64xf16>

// Bytes leave in pieces of 128 columns. The bias is like A; scale and zero point are read once a tile. 1.5 * 2^23 has a unit of 1.
// BYTES: tile.kernel @bytes({{.*}}, %[[C:[^:]*]]: !tile.descriptor<64x128xi8, swizzle = 128>, {{.*}}: !llvm.ptr<1>, %[[SCALE:[^:]*]]: !llvm.ptr<1>, %[[ZERO:[^:]*]]: !llvm.ptr<1>)
// BYTES: tile.read {{.*}} as f16 : <1x256xf16>
// BYTES: tile.read %[[SCALE]][{{.*}} as f32 : <1x1xf32>
// BYTES: tile.read %[[ZERO]][{{.*}} as f32 : <1x1xf32>
// BYTES: tile.mma
// BYTES: tile.map {{.*}} -> !tile.fragment<64x128xi32>
// BYTES: arith.constant 0x4B400000 : f32
// BYTES: math.fma
// BYTES: arith.maxnumf
// BYTES: arith.minnumf
// BYTES: arith.bitcast
// BYTES: tile.write_shared {{.*}} : <64x128xi32> to <128x128xi8, swizzle = 128
// BYTES: tile.store {{.*}} to %[[C]][

// INTEGERS: tile.map {{.*}} : !tile.fragment<64x128xi32>, !tile.fragment<1x1xf32>, !tile.fragment<1x1xf32> -> !tile.fragment<64x128xi32>
// INTEGERS: arith.sitofp

// Every four steps the tensor cores begin anew, and what they summed is added to the totals once it is waited for and its tiles are given back.
// PROMOTED: tile.role "consumer"
// PROMOTED: %[[NONE:.*]] = tile.splat %{{.*}} : f32 -> <64x128xf32>
// PROMOTED: scf.for %[[FROM:[a-z0-9]*]] = %{{.*}} to %{{.*}} step %c4{{.*}} iter_args(%{{.*}} = %{{.*}}, %[[TOTAL:[a-z0-9]*]] = %[[NONE]])
// PROMOTED: %[[END:.*]] = arith.minui
// PROMOTED: scf.for %[[STEP:[a-z0-9]*]] = %[[FROM]] to %[[END]]
// PROMOTED: %[[LATER:.*]] = arith.cmpi ne, %[[STEP]], %[[FROM]]
// PROMOTED: tile.mma {{.*}} when %[[LATER]]
// PROMOTED: %[[PART:.*]] = tile.wait_mma 0 for
// PROMOTED: tile.arrive
// PROMOTED: tile.map %[[TOTAL]], %[[PART]]
// PROMOTED: arith.addf
// PROMOTED: tile.read {{.*}} as f32 : <64x1xf32>
// PROMOTED: tile.read {{.*}} as f32 : <1x64xf32>
// PROMOTED: arith.mulf
// PROMOTED: arith.mulf

// STREAM: tile.store {{.*}} {keep = #tile<keep shortly>}
module {
}
