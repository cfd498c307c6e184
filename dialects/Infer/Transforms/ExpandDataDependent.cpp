// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// infer-expand-data-dependent: an op whose result size the data decides becomes a count, which the host reads, and a fill.
#include "dialects/Infer/Analysis/HostValues.h"
#include "dialects/Infer/IR/Infer.h"
#include "dialects/Infer/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace tenon::infer;

namespace tenon::infer {
#define GEN_PASS_DEF_INFEREXPANDDATADEPENDENTPASS
#include "dialects/Infer/Transforms/Passes.h.inc"
} // namespace tenon::infer

namespace {

/// The one element of a tensor as an index: the host reads it.
Value readIndex(OpBuilder &builder, Location loc, Value tensor) {
  SmallVector<Value> zeros(rankOf(tensor));
  for (Value &zero : zeros)
    zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value element = tensor::ExtractOp::create(builder, loc, tensor, zeros);
  return arith::IndexCastOp::create(builder, loc, builder.getIndexType(), element);
}

// %0 = infer.non_zero %x
// becomes
// %1 = infer.non_zero_count %x ; %n = read %1 ; %0 = infer.non_zero_fill %x, %n
void expandNonZero(NonZeroOp op) {
  if (cast<RankedTensorType>(op.getType()).hasStaticShape())
    return; // the size is known: there is nothing to read, but the fill still needs it
  OpBuilder builder(op);
  Location loc = op.getLoc();
  auto scalar = RankedTensorType::get({}, builder.getI64Type());
  Value count = NonZeroCountOp::create(builder, loc, scalar, op.getX());
  Value fill = NonZeroFillOp::create(builder, loc, op.getType(), op.getX(), readIndex(builder, loc, count));
  op.replaceAllUsesWith(fill);
  op.erase();
}

Value multiply(OpBuilder &builder, Location loc, ArrayRef<Value> factors) {
  Value product = arith::ConstantIndexOp::create(builder, loc, 1);
  for (Value factor : factors)
    product = builder.createOrFold<arith::MulIOp>(loc, product, factor);
  return product;
}

/// A shape operand of host numbers.
Value makeShape(OpBuilder &builder, Location loc, ArrayRef<Value> dims) {
  Type i64 = builder.getI64Type();
  SmallVector<Value> elements =
      llvm::map_to_vector(dims, [&](Value dim) -> Value { return arith::IndexCastOp::create(builder, loc, i64, dim); });
  return tensor::FromElementsOp::create(builder, loc, RankedTensorType::get({static_cast<int64_t>(dims.size())}, i64), elements);
}

/// The first `size` elements of a vector.
Value takeFirst(OpBuilder &builder, Location loc, Value vector, Value size) {
  auto one = RankedTensorType::get({1}, builder.getI64Type());
  Value start = ConstantOp::create(builder, loc, one, DenseIntElementsAttr::get(one, ArrayRef<int64_t>{0}));
  auto type = RankedTensorType::get({ShapedType::kDynamic}, cast<RankedTensorType>(vector.getType()).getElementType());
  return SliceOp::create(builder, loc, type, vector, start, makeShape(builder, loc, size), Value(), builder.getDenseI64ArrayAttr({0}));
}

// %0, %1, %2, %3 = infer.unique %x {axis = 1}
// becomes, for a tensor of AxBxC,
// %y, %i, %2, %c, %m = infer.unique_padded %x as(A, B, C)
// %n = read %m ; %0 = infer.reshape (infer.slice %y, [0], [A * %n * C]), [A, %n, C] ; %1, %3 = infer.slice of %i, %c, [0], [%n]
void expandUnique(UniqueOp op) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  SmallVector<Value> dims;
  for (int64_t i = 0; i < rankOf(op.getX()); ++i)
    dims.push_back(dimValue(builder, loc, op.getX(), i));
  Value one = arith::ConstantIndexOp::create(builder, loc, 1), outer = one, inner = one, size;
  if (std::optional<int64_t> axis = op.getAxis()) {
    outer = multiply(builder, loc, ArrayRef(dims).take_front(*axis));
    size = dims[*axis];
    inner = multiply(builder, loc, ArrayRef(dims).drop_front(*axis + 1));
  } else {
    size = multiply(builder, loc, dims);
    dims = {size};
  }
  auto vector = RankedTensorType::get({ShapedType::kDynamic}, builder.getI64Type());
  auto elements = RankedTensorType::get({ShapedType::kDynamic}, cast<RankedTensorType>(op.getX().getType()).getElementType());
  SmallVector<Type> types = {elements, vector, vector, vector, RankedTensorType::get({}, builder.getI64Type())};
  auto padded = UniquePaddedOp::create(builder, loc, types, op.getX(), outer, size, inner, op.getSorted());
  Value number = readIndex(builder, loc, padded.getNumber());
  dims[op.getAxis().value_or(0)] = number;
  Value first = takeFirst(builder, loc, padded.getY(), multiply(builder, loc, {outer, number, inner}));
  Value y = ReshapeOp::create(builder, loc, op.getY().getType(), first, makeShape(builder, loc, dims));
  Value inverse = tensor::CastOp::create(builder, loc, op.getInverse().getType(), padded.getInverse());
  op.replaceAllUsesWith(
      ValueRange{y, takeFirst(builder, loc, padded.getIndices(), number), inverse, takeFirst(builder, loc, padded.getCounts(), number)});
  op.erase();
}

