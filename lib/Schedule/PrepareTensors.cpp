// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rewrites before scheduling: chains of elementwise ops become one op, and padding becomes an op that tiles and fuses like any other.
#include "lib/Schedule/PrepareTensors.h"

#include "dialects/Plan/IR/Reuse.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace tenon::schedule {
namespace {

/// tensor.pad %x low[l] high[h] { yield %c }  ->  linalg.generic { scf.if (index - l is inside %x) tensor.extract %x else %c }
struct PadToGeneric : OpRewritePattern<tensor::PadOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::PadOp pad, PatternRewriter &rewriter) const override {
    Value padding = pad.getConstantPaddingValue();
    if (!padding)
      return rewriter.notifyMatchFailure(pad, "expected a padding value that does not depend on the index");
    Location loc = pad.getLoc();
    ReifiedRankedShapedTypeDims shapes;
    if (failed(reifyResultShapes(rewriter, pad, shapes)))
      return rewriter.notifyMatchFailure(pad, "expected result dims that can be computed");
    Value source = pad.getSource();
    SmallVector<OpFoldResult> low = pad.getMixedLowPad(), dims = tensor::getMixedSizes(rewriter, loc, source);
    SmallVector<Value> offsets, sizes;
    for (auto [offset, size] : llvm::zip(low, dims)) {
      offsets.push_back(getValueOrCreateConstantIndexOp(rewriter, loc, offset));
      sizes.push_back(getValueOrCreateConstantIndexOp(rewriter, loc, size));
    }
    auto type = pad.getResultType();
    Value init = tensor::EmptyOp::create(rewriter, loc, shapes.front(), type.getElementType());
    if (init.getType() != type)
      init = tensor::CastOp::create(rewriter, loc, type, init);
    SmallVector<AffineMap> maps = {rewriter.getMultiDimIdentityMap(type.getRank())};
    SmallVector<utils::IteratorType> iterators(type.getRank(), utils::IteratorType::parallel);
    auto body = [&](OpBuilder &b, Location loc, ValueRange) { buildBody(b, loc, source, padding, offsets, sizes); };
    rewriter.replaceOpWithNewOp<linalg::GenericOp>(pad, type, ValueRange{}, init, maps, iterators, body);
    return success();
  }

private:
  static void buildBody(OpBuilder &b, Location loc, Value source, Value padding, ArrayRef<Value> offsets, ArrayRef<Value> sizes) {
    Value inside = arith::ConstantIntOp::create(b, loc, b.getI1Type(), 1);
    Value zero = arith::ConstantIndexOp::create(b, loc, 0);
    SmallVector<Value> indices;
    for (auto [dim, offset, size] : llvm::enumerate(offsets, sizes)) {
      Value index = linalg::IndexOp::create(b, loc, dim);
      if (!matchPattern(offset, m_Zero()))
        index = arith::SubIOp::create(b, loc, index, offset);
      Value above = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, index, zero);
      Value below = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, index, size);
      inside = arith::AndIOp::create(b, loc, inside, arith::AndIOp::create(b, loc, above, below));
      indices.push_back(index);
    }
    auto choice = scf::IfOp::create(
        b, loc, inside,
        [&](OpBuilder &b, Location loc) { scf::YieldOp::create(b, loc, tensor::ExtractOp::create(b, loc, source, indices).getResult()); },
        [&](OpBuilder &b, Location loc) { scf::YieldOp::create(b, loc, padding); });
    linalg::YieldOp::create(b, loc, choice.getResults());
  }
};

/// Fuses an elementwise producer into its only user, if that reads each of its elements once: computing an element again costs more than
/// its memory traffic, and a product packs what it reads. What stands before a loop is not computed again in each step.
bool isReadOnce(OpOperand *operand) {
  Operation *producer = operand->get().getDefiningOp();
  auto consumer = dyn_cast<linalg::LinalgOp>(operand->getOwner());
  if (!producer || !consumer || producer->getBlock() != consumer->getBlock() ||
      !llvm::all_of(producer->getUsers(), [&](Operation *user) { return user == consumer; }))
    return false;
  AffineMap map = consumer.getMatchingIndexingMap(operand);
  return map.isProjectedPermutation() && (consumer.getNumReductionLoops() == 0 || map.getNumResults() == consumer.getNumLoops());
}

void addFolding(RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  tensor::EmptyOp::getCanonicalizationPatterns(patterns, context);
  tensor::CastOp::getCanonicalizationPatterns(patterns, context);
  tensor::ExtractSliceOp::getCanonicalizationPatterns(patterns, context);
  tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, context);
  tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns, context);
  tensor::DimOp::getCanonicalizationPatterns(patterns, context);
  linalg::GenericOp::getCanonicalizationPatterns(patterns, context);
  memref::populateResolveRankedShapedTypeResultDimsPatterns(patterns);
}

