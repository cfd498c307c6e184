// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Vectors run along the dim that is contiguous in memory: along the products of an operand that ends with the summed dims, else along
// the lines, if their number divides. What lies beyond the last line is a copy of it, never used; beyond the last product there is zero.
#include "lib/Schedule/Gpu/ProductSlice.h"
#include "lib/Schedule/Gpu/VectorAccess.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace tenon::schedule {

static Value constant(OpBuilder &b, Location loc, int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }

OperandSlice::OperandSlice(const ProductDomain &domain, OpOperand &operand, bool isRows, int64_t lines, int64_t depth, ThreadBlock &block)
    : domain(domain), operand(operand), isRows(isRows), lines(lines), depth(depth), block(block), loc(domain.op->getLoc()) {}

MemRefType OperandSlice::getType() const { return cast<MemRefType>(operand.get().getType()); }
Type OperandSlice::getElementType() const { return getType().getElementType(); }

/// `map` without loops of one iteration: windows of one element, that is.
static AffineMap dropUnitLoops(AffineMap map, ArrayRef<Value> sizes) {
  SmallVector<AffineExpr> loops;
  for (auto [loop, size] : llvm::enumerate(sizes))
    loops.push_back(getConstantIntValue(size) == 1 ? getAffineConstantExpr(0, map.getContext()) : getAffineDimExpr(loop, map.getContext()));
  return map.replaceDimsAndSymbols(loops, {}, map.getNumDims(), 0);
}

/// Whether vectors of `vectorWidth` along the products or along the lines are whole, contiguous and aligned.
bool OperandSlice::fits(int64_t vectorWidth, bool along) const {
  AffineMap map = linalg::GenericOp(domain.op).getMatchingIndexingMap(&operand);
  ArrayRef<unsigned> k = domain.product.k;
  unsigned line = isRows ? domain.product.m : domain.product.n.back();
  int64_t count = along ? 1 : findDivisor(domain.sizes[line]);
  if (along) {
    for (Value size : domain.kSizes)
      count = multiplyDivisors(count, findDivisor(size));
  } else {
    if (!isRows && domain.innerColumns % vectorWidth != 0)
      return false;
    map = dropUnitLoops(map, domain.sizes);
  }
  VectorAccess access(along ? k : ArrayRef<unsigned>(line), vectorWidth);
  return count % vectorWidth == 0 && access.classify(map, operand.get()) == AccessKind::contiguous;
}

void OperandSlice::chooseVectors(int64_t widest) {
  AffineExpr last = linalg::GenericOp(domain.op).getMatchingIndexingMap(&operand).getResults().back();
  ArrayRef<unsigned> k = domain.product.k;
  alongDepth = last.isFunctionOfDim(k.back()) && llvm::none_of(isRows ? ArrayRef(domain.product.m) : ArrayRef(domain.product.n),
                                                               [&](unsigned loop) { return last.isFunctionOfDim(loop); });
  // All threads have as many, if not some of them one and the others none.
  int64_t all = lines * depth;
  for (width = widest; width > 1; width /= 2) {
    int64_t round = width * block.getNumThreads();
    if (all > round && all % round != 0)
      continue;
    for (bool along : {true, false})
      if (fits(width, along)) {
        alongDepth = along;
        return;
      }
  }
}

int64_t OperandSlice::numRounds(int64_t products, int64_t neighbours) const {
  return llvm::divideCeil(lines * depth, block.getNumThreads() * products * neighbours);
}

OperandSlice::Place OperandSlice::place(OpBuilder &b, int64_t round, int64_t products, int64_t neighbours) const {
  Place at;
  int64_t threads = block.getNumThreads(), all = lines * depth / (products * neighbours);
  Value number = arith::AddIOp::create(b, loc, block.getThread(), constant(b, loc, round * threads));
  if ((round + 1) * threads > all) {
    at.inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, number, constant(b, loc, all));
    number = arith::MinSIOp::create(b, loc, number, constant(b, loc, all - 1));
  }
  Value fast = constant(b, loc, alongDepth ? depth / products : lines / neighbours);
  Value minor = arith::RemUIOp::create(b, loc, number, fast), major = arith::DivUIOp::create(b, loc, number, fast);
  at.k = arith::MulIOp::create(b, loc, alongDepth ? minor : major, constant(b, loc, products));
  at.line = arith::MulIOp::create(b, loc, alongDepth ? major : minor, constant(b, loc, neighbours));
  return at;
}

