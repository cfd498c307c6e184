// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The math library as a pass; Passes.td describes it.
#ifndef TENON_CONVERSION_MATHTOARITH_PASSES_H
#define TENON_CONVERSION_MATHTOARITH_PASSES_H

#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"

namespace tenon {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "conversion/MathToArith/Passes.h.inc"

} // namespace tenon

#endif // TENON_CONVERSION_MATHTOARITH_PASSES_H
