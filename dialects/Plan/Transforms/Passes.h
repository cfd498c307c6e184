// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes that make and refine host programs; Passes.td describes each.
#ifndef TENON_DIALECTS_PLAN_TRANSFORMS_PASSES_H
#define TENON_DIALECTS_PLAN_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace tenon::plan {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "dialects/Plan/Transforms/Passes.h.inc"

} // namespace tenon::plan

#endif // TENON_DIALECTS_PLAN_TRANSFORMS_PASSES_H
