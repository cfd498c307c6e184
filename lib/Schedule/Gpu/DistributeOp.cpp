// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A linalg op on buffers -> one thread per iteration of its parallel loops, summed loops inside.
//
//   linalg.generic (parallel i, j; reduction k)
//   ->
//   scf.for %n = %thread to %I * %J step 256 { %i = %n / %J; %j = %n % %J; %sum = scf.for %k { body }; store %sum }
//
// Elementwise ops move vectors where these are contiguous and aligned; the body is repeated for each element.
#include "lib/Schedule/Gpu/Distribute.h"
#include "lib/Schedule/Gpu/VectorAccess.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
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

SmallVector<Value> delinearize(OpBuilder &b, Location loc, Value flat, ArrayRef<Value> sizes) {
  SmallVector<Value> indices(sizes.size());
  for (size_t i = sizes.size(); i-- > 1;) {
    indices[i] = b.createOrFold<arith::RemUIOp>(loc, flat, sizes[i]);
    flat = b.createOrFold<arith::DivUIOp>(loc, flat, sizes[i]);
  }
  if (!sizes.empty())
    indices[0] = flat;
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
  void forEachShare(Value total, llvm::function_ref<void(Value)> body);
  void moveTo(Value flat);
  SmallVector<Value> load(ArrayRef<OpOperand *> operands);
  SmallVector<Value> computeElement();
  void computeVector(int64_t width, const VectorAccess &access);
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

void OpDistribution::moveTo(Value flat) {
  SmallVector<Value> parallelSizes = llvm::map_to_vector(parallel, [&](unsigned loop) { return sizes[loop]; });
  for (auto [loop, index] : llvm::zip(parallel, delinearize(b, loc, flat, parallelSizes)))
    indices[loop] = index;
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

/// One vector of each result, from the present indices on.
void OpDistribution::computeVector(int64_t width, const VectorAccess &access) {
  SmallVector<Value> first = indices;
  auto typeOf = [&](OpOperand &operand) { return VectorType::get({width}, cast<MemRefType>(operand.get().getType()).getElementType()); };
  auto alignment = [&](VectorType type) { return llvm::MaybeAlign(width * llvm::divideCeil(type.getElementTypeBitWidth(), 8)); };
  // Vectors or, for what is the same for all elements, scalars.
  SmallVector<Value> loaded;
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()) || !op.payloadUsesValueFromOperand(&operand)) {
      loaded.push_back(operand.get());
      continue;
    }
    SmallVector<Value> at = applyMap(b, loc, op.getMatchingIndexingMap(&operand), indices);
    if (access.classify(op.getMatchingIndexingMap(&operand), operand.get()) == AccessKind::broadcast)
      loaded.push_back(memref::LoadOp::create(b, loc, operand.get(), at));
    else
      loaded.push_back(vector::LoadOp::create(b, loc, typeOf(operand), operand.get(), at, false, alignment(typeOf(operand))));
  }
  SmallVector<SmallVector<Value>> results(op.getNumDpsInits());
  unsigned inner = parallel.back();
  for (int64_t lane = 0; lane < width; ++lane) {
    if (lane > 0)
      indices[inner] = arith::AddIOp::create(b, loc, first[inner], constant(lane));
    SmallVector<Value> arguments = llvm::map_to_vector(loaded, [&](Value value) -> Value {
      return isa<VectorType>(value.getType()) ? vector::ExtractOp::create(b, loc, value, lane).getResult() : value;
    });
    for (auto [result, value] : llvm::zip(results, inlineBody(b, op, indices, arguments)))
      result.push_back(value);
  }
  for (auto [elements, init] : llvm::zip(results, op.getDpsInitsMutable())) {
    Value whole = vector::FromElementsOp::create(b, loc, typeOf(init), elements);
    SmallVector<Value> at = applyMap(b, loc, op.getMatchingIndexingMap(&init), first);
    vector::StoreOp::create(b, loc, whole, init.get(), at, false, alignment(typeOf(init)));
  }
}

/// Calls `body` for every number below `total` that is this thread's share. A known number of rounds lets LLVM unroll them.
void OpDistribution::forEachShare(Value total, llvm::function_ref<void(Value)> body) {
  OpBuilder::InsertionGuard guard(b);
  std::optional<int64_t> known = getConstantIntValue(total);
  int64_t threads = block.getNumThreads();
  if (!known || *known <= threads) {
    auto forOp = scf::ForOp::create(b, loc, block.getThread(), total, constant(threads));
    b.setInsertionPointToStart(forOp.getBody());
    return body(forOp.getInductionVar());
  }
  auto forOp = scf::ForOp::create(b, loc, constant(0), constant(llvm::divideCeil(*known, threads)), constant(1));
  b.setInsertionPointToStart(forOp.getBody());
  Value skipped = arith::MulIOp::create(b, loc, forOp.getInductionVar(), constant(threads));
  Value number = arith::AddIOp::create(b, loc, skipped, block.getThread());
  if (*known % threads != 0) {
    Value inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, number, total);
    b.setInsertionPointToStart(scf::IfOp::create(b, loc, inside, /*withElseRegion=*/false).thenBlock());
  }
  body(number);
}

void OpDistribution::run() {
  b.setInsertionPoint(op);
  orderLoops();
  for (Range range : cast<linalg::LinalgOp>(op.getOperation()).createLoopRanges(b, loc))
    sizes.push_back(getValueOrCreateConstantIndexOp(b, loc, range.size));
  indices.assign(sizes.size(), constant(0));
  Value total = constant(1);
  for (unsigned loop : parallel)
    total = b.createOrFold<arith::MulIOp>(loc, total, sizes[loop]);
  size_t numInner = 1;
  int64_t width = reduction.empty() ? VectorAccess::choose(op, parallel, sizes, numInner) : 1;
  VectorAccess access(ArrayRef(parallel).take_back(numInner), width);
  if (width > 1)
    total = b.createOrFold<arith::DivUIOp>(loc, total, constant(width));
  forEachShare(total, [&](Value number) {
    moveTo(width > 1 ? arith::MulIOp::create(b, loc, number, constant(width)).getResult() : number);
    if (width > 1)
      return computeVector(width, access);
    SmallVector<Value> results = computeElement();
    for (auto [result, init] : llvm::zip(results, op.getDpsInitsMutable()))
      memref::StoreOp::create(b, loc, result, init.get(), applyMap(b, loc, op.getMatchingIndexingMap(&init), indices));
  });
  b.eraseOp(op);
}

} // namespace

void distributeOp(RewriterBase &rewriter, linalg::GenericOp op, const ThreadBlock &block) { OpDistribution(rewriter, op, block).run(); }

} // namespace tenon::schedule
