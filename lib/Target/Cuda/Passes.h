// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes of the CUDA target.
#ifndef TENON_LIB_TARGET_CUDA_PASSES_H
#define TENON_LIB_TARGET_CUDA_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace tenon::cuda {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Target/Cuda/Passes.h.inc"
} // namespace tenon::cuda

#endif // TENON_LIB_TARGET_CUDA_PASSES_H
