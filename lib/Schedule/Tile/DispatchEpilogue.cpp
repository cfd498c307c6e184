// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The epilogue is built from the scalar bodies of the dispatch's elementwise ops, so it means what they mean.
#include "lib/Schedule/Tile/DispatchEpilogue.h"

#include "dialects/Infer/IR/Infer.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::schedule;

/// alpha * sum + beta * C of a gemm, which is rounded once.
Value DispatchEpilogue::writeRoot(OpBuilder &builder, Location loc, ValueRange values) const {
  Value sum = values.front();
  auto gemm = dyn_cast<infer::GemmOp>(product.root);
  auto scale = [&](Value value, const APFloat &factor) -> Value {
    if (factor.isExactlyValue(1))
      return value;
    Value constant = arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(factor.convertToFloat()));
    return arith::MulFOp::create(builder, loc, value, constant);
  };
  if (!gemm)
    return sum;
  sum = scale(sum, gemm.getAlpha());
  if (!gemm.addsC())
    return sum;
  size_t addend = llvm::find(product.operands, gemm.getC()) - product.operands.begin();
  return arith::AddFOp::create(builder, loc, sum, scale(values[1 + addend], gemm.getBeta()));
}

/// What `value` was before it was rounded to 16 bits; null if it was not.
static Value beforeRounding(Value value) {
  auto rounded = value.getDefiningOp<arith::TruncFOp>();
  return rounded && isShortFloat(rounded.getType()) && rounded.getIn().getType().isF32() ? rounded.getIn() : Value();
}

/// Values between the steps of an epilogue stay in f32: only what is stored is rounded. Each rounding less is an instruction less and an
/// error less, and ptxas moves roundings of a sum among the products that still write it, which it then serialises (C7514).
static void keepPrecision(Block &body, MutableArrayRef<Value> results) {
  for (Operation &op : llvm::make_early_inc_range(body))
    if (auto widened = dyn_cast<arith::ExtFOp>(op))
      if (Value value = beforeRounding(widened.getIn()); value && widened.getType() == value.getType()) {
        std::replace(results.begin(), results.end(), Value(widened), value);
        widened.replaceAllUsesWith(value);
        widened.erase();
      }
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
    if (isa<arith::TruncFOp>(op) && op.use_empty())
      op.erase();
}

SmallVector<Value> DispatchEpilogue::write(OpBuilder &builder, Location loc, ValueRange values) const {
  IRMapping map;
  Value root = product.root->getResult(0), sum = writeRoot(builder, loc, values), rounded;
  auto toStorage = [&](Value value, Type type) -> Value {
    return value.getType() == type ? value : arith::TruncFOp::create(builder, loc, type, value).getResult();
  };
  for (auto [argument, value] : llvm::zip_equal(product.operands, values.drop_front()))
    map.map(argument, toStorage(value, infer::elementType(argument)));
  for (Operation *op : ops) {
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      if (auto constant = operand.getDefiningOp<infer::ConstantOp>()) {
        auto value = cast<DenseElementsAttr>(constant.getValue()).getSplatValue<TypedAttr>();
        operands.push_back(arith::ConstantOp::create(builder, constant.getLoc(), value));
      } else if (operand == root) {
        operands.push_back(rounded ? rounded : rounded = toStorage(sum, infer::elementType(root)));
      } else {
        operands.push_back(map.lookup(operand));
      }
    }
    map.map(op->getResult(0), cast<infer::ElementwiseOpInterface>(op).buildScalar(builder, loc, operands));
  }
  SmallVector<Value> results;
  for (Value result : product.root->getBlock()->getTerminator()->getOperands()) {
    Value value = result == root ? sum : map.lookup(result);
    if (tile::isFloat8(value.getType()))
      value = arith::BitcastOp::create(builder, loc, builder.getI8Type(), value);
    if (value.getType().isInteger(8))
      value = arith::ExtUIOp::create(builder, loc, builder.getI32Type(), value); // of which the low byte is stored
    else if (Value exact = beforeRounding(value))
      value = exact; // what is stored is rounded then
    else if (isShortFloat(value.getType()))
      value = arith::ExtFOp::create(builder, loc, builder.getF32Type(), value);
    results.push_back(value);
  }
  keepPrecision(*builder.getInsertionBlock(), results);
  return results;
}
