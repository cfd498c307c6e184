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

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_PIPELINE_H
