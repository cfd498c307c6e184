// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How large a workgroup of the generic schedule is: static sizes where shapes are static, host arithmetic where they are not.
#include "lib/Schedule/Schedule.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace tenon::schedule {

static Value toIndex(OpBuilder &builder, Location loc, OpFoldResult value) { return getValueOrCreateConstantIndexOp(builder, loc, value); }

static OpFoldResult multiply(OpBuilder &builder, Location loc, OpFoldResult a, OpFoldResult b) {
  std::optional<int64_t> x = getConstantIntValue(a), y = getConstantIntValue(b);
  int64_t product;
  if (x && y && !llvm::MulOverflow(*x, *y, product))
    return builder.getIndexAttr(product);
  return arith::MulIOp::create(builder, loc, toIndex(builder, loc, a), toIndex(builder, loc, b)).getResult();
}

/// max(1, budget / max(1, size))
static OpFoldResult divideBudget(OpBuilder &builder, Location loc, int64_t budget, OpFoldResult size) {
  if (std::optional<int64_t> constant = getConstantIntValue(size))
    return builder.getIndexAttr(std::max<int64_t>(1, budget / std::max<int64_t>(1, *constant)));
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);
  Value total = arith::ConstantIndexOp::create(builder, loc, budget);
  Value divisor = arith::MaxSIOp::create(builder, loc, toIndex(builder, loc, size), one);
  Value quotient = arith::DivSIOp::create(builder, loc, total, divisor);
  return arith::MaxSIOp::create(builder, loc, quotient, one).getResult();
}

SmallVector<OpFoldResult> chooseTileSizes(RewriterBase &rewriter, linalg::LinalgOp op, ArrayRef<unsigned> tileable, int64_t elements,
                                          int64_t costPerElement) {
  Location loc = op.getLoc();
  SmallVector<Range> ranges = cast<TilingInterface>(op.getOperation()).getIterationDomain(rewriter);
  SmallVector<OpFoldResult> sizes(ranges.size(), rewriter.getIndexAttr(0));
  OpFoldResult inner = rewriter.getIndexAttr(std::max<int64_t>(1, costPerElement));
  for (unsigned loop = 0; loop < ranges.size(); ++loop)
    if (!llvm::is_contained(tileable, loop))
      inner = multiply(rewriter, loc, inner, ranges[loop].size);
  for (unsigned loop : llvm::reverse(tileable)) {
    OpFoldResult tile = divideBudget(rewriter, loc, elements, inner);
    std::optional<int64_t> tileSize = getConstantIntValue(tile), size = getConstantIntValue(ranges[loop].size);
    inner = multiply(rewriter, loc, inner, ranges[loop].size);
    if (tileSize && size && *tileSize >= *size)
      continue;
    // Equal tiles: 10 rows in tiles of at most 4 are 4, 4, 2 or better 4, 3, 3.
    if (tileSize && size)
      tile = rewriter.getIndexAttr(llvm::divideCeil(*size, llvm::divideCeil(*size, *tileSize)));
    sizes[loop] = tile;
  }
  return sizes;
}

} // namespace tenon::schedule
