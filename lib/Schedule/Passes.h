// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes from linalg on tensors to kernels.
#ifndef TENON_LIB_SCHEDULE_PASSES_H
#define TENON_LIB_SCHEDULE_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace tenon::schedule {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Schedule/Passes.h.inc"
} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_PASSES_H
