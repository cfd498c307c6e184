// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A linalg op on buffers -> one thread per iteration of its parallel loops, summed loops inside.
//
//   linalg.generic (parallel i, j; reduction k)
//   ->
//   scf.for %n = %thread to %I * %J step 256 { %i = %n / %J; %j = %n % %J; %sum = scf.for %k { body }; store %sum }
#include "lib/Schedule/Gpu/Distribute.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace tenon::schedule {

SmallVector<Value> inlineBody(OpBuilder &b, linalg::GenericOp op, ValueRange indices, ValueRange arguments) {
  IRMapping mapping;
  mapping.map(op.getBlock()->getArguments(), arguments);
  for (Operation &inner : op.getBlock()->without_terminator()) {
    if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
      mapping.map(index.getResult(), indices[index.getDim()]);
      continue;
    }
    Operation *copy = b.clone(inner, mapping);
    copy->walk([&](linalg::IndexOp index) { index.replaceAllUsesWith(indices[index.getDim()]); });
    SmallVector<linalg::IndexOp> dead;
    copy->walk([&](linalg::IndexOp index) { dead.push_back(index); });
    for (linalg::IndexOp index : dead)
      index.erase();
  }
  SmallVector<Value> results;
  for (Value yielded : op.getBlock()->getTerminator()->getOperands())
    results.push_back(mapping.lookupOrDefault(yielded));
  return results;
}

SmallVector<Value> applyMap(OpBuilder &b, Location loc, AffineMap map, ValueRange loops) {
  SmallVector<OpFoldResult> operands = getAsOpFoldResult(loops);
  SmallVector<Value> indices;
  for (unsigned i = 0; i < map.getNumResults(); ++i) {
    OpFoldResult index = affine::makeComposedFoldedAffineApply(b, loc, map.getSubMap({i}), operands);
    indices.push_back(getValueOrCreateConstantIndexOp(b, loc, index));
  }
  return indices;
}

namespace {

class OpDistribution {
public:
  OpDistribution(RewriterBase &rewriter, linalg::GenericOp op, const ThreadBlock &block)
      : b(rewriter), op(op), block(block), loc(op.getLoc()) {}

  void run();

private:
  Value constant(int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }
  void orderLoops();
  void delinearize(Value flat);
  SmallVector<Value> load(ArrayRef<OpOperand *> operands);
  SmallVector<Value> computeElement();
  SmallVector<Value> reduce(size_t depth, ValueRange sums);

  RewriterBase &b;
  linalg::GenericOp op;
  const ThreadBlock &block;
  Location loc;
  SmallVector<unsigned> parallel, reduction; // loops, innermost last
  SmallVector<Value> sizes, indices;         // per loop
};

/// Neighbouring threads write neighbouring elements: the parallel loops in the order of the result's dims.
void OpDistribution::orderLoops() {
  llvm::SetVector<unsigned> order;
  AffineMap written = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  for (AffineExpr expr : llvm::reverse(written.getResults()))
    expr.walk([&](AffineExpr part) {
      if (auto dim = dyn_cast<AffineDimExpr>(part))
        order.insert(dim.getPosition());
    });
  auto iterators = op.getIteratorTypesArray();
  for (unsigned loop = op.getNumLoops(); loop-- > 0;)
    order.insert(loop);
  for (unsigned loop : llvm::reverse(order))
    (linalg::isParallelIterator(iterators[loop]) ? parallel : reduction).push_back(loop);
}

void OpDistribution::delinearize(Value flat) {
  if (parallel.empty())
    return;
  for (unsigned loop : llvm::reverse(ArrayRef(parallel).drop_front())) {
    indices[loop] = b.createOrFold<arith::RemUIOp>(loc, flat, sizes[loop]);
    flat = b.createOrFold<arith::DivUIOp>(loc, flat, sizes[loop]);
  }
  indices[parallel.front()] = flat;
}

/// Elements at the present indices; of operands that an elementwise body does not use, nothing.
SmallVector<Value> OpDistribution::load(ArrayRef<OpOperand *> operands) {
  SmallVector<Value> values;
  for (OpOperand *operand : operands) {
    if (!isa<MemRefType>(operand->get().getType())) {
      values.push_back(operand->get());
      continue;
    }
    if (reduction.empty() && !op.payloadUsesValueFromOperand(operand)) {
      values.push_back(Value());
      continue;
    }
    SmallVector<Value> at = applyMap(b, loc, op.getMatchingIndexingMap(operand), indices);
    values.push_back(memref::LoadOp::create(b, loc, operand->get(), at));
  }
  return values;
}

SmallVector<Value> OpDistribution::reduce(size_t depth, ValueRange sums) {
  if (depth == reduction.size()) {
    SmallVector<Value> arguments = load(op.getDpsInputOperands());
    llvm::append_range(arguments, sums);
    return inlineBody(b, op, indices, arguments);
  }
  unsigned loop = reduction[depth];
  auto forOp = scf::ForOp::create(b, loc, constant(0), sizes[loop], constant(1), sums);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(forOp.getBody());
  indices[loop] = forOp.getInductionVar();
  SmallVector<Value> next = reduce(depth + 1, forOp.getRegionIterArgs());
  b.setInsertionPointToEnd(forOp.getBody());
  scf::YieldOp::create(b, loc, next);
  return llvm::to_vector_of<Value>(forOp.getResults());
}

SmallVector<Value> OpDistribution::computeElement() {
  SmallVector<OpOperand *> inits = llvm::map_to_vector(op.getDpsInitsMutable(), [](OpOperand &init) { return &init; });
  return reduce(0, load(inits));
}

void OpDistribution::run() {
  b.setInsertionPoint(op);
  orderLoops();
  for (Range range : cast<linalg::LinalgOp>(op.getOperation()).createLoopRanges(b, loc))
    sizes.push_back(getValueOrCreateConstantIndexOp(b, loc, range.size));
  Value zero = constant(0);
  indices.assign(sizes.size(), zero);
  Value total = constant(1);
  for (unsigned loop : parallel)
    total = b.createOrFold<arith::MulIOp>(loc, total, sizes[loop]);
  auto forOp = scf::ForOp::create(b, loc, block.getThread(), total, constant(block.getNumThreads()));
  b.setInsertionPointToStart(forOp.getBody());
  delinearize(forOp.getInductionVar());
  SmallVector<Value> results = computeElement();
  for (auto [result, init] : llvm::zip(results, op.getDpsInitsMutable()))
    memref::StoreOp::create(b, loc, result, init.get(), applyMap(b, loc, op.getMatchingIndexingMap(&init), indices));
  b.eraseOp(op);
}

} // namespace

LogicalResult distributeOp(RewriterBase &rewriter, linalg::GenericOp op, const ThreadBlock &block) {
  OpDistribution(rewriter, op, block).run();
  return success();
}

} // namespace tenon::schedule
