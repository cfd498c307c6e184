// What the cost model chooses is seen by the boxes of A and B, the threads and the cluster.
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-choose-gemm{m=4096 n=4096 k=4096})" | FileCheck %s --check-prefix=LARGE
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-choose-gemm{m=8192 n=768 k=3072})" | FileCheck %s --check-prefix=WAVES
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-choose-gemm{m=8192 n=3072 k=768 epilogue=bias+gelu_tanh})" | FileCheck %s --check-prefix=TURNS
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-choose-gemm{m=4096 n=3072 k=256 epilogue=bias+gelu})" | FileCheck %s --check-prefix=LONG
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-choose-gemm{m=6304 n=768 k=3072})" | FileCheck %s --check-prefix=EVEN
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-choose-gemm{m=16 n=4096 k=4096})" | FileCheck %s --check-prefix=FEW
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-choose-gemm{m=16 n=14336 k=4096})" | FileCheck %s --check-prefix=WIDE
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-choose-gemm{m=384 n=1024 k=4096})" | FileCheck %s --check-prefix=DEEP
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-choose-gemm{m=24 n=1024 k=1024 epilogue=residual})" | FileCheck %s --check-prefix=MATRIX
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-choose-gemm{m=128 n=128 k=64 batch=384})" | FileCheck %s --check-prefix=BATCH
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-choose-gemm{m=512 n=512 k=512})" 2>&1 | FileCheck %s --check-prefix=HALVES
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-choose-gemm{m=1000 n=1000 k=1000})" 2>&1 | FileCheck %s --check-prefix=STRADDLED
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-choose-gemm{m=1000 n=1000 k=1000 epilogue=residual})" 2>&1 | FileCheck %s --check-prefix=BESIDE
// RUN: tenon-opt %s --pass-pipeline="builtin.module(schedule-choose-gemm{m=4 n=4096 k=14336})" 2>&1 | FileCheck %s --check-prefix=STREAM
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-choose-gemm{m=0})" 2>&1 | FileCheck %s --check-prefix=SIZES

// LARGE: tile.kernel @gemm({{.*}}: !tile.descriptor<128x64xf16, swizzle = 128>, {{.*}}: !tile.descriptor<256x64xf16, swizzle = 128>
// All large tiles take two waves of 132; of these, 128x192 is the smallest.
// WAVES: tile.kernel @gemm({{.*}}: !tile.descriptor<128x64xf16, swizzle = 128>, {{.*}}: !tile.descriptor<192x64xf16, swizzle = 128>
// A short way along K: the end of a tile is worth hiding.
// TURNS: tile.kernel @gemm({{.*}}: !tile.descriptor<128x64xf16, swizzle = 128>, {{.*}}: !tile.descriptor<128x64xf16, swizzle = 128>
// TURNS: tile.alloc_barriers turns : <6>
// An end that takes longer than the products of a tile does not hide.
// LONG: threads = 384
// LONG-NOT: turns
// Tiles of 192x192 are 132, one for each SM.
// EVEN: tile.kernel @gemm({{.*}}: !tile.descriptor<192x64xf16, swizzle = 128>, {{.*}}: !tile.descriptor<192x64xf16, swizzle = 128>
// EVEN-SAME: threads = 512
// FEW: tile.kernel @gemm({{.*}}: !tile.descriptor<64x64xf16, swizzle = 128>, {{.*}}: !tile.descriptor<16x64xf16, swizzle = 128>
// FEW-SAME: cluster = 2
// WIDE: tile.kernel @gemm({{.*}}: !tile.descriptor<16x64xf16, swizzle = 128>
// WIDE-SAME: cluster = 1
// DEEP: tile.kernel @gemm({{.*}}: !tile.descriptor<64x64xf16, swizzle = 128>, {{.*}}: !tile.descriptor<128x64xf16, swizzle = 128>
// DEEP-SAME: cluster = 2
// The schedule for few rows takes matrix operands too.
// MATRIX: tile.kernel @gemm({{.*}}: !tile.descriptor<64x64xf16, swizzle = 128>, {{.*}}: !tile.descriptor<32x64xf16, swizzle = 128>, {{.*}}: !llvm.ptr<1>
// BATCH: rank = 3
// Tiles of half the height in place of a split.
// HALVES: remark: small_32x64_s9_k1: {"op":"product","arch":"sm_90a","product":{"element":"f16","output":"f16","layout":"nt","m":512,"n":512,"k":512},"schedule":{"kind":"small"
// Rows of 2000 bytes straddle lines of the L2 cache, which clusters ask for less.
// STRADDLED: remark: 64x144_c1_s7_g16_m4:
// A matrix beside C does not like its narrow pieces.
// BESIDE: remark: {{64x128_c1|128x64_c2|128x96_c2}}_s{{[0-9]}}_g16_{{[mn][24]}}:
// The next kernel starts early behind a long stream.
// STREAM: remark: small_16x64_s10_k2_r12:
// SIZES: expected positive sizes, got 0, 1, 1, 1
module {
}
