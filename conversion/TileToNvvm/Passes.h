// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The lowering of tensor-core kernels; Passes.td describes it.
#ifndef TENON_CONVERSION_TILETONVVM_PASSES_H
#define TENON_CONVERSION_TILETONVVM_PASSES_H

#include "mlir/Pass/Pass.h"

namespace tenon {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "conversion/TileToNvvm/Passes.h.inc"

} // namespace tenon

#endif // TENON_CONVERSION_TILETONVVM_PASSES_H
