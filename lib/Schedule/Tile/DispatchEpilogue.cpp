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
    // The sum is there in f32 already: what casts it back from the rounded product takes it as it is.
    auto cast = dyn_cast<infer::CastOp>(op);
    bool isSum = cast && cast.getInput() == root && cast.getTo() == sum.getType();
    map.map(op->getResult(0), isSum ? sum : mlir::cast<infer::ElementwiseOpInterface>(op).buildScalar(builder, loc, operands));
  }
  SmallVector<Value> results;
  for (Value result : product.root->getBlock()->getTerminator()->getOperands()) {
    Value value = result == root ? sum : map.lookup(result);
    if (tile::isFloat8(value.getType()))
      value = arith::BitcastOp::create(builder, loc, builder.getI8Type(), value);
    if (value.getType().isInteger(8))
      value = arith::ExtUIOp::create(builder, loc, builder.getI32Type(), value); // of which the low byte is stored
    else if (isShortFloat(value.getType()))
      value = arith::ExtFOp::create(builder, loc, builder.getF32Type(), value);
    results.push_back(value);
  }
  return results;
}
