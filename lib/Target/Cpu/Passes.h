// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes of the CPU target.
#ifndef TENON_LIB_TARGET_CPU_PASSES_H
#define TENON_LIB_TARGET_CPU_PASSES_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace tenon::cpu {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Target/Cpu/Passes.h.inc"
} // namespace tenon::cpu

#endif // TENON_LIB_TARGET_CPU_PASSES_H
