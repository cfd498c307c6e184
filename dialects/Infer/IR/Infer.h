// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The inference dialect: include this to use its ops.
#ifndef TENON_DIALECTS_INFER_IR_INFER_H
#define TENON_DIALECTS_INFER_IR_INFER_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Infer/IR/HostCall.h"
#include "dialects/Infer/IR/ShapeScope.h"

#include "dialects/Infer/IR/InferDialect.h.inc"
#include "dialects/Infer/IR/InferInterfaces.h.inc"

#define GET_OP_CLASSES
#include "dialects/Infer/IR/InferOps.h.inc"

#endif // TENON_DIALECTS_INFER_IR_INFER_H
