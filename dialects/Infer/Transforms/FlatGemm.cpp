// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Infer/Transforms/FlatGemm.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace tenon::infer;

static Value shapeOf(OpBuilder &builder, Location loc, ValueRange dims) {
  SmallVector<Value> elements;
  for (Value dim : dims)
    elements.push_back(arith::IndexCastOp::create(builder, loc, builder.getI64Type(), dim));
  return tensor::FromElementsOp::create(builder, loc, elements);
}

void tenon::infer::replaceByFlatGemm(PatternRewriter &rewriter, MatMulOp op, Value x, Value turned,
                                     function_ref<Value(Value flat, Value y)> finish) {
  Location loc = op.getLoc();
  auto type = cast<RankedTensorType>(x.getType());
  int64_t k = cast<RankedTensorType>(turned.getType()).getDimSize(1), n = cast<RankedTensorType>(turned.getType()).getDimSize(0);
  SmallVector<Value> dims;
  Value rows;
  for (int64_t axis = 0; axis < type.getRank() - 1; ++axis) {
    dims.push_back(rewriter.createOrFold<tensor::DimOp>(loc, x, axis));
    rows = rows ? rewriter.createOrFold<arith::MulIOp>(loc, rows, dims.back()) : dims.back();
  }
  Value flat = x;
  if (type.getRank() > 2) {
    std::optional<int64_t> count = getConstantIntValue(rows);
    auto matrix = RankedTensorType::get({count.value_or(ShapedType::kDynamic), k}, type.getElementType());
    flat = ReshapeOp::create(rewriter, loc, matrix, x, shapeOf(rewriter, loc, {rows, arith::ConstantIndexOp::create(rewriter, loc, k)}),
                             /*allowzero=*/true);
  }
  Value y = GemmOp::create(rewriter, loc, flat, turned, Value(), llvm::APFloat(1.0f), llvm::APFloat(1.0f), false, true);
  if (finish)
    y = finish(flat, y);
  if (type.getRank() > 2) {
    dims.push_back(arith::ConstantIndexOp::create(rewriter, loc, n));
    y = ReshapeOp::create(rewriter, loc, op->getResult(0).getType(), y, shapeOf(rewriter, loc, dims), /*allowzero=*/true);
  }
  rewriter.replaceOp(op, y);
}
