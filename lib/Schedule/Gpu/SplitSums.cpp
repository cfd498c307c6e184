// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Few sums of much -> many sums of parts, and sums of these: else a few blocks would do all the work.
//
//   %y[j] = sum_i %x[i, j]    ->    %p[j, s] = sum_i %x[s * 128 + i, j];  %y[j] = sum_s %p[j, s]
#include "lib/Schedule/Gpu/SplitSums.h"
#include "lib/Schedule/Product.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace tenon::schedule {

/// In how many parts the sums of `op` are computed; 1 if it is not worth it.
static int64_t chooseParts(linalg::GenericOp op) {
  // Sums and blocks that keep the machine's memory busy, elements of a sum that a thread should have at least, and a block.
  constexpr int64_t kSums = 132 * 4096, kBlocks = 132 * 4, kLeast = 16, kRow = 8192;
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  auto iterators = op.getIteratorTypesArray();
  int64_t sums = 1, length = 1;
  unsigned summed = 0;
  for (auto [loop, range] : llvm::enumerate(ranges)) {
    bool isSummed = linalg::isReductionIterator(iterators[loop]);
    if (ShapedType::isDynamic(range) || llvm::MulOverflow(isSummed ? length : sums, range, isSummed ? length : sums))
      return 1;
    if (isSummed)
      summed = loop;
  }
  // Along a row a block's threads share the sum; across rows each has its own, or four.
  bool alongRow = llvm::all_of(op.getDpsInputOperands(), [&](OpOperand *operand) {
    AffineMap map = op.getMatchingIndexingMap(operand);
    return !map.isFunctionOfDim(summed) || map.getResults().back().isFunctionOfDim(summed);
  });
  int64_t wanted = (alongRow ? kBlocks : kSums) / std::max<int64_t>(sums, 1);
  int64_t most = std::min(wanted, length / (alongRow ? kRow : kLeast));
  for (int64_t parts = most; parts > 1 && parts > most / 2; --parts)
    if (length % parts == 0)
      return parts;
  return 1;
}

void splitSums(RewriterBase &rewriter, func::FuncOp function) {
  SmallVector<linalg::GenericOp> ops;
  for (auto op : function.getBody().front().getOps<linalg::GenericOp>()) {
    bool readsAll = llvm::all_of(op.getIndexingMapsArray(), [](AffineMap map) { return map.isProjectedPermutation(); });
    if (op.getNumReductionLoops() == 1 && readsAll && op.hasPureTensorSemantics() && op.getNumDpsInputs() > 0 && failed(matchProduct(op)))
      ops.push_back(op);
  }
  for (linalg::GenericOp op : ops) {
    int64_t parts = chooseParts(op);
    if (parts < 4)
      continue;
    unsigned rank = op.getMatchingIndexingMap(op.getDpsInitOperand(0)).getNumResults();
    rewriter.setInsertionPoint(op);
    // The parts are the last dim of the sums, so that a row of them is summed by threads together. An op without a neutral element stays.
    FailureOr<linalg::SplitReductionResult> split =
        linalg::splitReduction(rewriter, op, [&](linalg::LinalgOp) { return linalg::SplitReductionOptions{parts, rank, false}; });
    if (succeeded(split))
      split->splitLinalgOp->setAttr(kOwnLaunch, rewriter.getUnitAttr());
  }
}

} // namespace tenon::schedule