/// Gives every use of an uninitialised or filled tensor one of its own: two ops that write the same one could not both write in place.
void separateInits(RewriterBase &rewriter, func::FuncOp function) {
  auto separate = [&](auto kind) {
    SmallVector<decltype(kind)> inits;
    function.walk([&](decltype(kind) init) { inits.push_back(init); });
    for (Operation *init : inits) {
      rewriter.setInsertionPoint(init);
      for (OpOperand &use : llvm::make_early_inc_range(init->getUses()))
        if (!init->hasOneUse())
          use.set(rewriter.clone(*init)->getResult(0));
    }
  };
  separate(linalg::FillOp());
  separate(tensor::EmptyOp());
}

/// Lets elementwise ops work on the shape that a reduction before them has, so that they can be its epilogue:
///   generic(collapse_shape(%sums))  ->  collapse_shape(generic(%sums))
bool readsCollapsedSums(OpOperand *operand) {
  auto collapse = operand->get().getDefiningOp<tensor::CollapseShapeOp>();
  auto consumer = dyn_cast<linalg::LinalgOp>(operand->getOwner());
  if (!collapse || !consumer || consumer.getNumReductionLoops() != 0 || !collapse->hasOneUse())
    return false;
  auto sums = collapse.getSrc().getDefiningOp<linalg::LinalgOp>();
  return sums && sums.getNumReductionLoops() != 0;
}

/// The operand through which `op` reads `argument` just where it writes its result, as its only use; null if that is not so.
OpOperand *findReadInPlace(linalg::GenericOp op, BlockArgument argument) {
  if (!op || op.getNumResults() != 1 || op.getNumParallelLoops() != op.getNumLoops() || !argument.hasOneUse() ||
      op.getResult(0).getType() != argument.getType() || op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)))
    return nullptr;
  OpOperand &use = *argument.getUses().begin();
  bool isInput = use.getOwner() == op && op.isDpsInput(&use);
  return isInput && op.getMatchingIndexingMap(&use) == op.getMatchingIndexingMap(op.getDpsInitOperand(0)) ? &use : nullptr;
}

/// Lets the op that gives the function's result find an operand that it may overwrite where it puts the result:
///   generic ins(%a, %b) outs(%empty)  ->  generic ins(%b) outs(%a)
/// If that cannot be, the argument is not marked any more: the caller gives memory for the result.
void reuseArgument(RewriterBase &rewriter, func::FuncOp function) {
  for (BlockArgument argument : function.getArguments()) {
    if (!function.getArgAttr(argument.getArgNumber(), plan::kReused))
      continue;
    Operation *terminator = function.getBody().front().getTerminator();
    auto op = terminator->getOperand(0).getDefiningOp<linalg::GenericOp>();
    OpOperand *read = findReadInPlace(op, argument);
    if (!read) {
      function.removeArgAttr(argument.getArgNumber(), plan::kReused);
      continue;
    }
    SmallVector<Value> inputs(op.getInputs());
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    unsigned position = read->getOperandNumber();
    inputs.erase(inputs.begin() + position);
    maps.erase(maps.begin() + position);
    rewriter.setInsertionPoint(op);
    auto twin = linalg::GenericOp::create(rewriter, op.getLoc(), op.getResultTypes(), inputs, ValueRange(argument), maps,
                                          op.getIteratorTypesArray());
    rewriter.inlineRegionBefore(op.getRegion(), twin.getRegion(), twin.getRegion().begin());
    Block &body = twin.getRegion().front();
    body.getArgument(position).replaceAllUsesWith(body.getArguments().back());
    body.eraseArgument(position);
    rewriter.replaceOp(op, twin);
  }
}

} // namespace

LogicalResult prepareTensors(func::FuncOp function) {
  RewritePatternSet patterns(function.getContext());
  patterns.add<PadToGeneric>(function.getContext());
  linalg::populateElementwiseOpsFusionPatterns(patterns, isReadOnce);
  linalg::populateFoldReshapeOpsByExpansionPatterns(patterns, readsCollapsedSums);
  addFolding(patterns);
  if (failed(applyPatternsGreedily(function, std::move(patterns))))
    return failure();
  IRRewriter rewriter(function.getContext());
  reuseArgument(rewriter, function);
  return success();
}

LogicalResult cleanUp(func::FuncOp function) {
  MLIRContext *context = function.getContext();
  RewritePatternSet patterns(context);
  addFolding(patterns);
  affine::AffineMinOp::getCanonicalizationPatterns(patterns, context);
  affine::AffineApplyOp::getCanonicalizationPatterns(patterns, context);
  scf::ForallOp::getCanonicalizationPatterns(patterns, context);
  tensor::populateMergeConsecutiveInsertExtractSlicePatterns(patterns);
  tensor::populateFoldTensorEmptyPatterns(patterns);
  if (failed(applyPatternsGreedily(function, std::move(patterns))))
    return failure();
  IRRewriter rewriter(context);
  DominanceInfo dominance(function);
  eliminateCommonSubExpressions(rewriter, dominance, function);
  separateInits(rewriter, function);
  return success();
}

} // namespace tenon::schedule
