// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The conversion from dispatches over tensors to a host program; Passes.td describes it.
#ifndef TENON_CONVERSION_DISPATCHTOPLAN_PASSES_H
#define TENON_CONVERSION_DISPATCHTOPLAN_PASSES_H

#include "mlir/Pass/Pass.h"

namespace tenon {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "conversion/DispatchToPlan/Passes.h.inc"

} // namespace tenon

#endif // TENON_CONVERSION_DISPATCHTOPLAN_PASSES_H
