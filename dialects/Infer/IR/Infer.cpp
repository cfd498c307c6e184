// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registration of the inference dialect, and its structural ops.
#include "dialects/Infer/IR/Infer.h"
#include "dialects/Infer/IR/Folding.h"
#include "dialects/Infer/IR/ShapeFunctions.h"

#include "dialects/Infer/IR/ElementwiseInference.h"
#include "dialects/Infer/IR/Scalar.h"

using namespace mlir;
using namespace tenon::infer;

// Two megabytes of generated methods run once per op and pass: optimising them triples this file's compile time (110 s to 32 s of CPU)
// and shows nowhere.
#pragma clang optimize off

#include "dialects/Infer/IR/InferDialect.cpp.inc"
#include "dialects/Infer/IR/InferInterfaces.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/Infer/IR/InferOps.cpp.inc"

void InferDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/Infer/IR/InferOps.cpp.inc"
      >();
}

Operation *InferDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type, Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  if (!elements || elements.getType() != type)
    return nullptr;
  return ConstantOp::create(builder, loc, type, elements);
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

LogicalResult FusionOp::verify() {
  Block &block = getBody().front();
  if (block.getArgumentTypes() != getInputs().getTypes())
    return emitOpError("expected one block argument per operand, of its type");
  auto yield = cast<YieldOp>(block.getTerminator());
  if (yield.getOperandTypes() != getResultTypes())
    return emitOpError("expected the yielded types to be the result types");
  int64_t dynamic = 0;
  for (Type type : getResultTypes())
    dynamic += cast<RankedTensorType>(type).getNumDynamicDims();
  if (dynamic != static_cast<int64_t>(getResultDims().size()))
    return emitOpError("expected ") << dynamic << " result dims, got " << getResultDims().size();
  return success();
}