OperandSlice::Source OperandSlice::sourceOf(OpBuilder &b, const Place &at, Value first) const {
  const Product &product = domain.product;
  // The last element of a size that a vector may begin at.
  auto clamp = [&](Value index, Value size, bool vectors) -> Value {
    Value last = b.createOrFold<arith::SubIOp>(loc, size, constant(b, loc, vectors ? width : 1));
    return arith::MinSIOp::create(b, loc, index, last);
  };
  Value zero = constant(b, loc, 0);
  SmallVector<Value> loops(domain.sizes.size(), zero);
  if (isRows) {
    loops[product.m] = clamp(at.line, domain.sizes[product.m], !alongDepth);
  } else if (product.n.size() == 1) {
    loops[product.n.back()] = clamp(at.line, domain.sizes[product.n.back()], !alongDepth);
  } else {
    Value inner = constant(b, loc, domain.innerColumns);
    loops[product.n.back()] = clamp(arith::RemUIOp::create(b, loc, at.line, inner), domain.sizes[product.n.back()], !alongDepth);
    loops[product.n.front()] = clamp(arith::DivUIOp::create(b, loc, at.line, inner), domain.sizes[product.n.front()], false);
  }
  Source source;
  Value k = arith::AddIOp::create(b, loc, first, at.k);
  std::optional<int64_t> known = getConstantIntValue(domain.depth);
  if (!known || *known % depth != 0) {
    source.inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, k, domain.depth);
    k = clamp(k, domain.depth, alongDepth);
  }
  for (auto [loop, index] : llvm::zip(product.k, delinearize(b, loc, k, domain.kSizes)))
    loops[loop] = index;
  source.indices = applyMap(b, loc, linalg::GenericOp(domain.op).getMatchingIndexingMap(&operand), loops);
  return source;
}

Value LoadedSlice::loadAt(OpBuilder &b, const Place &at, Value first) const {
  Source from = sourceOf(b, at, first);
  Value loaded;
  if (width > 1) {
    llvm::MaybeAlign alignment(width * llvm::divideCeil(getElementType().getIntOrFloatBitWidth(), 8));
    loaded = vector::LoadOp::create(b, loc, VectorType::get({width}, getElementType()), operand.get(), from.indices, false, alignment);
  } else {
    loaded = memref::LoadOp::create(b, loc, operand.get(), from.indices);
  }
  if (from.inside)
    loaded = arith::SelectOp::create(b, loc, from.inside, loaded, arith::ConstantOp::create(b, loc, b.getZeroAttr(loaded.getType())));
  return loaded;
}

/// So many floats lie between lines of equal number, so that threads that store along the products meet different banks.
static constexpr int64_t kPadding = 4;

ProductSlice::ProductSlice(const ProductDomain &domain, OpOperand &operand, bool isRows, int64_t lines, int64_t depth, ThreadBlock &block)
    : LoadedSlice(domain, operand, isRows, lines, depth, block) {
  chooseVectors(4);
  Builder b(operand.getOwner()->getContext());
  shared = block.allocate(MemRefType::get({2, depth, lines + kPadding}, b.getF32Type()));
}

SmallVector<Value> ProductSlice::load(OpBuilder &b, Value first) const {
  int64_t products = alongDepth ? width : 1, neighbours = alongDepth ? 1 : width;
  SmallVector<Value> loaded;
  for (int64_t round = 0; round < numRounds(products, neighbours); ++round)
    loaded.push_back(loadAt(b, place(b, round, products, neighbours), first));
  return loaded;
}

