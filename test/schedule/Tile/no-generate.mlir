// Refusals of the generators, each with its reason.
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{consumers=4})" 2>&1 | FileCheck %s --check-prefix=CONSUMERS
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{consumers=3 tile-n=256})" 2>&1 | FileCheck %s --check-prefix=SUMS
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{cluster=3})" 2>&1 | FileCheck %s --check-prefix=CLUSTER
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{stages=1})" 2>&1 | FileCheck %s --check-prefix=STAGES
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{element=tf32 output=f32 transpose-a=true})" 2>&1 | FileCheck %s --check-prefix=TRANSPOSED
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{transpose-b=true tile-n=96})" 2>&1 | FileCheck %s --check-prefix=COLUMNS
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{consumers=3 blocks=2 tile-n=96})" 2>&1 | FileCheck %s --check-prefix=ROWS
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{element=f64})" 2>&1 | FileCheck %s --check-prefix=TYPES
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{epilogue=bias+swish})" 2>&1 | FileCheck %s --check-prefix=EPILOGUE
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-small-gemm{batched=true})" 2>&1 | FileCheck %s --check-prefix=LAYOUT
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-small-gemm{element=i8 output=i32 epilogue=bias})" 2>&1 | FileCheck %s --check-prefix=SUMS32
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-small-gemm{element=i8 output=i32 tile-m=24})" 2>&1 | FileCheck %s --check-prefix=SIXTEEN
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{output=i8 epilogue=bias})" 2>&1 | FileCheck %s --check-prefix=WHOLE
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{output=i8 epilogue=quantise+relu})" 2>&1 | FileCheck %s --check-prefix=LAST
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{output=i8 epilogue=quantise tile-n=48})" 2>&1 | FileCheck %s --check-prefix=BYTES
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-small-gemm{element=tf32 output=f32 transpose-b=true})" 2>&1 | FileCheck %s --check-prefix=SHORT
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-small-gemm{consumers=5})" 2>&1 | FileCheck %s --check-prefix=FEW
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-small-gemm{release=-1})" 2>&1 | FileCheck %s --check-prefix=RELEASE
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-small-gemm{tile-m=12})" 2>&1 | FileCheck %s --check-prefix=EIGHT
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-small-gemm{tile-m=24 split=2})" 2>&1 | FileCheck %s --check-prefix=SPLIT
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{element=tf32 output=f32 tile-n=64 reads-a=true})" 2>&1 | FileCheck %s --check-prefix=READ
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{cluster=2 tile-n=64 reads-b=true})" 2>&1 | FileCheck %s --check-prefix=READERS
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{reads-a=true})" 2>&1 | FileCheck %s --check-prefix=FRAGMENTS
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{ping-pong=true consumers=3 tile-n=128})" 2>&1 | FileCheck %s --check-prefix=TURNS
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{promote=4})" 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{promote=4 ping-pong=true tile-n=128})" 2>&1 | FileCheck %s --check-prefix=PROMOTED
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-gemm{stages=5})" 2>&1 | FileCheck %s --check-prefix=ROOM
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-small-gemm{tile-m=128 stages=50})" 2>&1 | FileCheck %s --check-prefix=RING
// RUN: not tenon-opt %s --pass-pipeline="builtin.module(schedule-generate-small-gemm{tile-m=48 split=4})" 2>&1 | FileCheck %s --check-prefix=SUM

// CONSUMERS: the schedule does not fit: expected 1 to 3 consumers, got 4
// SUMS: the schedule does not fit: expected tiles of at most 112 sums a thread, got 128
// CLUSTER: the schedule does not fit: expected a cluster of 1, 2 or 4, got 3
// STAGES: the schedule does not fit: expected at least 2 stages and a group, got 1 and 16
// TRANSPOSED: the schedule does not fit: expected 16-bit elements of a transposed operand
// COLUMNS: the schedule does not fit: expected a multiple of 64 columns for a transposed B, got 96
// ROWS: the schedule does not fit: expected at most 256 rows, got 384
// ROOM: the schedule does not fit: expected at most 4 stages of its tiles, got 5
// RING: the schedule does not fit: expected at most 9 stages of its tiles, got 50
// SUM: the schedule does not fit: expected a multiple of 8 rows for each CTA of the split, got 48 rows of 4
// TWICE: the schedule does not fit: expected tiles of at most 192 sums a thread, got 256
// PROMOTED: the schedule does not fit: expected promoted sums of floats, of consumers that do not take turns
// READ: the schedule does not fit: expected 16-bit elements of an operand that threads read
// READERS: the schedule does not fit: expected two consumers at most, no cluster and a multiple of 64 columns where threads read an operand
// FRAGMENTS: the schedule does not fit: expected tiles of at most 32 sums a thread, got 128
// TURNS: the schedule does not fit: expected two consumers that take turns, got 3
// TYPES: expected types of products, got f64 and f16
// EPILOGUE: expected an epilogue of bias, residual, scale_rows, scale_columns, relu, gelu, gelu_tanh, silu, quantise, keep, got swish
// LAYOUT: the schedule does not fit: expected A stored [M, K] without batch
// SHORT: the schedule does not fit: expected 16-bit elements of a transposed operand
// SUMS32: expected no epilogue where C is of i32, got 'bias'
// SIXTEEN: the schedule does not fit: expected a multiple of 16 rows for i8, got 24
// WHOLE: expected quantise as the last step where C is of i8, and only there, got 'bias'
// LAST: expected quantise as the last step where C is of i8, and only there, got 'quantise+relu'
// BYTES: the schedule does not fit: expected a multiple of 32 columns for results of one byte, got 48
// RELEASE: the schedule does not fit: expected no negative steps, got 0 ahead and -1 of release
// FEW: the schedule does not fit: expected 1 to 4 consumers and at least 2 stages
// EIGHT: the schedule does not fit: expected a multiple of 8 rows up to 256, got 12
// SPLIT: the schedule does not fit: expected a split of 1, 2, 4 or 8 and a multiple of 16 rows, got 2
module {
}
