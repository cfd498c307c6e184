// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs kernels that are written for the threads of a block on the CPU: tests of GPU schedules need no GPU.
//
// Each thread is a fiber. It runs until it meets a barrier, or a shuffle with its warp, and goes on when the others are there; so results
// do not depend on luck. Fibers run in ascending or in descending order: code that lacks a barrier fails in one of them. Asynchronous
// copies land when their thread waits for them in the one, when they are started in the other.
#ifndef TENON_TOOLS_BENCH_THREADBLOCK_H
#define TENON_TOOLS_BENCH_THREADBLOCK_H

#include "mlir/IR/BuiltinOps.h"
#include "runtime/engine/KernelAbi.h"

namespace tenon::bench {

/// In `module @kernels` after the GPU schedules: `gpu.thread_id` -> the argument y, what threads do together -> calls through a table
/// whose address is the argument z.
void callThreadBlock(mlir::ModuleOp kernels);

/// The arguments of a workgroup but for y and z.
struct BlockArguments {
  tenon_cpu_kernel entry;
  void *const *buffers;
  const int64_t *scalars;
  int64_t x;
  void *scratch;
};

/// Runs one workgroup. False, with a message on stderr, if some threads wait for others that have ended.
bool runThreadBlock(const BlockArguments &arguments, unsigned numThreads, bool descending);

} // namespace tenon::bench

#endif // TENON_TOOLS_BENCH_THREADBLOCK_H
