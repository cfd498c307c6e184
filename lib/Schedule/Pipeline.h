// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The stage `kernels`: dispatch functions in linalg on tensors to launches and kernels in loops and vectors.
#ifndef TENON_LIB_SCHEDULE_PIPELINE_H
#define TENON_LIB_SCHEDULE_PIPELINE_H

#include "lib/Schedule/Schedule.h"

namespace mlir {
class OpPassManager;
}

namespace tenon::schedule {

/// Appends the passes, to run on the program's module.
void buildKernelsPipeline(mlir::OpPassManager &pm, const VectorUnit &unit);

/// What kernels for CUDA are made for.
struct GpuKernelOptions {
  int64_t threads = 256;          // of a block
  int64_t sharedBytes = 99 << 10; // static scratch up to this size is workgroup memory: what a block may have on sm_86, sm_89, sm_120
};

/// The same for thread blocks.
void buildGpuKernelsPipeline(mlir::OpPassManager &pm, const GpuKernelOptions &options = {});

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_PIPELINE_H
