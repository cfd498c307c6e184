// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes that stay inside the infer dialect; Passes.td describes each.
#ifndef TENON_DIALECTS_INFER_TRANSFORMS_PASSES_H
#define TENON_DIALECTS_INFER_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::func {
class FuncOp;
}

namespace tenon::infer {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "dialects/Infer/Transforms/Passes.h.inc"

} // namespace tenon::infer

#endif // TENON_DIALECTS_INFER_TRANSFORMS_PASSES_H
