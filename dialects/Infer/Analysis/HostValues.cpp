// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Infer/Analysis/HostValues.h"

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
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value negative = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, position, zero);
  // The greatest integers, which say "to the end", are not added to.
  Value wrapped = arith::AddIOp::create(builder, loc, arith::MinSIOp::create(builder, loc, position, zero), size);
  Value positive = arith::SelectOp::create(builder, loc, negative, wrapped, position);
  return arith::MinSIOp::create(builder, loc, arith::MaxSIOp::create(builder, loc, positive, zero), size);
}

Value tenon::infer::sliceLength(OpBuilder &builder, Operation *slice, int64_t position, Value size) {
  Location loc = slice->getLoc();
  auto number = [&](int64_t value) -> Value { return arith::ConstantIndexOp::create(builder, loc, value); };
  auto select = [&](Value condition, Value a, Value b) -> Value { return arith::SelectOp::create(builder, loc, condition, a, b); };
  auto add = [&](Value a, Value b) -> Value { return arith::AddIOp::create(builder, loc, a, b); };
  auto sub = [&](Value a, Value b) -> Value { return arith::SubIOp::create(builder, loc, a, b); };
  auto isNegative = [&](Value value) -> Value { return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, value, number(0)); };
  Value start = hostElement(builder, slice->getOperand(1), position), end = hostElement(builder, slice->getOperand(2), position);
  Value step = slice->getNumOperands() > 3 ? hostElement(builder, slice->getOperand(3), position) : number(1);
  if (!start || !end || !step)
    return {};
  Value isBackwards = isNegative(step);
  Value low = select(isBackwards, number(-1), number(0)), high = add(size, low);
  auto clamp = [&](Value value) -> Value {
    // The greatest integers, which say "to the end", are not added to.
    Value wrapped = add(arith::MinSIOp::create(builder, loc, value, number(0)), size);
    value = select(isNegative(value), wrapped, value);
    return arith::MinSIOp::create(builder, loc, arith::MaxSIOp::create(builder, loc, value, low), high);
  };
  Value from = clamp(start), to = clamp(end);
  Value span = select(isBackwards, sub(from, to), sub(to, from)), stride = select(isBackwards, sub(number(0), step), step);
  return arith::MaxSIOp::create(builder, loc, arith::CeilDivSIOp::create(builder, loc, span, stride), number(0));
}
