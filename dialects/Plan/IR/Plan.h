// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The plan dialect: host programs over planned memory.
#ifndef TENON_DIALECTS_PLAN_IR_PLAN_H
#define TENON_DIALECTS_PLAN_IR_PLAN_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Plan/IR/PlanDialect.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Plan/IR/PlanTypes.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Plan/IR/PlanAttributes.h.inc"

#define GET_OP_CLASSES
#include "dialects/Plan/IR/PlanOps.h.inc"

namespace tenon::plan {

/// Bytes that every buffer's address is a multiple of: kernels are compiled with that knowledge (kBufferAlignment of the engine format).
constexpr int64_t kBufferAlignment = 64;

/// Bytes of a buffer that may be indexed with 32 bits: 2^31, less what a loop's last step or a tile at the edge may count beyond the end.
constexpr int64_t kMostSmallBytes = (int64_t{1} << 31) - (int64_t{1} << 24);
/// A kernel with this attribute is only launched with buffers of at most so many bytes, and with scalars from 0 to as many.
constexpr llvm::StringLiteral kSmallBuffers = "plan.small_buffers";

/// Bytes of one element in memory: bool takes one.
int64_t elementBytes(mlir::Type type);

/// Whether `op` (may be null) shows the memory of its first operand, a tensor, under another type.
bool isTensorView(mlir::Operation *op);
/// The tensor whose memory `tensor` shows through such views; itself if it is none.
mlir::Value behindTensorViews(mlir::Value tensor);

/// The buffer that `buffer` is a view of, or a view of a view; itself if it is none.
mlir::Value wholeOf(mlir::Value buffer);

} // namespace tenon::plan

#endif // TENON_DIALECTS_PLAN_IR_PLAN_H
