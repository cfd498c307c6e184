// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Few sums of much -> many sums of parts, and sums of these: else a few blocks would do all the work.
//
//   %y[j] = sum_i %x[i, j]    ->    %p[s, j] = sum_i %x[s * 128 + i, j];  %y[j] = sum_s %p[s, j]
#include "lib/Schedule/Gpu/SplitSums.h"
#include "lib/Schedule/Product.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace tenon::schedule {

/// Elements of the widest operand in a vector of a thread.
static int64_t widthOf(linalg::GenericOp op) {
  constexpr int64_t kVectorBits = 128;
  unsigned bits = 8;
  for (Value input : op.getDpsInputs())
    bits = std::max(bits, getElementTypeOrSelf(input.getType()).getIntOrFloatBitWidth());
  return std::max<int64_t>(1, kVectorBits / bits);
}

/// In how many parts the sums of `op` are computed; 1 if it is not worth it. `alongRow`: what is summed is contiguous.
static int64_t chooseParts(linalg::GenericOp op, bool &alongRow) {
  // Blocks that keep the machine's memory busy; threads of a block across rows; what it should sum at least, and of a row.
  constexpr int64_t kBlocks = 4 * kProcessors, kThreads = 32, kLeast = 64, kRow = 8192;
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
  // Along a row a block's threads share the sum; across rows each has a vector of them.
  alongRow = llvm::all_of(op.getDpsInputOperands(), [&](OpOperand *operand) {
    AffineMap map = op.getMatchingIndexingMap(operand);
    return !map.isFunctionOfDim(summed) || map.getResults().back().isFunctionOfDim(summed);
  });
  int64_t wanted = kBlocks / std::max<int64_t>(alongRow ? sums : llvm::divideCeil(sums, kThreads * widthOf(op)), 1);
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
    if (op.getNumReductionLoops() == 1 && readsAll && op.hasPureTensorSemantics() && op.getNumDpsInputs() > 0 &&
        failed(matchBlockProduct(op)))
      ops.push_back(op);
  }
  for (linalg::GenericOp op : ops) {
    bool alongRow = false;
    int64_t parts = chooseParts(op, alongRow);
    if (parts < 4)
      continue;
    rewriter.setInsertionPoint(op);
    // The second step then is as the first: along rows of parts or across them. An op without a neutral element stays.
    unsigned place = alongRow ? op.getMatchingIndexingMap(op.getDpsInitOperand(0)).getNumResults() : 0;
    FailureOr<linalg::SplitReductionResult> split =
        linalg::splitReduction(rewriter, op, [&](linalg::LinalgOp) { return linalg::SplitReductionOptions{parts, place, false}; });
    if (succeeded(split))
      split->splitLinalgOp->setAttr(kOwnLaunch, rewriter.getUnitAttr());
  }
}

} // namespace tenon::schedule
