// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One kernel of a product of unknown rows is wrong for few of them or for many.
//
//   %y = scf.forall (..) to (%m, 768) step (64, 64) shared_outs(%e) { tile }
//   ->
//   %x = scf.forall (..) to (select %isMany, %m, 0; 768) step (128, 128) shared_outs(%e) { tile }
//   %y = scf.forall (..) to (select %isMany, 0, %m; 768) step (64, 64) shared_outs(%x) { tile }
//
// A launch without workgroups is dropped by the host program.
#include "lib/Schedule/Gpu/OfferTiles.h"
#include "lib/Schedule/Gpu/IndexEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace tenon::schedule {

SmallVector<BlockSide> offerSides(linalg::LinalgOp op, const Product &product) {
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  SmallVector<unsigned> loops{product.m};
  llvm::append_range(loops, product.n);
  llvm::append_range(loops, product.rest);
  if (llvm::none_of(loops, [&](unsigned loop) { return ShapedType::isDynamic(ranges[loop]); }))
    return {};
  int64_t rows = ranges[product.m], columns = 1;
  for (unsigned loop : product.n)
    columns = ShapedType::isDynamic(ranges[loop]) || ShapedType::isDynamic(columns) ? ShapedType::kDynamic : columns * ranges[loop];
  SmallVector<BlockSide> sides;
  for (const BlockSide &side : kBlockSides) {
    auto isHalfEmpty = [&](int64_t size) { return !ShapedType::isDynamic(size) && size <= side.lines / 2; };
    if (&side == std::end(kBlockSides) - 1 || (!isHalfEmpty(rows) && !isHalfEmpty(columns)))
      sides.push_back(side);
  }
  if (ShapedType::isDynamic(rows) && canHaveFewRows(op, product))
    sides.push_back(describeFewRows(kOfferedFewRows));
  return sides;
}

namespace {

struct Host : IndexEmitter {
  using IndexEmitter::IndexEmitter;

  Value toValue(OpFoldResult size) { return getValueOrCreateConstantIndexOp(b, loc, size); }
  Value ceilDivide(Value x, Value y) { return b.createOrFold<arith::CeilDivSIOp>(loc, x, y); }

  /// Of `loop`'s tiles, those of `side`.
  Value costOf(scf::ForallOp loop, const BlockSide &side) {
    Value tiles = constant(1);
    for (auto [end, step] : llvm::zip_equal(loop.getMixedUpperBound(), loop.getMixedStep()))
      tiles = multiply(tiles, ceilDivide(toValue(end), toValue(step)));
    Value count = ceilDivide(tiles, constant(kProcessors));
    Value more = multiply(count, side.more), full = multiply(count, side.full());
    Value few = add(more, side.first - side.more);
    return b.createOrFold<arith::MaxSIOp>(loc, few, full);
  }
};

} // namespace

void chooseAmong(RewriterBase &rewriter, MutableArrayRef<scf::ForallOp> loops, ArrayRef<BlockSide> sides) {
  OpBuilder::InsertionGuard guard(rewriter);
  // All bounds are known where the last loop stands.
  for (scf::ForallOp loop : loops.drop_back())
    rewriter.moveOpBefore(loop, loops.back());
  rewriter.setInsertionPoint(loops.front());
  Host host(rewriter, loops.front().getLoc());
  Value least, number;
  for (auto [i, loop, side] : llvm::enumerate(loops, sides)) {
    Value cost = host.costOf(loop, side), index = host.constant(static_cast<int64_t>(i));
    Value isLess = least ? arith::CmpIOp::create(rewriter, host.loc, arith::CmpIPredicate::slt, cost, least).getResult() : Value();
    number = isLess ? arith::SelectOp::create(rewriter, host.loc, isLess, index, number).getResult() : index;
    least = isLess ? arith::SelectOp::create(rewriter, host.loc, isLess, cost, least).getResult() : cost;
  }
  Value none = host.constant(0);
  for (auto [i, loop] : llvm::enumerate(loops)) {
    Value index = host.constant(static_cast<int64_t>(i));
    Value isChosen = arith::CmpIOp::create(rewriter, host.loc, arith::CmpIPredicate::eq, number, index);
    OpOperand &end = *loop.getDynamicUpperBoundMutable().begin();
    end.set(arith::SelectOp::create(rewriter, host.loc, isChosen, end.get(), none));
  }
  rewriter.replaceAllUsesWith(loops.front().getResults(), loops.back().getResults());
  for (size_t i = 1; i < loops.size(); ++i)
    for (auto [output, before] : llvm::zip_equal(loops[i].getOutputsMutable(), loops[i - 1].getResults()))
      output.set(before);
}

} // namespace tenon::schedule