// %0 = infer.non_max_suppression %boxes, %scores max(%m)
// becomes
// %c = batches * classes * min(boxes, %m)
// %1, %2 = infer.non_max_suppression_padded %boxes, %scores max(%m) capacity(%c)
// %n = read %2 ; %0 = infer.slice %1, [0], [%n]
void expandNonMaxSuppression(NonMaxSuppressionOp op) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  Value capacity = dimValue(builder, loc, op.getBoxes(), 1);
  if (Value limit = op.getMaxOutputBoxesPerClass()) {
    Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
    // ONNX takes a limit of 0 or less for "no output".
    limit = arith::MaxSIOp::create(builder, loc, readIndex(builder, loc, limit), zero);
    capacity = arith::MinSIOp::create(builder, loc, capacity, limit);
  } else {
    capacity = arith::ConstantIndexOp::create(builder, loc, 0);
  }
  for (int64_t i : {0, 1})
    capacity = arith::MulIOp::create(builder, loc, capacity, dimValue(builder, loc, op.getScores(), i));
  Type i64 = builder.getI64Type();
  auto padded = NonMaxSuppressionPaddedOp::create(
      builder, loc, TypeRange{RankedTensorType::get({ShapedType::kDynamic, 3}, i64), RankedTensorType::get({}, i64)}, op.getBoxes(),
      op.getScores(), op.getMaxOutputBoxesPerClass(), op.getIouThreshold(), op.getScoreThreshold(), capacity, op.getCenterPointBoxAttr());
  auto vector = RankedTensorType::get({1}, i64);
  Value start = ConstantOp::create(builder, loc, vector, DenseIntElementsAttr::get(vector, ArrayRef<int64_t>{0}));
  Value end = makeShape(builder, loc, readIndex(builder, loc, padded.getCount()));
  Value slice = SliceOp::create(builder, loc, op.getType(), padded.getSelected(), start, end, Value(), builder.getDenseI64ArrayAttr({0}));
  op.replaceAllUsesWith(slice);
  op.erase();
}

struct ExpandDataDependent : tenon::infer::impl::InferExpandDataDependentPassBase<ExpandDataDependent> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa<NonZeroOp, NonMaxSuppressionOp, UniqueOp>(op))
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      if (auto nonZero = dyn_cast<NonZeroOp>(op))
        expandNonZero(nonZero);
      else if (auto unique = dyn_cast<UniqueOp>(op))
        expandUnique(unique);
      else
        expandNonMaxSuppression(cast<NonMaxSuppressionOp>(op));
    }
  }
};

} // namespace
