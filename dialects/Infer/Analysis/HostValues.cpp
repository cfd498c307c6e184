// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Infer/Analysis/HostValues.h"

#include "dialects/Infer/IR/SliceRule.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

Value tenon::infer::hostElement(OpBuilder &builder, Value tensor, int64_t index) {
  DenseIntElementsAttr constant;
  if (matchPattern(tensor, m_Constant(&constant)))
    return arith::ConstantIndexOp::create(builder, tensor.getLoc(), constant.getValues<APInt>()[index].getSExtValue());
  auto elements = tensor.getDefiningOp<tensor::FromElementsOp>();
  if (!elements)
    return {};
  Value element = elements.getElements()[index];
  if (auto cast = element.getDefiningOp<arith::IndexCastOp>(); cast && cast.getIn().getType().isIndex())
    return cast.getIn();
  return element.getType().isIndex() ? element : arith::IndexCastOp::create(builder, tensor.getLoc(), builder.getIndexType(), element);
}

Value tenon::infer::dimValue(OpBuilder &builder, Location loc, Value tensor, int64_t axis) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(axis))
    return arith::ConstantIndexOp::create(builder, loc, type.getDimSize(axis));
  return tensor::DimOp::create(builder, loc, tensor, axis);
}

Value tenon::infer::clampPosition(OpBuilder &builder, Location loc, Value position, Value size) {
  Scalar limit(builder, loc, size);
  return sliceStart(limit.with(position), limit.constant(1), limit).get();
}

Value tenon::infer::sliceLength(OpBuilder &builder, Operation *slice, int64_t position, Value size) {
  Location loc = slice->getLoc();
  Value start = hostElement(builder, slice->getOperand(1), position), end = hostElement(builder, slice->getOperand(2), position);
  Value step = slice->getNumOperands() > 3 ? hostElement(builder, slice->getOperand(3), position)
                                           : arith::ConstantIndexOp::create(builder, loc, 1).getResult();
  if (!start || !end || !step)
    return {};
  Scalar limit(builder, loc, size);
  return sliceLength(limit.with(start), limit.with(end), limit.with(step), limit).get();
}
