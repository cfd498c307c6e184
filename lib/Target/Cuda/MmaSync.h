// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Internal to this folder.
#ifndef TENON_LIB_TARGET_CUDA_MMASYNC_H
#define TENON_LIB_TARGET_CUDA_MMASYNC_H

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/IR/PatternMatch.h"

namespace tenon::cuda {

/// Lowers products of fragments that a warp holds.
void populateMmaSyncPatterns(const mlir::LLVMTypeConverter &converter, mlir::RewritePatternSet &patterns);

} // namespace tenon::cuda

#endif // TENON_LIB_TARGET_CUDA_MMASYNC_H
