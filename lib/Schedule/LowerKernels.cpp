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

SmallVector<unsigned> orderLoops(linalg::GenericOp op) {
  unsigned numLoops = op.getNumLoops(), best = numLoops - 1;
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  // A loop of a few iterations is not worth vectors, whatever its strides.
  auto score = [&](unsigned loop) { return scoreInnermost(op, loop) - (!ShapedType::isDynamic(ranges[loop]) && ranges[loop] < 5 ? 2 : 0); };
  for (unsigned loop = numLoops - 1; loop-- > 0;)
    if (score(loop) > score(best))
      best = loop;
  SmallVector<unsigned> order;
  for (unsigned loop = 0; loop < numLoops; ++loop)
    if (loop != best)
      order.push_back(loop);
  order.push_back(best);
  return order;
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
  if (generic->getNumLoops() > 1) {
    SmallVector<unsigned> order = orderLoops(*generic);
    generic = linalg::interchangeGenericOp(rewriter, *generic, order);
    if (failed(generic))
      return failure();
  }
  relaxReduction(*generic);
  rewriter.setInsertionPoint(*generic);
  if (failed(linalg::linalgOpToLoops(rewriter, cast<linalg::LinalgOp>(generic->getOperation()))))
    return generic->emitError("expected an op that lowers to loops");
  rewriter.eraseOp(*generic);
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
