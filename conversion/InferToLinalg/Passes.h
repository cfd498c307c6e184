// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The conversion from infer to linalg; Passes.td describes it.
#ifndef TENON_CONVERSION_INFERTOLINALG_PASSES_H
#define TENON_CONVERSION_INFERTOLINALG_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace tenon {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "conversion/InferToLinalg/Passes.h.inc"

} // namespace tenon

#endif // TENON_CONVERSION_INFERTOLINALG_PASSES_H
