// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registration of the plan dialect, and its verifiers.
#include "dialects/Plan/IR/Plan.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tenon::plan;

#include "dialects/Plan/IR/PlanDialect.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Plan/IR/PlanTypes.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Plan/IR/PlanAttributes.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/Plan/IR/PlanOps.cpp.inc"

void PlanDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/Plan/IR/PlanTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Plan/IR/PlanAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Plan/IR/PlanOps.cpp.inc"
      >();
}

int64_t tenon::plan::elementBytes(Type type) { return isa<IndexType>(type) ? 8 : llvm::divideCeil(type.getIntOrFloatBitWidth(), 8); }

bool tenon::plan::isTensorView(Operation *op) { return isa_and_nonnull<ReshapeOp, tensor::CastOp>(op); }

Value tenon::plan::behindTensorViews(Value tensor) {
  while (isTensorView(tensor.getDefiningOp()))
    tensor = tensor.getDefiningOp()->getOperand(0);
  return tensor;
}

Value tenon::plan::wholeOf(Value buffer) {
  while (auto view = buffer.getDefiningOp<ViewOp>())
    buffer = view.getSource();
  return buffer;
}

LogicalResult DispatchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (!symbols.lookupNearestSymbolFrom(*this, getCalleeAttr()))
    return emitOpError("expected a dispatch function named ") << getCalleeAttr();
  return success();
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  // Kernels live in the nested module @kernels, which is compiled on its own.
  auto nested = SymbolRefAttr::get(StringAttr::get(getContext(), "kernels"), {getKernelAttr()});
  if (!symbols.lookupNearestSymbolFrom(*this, nested) && !symbols.lookupNearestSymbolFrom(*this, getKernelAttr()))
    return emitOpError("expected a kernel named ") << getKernelAttr();
  return success();
}

LogicalResult JoinOp::verify() {
  if (getOffsets().size() != getParts().size() || getDirect().size() != getParts().size())
    return emitOpError("expected ") << getParts().size() << " offsets and flags, got " << getOffsets().size() << " and "
                                    << getDirect().size();
  return success();
}

LogicalResult LaunchOp::verify() {
  if (getWrites().size() != getBuffers().size())
    return emitOpError("expected ") << getBuffers().size() << " write flags, got " << getWrites().size();
  size_t values = 0;
  for (TensorMapAttr map : getTensorMaps()) {
    if (map.getBuffer() >= getBuffers().size())
      return emitOpError("expected tensor maps of ") << getBuffers().size() << " buffers, got one of buffer " << map.getBuffer();
    values += map.getNumValues();
  }
  if (getMapValues().size() != values)
    return emitOpError("expected ") << values << " dims and strides of tensor maps, got " << getMapValues().size();
  return success();
}
