// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Epilogues by name, as command lines and tables of measured winners spell them. In a compiled model the body is that of the fused op.
#ifndef TENON_LIB_SCHEDULE_TILE_EPILOGUES_H
#define TENON_LIB_SCHEDULE_TILE_EPILOGUES_H

#include "lib/Schedule/Tile/Gemm.h"

namespace tenon::schedule {

/// Sets operands and body of `problem` from steps joined by "+", for example "bias+gelu". Fails at a name that is not in the table.
mlir::LogicalResult setEpilogue(mlir::Location loc, llvm::StringRef steps, GemmProblem &problem);

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_TILE_EPILOGUES_H
