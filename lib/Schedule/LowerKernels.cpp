// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// linalg ops on buffers inside kernels -> loops that LLVM vectorises.
//
// The innermost loop is the one along which most operands are contiguous. Reductions say in their arithmetic flags that they may be
// reassociated and contracted; nothing else may, so elementwise results do not depend on the vector width.
#include "lib/Schedule/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Utils/Utils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tenon::schedule {
#define GEN_PASS_DEF_LOWERKERNELSPASS
#include "lib/Schedule/Passes.h.inc"

namespace {

/// How many operands are contiguous along `loop`, less those that are strided; outputs count double.
int64_t scoreInnermost(linalg::GenericOp op, unsigned loop) {
  int64_t score = 0;
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    int64_t weight = op.isDpsInit(&operand) ? 2 : 1;
    for (auto [i, expr] : llvm::enumerate(map.getResults())) {
      if (!expr.isFunctionOfDim(loop))
        continue;
      bool contiguous = i + 1 == map.getNumResults() && (isa<AffineDimExpr>(expr) || isa<AffineBinaryOpExpr>(expr));
      score += contiguous ? weight : -weight;
    }
  }
  return score;
}

/// The iterations of all summed loops if they are few, such as a pooling window or a depthwise kernel; else 0.
int64_t countWindow(linalg::GenericOp op) {
  constexpr int64_t kMost = 64;
  SmallVector<unsigned> reductions;
  op.getReductionDims(reductions);
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  int64_t count = reductions.empty() ? 0 : 1;
  for (unsigned loop : reductions) {
    if (ShapedType::isDynamic(ranges[loop]) || ranges[loop] > kMost)
      return 0;
    count *= ranges[loop];
    if (count > kMost)
      return 0;
  }
  return count;
}

struct LoopOrder {
  SmallVector<unsigned> order;
  /// So many innermost loops are unrolled: sums of a window stay in registers while the loop around it is vectorised.
  unsigned unrolled = 0;
};

LoopOrder orderLoops(linalg::GenericOp op) {
  unsigned numLoops = op.getNumLoops(), best = numLoops - 1;
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  // A loop of a few iterations is not worth vectors, whatever its strides.
  auto score = [&](unsigned loop) { return scoreInnermost(op, loop) - (!ShapedType::isDynamic(ranges[loop]) && ranges[loop] < 5 ? 2 : 0); };
  for (unsigned loop = numLoops - 1; loop-- > 0;)
    if (score(loop) > score(best))
      best = loop;
  auto iterators = op.getIteratorTypesArray();
  LoopOrder result;
  bool window = linalg::isParallelIterator(iterators[best]) && countWindow(op) > 0;
  for (unsigned loop = 0; loop < numLoops; ++loop)
    if (loop != best && !(window && linalg::isReductionIterator(iterators[loop])))
      result.order.push_back(loop);
  result.order.push_back(best);
  if (window)
    for (unsigned loop = 0; loop < numLoops; ++loop)
      if (linalg::isReductionIterator(iterators[loop])) {
        result.order.push_back(loop);
        ++result.unrolled;
      }
  return result;
}

/// acc + a * b of a reduction: the sum may be reordered, the product contracted into it.
void relaxReduction(linalg::GenericOp op) {
  if (op.getNumReductionLoops() == 0)
    return;
  using arith::FastMathFlags;
  for (BlockArgument accumulator : op.getRegionOutputArgs())
    for (Operation *user : accumulator.getUsers()) {
      if (!isa<arith::AddFOp, arith::MulFOp>(user))
        continue;
      auto flags = arith::FastMathFlagsAttr::get(op.getContext(), FastMathFlags::reassoc | FastMathFlags::contract);
      user->setAttr("fastmath", flags);
      for (Value operand : user->getOperands())
        if (auto product = operand.getDefiningOp<arith::MulFOp>())
          product->setAttr("fastmath", arith::FastMathFlagsAttr::get(op.getContext(), FastMathFlags::contract));
    }
}

LogicalResult lowerToLoops(RewriterBase &rewriter, linalg::LinalgOp op) {
  rewriter.setInsertionPoint(op);
  FailureOr<linalg::GenericOp> generic = dyn_cast<linalg::GenericOp>(op.getOperation());
  if (!*generic)
    generic = linalg::generalizeNamedOp(rewriter, op);
  if (failed(generic))
    return op->emitError("expected an op with a scalar body");
  LoopOrder loopOrder;
  if (generic->getNumLoops() > 1) {
    loopOrder = orderLoops(*generic);
    generic = linalg::interchangeGenericOp(rewriter, *generic, loopOrder.order);
    if (failed(generic))
      return failure();
  }
  relaxReduction(*generic);
  rewriter.setInsertionPoint(*generic);
  FailureOr<linalg::LinalgLoops> loops = linalg::linalgOpToLoops(rewriter, cast<linalg::LinalgOp>(generic->getOperation()));
  if (failed(loops))
    return generic->emitError("expected an op that lowers to loops");
  rewriter.eraseOp(*generic);
  for (Operation *loop : llvm::reverse(ArrayRef(*loops).take_back(loopOrder.unrolled)))
    if (auto forOp = dyn_cast<scf::ForOp>(loop))
      (void)loopUnrollFull(forOp);
  return success();
}

struct LowerKernels : impl::LowerKernelsPassBase<LowerKernels> {
  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> ops;
    getOperation().walk([&](linalg::LinalgOp op) { ops.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (linalg::LinalgOp op : ops)
      if (failed(lowerToLoops(rewriter, op)))
        return signalPassFailure();
  }
};

} // namespace
} // namespace tenon::schedule
