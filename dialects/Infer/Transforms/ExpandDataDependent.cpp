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
  Value count = readIndex(builder, loc, padded.getCount());
  auto vector = RankedTensorType::get({1}, i64);
  Value start = ConstantOp::create(builder, loc, vector, DenseIntElementsAttr::get(vector, ArrayRef<int64_t>{0}));
  Value end = tensor::FromElementsOp::create(builder, loc, vector, Value(arith::IndexCastOp::create(builder, loc, i64, count)));
  Value slice = SliceOp::create(builder, loc, op.getType(), padded.getSelected(), start, end, Value(), builder.getDenseI64ArrayAttr({0}));
  op.replaceAllUsesWith(slice);
  op.erase();
}

struct ExpandDataDependent : tenon::infer::impl::InferExpandDataDependentPassBase<ExpandDataDependent> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa<NonZeroOp, NonMaxSuppressionOp>(op))
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      if (auto nonZero = dyn_cast<NonZeroOp>(op))
        expandNonZero(nonZero);
      else
        expandNonMaxSuppression(cast<NonMaxSuppressionOp>(op));
    }
  }
};

} // namespace