/// Short floats travel as they are until they are stored.
Value ProductSlice::widen(OpBuilder &b, Value loaded) const {
  Type type = loaded.getType(), f32 = b.getF32Type();
  if (getElementTypeOrSelf(type).isF32())
    return loaded;
  Type wide = width > 1 ? Type(cast<VectorType>(type).clone(f32)) : f32;
  return arith::ExtFOp::create(b, loc, wide, loaded);
}

void ProductSlice::store(OpBuilder &b, Value buffer, ArrayRef<Value> loaded) const {
  for (auto [round, element] : llvm::enumerate(loaded)) {
    Place at = place(b, round, alongDepth ? width : 1, alongDepth ? 1 : width);
    OpBuilder::InsertionGuard guard(b);
    Value value = widen(b, element);
    if (at.inside)
      b.setInsertionPointToStart(scf::IfOp::create(b, loc, at.inside, /*withElseRegion=*/false).thenBlock());
    if (width > 1 && !alongDepth) {
      vector::StoreOp::create(b, loc, value, shared, ValueRange{buffer, at.k, at.line}, false, llvm::MaybeAlign(kWidestVector));
      continue;
    }
    for (int64_t i = 0; i < width; ++i) {
      Value element = width > 1 ? vector::ExtractOp::create(b, loc, value, i).getResult() : value;
      Value k = arith::AddIOp::create(b, loc, at.k, constant(b, loc, i));
      memref::StoreOp::create(b, loc, element, shared, ValueRange{buffer, k, at.line});
    }
  }
}

Value ProductSlice::read(OpBuilder &b, Value buffer, Value k, Value line, int64_t count) const {
  auto type = VectorType::get({count}, b.getF32Type());
  return vector::LoadOp::create(b, loc, type, shared, ValueRange{buffer, k, line}, false, llvm::MaybeAlign(count * 4));
}

void guardWith(OpBuilder &b, Location loc, Value condition, llvm::function_ref<void()> body) {
  if (!condition || matchPattern(condition, m_One()))
    return body();
  OpBuilder::InsertionGuard insertion(b);
  b.setInsertionPointToStart(scf::IfOp::create(b, loc, condition, /*withElseRegion=*/false).thenBlock());
  body();
}

SmallVector<Value> multiplySlices(OpBuilder &b, const ProductDomain &domain, int64_t depth, const LoadedSlice &left,
                                  const LoadedSlice &right, ValueRange start, Accumulate accumulate) {
  Location loc = domain.op->getLoc();
  Value zero = constant(b, loc, 0), one = constant(b, loc, 1), step = constant(b, loc, depth);
  // A sum of nothing is zero; there is nothing to load then.
  guardWith(b, loc, arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, zero, domain.depth), [&] {
    SmallVector<Value> down = left.load(b, zero), across = right.load(b, zero);
    left.store(b, zero, down);
    right.store(b, zero, across);
  });
  gpu::BarrierOp::create(b, loc);
  auto loop = scf::ForOp::create(b, loc, zero, domain.depth, step, start);
  OpBuilder::InsertionGuard insertion(b);
  b.setInsertionPointToStart(loop.getBody());
  // The last round loads its own slice again rather than to branch.
  Value first = loop.getInductionVar();
  Value slices = arith::CeilDivUIOp::create(b, loc, domain.depth, step);
  Value last = b.createOrFold<arith::MulIOp>(loc, arith::SubIOp::create(b, loc, slices, one), step);
  Value following = arith::MinUIOp::create(b, loc, b.createOrFold<arith::AddIOp>(loc, first, step), last);
  SmallVector<Value> down = left.load(b, following), across = right.load(b, following);
  Value buffer = arith::RemUIOp::create(b, loc, arith::DivUIOp::create(b, loc, first, step), constant(b, loc, 2));
  Value other = arith::SubIOp::create(b, loc, one, buffer);
  SmallVector<Value> carried = accumulate(buffer, loop.getRegionIterArgs());
  left.store(b, other, down);
  right.store(b, other, across);
  gpu::BarrierOp::create(b, loc);
  scf::YieldOp::create(b, loc, carried);
  return llvm::to_vector_of<Value>(loop.getResults());
}

} // namespace tenon::schedule
