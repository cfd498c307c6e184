// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// infer-cut-splits: a split of very many results -> slices and a split of each.
//
// A kernel takes an address for each result, and each pass that tells them apart compares all with all: 2000 results take 17 s. Slices of
// whole rows are views, and splits of slices of one shape are one kernel.
#include "dialects/Infer/IR/Infer.h"
#include "dialects/Infer/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include <numeric>

using namespace mlir;
using namespace tenon::infer;

namespace tenon::infer {
#define GEN_PASS_DEF_INFERCUTSPLITSPASS
#include "dialects/Infer/Transforms/Passes.h.inc"
} // namespace tenon::infer

namespace {

/// A vector of one number, as slices take it.
Value position(OpBuilder &builder, Location loc, int64_t value) {
  auto type = RankedTensorType::get({1}, builder.getI64Type());
  return ConstantOp::create(builder, loc, type, DenseIntElementsAttr::get(type, value));
}

// For two results at most:
//
// %a, %b, %c = split %x, sizes 4, 4, 2
// becomes
// %0 = slice %x, [0], [8] ; %a, %b = split %0, sizes 4, 4
// %1 = slice %x, [8], [10] ; %c = split %1, sizes 2
struct CutSplit : OpRewritePattern<SplitOp> {
  CutSplit(MLIRContext *context, int64_t most) : OpRewritePattern(context), most(most) {}

  LogicalResult matchAndRewrite(SplitOp op, PatternRewriter &rewriter) const override {
    auto count = static_cast<int64_t>(op->getNumResults()), axis = static_cast<int64_t>(op.getAxis());
    if (count <= most)
      return rewriter.notifyMatchFailure(op, "expected more results");
    SmallVector<Type> types(op->getResultTypes());
    SmallVector<int64_t> sizes;
    for (Type type : types)
      sizes.push_back(cast<RankedTensorType>(type).getDimSize(axis));
    if (llvm::any_of(sizes, ShapedType::isDynamic))
      return rewriter.notifyMatchFailure(op, "expected results of known sizes");
    auto whole = cast<RankedTensorType>(op.getInput().getType());
    Location loc = op.getLoc();
    SmallVector<Value> results;
    int64_t start = 0;
    for (int64_t first = 0; first < count; first += most) {
      ArrayRef<int64_t> parts = ArrayRef(sizes).slice(first, std::min(most, count - first));
      int64_t end = std::accumulate(parts.begin(), parts.end(), start);
      SmallVector<int64_t> dims(whole.getShape());
      dims[axis] = end - start;
      Value slice = SliceOp::create(rewriter, loc, whole.clone(dims), op.getInput(), position(rewriter, loc, start),
                                    position(rewriter, loc, end), Value(), rewriter.getDenseI64ArrayAttr({axis}));
      auto split = SplitOp::create(rewriter, loc, ArrayRef(types).slice(first, parts.size()), slice, Value(), op.getAxisAttr(),
                                   rewriter.getI64IntegerAttr(parts.size()), rewriter.getDenseI64ArrayAttr(parts));
      results.append(split.result_begin(), split.result_end());
      start = end;
    }
    rewriter.replaceOp(op, results);
    return success();
  }

private:
  int64_t most;
};

struct CutSplits : tenon::infer::impl::InferCutSplitsPassBase<CutSplits> {
  using InferCutSplitsPassBase::InferCutSplitsPassBase;
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<CutSplit>(&getContext(), most);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
