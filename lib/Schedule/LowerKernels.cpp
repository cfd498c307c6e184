// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// linalg ops on buffers inside kernels -> loops that LLVM vectorises.
//
// The innermost loop is the one along which most operands are contiguous. Reductions say in their arithmetic flags that they may be
// reassociated and contracted; nothing else may, so elementwise results do not depend on the vector width.
#include "lib/Schedule/Passes.h"
#include "lib/Schedule/VectorizeRows.h"

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

/// Which loop is a row, and in which order stand the others. Sums of a window stay in registers while the row around them is vectorised.
RowLoops orderLoops(linalg::GenericOp op) {
  unsigned numLoops = op.getNumLoops();
  RowLoops result;
  result.row = numLoops - 1;
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  // A loop of a few iterations is not worth vectors, whatever its strides.
  auto score = [&](unsigned loop) { return scoreInnermost(op, loop) - (!ShapedType::isDynamic(ranges[loop]) && ranges[loop] < 5 ? 2 : 0); };
  for (unsigned loop = numLoops - 1; loop-- > 0;)
    if (score(loop) > score(result.row))
      result.row = loop;
  auto iterators = op.getIteratorTypesArray();
  bool window = linalg::isParallelIterator(iterators[result.row]) && countWindow(op) > 0;
  for (unsigned loop = 0; loop < numLoops; ++loop)
    if (loop != result.row)
      (window && linalg::isReductionIterator(iterators[loop]) ? result.window : result.outer).push_back(loop);
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

LogicalResult lowerToLoops(RewriterBase &rewriter, linalg::LinalgOp op, int64_t lanes) {
  rewriter.setInsertionPoint(op);
  FailureOr<linalg::GenericOp> generic = dyn_cast<linalg::GenericOp>(op.getOperation());
  if (!*generic)
    generic = linalg::generalizeNamedOp(rewriter, op);
  if (failed(generic))
    return op->emitError("expected an op with a scalar body");
  relaxReduction(*generic);
  RowLoops order;
  if (generic->getNumLoops() > 1) {
    order = orderLoops(*generic);
    if (order.window.empty() && succeeded(vectorizeRows(rewriter, *generic, order, lanes)))
      return success();
    SmallVector<unsigned> loops = order.outer;
    loops.push_back(order.row);
    llvm::append_range(loops, order.window);
    generic = linalg::interchangeGenericOp(rewriter, *generic, loops);
    if (failed(generic))
      return failure();
  }
  rewriter.setInsertionPoint(*generic);
  FailureOr<linalg::LinalgLoops> loops = linalg::linalgOpToLoops(rewriter, cast<linalg::LinalgOp>(generic->getOperation()));
  if (failed(loops))
    return generic->emitError("expected an op that lowers to loops");
  rewriter.eraseOp(*generic);
  for (Operation *loop : llvm::reverse(ArrayRef(*loops).take_back(order.window.size())))
    if (auto forOp = dyn_cast<scf::ForOp>(loop))
      (void)loopUnrollFull(forOp);
  return success();
}

struct LowerKernels : impl::LowerKernelsPassBase<LowerKernels> {
  using LowerKernelsPassBase::LowerKernelsPassBase;

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    // Windows first: they take the ops around them along.
    SmallVector<linalg::GenericOp> windows;
    getOperation().walk([&](linalg::GenericOp op) {
      if (op.getNumReductionLoops() > 0 && op.getNumLoops() > 1)
        windows.push_back(op);
    });
    for (linalg::GenericOp op : windows) {
      RowLoops order = orderLoops(op);
      relaxReduction(op);
      if (!order.window.empty())
        (void)vectorizeRows(rewriter, op, order, vectorBytes / 4);
    }
    SmallVector<linalg::LinalgOp> ops;
    getOperation().walk([&](linalg::LinalgOp op) { ops.push_back(op); });
    for (linalg::LinalgOp op : ops)
      if (failed(lowerToLoops(rewriter, op, vectorBytes / 4)))
        return signalPassFailure();
  }
};

} // namespace
} // namespace tenon::schedule
